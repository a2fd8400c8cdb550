/* SPDX-License-Identifier: MIT */
/*
 * Ed25519 by OpenSSL, loaded when first used. Keys and signatures are raw
 * bytes: 32 of a public key and of a secret seed, 64 of a signature.
 */

#ifndef PDN_SIGN_H
#define PDN_SIGN_H

#include "pdn_error.h"
#include "pdn_hex.h"

#define PDN_KEY_LEN 32
#define PDN_KEY_HEX 64
#define PDN_SIG_LEN 64
#define PDN_SIG_HEX 128

typedef struct {
    unsigned char bytes[PDN_KEY_LEN];
} pdn_key_t;

/* A new secret, from the system's randomness. */
int pdn_sign_secret(pdn_key_t *secret, pdn_error_t *err);
int pdn_sign_public(const pdn_key_t *secret, pdn_key_t *key, pdn_error_t *err);

/* Writes 128 hex digits and a zero. */
int pdn_sign(const pdn_key_t *secret, const void *data, size_t len,
             char out[PDN_SIG_HEX + 1], pdn_error_t *err);

/* 1: it is the key's; 0: it is not; -1: OpenSSL is not there. */
int pdn_sign_verify(const pdn_key_t *key, const void *data, size_t len,
                    const char *sig, pdn_error_t *err);

#endif /* PDN_SIGN_H */
