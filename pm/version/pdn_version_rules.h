/* SPDX-License-Identifier: MIT */
/*
 * One set of rules as pdn_version.c calls it. Each lives in a file of its
 * own; versions and requirements are laid out as their rules like it, behind
 * a head that is common.
 */

#ifndef PDN_VERSION_RULES_H
#define PDN_VERSION_RULES_H

#include "pdn_version.h"

#include <stdint.h>

typedef struct pdn_version_ops_s pdn_version_ops_t;

struct pdn_version_s {
    const pdn_version_ops_t *ops;
    const char *text;
    unsigned special : 1;
};

struct pdn_req_s {
    const pdn_version_ops_t *ops;
    const char *text;
    unsigned any : 1;
    unsigned special : 1; /* names a special version */
};

/* The texts end with a zero; NULL as in pdn_version.h. */
struct pdn_version_ops_s {
    pdn_version_t *(*parse)(pdn_arena_t *a, const char *text,
                            pdn_version_err_t *err);
    pdn_req_t *(*parse_req)(pdn_arena_t *a, const char *text,
                            pdn_version_err_t *err);
    int (*compare)(const pdn_version_t *a, const pdn_version_t *b);
    int (*admits)(const pdn_req_t *r, const pdn_version_t *v);
};

extern const pdn_version_ops_t pdn_version_semver;
extern const pdn_version_ops_t pdn_version_rocks;
extern const pdn_version_ops_t pdn_version_opm;

/* Notes what was wrong and where; NULL, to be returned. */
static inline void *
pdn_version_bad(pdn_version_err_t *err, const char *msg, size_t pos)
{
    err->msg = msg;
    err->pos = pos;

    return NULL;
}

#endif /* PDN_VERSION_RULES_H */
