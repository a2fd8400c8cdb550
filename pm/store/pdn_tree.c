/* SPDX-License-Identifier: MIT */
/* Staging, swapping and taking back of lua_modules/; see pdn_tree.h. */

#include "pdn_tree.h"
#include "pdn_installed.h"
#include "pdn_store_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PDN_TREE_STATE    ".pandan/modules"
#define PDN_TREE_NEW      "new"
#define PDN_TREE_PREVIOUS "previous"
#define PDN_TREE_OLD      "removed"

/* A file on its way into the tree, and whose it is. */
typedef struct {
    const pdn_stored_t *file;
    size_t part;
} pdn_tree_file_t;


/* The generation of a tree, 0 when it is none of ours or not finished. */
static uint64_t
pdn_tree_generation(int folder, const char *name)
{
    pdn_installed_t installed;
    pdn_str_t text = { 0 };
    pdn_arena_t arena = { 0 };
    char path[80];
    uint64_t generation;

    snprintf(path, sizeof(path), "%s/%s", name, PDN_INSTALLED_NAME);
    generation = 0;

    if (pdn_io_get(folder, path, &text) == 1
        && pdn_installed_read(&arena, text.data, text.len, &installed) == 0)
    {
        generation = installed.generation;
    }

    pdn_str_release(&text);
    pdn_arena_release(&arena);

    return generation;
}


/*
 * A process may have died at any point:
 *   - while building `new`: it is younger than the tree or unfinished, away
 *   - after the exchange: `new` is the older one, it becomes `previous`
 *   - while removing what was previous: it is in `removed`, away
 */
static void
pdn_tree_recover(pdn_tree_t *t)
{
    uint64_t staged, placed;

    pdn_store_remove_tree(t->state_fd, PDN_TREE_OLD);

    staged = pdn_tree_generation(t->state_fd, PDN_TREE_NEW);
    placed = pdn_tree_generation(t->root_fd, PDN_TREE_NAME);

    if (staged != 0 && staged < placed) {
        renameat(t->state_fd, PDN_TREE_PREVIOUS, t->state_fd, PDN_TREE_OLD);
        renameat(t->state_fd, PDN_TREE_NEW, t->state_fd, PDN_TREE_PREVIOUS);
        pdn_store_remove_tree(t->state_fd, PDN_TREE_OLD);
        return;
    }

    pdn_store_remove_tree(t->state_fd, PDN_TREE_NEW);
}


int
pdn_tree_open(pdn_tree_t *t, const char *root, void (*waiting)(void),
              pdn_error_t *err)
{
    t->root_fd = t->state_fd = t->lock_fd = -1;

    t->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (t->root_fd == -1 || pdn_io_folders(t->root_fd, PDN_TREE_STATE "/") != 0)
    {
        goto failed;
    }

    t->state_fd = openat(t->root_fd, PDN_TREE_STATE,
                         O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (t->state_fd == -1) {
        goto failed;
    }

    t->lock_fd = openat(t->state_fd, "lock",
                        O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (t->lock_fd == -1) {
        goto failed;
    }

    if (flock(t->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK && waiting != NULL) {
            waiting();
        }

        while (flock(t->lock_fd, LOCK_EX) != 0) {
            if (errno != EINTR) {
                goto failed;
            }
        }
    }

    pdn_tree_recover(t);

    return 0;

failed:

    pdn_error(err, 620, "cannot work in '%s': %s", root, strerror(errno));
    pdn_tree_release(t);

    return -1;
}


void
pdn_tree_release(pdn_tree_t *t)
{
    int *fds[] = { &t->lock_fd, &t->state_fd, &t->root_fd };
    size_t i;

    for (i = 0; i < 3; i++) {
        if (*fds[i] > 0) {
            close(*fds[i]);
        }
        *fds[i] = -1;
    }
}


int
pdn_tree_check_ours(pdn_tree_t *t, pdn_error_t *err)
{
    struct stat st;

    if (fstatat(t->root_fd, PDN_TREE_NAME, &st, AT_SYMLINK_NOFOLLOW) != 0
        || pdn_tree_generation(t->root_fd, PDN_TREE_NAME) != 0)
    {
        return 0;
    }

    pdn_error(err, 622, "'%s/' is there and was not made by pandan",
              PDN_TREE_NAME);

    return pdn_error_help(err, "move it away, or replace it by "
                               "'pandan install --force'");
}


static int
pdn_tree_order(const void *a, const void *b)
{
    return strcmp(((const pdn_tree_file_t *) a)->file->path,
                  ((const pdn_tree_file_t *) b)->file->path);
}


/* All files of all packages in the order of names; NULL with `err`. */
static pdn_tree_file_t *
pdn_tree_gather(const pdn_installed_t *what, size_t *n, pdn_error_t *err)
{
    pdn_tree_file_t *files;
    size_t i, j;

    *n = 0;
    for (i = 0; i < what->n; i++) {
        *n += what->parts[i].package.n;
    }

    files = calloc(*n + 1, sizeof(pdn_tree_file_t));
    if (files == NULL) {
        pdn_error_memory(err);
        return NULL;
    }

    *n = 0;
    for (i = 0; i < what->n; i++) {
        for (j = 0; j < what->parts[i].package.n; j++) {
            files[(*n)++] = (pdn_tree_file_t){ &what->parts[i].package.items[j],
                                               i };
        }
    }

    qsort(files, *n, sizeof(pdn_tree_file_t), pdn_tree_order);

    return files;
}


static int
pdn_tree_clash(const pdn_installed_t *what, const pdn_tree_file_t *a,
               const pdn_tree_file_t *b, pdn_error_t *err)
{
    char one[PDN_ID_MAX + 1], other[PDN_ID_MAX + 1];

    pdn_error(err, 510, "%s and %s both have the file '%s'",
              pdn_id_text(&what->parts[a->part].id, one),
              pdn_id_text(&what->parts[b->part].id, other), b->file->path);

    return pdn_error_help(err, "drop one of them; if they are the same "
                               "library, `aliases` in the manifest says so");
}


/* Is one path the folder of the other, or the same? Both in order. */
static int
pdn_tree_covers(const char *a, const char *b)
{
    size_t len;

    len = strlen(a);

    return strncmp(a, b, len) == 0 && (b[len] == '\0' || b[len] == '/');
}


/* Opens the folder of a file; names are in order, so most are the last one. */
static int
pdn_tree_folder(int root, const char *path, char last[1400], int *fd)
{
    const char *slash;
    size_t len;

    slash = strrchr(path, '/');
    len = slash != NULL ? slash - path : 0;

    if (*fd != -1 && strlen(last) == len && strncmp(last, path, len) == 0) {
        return 0;
    }

    if (*fd != -1) {
        close(*fd);
    }

    memcpy(last, path, len);
    last[len] = '\0';

    if (pdn_io_folders(root, path) != 0) {
        *fd = -1;
        return -1;
    }

    *fd = openat(root, len != 0 ? last : ".",
                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    return *fd != -1 ? 0 : -1;
}


static int
pdn_tree_fill(int new, pdn_store_t *s, const pdn_installed_t *what,
              const pdn_tree_file_t *files, size_t n, int copy, size_t *bad,
              pdn_error_t *err)
{
    char last[1400];
    const char *name;
    size_t i;
    int fd, rc;

    fd = -1;
    rc = 0;

    for (i = 0; rc == 0 && i < n; i++) {
        if (i + 1 < n
            && pdn_tree_covers(files[i].file->path, files[i + 1].file->path)) {
            rc = pdn_tree_clash(what, &files[i], &files[i + 1], err);
            break;
        }

        if (pdn_tree_folder(new, files[i].file->path, last, &fd) != 0) {
            rc = pdn_error(err, 620, "cannot make the folder of '%s': %s",
                           files[i].file->path, strerror(errno));
            break;
        }

        name = strrchr(files[i].file->path, '/');
        name = name != NULL ? name + 1 : files[i].file->path;
        rc = pdn_store_link(s, files[i].file, fd, name, copy, err);
        *bad = files[i].part;
    }

    if (fd != -1) {
        close(fd);
    }

    return rc;
}


static int
pdn_tree_finish(pdn_tree_t *t, int new, const pdn_installed_t *what,
                const pdn_tree_keep_t *keep, size_t n_keep, pdn_error_t *err)
{
    pdn_installed_t stamped;
    pdn_str_t text = { 0 };
    char name[80];
    size_t i;
    int rc;

    for (i = 0; i < n_keep; i++) {
        snprintf(name, sizeof(name), ".pandan/%s", keep[i].name);
        if (pdn_io_put(new, name, keep[i].text, keep[i].len, 0644, err) != 0) {
            return -1;
        }
    }

    stamped = *what;
    stamped.generation = pdn_tree_generation(t->root_fd, PDN_TREE_NAME) + 1;
    pdn_installed_write(&stamped, &text);

    /* the last file of all: a tree without it is not finished */
    rc = text.failed ? pdn_error_memory(err)
                     : pdn_io_put(new, PDN_INSTALLED_NAME, text.data, text.len,
                                  0644, err);
    pdn_str_release(&text);

    return rc;
}


int
pdn_tree_stage(pdn_tree_t *t, pdn_store_t *s, const pdn_installed_t *what,
               const pdn_tree_keep_t *keep, size_t n_keep, int copy,
               size_t *bad, pdn_error_t *err)
{
    pdn_tree_file_t *files;
    size_t n;
    int new, rc;

    pdn_store_remove_tree(t->state_fd, PDN_TREE_NEW);

    if (mkdirat(t->state_fd, PDN_TREE_NEW, 0755) != 0) {
        return pdn_error(err, 620, "cannot make '%s/%s': %s", PDN_TREE_STATE,
                         PDN_TREE_NEW, strerror(errno));
    }

    new = openat(t->state_fd, PDN_TREE_NEW,
                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    files = new != -1 ? pdn_tree_gather(what, &n, err) : NULL;

    if (files == NULL) {
        if (new == -1) {
            return pdn_error(err, 620, "cannot open '%s': %s", PDN_TREE_STATE,
                             strerror(errno));
        }
        close(new);
        return -1;
    }

    rc = pdn_tree_fill(new, s, what, files, n, copy, bad, err);
    if (rc == 0) {
        rc = pdn_tree_finish(t, new, what, keep, n_keep, err);
    }

    free(files);
    close(new);

    if (rc != 0) {
        pdn_store_remove_tree(t->state_fd, PDN_TREE_NEW);
    }

    return rc;
}


int
pdn_tree_commit(pdn_tree_t *t, pdn_error_t *err)
{
    if (renameat2(t->state_fd, PDN_TREE_NEW, t->root_fd, PDN_TREE_NAME,
                  RENAME_EXCHANGE)
        != 0)
    {
        /* the first time there is nothing to exchange it with */
        if (errno != ENOENT
            || renameat(t->state_fd, PDN_TREE_NEW, t->root_fd, PDN_TREE_NAME)
                   != 0)
        {
            return pdn_error(err, 620, "cannot put '%s' in place: %s",
                             PDN_TREE_NAME, strerror(errno));
        }
        return 0;
    }

    renameat(t->state_fd, PDN_TREE_PREVIOUS, t->state_fd, PDN_TREE_OLD);
    renameat(t->state_fd, PDN_TREE_NEW, t->state_fd, PDN_TREE_PREVIOUS);
    pdn_store_remove_tree(t->state_fd, PDN_TREE_OLD);

    return 0;
}


int
pdn_tree_rollback(pdn_tree_t *t, pdn_error_t *err)
{
    if (pdn_tree_generation(t->state_fd, PDN_TREE_PREVIOUS) == 0) {
        return pdn_error(err, 623, "there is nothing to go back to");
    }

    if (renameat2(t->state_fd, PDN_TREE_PREVIOUS, t->root_fd, PDN_TREE_NAME,
                  RENAME_EXCHANGE)
        != 0)
    {
        return pdn_error(err, 620,
                         "cannot exchange '%s' and the one before: "
                         "%s",
                         PDN_TREE_NAME, strerror(errno));
    }

    return 0;
}
