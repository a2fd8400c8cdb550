/* SPDX-License-Identifier: MIT */
/*
 * What was ever fetched and built, shared by all projects of a user:
 *
 *   $XDG_DATA_HOME/pandan/store/v1/files/HASH  a file, by its sha256;
 *                                              with an `x`: executable
 *   $XDG_DATA_HOME/pandan/store/v1/pkgs/KEY    the files of a package
 *   $XDG_CACHE_HOME/pandan/artifacts/ab/cdef...      archives as fetched
 *   $XDG_CACHE_HOME/pandan/index/...                 what servers listed
 *
 * A file appears under its name by a rename, whole or not at all, so any
 * number of processes may put and take at once and any of them may die. Files
 * are never changed, which is why projects may have them by hard links.
 */

#ifndef PDN_STORE_H
#define PDN_STORE_H

#include "pdn_digest.h"
#include "pdn_files.h"

#include <limits.h>

typedef struct {
    char data[PATH_MAX];  /* .../store/v1 */
    char cache[PATH_MAX]; /* .../pandan */
    int data_fd;
    int cache_fd;
    int lock_fd; /* held shared; whoever removes holds it alone */
} pdn_store_t;

/* A file of a package as the store knows it. */
typedef struct {
    const char *path;
    char hash[PDN_DIGEST_HEX + 1];
    uint64_t size;
    unsigned exec : 1;
} pdn_stored_t;

typedef struct {
    pdn_stored_t *items; /* in the order of paths */
    size_t n;
} pdn_package_t;

/* Opens both, making them when they are not there. */
int pdn_store_open(pdn_store_t *s, pdn_error_t *err);
void pdn_store_release(pdn_store_t *s);

/* Puts the files and the list of them under a key of 64 hex digits. */
int pdn_store_put(pdn_store_t *s, const char *key, const pdn_files_t *files,
                  pdn_package_t *out, pdn_error_t *err);

/* 1 and the list; 0 when there is none; never an error: a bad list is none. */
int pdn_store_get(pdn_store_t *s, pdn_arena_t *a, const char *key,
                  pdn_package_t *out);

/*
 * Gives a file another name, by a hard link where that is possible and by a
 * copy elsewhere. The bytes are checked first: 1 means that the store has not
 * got them any more or that they are not what they were (then the file is
 * taken out, so that it is fetched again).
 */
int pdn_store_link(pdn_store_t *s, const pdn_stored_t *file, int folder,
                   const char *name, int copy, pdn_error_t *err);

/* The name of a stored file below the store: "files/HASH" */
void pdn_store_name(const pdn_stored_t *file, char out[80]);

/*
 * Archives by their sha256. `get` gives 1 with the bytes, 0 when there is none
 * or it is damaged.
 */
int pdn_cache_put(pdn_store_t *s, const char *hash, const char *data,
                  size_t len, pdn_error_t *err);
int pdn_cache_get(pdn_store_t *s, const char *hash, pdn_str_t *out);
int pdn_cache_has(pdn_store_t *s, const char *hash);

/* Texts that servers gave, by address, with the tag that asks for news. */
int pdn_cache_put_index(pdn_store_t *s, const char *url, const char *etag,
                        const pdn_str_t *text, pdn_error_t *err);
int pdn_cache_get_index(pdn_store_t *s, const char *url, char etag[160],
                        pdn_str_t *text);

/* How much there is, and removing it; `removed` counts bytes. */
typedef struct {
    uint64_t files;
    uint64_t bytes;
} pdn_store_size_t;

int pdn_store_measure(const char *folder, pdn_store_size_t *size);

/*
 * Removes what no project links to any more, and lists with missing files;
 * waits until nobody else uses the store.
 */
int pdn_store_prune(pdn_store_t *s, pdn_store_size_t *removed,
                    pdn_error_t *err);

/* Removes the cache folder's contents. */
int pdn_cache_clean(pdn_store_t *s, pdn_store_size_t *removed,
                    pdn_error_t *err);

/* Removes a tree without following links; 0, or -1 with errno. */
int pdn_store_remove_tree(int folder, const char *name);

#endif /* PDN_STORE_H */
