/* SPDX-License-Identifier: MIT */
/*
 * A project's lua_modules/: built beside the old one and put in its place by
 * one exchange of names, so a running server sees the old tree or the new one.
 * The old one is kept for `rollback`.
 *
 *   lua_modules/share/lua/5.1  lib/lua/5.1  bin   what packages have
 *   lua_modules/.pandan/installed.jsonl           which file is whose
 *   lua_modules/.pandan/pandan.lock, .pkg.lua     what it was made from
 *   .pandan/modules/lock                          one process at a time
 *   .pandan/modules/new                           being built, or half swapped
 *   .pandan/modules/previous                      what rollback takes
 */

#ifndef PDN_TREE_H
#define PDN_TREE_H

#include "pdn_id.h"
#include "pdn_store.h"

#define PDN_TREE_NAME "lua_modules"

/* One package of the tree. */
typedef struct {
    pdn_id_t id;
    const char *version;
    char key[PDN_DIGEST_HEX + 1]; /* of the store */
    pdn_package_t package;
} pdn_tree_part_t;

typedef struct {
    pdn_tree_part_t *parts;
    size_t n;
    const char *lock; /* 64 digits: the lock and options it was made from */
    uint64_t generation;
} pdn_installed_t;

typedef struct {
    int root_fd;
    int state_fd; /* .pandan/modules */
    int lock_fd;
} pdn_tree_t;

/* A text that is put below lua_modules/.pandan/ for rollback. */
typedef struct {
    const char *name;
    const char *text;
    size_t len;
} pdn_tree_keep_t;

/*
 * Takes the project for this process, waiting for others (`waiting` is called
 * once when it has to), and repairs what a process that died left behind.
 */
int pdn_tree_open(pdn_tree_t *t, const char *root, void (*waiting)(void),
                  pdn_error_t *err);
void pdn_tree_release(pdn_tree_t *t);

/* What is installed; 1, or 0 when there is no tree of ours. */
int pdn_tree_read(const char *root, pdn_arena_t *a, pdn_installed_t *out);

/* Are all files there, with the right size? By lstat alone. */
int pdn_tree_is_whole(const char *root, const pdn_installed_t *installed);

/*
 * Builds .pandan/modules/new of the packages. P0510: two have the same file.
 * Returns 1 when the store lacks files of the part `*bad`: it is to be fetched
 * again, then staged anew.
 */
int pdn_tree_stage(pdn_tree_t *t, pdn_store_t *s, const pdn_installed_t *what,
                   const pdn_tree_keep_t *keep, size_t n_keep, int copy,
                   size_t *bad, pdn_error_t *err);

/* Puts the new tree in place; the old one becomes `previous`. */
int pdn_tree_commit(pdn_tree_t *t, pdn_error_t *err);

/* Exchanges lua_modules and `previous`; P0623 when there is none. */
int pdn_tree_rollback(pdn_tree_t *t, pdn_error_t *err);

/* P0622 when lua_modules/ is there and is not ours. */
int pdn_tree_check_ours(pdn_tree_t *t, pdn_error_t *err);

#endif /* PDN_TREE_H */
