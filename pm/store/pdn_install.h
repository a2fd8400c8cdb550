/* SPDX-License-Identifier: MIT */
/*
 * The doors of the part that fetches and installs, as the commands that edit
 * the manifest use them.
 */

#ifndef PDN_INSTALL_H
#define PDN_INSTALL_H

#include "pdn_project.h"

/*
 * A provider over the sources of the project's manifest. Opens nothing and
 * loads no library before it is asked. NULL with the error noted; freed by
 * provider->free. The project outlives it.
 */
pdn_provider_t *pdn_sources_create(pdn_project_t *project, pdn_error_t *err);

/*
 * Fetches the artifact of every entry into the store, several at a time,
 * checks those whose hash is known (P0501) and fills src, meta, size and
 * commit of the others. Returns 0, or -1 with the error noted.
 */
int pdn_fetch(pdn_project_t *project, pdn_provider_t *provider,
              pdn_lock_t *lock, pdn_error_t *err);

typedef struct {
    pdn_lock_mode_t mode;
    pdn_resolve_how_t resolve; /* update, update_all */
    unsigned no_dev : 1;
    unsigned force : 1;   /* rebuild the tree although it is as it should be */
    unsigned dry_run : 1; /* say what would be done */
    unsigned copy : 1;    /* no hard links into the store */
    unsigned no_sandbox : 1;
    unsigned save_manifest : 1; /* the manifest was edited: write it when all
                                   is fetched, before the tree is swapped */
} pdn_install_how_t;

/*
 * From manifest to lua_modules/: lock, fetch, build, swap the tree, write
 * the lock. Prints what it did to standard output, as lines or JSON lines.
 * Returns 0, or -1 with the error noted; then manifest, lock and tree are as
 * they were.
 */
int pdn_install(pdn_project_t *project, const pdn_install_how_t *how,
                pdn_error_t *err);

#endif /* PDN_INSTALL_H */
