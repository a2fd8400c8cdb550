/* SPDX-License-Identifier: MIT */
/*
 * From artifacts in the cache to packages in the store: what is there already
 * is taken, the rest is unpacked and, where it has to be and may be, built.
 */

#ifndef PDN_PREPARE_H
#define PDN_PREPARE_H

#include "pdn_sources.h"
#include "pdn_tree.h"

typedef struct {
    pdn_lock_entry_t *entry;
    pdn_tree_part_t part;
    unsigned ready : 1; /* part.package is filled */
} pdn_prepared_t;

typedef struct {
    pdn_sources_t *sources;
    pdn_prepared_t *items;
    size_t n;
    pdn_arena_t *arena; /* of the lists */
    unsigned loose : 1; /* no sandbox */
    unsigned jobs;
} pdn_prepare_t;

/* Fetches, unpacks and builds whatever is not ready. */
int pdn_prepare(pdn_prepare_t *p, pdn_error_t *err);

/* The n-th turned out to be damaged: forgets it, so that it is made anew. */
void pdn_prepare_again(pdn_prepare_t *p, size_t n);

#endif /* PDN_PREPARE_H */
