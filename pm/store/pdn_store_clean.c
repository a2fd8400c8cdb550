/* SPDX-License-Identifier: MIT */
/* Measuring and removing; see pdn_store.h. */

#include "pdn_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What to do with a file; 1 removes it. */
typedef int (*pdn_clean_pt)(const struct stat *st);

static int pdn_clean(int folder, const char *name, pdn_clean_pt doomed,
                     pdn_store_size_t *size);


static int
pdn_clean_nothing(const struct stat *st)
{
    (void) st;

    return 0;
}


static int
pdn_clean_all(const struct stat *st)
{
    (void) st;

    return 1;
}


/* Nobody but the store has it. */
static int
pdn_clean_unlinked(const struct stat *st)
{
    return st->st_nlink == 1;
}


static void
pdn_clean_entry(int fd, const char *name, pdn_clean_pt doomed,
                pdn_store_size_t *size)
{
    struct stat st;

    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }

    if (S_ISDIR(st.st_mode)) {
        pdn_clean(fd, name, doomed, size);

        if (doomed != pdn_clean_nothing) {
            unlinkat(fd, name, AT_REMOVEDIR);
        }
        return;
    }

    if (doomed == pdn_clean_nothing
        || (doomed(&st) && unlinkat(fd, name, 0) == 0)) {
        size->files++;
        size->bytes += st.st_size;
    }
}


static int
pdn_clean(int folder, const char *name, pdn_clean_pt doomed,
          pdn_store_size_t *size)
{
    struct dirent *entry;
    DIR *dir;
    int fd;

    fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1) {
        return errno == ENOENT ? 0 : -1;
    }

    dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return -1;
    }

    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
        {
            pdn_clean_entry(fd, entry->d_name, doomed, size);
        }
    }

    closedir(dir);

    return 0;
}


int
pdn_store_remove_tree(int folder, const char *name)
{
    pdn_store_size_t size = { 0 };

    if (pdn_clean(folder, name, pdn_clean_all, &size) != 0) {
        return -1;
    }

    return unlinkat(folder, name, AT_REMOVEDIR) != 0 && errno != ENOENT ? -1
                                                                        : 0;
}


int
pdn_store_measure(const char *folder, pdn_store_size_t *size)
{
    memset(size, 0, sizeof(pdn_store_size_t));

    return pdn_clean(AT_FDCWD, folder, pdn_clean_nothing, size);
}


/* A list whose files are gone is worth nothing. */
static void
pdn_store_prune_lists(pdn_store_t *s, pdn_arena_t *a)
{
    pdn_package_t package;
    struct dirent *entry;
    char name[80];
    size_t i;
    DIR *dir;
    int fd, whole;

    fd = openat(s->data_fd, "pkgs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = fd != -1 ? fdopendir(fd) : NULL;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }

        whole = pdn_store_get(s, a, entry->d_name, &package);

        for (i = 0; whole && i < package.n; i++) {
            pdn_store_name(&package.items[i], name);
            whole = faccessat(s->data_fd, name, F_OK, 0) == 0;
        }

        if (!whole) {
            unlinkat(fd, entry->d_name, 0);
        }
    }

    if (dir != NULL) {
        closedir(dir);
    }
}


int
pdn_store_prune(pdn_store_t *s, pdn_store_size_t *removed, pdn_error_t *err)
{
    pdn_arena_t arena = { 0 };

    memset(removed, 0, sizeof(pdn_store_size_t));

    while (flock(s->lock_fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return pdn_error(err, 620, "cannot lock the store: %s",
                             strerror(errno));
        }
    }

    if (pdn_clean(s->data_fd, "files", pdn_clean_unlinked, removed) != 0) {
        return pdn_error(err, 620, "cannot prune the store: %s",
                         strerror(errno));
    }

    pdn_store_prune_lists(s, &arena);
    pdn_arena_release(&arena);
    flock(s->lock_fd, LOCK_SH);

    return 0;
}


int
pdn_cache_clean(pdn_store_t *s, pdn_store_size_t *removed, pdn_error_t *err)
{
    memset(removed, 0, sizeof(pdn_store_size_t));

    if (pdn_clean(s->cache_fd, "artifacts", pdn_clean_all, removed) != 0
        || pdn_clean(s->cache_fd, "index", pdn_clean_all, removed) != 0)
    {
        return pdn_error(err, 620, "cannot clean the cache: %s",
                         strerror(errno));
    }

    return 0;
}
