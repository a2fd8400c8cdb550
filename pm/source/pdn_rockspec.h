/* SPDX-License-Identifier: MIT */
/*
 * A rockspec as its reader needs it: what it is, what it requires, where its
 * source is, how it is built. Overrides for this platform are applied.
 */

#ifndef PDN_ROCKSPEC_H
#define PDN_ROCKSPEC_H

#include "pdn_manifest.h"

#define PDN_ROCKSPEC_MAX (1024 * 1024)

typedef struct {
    const char *name;    /* in lower case */
    const char *version; /* with its revision */
    int format;          /* 10 for "1.0", 30 for "3.0" */
    pdn_dep_t *deps;     /* of rocks, and runtime:lua */
    size_t n_deps;
    const char *summary; /* or NULL, as those below */
    const char *license;

    const char *url; /* of the source */
    const char *dir;
    const char *tag; /* or branch */
    const char *md5;

    const char *build_type; /* "builtin", "none", "make" ... */
    const pdn_value_t *build;
    const pdn_value_t *external;
    const pdn_value_t *copy; /* build.copy_directories */

    /* How the lock has it: NULL when no program runs to build it. */
    const char *runs;
} pdn_rockspec_t;

/*
 * Reads data, runs what is more than data. The arena gets all that the result
 * points to. P0405: it is no rockspec; P0506.
 */
int pdn_rockspec_read(pdn_arena_t *a, const char *file, const char *text,
                      size_t len, pdn_rockspec_t *out, pdn_error_t *err);

#endif /* PDN_ROCKSPEC_H */
