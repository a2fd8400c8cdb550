/* SPDX-License-Identifier: MIT */
/*
 * From the bytes of an artifact to the files that lie in lua_modules/. What a
 * source tree is, it tells by its own files: a rockspec, a dist.ini, or a
 * pandan.pkg.lua beside lua/ or lib/.
 */

#ifndef PDN_PACKAGE_H
#define PDN_PACKAGE_H

#include "pdn_build.h"
#include "pdn_lock.h"

typedef enum {
    PDN_TREE_ROCK, /* a rockspec at the top */
    PDN_TREE_OPM,  /* dist.ini */
    PDN_TREE_OWN   /* pandan.pkg.lua, or nothing at all */
} pdn_tree_kind_t;

/* What a source tree says of itself. */
typedef struct {
    pdn_tree_kind_t kind;
    const char *version; /* NULL when it does not say */
    const pdn_dep_t *deps;
    size_t n_deps;
    const char *summary;
    const char *license;
    const char *runs; /* as pdn_rockspec_t has it */
    pdn_rockspec_t spec;
    const char *lib; /* the folder with the modules, of the other kinds */
} pdn_tree_about_t;

/* `version`: which rockspec is meant when there are several; may be NULL. */
int pdn_package_about(const pdn_files_t *tree, const char *version,
                      pdn_tree_about_t *out, pdn_error_t *err);

/* The files without the folder that all of them lie in. */
int pdn_package_strip(const pdn_files_t *tree, const char *folder,
                      pdn_files_t *out, pdn_error_t *err);

/*
 * 64 digits over names, modes and bytes: a tree's own hash, for what has no
 * archive.
 */
int pdn_package_hash(pdn_files_t *tree, char out[65], pdn_error_t *err);

/* How building is done; the log is the caller's to release. */
typedef struct {
    const char *scratch; /* an empty folder when programs may run */
    unsigned loose : 1;
    pdn_str_t log;
} pdn_package_how_t;

/* Of a source tree: builds it where there is something to build. */
int pdn_package_from_tree(const pdn_lock_entry_t *entry,
                          const pdn_files_t *tree, pdn_package_how_t *how,
                          pdn_files_t *out, pdn_error_t *err);

/* Of the bytes of a rock, opm's tarball, or one of our registry's. */
int pdn_package_from_rock(const pdn_lock_entry_t *entry, const char *data,
                          size_t len, pdn_package_how_t *how, pdn_files_t *out,
                          pdn_error_t *err);
int pdn_package_from_archive(const pdn_lock_entry_t *entry, const char *data,
                             size_t len, pdn_package_how_t *how,
                             pdn_files_t *out, pdn_error_t *err);

#endif /* PDN_PACKAGE_H */
