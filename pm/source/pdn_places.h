/* SPDX-License-Identifier: MIT */
/* Packages that the manifest gives a place: git, a folder, an archive's url. */

#ifndef PDN_PLACES_H
#define PDN_PLACES_H

#include "pdn_package.h"
#include "pdn_sources.h"

/* Has the package a place of its own? */
int pdn_places_has(pdn_sources_t *s, const pdn_id_t *id);

pdn_found_t pdn_places_versions(pdn_sources_t *s, const pdn_id_t *id,
                                pdn_versions_t *out, pdn_error_t *err);
pdn_found_t pdn_places_release(pdn_sources_t *s, const pdn_id_t *id,
                               const pdn_release_t **out, pdn_error_t *err);

/*
 * The source tree of an entry of the lock, without the folder around it;
 * fills commit, src and size, or checks them (P0501).
 */
int pdn_places_tree(pdn_sources_t *s, pdn_lock_entry_t *entry, pdn_files_t *out,
                    pdn_error_t *err);

void pdn_places_free(pdn_sources_t *s);

#endif /* PDN_PLACES_H */
