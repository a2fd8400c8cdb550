/* SPDX-License-Identifier: MIT */
/*
 * The sources of a project behind one provider. Each kind of source is a row
 * of functions; what they share, the network, the store and the memory, is
 * here and is opened when it is first needed.
 */

#ifndef PDN_SOURCES_H
#define PDN_SOURCES_H

#include "pdn_install.h"
#include "pdn_net.h"
#include "pdn_progress.h"
#include "pdn_search.h"
#include "pdn_store.h"
#include "pdn_url.h"

/* Artifacts that a project brings along, each named by its sha256. */
#define PDN_VENDOR_NAME "vendor/pandan"

typedef struct pdn_sources_s pdn_sources_t;

/* One artifact on its way from a source into the cache. */
typedef struct {
    pdn_lock_entry_t *entry;
    pdn_sources_t *sources;
    char url[PDN_URL_MAX];
    pdn_fetch_t fetch;
    pdn_str_t what; /* for messages */
    unsigned started : 1;
    unsigned done : 1;
    pdn_error_t err;
} pdn_artifact_t;

typedef struct {
    void (*want)(pdn_sources_t *s, const pdn_source_t *source,
                 const pdn_id_t *id, const char *req, const char *version);
    pdn_found_t (*versions)(pdn_sources_t *s, const pdn_source_t *source,
                            const pdn_id_t *id, const char *req,
                            pdn_versions_t *out, pdn_error_t *err);
    pdn_found_t (*release)(pdn_sources_t *s, const pdn_source_t *source,
                           const pdn_id_t *id, const char *version,
                           const pdn_release_t **out, pdn_error_t *err);

    /* Where the artifact of an entry is to be fetched: fills a->url. */
    int (*address)(pdn_sources_t *s, const pdn_source_t *source,
                   pdn_artifact_t *a, pdn_error_t *err);

    /*
     * The bytes are here: checks them beyond their hash and fills what the
     * entry does not know yet.
     */
    int (*check)(pdn_sources_t *s, const pdn_source_t *source,
                 pdn_artifact_t *a, pdn_error_t *err);

    /* NULL: cannot be searched. */
    int (*search)(pdn_sources_t *s, const pdn_source_t *source,
                  const pdn_query_t *words, pdn_finds_t *out, pdn_error_t *err);

    void (*free)(pdn_sources_t *s);
} pdn_source_ops_t;

extern const pdn_source_ops_t pdn_source_rocks;
extern const pdn_source_ops_t pdn_source_opm;
extern const pdn_source_ops_t pdn_source_registry;

struct pdn_sources_s {
    pdn_provider_t provider; /* the first: one is the other */
    pdn_project_t *project;
    pdn_arena_t arena;
    pdn_progress_t progress;
    pdn_net_t *net;    /* by pdn_sources_net() */
    pdn_store_t store; /* by pdn_sources_store() */
    unsigned has_store : 1;

    void *state[3]; /* of each kind, by pdn_source_kind_t */
    void *places;   /* of packages with a place of their own */
};

/* NULL with the error noted. */
pdn_net_t *pdn_sources_net(pdn_sources_t *s, pdn_error_t *err);
pdn_store_t *pdn_sources_store(pdn_sources_t *s, pdn_error_t *err);

/* Works until the download is done; 0, or -1 with its error moved to `err`. */
int pdn_sources_await(pdn_sources_t *s, pdn_fetch_t *f, pdn_error_t *err);

/*
 * A text that a server keeps and may change, by way of the cache: asks
 * whether ours is the newest. Offline, ours is. 1 and the text, 0 when there
 * is none (404), -1.
 */
int pdn_sources_text(pdn_sources_t *s, const char *url, size_t limit,
                     pdn_str_t *out, pdn_error_t *err);

/*
 * A text by its address and, unless NULL, its hash: a copy of these bytes in
 * the cache will do. Otherwise the server is asked, and no entity tag of it
 * believed; of a text without a hash the last one is kept for --offline. What
 * comes may still have another hash. 1, 0 and -1 as above.
 */
int pdn_sources_bytes(pdn_sources_t *s, const char *url, const char *hash,
                      size_t limit, pdn_str_t *out, pdn_error_t *err);

/* Into the cache, unless the bytes have another hash. */
int pdn_sources_keep(pdn_store_t *store, const char *hash,
                     const pdn_str_t *text, pdn_error_t *err);

/* Believes nothing of what a registry of ours said before. */
int pdn_sources_forget(pdn_sources_t *s, const pdn_source_t *source,
                       pdn_error_t *err);

/* A whole package came while versions are chosen: tells of it. */
void pdn_sources_came(pdn_sources_t *s, const pdn_id_t *id, const char *version,
                      size_t size);

/* The source of an id and what speaks with it; NULL with P0303, P0304. */
const pdn_source_ops_t *pdn_sources_of(pdn_sources_t *s, const pdn_id_t *id,
                                       const pdn_source_t **source,
                                       pdn_error_t *err);

/* The artifacts of these entries into the cache; see pdn_fetch(). */
int pdn_fetch_some(pdn_sources_t *s, pdn_lock_entry_t **entries, size_t n,
                   pdn_error_t *err);

/* Says that a server answered with this status, or 0 when it is 200. */
int pdn_sources_status(const pdn_fetch_t *f, pdn_error_t *err);

#endif /* PDN_SOURCES_H */
