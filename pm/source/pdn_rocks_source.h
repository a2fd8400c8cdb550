/* SPDX-License-Identifier: MIT */
/* Rocks of which a server has the rockspec only: the source is elsewhere. */

#ifndef PDN_ROCKS_SOURCE_H
#define PDN_ROCKS_SOURCE_H

#include "pdn_package.h"
#include "pdn_sources.h"

/*
 * The source tree of such an entry, its rockspec added at the top; fills or
 * checks src and meta.
 */
int pdn_rocks_source_tree(pdn_sources_t *s, pdn_lock_entry_t *entry,
                          pdn_files_t *out, pdn_error_t *err);

/* Is it one of those? */
int pdn_rocks_source_is(const pdn_lock_entry_t *entry);

#endif /* PDN_ROCKS_SOURCE_H */
