/* SPDX-License-Identifier: MIT */
/* Files and folders; see pdn_fs.h. */

#include "pdn_fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


int
pdn_fs_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}


int
pdn_fs_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}


int
pdn_fs_join(char out[PATH_MAX], const char *a, const char *b)
{
    int n;

    n = snprintf(out, PATH_MAX, "%s/%s", a, b);

    return n > 0 && n < PATH_MAX ? 0 : -1;
}


int
pdn_fs_read(const char *path, pdn_str_t *out, pdn_problem_t *problem)
{
    char chunk[8192];
    ssize_t n;
    int fd;

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return pdn_problem(problem, "cannot open '%s': %s", path,
                           strerror(errno));
    }

    while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
        pdn_str_add(out, chunk, n);
    }

    if (n == -1 || out->failed) {
        pdn_problem(problem, "cannot read '%s': %s", path, strerror(errno));
        close(fd);
        return -1;
    }

    close(fd);

    return 0;
}


int
pdn_fs_mkdir(const char *path, pdn_problem_t *problem)
{
    char copy[PATH_MAX];
    char *p;
    size_t len;

    len = strlen(path);
    if (len == 0 || len >= sizeof(copy)) {
        return pdn_problem(problem, "cannot make folder '%s': bad name", path);
    }

    memcpy(copy, path, len + 1);

    for (p = copy + 1; /* void */; p++) {
        if (*p != '/' && *p != '\0') {
            continue;
        }

        len = (*p == '\0');
        *p = '\0';

        if (mkdir(copy, 0755) == -1 && errno != EEXIST) {
            return pdn_problem(problem, "cannot make folder '%s': %s", copy,
                               strerror(errno));
        }

        if (len) {
            break;
        }

        *p = '/';
    }

    if (!pdn_fs_is_folder(path)) {
        return pdn_problem(problem, "'%s' is in the way: not a folder", path);
    }

    return 0;
}


static int
pdn_fs_write_all(int fd, const char *data, size_t len)
{
    ssize_t n;

    while (len > 0) {
        n = write(fd, data, len);
        if (n == -1) {
            if (errno == EINTR) {
                continue;
            }
            return -1;
        }
        data += n;
        len -= n;
    }

    return 0;
}


int
pdn_fs_write(const char *path, const char *data, size_t len, mode_t mode,
             pdn_problem_t *problem)
{
    char beside[PATH_MAX], folder[PATH_MAX];
    char *slash;
    int fd;

    if (snprintf(beside, PATH_MAX, "%s.%ld.new", path, (long) getpid())
        >= PATH_MAX) {
        return pdn_problem(problem, "cannot write '%s': name too long", path);
    }

    memcpy(folder, path, strlen(path) + 1);
    slash = strrchr(folder, '/');
    if (slash != NULL && slash != folder) {
        *slash = '\0';
        if (pdn_fs_mkdir(folder, problem) != 0) {
            return -1;
        }
    }

    fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd == -1) {
        return pdn_problem(problem, "cannot write '%s': %s", path,
                           strerror(errno));
    }

    if (pdn_fs_write_all(fd, data, len) != 0) {
        goto failed;
    }

    if (close(fd) != 0) {
        fd = -1;
        goto failed;
    }

    fd = -1;

    if (rename(beside, path) != 0) {
        goto failed;
    }

    return 0;

failed:

    pdn_problem(problem, "cannot write '%s': %s", path, strerror(errno));

    if (fd != -1) {
        close(fd);
    }
    unlink(beside);

    return -1;
}


int
pdn_fs_remove(const char *root, const char *path, pdn_problem_t *problem)
{
    char full[PATH_MAX];
    char *slash;
    size_t len;

    if (pdn_fs_join(full, root, path) != 0 || unlink(full) != 0) {
        return pdn_problem(problem, "cannot remove '%s': %s", path,
                           strerror(errno));
    }

    len = strlen(root);

    while ((slash = strrchr(full, '/')) != NULL
           && (size_t) (slash - full) > len) {
        *slash = '\0';
        if (rmdir(full) != 0) {
            break;
        }
    }

    return 0;
}


static int
pdn_fs_is_entry(const struct dirent *e)
{
    return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}


static int
pdn_fs_walk_below(const char *folder, const char *below, pdn_fs_visit_pt visit,
                  void *ctx, pdn_problem_t *problem)
{
    char full[PATH_MAX], path[PATH_MAX];
    struct dirent **names;
    int i, n, rc;

    if (pdn_fs_join(full, folder, below) != 0) {
        return pdn_problem(problem, "'%s' is too long", below);
    }

    n = scandir(full, &names, pdn_fs_is_entry, alphasort);
    if (n == -1) {
        return pdn_problem(problem, "cannot read folder '%s': %s", full,
                           strerror(errno));
    }

    rc = 0;

    for (i = 0; i < n; i++) {
        if (rc == 0) {
            if (below[0] == '\0') {
                snprintf(path, PATH_MAX, "%s", names[i]->d_name);
            } else if (pdn_fs_join(path, below, names[i]->d_name) != 0) {
                rc = pdn_problem(problem, "'%s' is too long", below);
            }
        }

        if (rc == 0 && pdn_fs_join(full, folder, path) == 0) {
            rc = pdn_fs_is_folder(full)
                     ? pdn_fs_walk_below(folder, path, visit, ctx, problem)
                     : visit(ctx, path);
        }

        free(names[i]);
    }

    free(names);

    return rc;
}


int
pdn_fs_walk(const char *folder, pdn_fs_visit_pt visit, void *ctx,
            pdn_problem_t *problem)
{
    return pdn_fs_walk_below(folder, "", visit, ctx, problem);
}
