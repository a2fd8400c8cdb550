/* SPDX-License-Identifier: MIT */
/* A project as the package that a registry takes. */

#ifndef PDN_PACK_H
#define PDN_PACK_H

#include "pdn_project.h"

/*
 * Adds the bytes of a .tar.gz to `out`: the manifest's `files` without its
 * `exclude`, or what a package usually has. Equal files give equal bytes.
 * P0102 when the manifest has no `owner/name` or no version.
 */
int pdn_pack(pdn_project_t *p, pdn_str_t *out, pdn_error_t *err);

/* "name-1.0.0.tar.gz" */
void pdn_pack_name(const pdn_manifest_t *m, char *out, size_t size);

#endif /* PDN_PACK_H */
