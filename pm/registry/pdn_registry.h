/* SPDX-License-Identifier: MIT */
/*
 * Our own registry: static files, signed in roles as TUF has them.
 *
 *   root.N.json      who signs what; each root is signed by the one before
 *   timestamp.json   short-lived: the hash of the snapshot
 *   snapshot.json    the hash of every package's index
 *   index/NS/NAME    a line for each version of a package
 *   by-hash/SHA256   copies of snapshots and indexes, also of older ones, so
 *                    that a change is there at once, with its timestamp
 *   pkgs/NS/NAME-VERSION.tar.gz
 *
 * Files come by a function, so this is the same over the network and for a
 * folder, and it can be tested without either.
 */

#ifndef PDN_REGISTRY_H
#define PDN_REGISTRY_H

#include "pdn_signed.h"

#define PDN_REGISTRY_FILE_MAX  (64 * 1024 * 1024)
#define PDN_REGISTRY_ROOTS_MAX 1000

/*
 * 1 and the text; 0 when there is no such file; -1 with the error noted. With
 * a hash (64 digits) any copy of these bytes will do; with NULL the newest is
 * wanted. What comes is checked here, whoever gave it.
 */
typedef int (*pdn_registry_get_pt)(void *ctx, const char *name,
                                   const char *hash, size_t limit,
                                   pdn_str_t *out, pdn_error_t *err);

typedef struct {
    pdn_arena_t *arena;
    pdn_registry_get_pt get;
    void *ctx;
    int64_t now; /* seconds since 1970 */

    /* What was believed before; kept by the caller between runs. */
    const char *pin;       /* 64 digits that the first root must have */
    const char *root_text; /* the newest root that was believed, or NULL */
    size_t root_len;
    int64_t seen_timestamp; /* versions; 0 when none was seen, or when */
    int64_t seen_snapshot;  /* their keys were changed since */

    /* What is believed now. */
    pdn_signed_t root;
    pdn_role_t root_role;
    pdn_role_t online_role;
    pdn_signed_t timestamp;
    pdn_signed_t snapshot;
} pdn_registry_t;

/*
 * Follows the roots, then timestamp and snapshot. P0520: a signature; P0521:
 * expired; P0522: older than what was seen; P0523: parts of different states;
 * P0524: a root that the one before, or the pin, does not vouch for.
 */
int pdn_registry_update(pdn_registry_t *r, pdn_error_t *err);

/*
 * A package's index; 1, 0 when there is no such package, -1. When somebody
 * publishes meanwhile, the registry is looked at once more.
 */
int pdn_registry_index(pdn_registry_t *r, const char *name, pdn_str_t *out,
                       pdn_error_t *err);

/* One line of an index. */
typedef struct {
    const char *version;
    const pdn_value_t *deps; /* [["id","req"], ...] */
    const char *sha256;
    int64_t size;
    int64_t published;
    const char *by;
    const char *license;
    const char *summary;
    unsigned yanked : 1;
} pdn_registry_line_t;

/*
 * Walks over the lines of an index as pdn_jsonl_next() does; an author's
 * signature that stands there must be good (P0520).
 */
int pdn_registry_next(pdn_registry_t *r, const char *name, pdn_document_t *d,
                      size_t *pos, pdn_registry_line_t *out, pdn_error_t *err);

#endif /* PDN_REGISTRY_H */
