/* SPDX-License-Identifier: MIT */
/*
 * Artifacts of LuaRocks and opm in a folder of our own, under the names by
 * which those servers serve them:
 *
 *   rocks/NAME-VERSION.ARCH.rock, rocks/manifest-5.1
 *   opm/ACCOUNT/NAME-VERSION.opm.tar.gz
 *
 * Any web server serves `rocks/` to pandan and to luarocks; opm's protocol
 * needs a program, see templates/new-registry.
 */

#ifndef PDN_MIRROR_H
#define PDN_MIRROR_H

#include "pdn_lock.h"
#include "pdn_store.h"

/* Does this kind of artifact have a place in a mirror? */
int pdn_mirror_takes(const pdn_lock_entry_t *entry);

/*
 * Writes the artifact, which is in the cache: 1; 0 when it is there already.
 * P0206 when other bytes are there under its name.
 */
int pdn_mirror_put(const char *folder, pdn_store_t *store,
                   const pdn_lock_entry_t *entry, pdn_error_t *err);

/* Lists all rocks that are there. */
int pdn_mirror_list(const char *folder, pdn_error_t *err);

#endif /* PDN_MIRROR_H */
