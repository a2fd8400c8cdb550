/* SPDX-License-Identifier: MIT */
/*
 * What the resolver asks for: which versions there are, and what one of them
 * needs. Sources are asked lazily, about one request for a package chosen, so
 * the interface tells early what may be asked next; a call that must block
 * works on everything that was told.
 *
 * All that a provider gives lives as long as the provider.
 */

#ifndef PDN_SOURCE_H
#define PDN_SOURCE_H

#include "pdn_lock.h"
#include "pdn_manifest.h"

/* One row of the list of a package's versions, all that is known cheaply. */
typedef struct {
    const char *version;
    unsigned yanked : 1;
    int64_t published; /* seconds since 1970; 0 when the source cannot tell */
} pdn_listed_t;

/*
 * The list in any order. Versions that the rules of the source cannot parse
 * are left out by the provider.
 *
 * `complete` is 0 for opm, whose servers list nothing: the list then holds
 * what the requirements asked so far have brought up, and may grow.
 */
typedef struct {
    const pdn_listed_t *items;
    size_t n;
    unsigned complete : 1;
    unsigned whole : 1; /* release() of any of them costs no request: the
                           resolver then looks at all, for better words */
} pdn_versions_t;

/* What is known of one version before its artifact is fetched. */
typedef struct {
    const char *version;
    const pdn_dep_t *deps; /* aliases not applied; runtime constraints are
                              dependencies on ids of the source "runtime"
                              (a rock's `lua` is runtime:lua, opm's nginx is
                              runtime:nginx), with the requirement in the
                              rules of the package that requires */
    size_t n_deps;

    /* As in the lock; NULL or 0 when the source tells only with the bytes. */
    const char *art;
    const char *src;
    const char *meta;
    uint64_t size;
    const char *build;
    const char *by;
    const char *commit;  /* git */
    const char *summary; /* for people, or NULL */
    const char *license;
} pdn_release_t;

typedef enum {
    PDN_FOUND = 0,
    PDN_MISSING = 1, /* no such package, or no such version of it */
    PDN_REFUSED = -1 /* noted in the error: network, signature, format */
} pdn_found_t;

typedef struct pdn_provider_s pdn_provider_t;

struct pdn_provider_s {
    /*
     * Will be asked for soon, the versions of `id` (version NULL, `req` may
     * help) or one release. Never blocks, never fails, may do nothing.
     */
    void (*want)(pdn_provider_t *p, const pdn_id_t *id, const char *req,
                 const char *version);

    /*
     * The versions of a package. With an incomplete list, it holds at least
     * the highest that admits `req`, when there is one. A package that the
     * manifest gives a place (git, path, url) has the one version found
     * there.
     */
    pdn_found_t (*versions)(pdn_provider_t *p, const pdn_id_t *id,
                            const char *req, pdn_versions_t *out,
                            pdn_error_t *err);

    /* One of those versions, by the very text that was listed. */
    pdn_found_t (*release)(pdn_provider_t *p, const pdn_id_t *id,
                           const char *version, const pdn_release_t **out,
                           pdn_error_t *err);

    void (*free)(pdn_provider_t *p);

    void *data; /* the provider's own */
};

#endif /* PDN_SOURCE_H */
