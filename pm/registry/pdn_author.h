/* SPDX-License-Identifier: MIT */
/*
 * Who made a package: an Ed25519 signature of its name, version and hash,
 * made where the author is, so that no server needs the secret. On its way it
 * is a line of JSON beside the archive, `NAME.tar.gz.sig`:
 *
 *   {"key":"64 digits","sig":"128 digits"}
 */

#ifndef PDN_AUTHOR_H
#define PDN_AUTHOR_H

#include "pdn_sign.h"

typedef struct {
    char key[PDN_KEY_HEX + 1];
    char sig[PDN_SIG_HEX + 1];
} pdn_author_t;

int pdn_author_sign(const pdn_key_t *secret, const char *name,
                    const char *version, const char *sha256,
                    pdn_author_t *author, pdn_error_t *err);

/* 0, or -1 with P0520; either text may be NULL. */
int pdn_author_check(const char *key, const char *sig, const char *name,
                     const char *version, const char *sha256, pdn_error_t *err);

/* The line as text, and a file's; reading gives 1, 0 for no file, -1. */
void pdn_author_write(const pdn_author_t *author, pdn_str_t *out);
int pdn_author_read(const char *path, pdn_author_t *author, pdn_error_t *err);

#endif /* PDN_AUTHOR_H */
