/* SPDX-License-Identifier: MIT */
/*
 * Making and changing a registry in a folder, which any web server may serve.
 * Secret keys lie in another folder: `root.key`, needed for rotation only, and
 * `online.key`, needed whenever something is added.
 */

#ifndef PDN_REGISTRY_EDIT_H
#define PDN_REGISTRY_EDIT_H

#include "pdn_author.h"
#include "pdn_registry.h"

typedef struct {
    const char *folder;
    const char *keys;
    int64_t now;
    int64_t days;         /* that timestamp and snapshot are good for; 0: 14 */
    unsigned expired : 1; /* make them expired, for trying it out */
} pdn_registry_edit_t;

/* Makes keys and an empty registry; refuses a folder that is one. */
int pdn_registry_init(const pdn_registry_edit_t *e, pdn_error_t *err);

/*
 * The registry to ourselves: a descriptor to close, or -1. What a killed
 * rotation left is put in order. init and verify need it not.
 */
int pdn_registry_lock(const pdn_registry_edit_t *e, pdn_error_t *err);

/* How a package is added; all may be NULL. */
typedef struct {
    const pdn_key_t *secret;    /* signs for the author */
    const pdn_author_t *author; /* or the author has signed: P0520 if not */
    const char *owner;          /* refuse those of others: P0508 */
} pdn_registry_adding_t;

/*
 * Adds a package as `pandan pack` makes it. `what` gets "ns/name 1.0.0". It
 * is there for others after pdn_registry_sign().
 */
int pdn_registry_add(const pdn_registry_edit_t *e, const char *data, size_t len,
                     const pdn_registry_adding_t *how, pdn_str_t *what,
                     pdn_error_t *err);

/*
 * A version is no longer chosen, or is again, from the next
 * pdn_registry_sign() on; who has it keeps it.
 */
int pdn_registry_yank(const pdn_registry_edit_t *e, const char *name,
                      const char *version, int yanked, pdn_error_t *err);

/* New snapshot and timestamp of what is there. */
int pdn_registry_sign(const pdn_registry_edit_t *e, pdn_error_t *err);

/*
 * New keys of both kinds, the new root signed by the old one too, and all
 * signed by them.
 */
int pdn_registry_rotate(const pdn_registry_edit_t *e, pdn_error_t *err);

/* Everything as a client sees it, and every package's bytes. */
int pdn_registry_verify(const pdn_registry_edit_t *e, size_t *packages,
                        pdn_error_t *err);

/* A secret in a file of its own, mode 0600; made when `make` says so. */
int pdn_registry_key(const char *path, int make, pdn_key_t *secret,
                     pdn_error_t *err);

/* For pdn_registry_t: the files of a folder; ctx is its name. */
int pdn_registry_get_file(void *ctx, const char *name, const char *hash,
                          size_t limit, pdn_str_t *out, pdn_error_t *err);

#endif /* PDN_REGISTRY_EDIT_H */
