/* SPDX-License-Identifier: MIT */
/*
 * Chooses one version of every package that a project needs: PubGrub, with
 * the versions that fit as sets of bits. Asks the provider only for what it
 * looks at. Equal answers of the provider give equal results.
 */

#ifndef PDN_RESOLVE_H
#define PDN_RESOLVE_H

#include "pdn_lock.h"
#include "pdn_source.h"

typedef struct {
    const pdn_manifest_t *manifest;
    const pdn_lock_t *old; /* preferred versions; NULL for none */

    /* Packages that are not kept as in `old`; all of them with update_all. */
    const pdn_id_t *update;
    size_t n_update;
    unsigned update_all : 1;
    unsigned trust : 1;  /* those of `update` may have another author */
    unsigned lowest : 1; /* the oldest that fits: tests of a library's bounds */

    int64_t now; /* for min_age; 0: the clock */
} pdn_resolve_how_t;

/*
 * Fills `out` with memory of `a`, in the order of ids; hashes are there as
 * far as the provider or the old lock knows them. Returns 0, or -1: P0301
 * with the explanation (no set of versions fits), P0302 (no such package),
 * or what the provider noted.
 */
int pdn_resolve(pdn_arena_t *a, pdn_provider_t *p, const pdn_resolve_how_t *how,
                pdn_lock_t *out, pdn_error_t *err);

#endif /* PDN_RESOLVE_H */
