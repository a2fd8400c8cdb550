/* SPDX-License-Identifier: MIT */
/*
 * Our own registries as they are known: what was believed of each is kept in
 * the store, so that it cannot go back in time or change its keys unnoticed.
 */

#ifndef PDN_KNOWN_REGISTRY_H
#define PDN_KNOWN_REGISTRY_H

#include "pdn_registry.h"
#include "pdn_sources.h"

typedef struct pdn_known_registry_s pdn_known_registry_t;
typedef struct pdn_known_package_s pdn_known_package_t;
typedef struct pdn_known_index_s pdn_known_index_t;

/* An index on its way, before it is asked for. */
struct pdn_known_index_s {
    pdn_known_index_t *next;
    const char *hash;
    char url[PDN_URL_MAX];
    pdn_fetch_t fetch;
};

struct pdn_known_package_s {
    pdn_known_package_t *next;
    const char *name;
    pdn_listed_t *listed;
    pdn_release_t *releases;
    size_t n;
};

struct pdn_known_registry_s {
    pdn_known_registry_t *next;
    pdn_sources_t *sources;
    const pdn_source_t *source;
    const char *url;
    pdn_registry_t registry;
    pdn_known_package_t *packages;
    pdn_known_index_t *wanted;
    unsigned broken : 1; /* it could not be used when it was wanted */
};

/* Looked at once in a run; NULL with its failure noted. */
pdn_known_registry_t *pdn_known(pdn_sources_t *s, const pdn_source_t *source,
                                pdn_error_t *err);

/* Indexes come side by side; a failure is told when one is needed. */
void pdn_known_want(pdn_sources_t *s, const pdn_source_t *source,
                    const pdn_id_t *id, const char *req, const char *version);

void pdn_known_free(pdn_sources_t *s);

#endif /* PDN_KNOWN_REGISTRY_H */
