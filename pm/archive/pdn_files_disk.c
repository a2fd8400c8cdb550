/* SPDX-License-Identifier: MIT */
/*
 * A package's files to and from a folder. Every step goes from one opened
 * folder to the next without following a link, so that nobody who changes
 * the tree meanwhile can lead us out of it.
 */

#include "pdn_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PDN_FILES_DEPTH 32

typedef struct {
    pdn_files_t *files;
    const char *const *skip; /* names at the top; may be NULL */
    char path[1100];         /* of the folder that is read, with its slash */
    size_t len;
    int depth;
    pdn_error_t *err;
} pdn_files_walk_t;

static int pdn_files_read_folder(pdn_files_walk_t *w, int fd);


static int
pdn_files_read_file(pdn_files_walk_t *w, int fd, const struct stat *st,
                    size_t len)
{
    size_t done;
    ssize_t n;
    char *data;

    if (st->st_size > PDN_FILES_MAX_SIZE) {
        return pdn_error(w->err, 608, "'%s' is too large", w->path);
    }

    data = pdn_arena_alloc(w->files->arena, st->st_size + 1);
    if (data == NULL) {
        return pdn_error_memory(w->err);
    }

    for (done = 0; done < (size_t) st->st_size; done += n) {
        n = read(fd, data + done, st->st_size - done);
        if (n <= 0) {
            return pdn_error(w->err, 620, "cannot read '%s': %s", w->path,
                             n == 0 ? "it shrinks" : strerror(errno));
        }
    }

    return pdn_files_add(w->files, w->path, len, data, done,
                         (st->st_mode & 0100) != 0, w->err);
}


static int
pdn_files_read_entry(pdn_files_walk_t *w, int folder, const char *name)
{
    struct stat st;
    size_t before, len;
    int fd, rc;

    before = w->len;
    len = strlen(name);

    if (before + len + 2 > sizeof(w->path)) {
        return pdn_error(w->err, 603, "a name below '%s' is too long", w->path);
    }

    memcpy(w->path + before, name, len + 1);

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return pdn_error(w->err, 620, "cannot read '%s': %s", w->path,
                         strerror(errno));
    }

    if (S_ISLNK(st.st_mode)) {
        return pdn_error(w->err, 604, "'%s' is a link", w->path);
    }

    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        return pdn_error(w->err, 605, "'%s' is neither file nor folder",
                         w->path);
    }

    fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd == -1 || fstat(fd, &st) != 0) {
        rc = pdn_error(w->err, 620, "cannot read '%s': %s", w->path,
                       strerror(errno));

    } else if (S_ISDIR(st.st_mode)) {
        w->len = before + len + 1;
        memcpy(w->path + before + len, "/", 2);
        rc = pdn_files_read_folder(w, fd);
        w->len = before;
        return rc;

    } else {
        rc = pdn_files_read_file(w, fd, &st, before + len);
    }

    if (fd != -1) {
        close(fd);
    }

    return rc;
}


static int
pdn_files_skips(const pdn_files_walk_t *w, const char *name)
{
    const char *const *skip;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return 1;
    }

    for (skip = w->skip; w->len == 0 && skip != NULL && *skip != NULL; skip++) {
        if (strcmp(*skip, name) == 0) {
            return 1;
        }
    }

    return 0;
}


/* Takes the descriptor. */
static int
pdn_files_read_folder(pdn_files_walk_t *w, int fd)
{
    struct dirent *entry;
    DIR *dir;
    int rc;

    dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return pdn_error(w->err, 620, "cannot read '%s': %s", w->path,
                         strerror(errno));
    }

    if (++w->depth > PDN_FILES_DEPTH) {
        closedir(dir);
        return pdn_error(w->err, 603, "'%s' lies too deep", w->path);
    }

    rc = 0;

    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        if (!pdn_files_skips(w, entry->d_name)) {
            rc = pdn_files_read_entry(w, fd, entry->d_name);
        }
    }

    w->depth--;
    closedir(dir);

    return rc;
}


int
pdn_files_read(pdn_files_t *files, const char *folder, const char *const *skip,
               pdn_error_t *err)
{
    pdn_files_walk_t w;
    int fd;

    memset(&w, 0, sizeof(w));
    w.files = files;
    w.skip = skip;
    w.err = err;

    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1) {
        return pdn_error(err, 620, "cannot read '%s': %s", folder,
                         strerror(errno));
    }

    if (pdn_files_read_folder(&w, fd) != 0) {
        return -1;
    }

    pdn_files_sort(files);

    return 0;
}


/* Opens the folder of a file below `root`, making what is missing. */
static int
pdn_files_open_folder(int root, const char *path, const char **name)
{
    const char *slash;
    char part[256];
    int fd, next;

    fd = dup(root);

    while (fd != -1 && (slash = strchr(path, '/')) != NULL) {
        snprintf(part, sizeof(part), "%.*s", (int) (slash - path), path);
        mkdirat(fd, part, 0755);
        next = openat(fd, part,
                      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(fd);
        fd = next;
        path = slash + 1;
    }

    *name = path;

    return fd;
}


static int
pdn_files_write_one(int root, const pdn_file_t *f)
{
    const char *name;
    size_t done;
    ssize_t n;
    int folder, fd, rc;

    folder = pdn_files_open_folder(root, f->path, &name);
    if (folder == -1) {
        return -1;
    }

    fd = openat(folder, name,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                f->exec ? 0755 : 0644);
    close(folder);
    if (fd == -1) {
        return -1;
    }

    n = 0;
    for (done = 0; done < f->len; done += n) {
        n = write(fd, f->data + done, f->len - done);
        if (n == -1) {
            break;
        }
    }

    rc = close(fd);

    return n == -1 ? -1 : rc;
}


int
pdn_files_write(const pdn_files_t *files, const char *folder, pdn_error_t *err)
{
    size_t i;
    int root;

    root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root == -1) {
        return pdn_error(err, 620, "cannot open '%s': %s", folder,
                         strerror(errno));
    }

    for (i = 0; i < files->n; i++) {
        if (pdn_files_write_one(root, &files->items[i]) != 0) {
            pdn_error(err, 620, "cannot write '%s/%s': %s", folder,
                      files->items[i].path, strerror(errno));
            close(root);
            return -1;
        }
    }

    close(root);

    return 0;
}
