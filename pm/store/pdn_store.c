/* SPDX-License-Identifier: MIT */
/* Files by their contents; see pdn_store.h. */

#include "pdn_store.h"
#include "pdn_fs.h"
#include "pdn_store_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PDN_STORE_HEAD "pandan-package 1"


static int
pdn_store_folder(char out[PATH_MAX], const char *variable, const char *below,
                 const char *what, pdn_error_t *err)
{
    const char *base, *home;
    int n;

    base = getenv(variable);
    home = getenv("HOME");

    /* the specification says: what is not absolute is to be ignored */
    if (base != NULL && base[0] == '/') {
        n = snprintf(out, PATH_MAX, "%s/%s", base, what);
    } else if (home != NULL && home[0] == '/') {
        n = snprintf(out, PATH_MAX, "%s/%s/%s", home, below, what);
    } else {
        return pdn_error(err, 620, "neither HOME nor %s is set", variable);
    }

    return n < PATH_MAX ? 0 : pdn_error(err, 620, "%s is too long", variable);
}


static int
pdn_store_open_folder(const char *path, pdn_error_t *err)
{
    pdn_problem_t problem;
    int fd;

    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1 && errno == ENOENT) {
        if (pdn_fs_mkdir(path, &problem) != 0) {
            return pdn_error(err, 620, "%s", problem.text);
        }
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }

    if (fd == -1) {
        pdn_error(err, 620, "cannot open '%s': %s", path, strerror(errno));
    }

    return fd;
}


int
pdn_store_open(pdn_store_t *s, pdn_error_t *err)
{
    memset(s, 0, sizeof(pdn_store_t));
    s->data_fd = s->cache_fd = s->lock_fd = -1;

    if (pdn_store_folder(s->data, "XDG_DATA_HOME", ".local/share",
                         "pandan/store/v1", err)
            != 0
        || pdn_store_folder(s->cache, "XDG_CACHE_HOME", ".cache", "pandan", err)
               != 0)
    {
        return -1;
    }

    s->data_fd = pdn_store_open_folder(s->data, err);
    s->cache_fd = s->data_fd != -1 ? pdn_store_open_folder(s->cache, err) : -1;

    if (s->cache_fd == -1) {
        pdn_store_release(s);
        return -1;
    }

    /* a store that may only be read needs no lock: nobody can remove */
    s->lock_fd = openat(s->data_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (s->lock_fd != -1) {
        while (flock(s->lock_fd, LOCK_SH) != 0 && errno == EINTR) {
            /* void */
        }
    }

    return 0;
}


void
pdn_store_release(pdn_store_t *s)
{
    int *fds[] = { &s->data_fd, &s->cache_fd, &s->lock_fd };
    size_t i;

    for (i = 0; i < 3; i++) {
        if (*fds[i] > 0) {
            close(*fds[i]);
        }
        *fds[i] = -1;
    }
}


void
pdn_store_name(const pdn_stored_t *file, char out[80])
{
    snprintf(out, 80, "files/%s%s", file->hash, file->exec ? "x" : "");
}


static int
pdn_store_put_file(pdn_store_t *s, const pdn_file_t *f, pdn_stored_t *stored,
                   pdn_error_t *err)
{
    struct stat st;
    pdn_digest_t sum;
    char name[80];

    if (pdn_digest(f->data, f->len, &sum, err) != 0) {
        return -1;
    }

    pdn_digest_hex(&sum, stored->hash);
    stored->path = f->path;
    stored->size = f->len;
    stored->exec = f->exec;

    pdn_store_name(stored, name);

    if (fstatat(s->data_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0
        && S_ISREG(st.st_mode) && (uint64_t) st.st_size == f->len)
    {
        return 0;
    }

    return pdn_io_put(s->data_fd, name, f->data, f->len, f->exec ? 0555 : 0444,
                      err);
}


int
pdn_store_put(pdn_store_t *s, const char *key, const pdn_files_t *files,
              pdn_package_t *out, pdn_error_t *err)
{
    pdn_str_t list = { 0 };
    char name[80];
    size_t i;
    int rc;

    out->n = files->n;
    out->items = pdn_arena_array(files->arena, files->n + 1,
                                 sizeof(pdn_stored_t));
    if (out->items == NULL) {
        return pdn_error_memory(err);
    }

    pdn_str_printf(&list, "%s %zu\n", PDN_STORE_HEAD, files->n);

    for (i = 0; i < files->n; i++) {
        if (pdn_store_put_file(s, &files->items[i], &out->items[i], err) != 0) {
            pdn_str_release(&list);
            return -1;
        }

        pdn_str_printf(&list, "%s %c %zu %s\n", out->items[i].hash,
                       out->items[i].exec ? 'x' : '-', files->items[i].len,
                       files->items[i].path);
    }

    /* the list comes last: who sees it finds all of its files */
    snprintf(name, sizeof(name), "pkgs/%s", key);
    rc = list.failed
             ? pdn_error_memory(err)
             : pdn_io_put(s->data_fd, name, list.data, list.len, 0444, err);
    pdn_str_release(&list);

    return rc;
}


/* One line; NULL when it is no good, else where the next begins. */
static char *
pdn_store_line(char *line, pdn_stored_t *stored)
{
    pdn_error_t ignored = { 0 };
    char *end, *p;
    size_t i;

    end = strchr(line, '\n');
    if (end == NULL || end - line < PDN_DIGEST_HEX + 6) {
        return NULL;
    }

    *end = '\0';

    for (i = 0; i < PDN_DIGEST_HEX; i++) {
        if (strchr("0123456789abcdef", line[i]) == NULL) {
            return NULL;
        }
    }

    memcpy(stored->hash, line, PDN_DIGEST_HEX);
    stored->exec = line[PDN_DIGEST_HEX + 1] == 'x';
    stored->size = strtoull(line + PDN_DIGEST_HEX + 3, &p, 10);

    if (*p != ' ' || pdn_files_check(p + 1, end - p - 1, &ignored) != 0) {
        pdn_error_release(&ignored);
        return NULL;
    }

    stored->path = p + 1;

    return end + 1;
}


int
pdn_store_get(pdn_store_t *s, pdn_arena_t *a, const char *key,
              pdn_package_t *out)
{
    pdn_str_t text = { 0 };
    char name[80], *copy, *line;
    size_t i, n, len;

    snprintf(name, sizeof(name), "pkgs/%s", key);

    if (pdn_io_get(s->data_fd, name, &text) != 1) {
        return 0;
    }

    len = text.len;
    copy = pdn_arena_text(a, pdn_str_z(&text), len);
    pdn_str_release(&text);

    if (copy == NULL || strlen(copy) != len
        || strncmp(copy, PDN_STORE_HEAD " ", sizeof(PDN_STORE_HEAD)) != 0)
    {
        return 0;
    }

    n = strtoull(copy + sizeof(PDN_STORE_HEAD), &line, 10);
    if (*line != '\n' || n > PDN_FILES_MAX) {
        return 0;
    }

    out->items = pdn_arena_array(a, n + 1, sizeof(pdn_stored_t));
    out->n = n;
    line++;

    for (i = 0; out->items != NULL && i < n && line != NULL; i++) {
        line = pdn_store_line(line, &out->items[i]);
    }

    return out->items != NULL && line != NULL && *line == '\0';
}


/* Is the stored file what its name says? -1 when it is not there. */
static int
pdn_store_check(int fd, const pdn_stored_t *file, pdn_error_t *err)
{
    char hex[PDN_DIGEST_HEX + 1];
    char small[16384];
    pdn_digest_t sum;
    ssize_t n;
    int rc;

    if (file->size < sizeof(small)) {
        n = read(fd, small, sizeof(small));
        rc = n != (ssize_t) file->size ? 1 : pdn_digest(small, n, &sum, err);
    } else {
        rc = pdn_digest_fd(fd, &sum, err);
    }

    if (rc == 0) {
        pdn_digest_hex(&sum, hex);
        rc = strcmp(hex, file->hash) != 0;
    }

    return rc;
}


int
pdn_store_link(pdn_store_t *s, const pdn_stored_t *file, int folder,
               const char *name, int copy, pdn_error_t *err)
{
    char stored[80];
    int fd, rc;

    pdn_store_name(file, stored);

    fd = openat(s->data_fd, stored, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1) {
        return 1;
    }

    rc = pdn_store_check(fd, file, err);

    if (rc == 1) {
        unlinkat(s->data_fd, stored, 0);

    } else if (rc == 0 && !copy
               && linkat(s->data_fd, stored, folder, name, 0) == 0) {
        close(fd);
        return 0;

    } else if (rc == 0
               && (copy || errno == EXDEV || errno == EPERM || errno == EMLINK
                   || errno == EACCES))
    {
        rc = pdn_io_copy(fd, folder, name, file->exec ? 0755 : 0644, err);

    } else if (rc == 0) {
        rc = pdn_error(err, 620, "cannot link '%s': %s", name, strerror(errno));
    }

    close(fd);

    return rc;
}
