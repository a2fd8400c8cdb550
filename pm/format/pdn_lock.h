/* SPDX-License-Identifier: MIT */
/*
 * The lock, `pandan.lock`: exactly which bytes a project is made of. It is
 * what the resolver gives, what installing takes and completes, and what
 * makes the next installation the same. JSON lines in the order of ids, keys
 * always in the order below, so equal input gives equal bytes:
 *
 *   {"lock":1,"manifest":"sha256:..."}
 *   {"id":"rocks:lpeg","v":"1.1.0-1","art":"src","src":"sha256:...",
 *    "meta":"sha256:...","size":81234,"deps":["..."],"build":"builtin"}
 */

#ifndef PDN_LOCK_H
#define PDN_LOCK_H

#include "pdn_manifest.h"

#define PDN_LOCK_NAME   "pandan.lock"
#define PDN_LOCK_FORMAT 1
#define PDN_LOCK_MAX    (64 * 1024 * 1024)

typedef struct {
    pdn_id_t id;
    const char *version;

    /* Which of the artifacts of a rock: "all", "src", "rockspec",
     * "linux-x86_64"; NULL for what has one kind only. */
    const char *art;

    /* 64 hex digits each; NULL while unknown, which only the time between
     * resolving and fetching may see. `src`: of the artifact; of git and
     * path, of the list of the unpacked files (git) or NULL (path). */
    const char *src;
    const char *meta; /* of the rockspec; NULL for all but rocks */
    uint64_t size;    /* of the artifact in bytes; 0 while unknown */

    pdn_id_t *deps; /* as required, aliases applied; in the order of ids */
    size_t n_deps;

    const char *build; /* "builtin", "make", ...; NULL: nothing to build */
    const char *by;    /* key id of the author, or NULL */

    pdn_place_t place;  /* of git, path and url; else kind SOURCE */
    const char *commit; /* git: 40 hex digits */

    /* not written: */

    unsigned direct : 1;  /* the manifest names it */
    unsigned dev : 1;     /* only dev_dependencies lead to it */
    unsigned changed : 1; /* not as in the lock that was read */
} pdn_lock_entry_t;

typedef struct {
    const char *manifest; /* 64 hex digits: what it was resolved from */
    pdn_lock_entry_t *items;
    size_t n;
} pdn_lock_t;

/*
 * Reads a lock; the document's file, text and len are set by the caller.
 * Refuses (P0201) what is not in the form above, (P0202) another format, and
 * everything that could not have been written: ids twice or out of order,
 * dependencies that are not there, bad hashes, urls for what has a source.
 */
int pdn_lock_read(pdn_arena_t *a, pdn_document_t *d, pdn_lock_t *lock,
                  pdn_error_t *err);

/* Appends the file's text; entries are put in order first. */
int pdn_lock_write(pdn_lock_t *lock, pdn_str_t *out, pdn_error_t *err);

const pdn_lock_entry_t *pdn_lock_find(const pdn_lock_t *lock,
                                      const pdn_id_t *id);

#endif /* PDN_LOCK_H */
