/* SPDX-License-Identifier: MIT */
/*
 * What there is to choose from, as far as it was looked at: packages with
 * their versions in order, requirements as sets of versions, dependencies
 * with the manifest's aliases, overrides and provided packages applied. Asks
 * the provider, and remembers.
 */

#ifndef PDN_UNIVERSE_H
#define PDN_UNIVERSE_H

#include "pdn_resolve.h"
#include "pdn_set.h"

/* The root is package 0 with one version. */
#define PDN_ROOT 0

typedef struct pdn_package_s pdn_package_t;
typedef struct pdn_edge_s pdn_edge_t;
typedef struct pdn_range_s pdn_range_t;

typedef struct {
    const char *text;
    const pdn_version_t *version;
    const pdn_release_t *release; /* NULL until asked for */
    pdn_edge_t *edges;
    size_t n_edges;
    unsigned asked : 1;   /* edges are there, or it is gone */
    unsigned gone : 1;    /* listed, but the source has no such release */
    unsigned special : 1; /* only when nothing else fits */
} pdn_candidate_t;

/* A requirement seen from the package that it is about. */
struct pdn_range_s {
    pdn_rules_t rules;
    const char *req;
    pdn_set_t *set; /* versions that fit; never bit 0 */
    pdn_range_t *next;
};

struct pdn_package_s {
    pdn_id_t id;
    pdn_rules_t rules;
    pdn_candidate_t *versions; /* ascending */
    size_t n;
    size_t words;
    pdn_range_t *ranges;
    size_t locked; /* bit of the version to prefer; 0 for none */

    const char *newest_hidden; /* newest version that was left out, and why */
    const char *hidden_why;

    unsigned loaded : 1;
    unsigned missing : 1; /* the source does not have it */
    unsigned runtime : 1; /* "runtime:nginx" and its sisters */
    unsigned carried : 1; /* the runtime brings it */
    unsigned whole : 1;
    unsigned complete : 1;
};

/* One version needs another package. */
struct pdn_edge_s {
    uint32_t to;
    const pdn_range_t *range;
    const pdn_dep_t *dep;        /* as it was written */
    const pdn_dep_t *overridden; /* the row of `overrides` in force, or NULL */
};

typedef struct {
    pdn_arena_t *arena;
    pdn_provider_t *provider;
    const pdn_resolve_how_t *how;
    pdn_error_t *err;

    pdn_package_t **packages;
    size_t n;
    size_t cap;
    uint32_t *index; /* open addressing by hash of the id */
    size_t index_size;

    /* What if it were otherwise? A row of the manifest with another
     * requirement, or all requirements of one package overridden. */
    const pdn_dep_t *relaxed;
    const pdn_id_t *forced;
    const char *instead;

    unsigned thorough : 1; /* look at all versions where that costs nothing:
                              slower, and easier to explain */
    unsigned grown : 1;    /* an incomplete list got longer: start again */
} pdn_universe_t;

/* All return 0, or -1 with the error noted. */

/* What if, above, stays as the caller set it. */
int pdn_universe_init(pdn_universe_t *u, pdn_arena_t *a, pdn_provider_t *p,
                      const pdn_resolve_how_t *how, pdn_error_t *err);

/* Fills the edges of a version, and loads the packages they lead to. */
int pdn_universe_look(pdn_universe_t *u, uint32_t package, size_t version);

/* The package that an id stands for once aliases are applied. */
int pdn_universe_find(pdn_universe_t *u, const pdn_id_t *id, uint32_t *package);

/* All zeroes, of a package's size. NULL: no memory. */
pdn_set_t *pdn_universe_set(pdn_universe_t *u, const pdn_package_t *p);

#endif /* PDN_UNIVERSE_H */
