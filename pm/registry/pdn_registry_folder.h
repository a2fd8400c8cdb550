/* SPDX-License-Identifier: MIT */
/*
 * The files of a registry that is made here: its folder, which is served, and
 * that of its secret keys, which is not. Used by registry/ only.
 */

#ifndef PDN_REGISTRY_FOLDER_H
#define PDN_REGISTRY_FOLDER_H

#include "pdn_fs.h"
#include "pdn_registry_edit.h"

int pdn_folder_path(char out[PATH_MAX], const char *folder, const char *name,
                    pdn_error_t *err);

/* A whole file of the registry, seen by nobody before it is whole. */
int pdn_folder_write(const pdn_registry_edit_t *e, const char *name,
                     const char *data, size_t len, pdn_error_t *err);

/* Adds nothing and gives 0 when there is no such file; 1, -1. */
int pdn_folder_read(const pdn_registry_edit_t *e, const char *name,
                    pdn_str_t *out, pdn_error_t *err);

/* A key of the folder of keys; made when `make` says so. */
int pdn_folder_key(const pdn_registry_edit_t *e, const char *name, int make,
                   pdn_key_t *secret, pdn_error_t *err);

/* The version that a signed file has now, 0 when it is not there. */
int64_t pdn_folder_version(const pdn_registry_edit_t *e, const char *name,
                           const char *type);

/* The newest root's number, 0 when there is none. */
int64_t pdn_folder_root(const pdn_registry_edit_t *e);

#endif /* PDN_REGISTRY_FOLDER_H */
