/* SPDX-License-Identifier: MIT */
/*
 * Versions and requirements in the three rules that there are, each exact:
 * SemVer 2 for our registries, LuaRocks', opm's. Which one holds is decided
 * by the source of the package that is required, never by who requires it.
 */

#ifndef PDN_VERSION_H
#define PDN_VERSION_H

#include "pdn_arena.h"

#include <stddef.h>

typedef enum {
    PDN_RULES_SEMVER, /* 1.2.3-rc.1+build; ^ ~ = > >= < <= * , || */
    PDN_RULES_ROCKS,  /* 1.2rc1-1; == ~= < > <= >= ~> , @ */
    PDN_RULES_OPM     /* 0.08; = >= > */
} pdn_rules_t;

#define PDN_VERSION_MAX 128 /* bytes of a version's text */

typedef struct pdn_version_s pdn_version_t;
typedef struct pdn_req_s pdn_req_t;

/* What was wrong: a static text in lower case, and the byte it is about. */
typedef struct {
    const char *msg;
    size_t pos;
} pdn_version_err_t;

/* NULL with `err` filled; `err->msg` is NULL when memory ran out. */
pdn_version_t *pdn_version_parse(pdn_arena_t *a, pdn_rules_t rules,
                                 const char *text, size_t len,
                                 pdn_version_err_t *err);

const char *pdn_version_text(const pdn_version_t *v);

/* <0, 0, >0; both under the same rules. 0 does not mean equal texts. */
int pdn_version_compare(const pdn_version_t *a, const pdn_version_t *b);

/*
 * Is it taken only when it is asked for by name? SemVer: a prerelease;
 * LuaRocks: dev, scm, cvs; opm: never.
 */
int pdn_version_is_special(const pdn_version_t *v);

/* "" and "*" admit every version that is not special. */
pdn_req_t *pdn_req_parse(pdn_arena_t *a, pdn_rules_t rules, const char *text,
                         size_t len, pdn_version_err_t *err);

const char *pdn_req_text(const pdn_req_t *r);
int pdn_req_is_any(const pdn_req_t *r);

/*
 * Does the version satisfy the requirement, by the very rules of the source?
 * That a special version was not asked for is part of it for SemVer only
 * (1.0.0-rc.1 is admitted by ">=1.0.0-rc.1 <2.0.0" and not by ">=0.9").
 */
int pdn_req_admits(const pdn_req_t *r, const pdn_version_t *v);

/* Does the requirement itself name a special version (`== scm-1`)? */
int pdn_req_names_special(const pdn_req_t *r);

/*
 * A requirement in the manner of the rules that admits the version and what
 * may be expected to go on working: "^1.2", "~> 1.2", ">= 0.08"; "" when
 * there is none. NULL: no memory.
 */
const char *pdn_req_suggest(pdn_arena_t *a, pdn_rules_t rules,
                            const char *version);

#endif /* PDN_VERSION_H */
