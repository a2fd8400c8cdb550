/* SPDX-License-Identifier: MIT */
/* dist.ini, what opm's packages say about themselves. */

#ifndef PDN_DIST_H
#define PDN_DIST_H

#include "pdn_manifest.h"

typedef struct {
    const char *name;
    const char *account; /* NULL in a source tree */
    const char *version; /* NULL when only the code tells */
    const char *license;
    const char *abstract;
    const char *lib_dir; /* "lib" unless given */
    pdn_dep_t *deps;     /* opm:account/name, and runtime:nginx ... */
    size_t n_deps;
} pdn_dist_t;

/*
 * Strict, as opm itself: `key = value` lines, no sections, no key unknown or
 * twice; P0405 tells the line.
 */
int pdn_dist_read(pdn_arena_t *a, const char *text, size_t len, pdn_dist_t *out,
                  pdn_error_t *err);

#endif /* PDN_DIST_H */
