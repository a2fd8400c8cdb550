/* SPDX-License-Identifier: MIT */
/*
 * The few cryptographic operations that sessions, tokens and cookies stand
 * on, over OpenSSL's EVP interface. Keys are used as given: a caller derives
 * one key for each purpose with pdn_crypto_hkdf().
 */

#ifndef PDN_CRYPTO_H
#define PDN_CRYPTO_H

#include "pdn.h"

#define PDN_CRYPTO_KEY   32
#define PDN_CRYPTO_NONCE 12
#define PDN_CRYPTO_TAG   16
#define PDN_CRYPTO_HASH  32

/* What sealing adds to a text: the nonce before it, the tag behind. */
#define PDN_CRYPTO_OVERHEAD (PDN_CRYPTO_NONCE + PDN_CRYPTO_TAG)

/*
 * AES-256-GCM with a random nonce. Writes exactly text.len +
 * PDN_CRYPTO_OVERHEAD bytes: nonce, ciphertext, tag. `aad` is authenticated
 * but not in the output. The key has PDN_CRYPTO_KEY bytes. With one key at
 * most 2^32 texts may be sealed, as nonces are drawn at random.
 */
pdn_rc_t pdn_crypto_seal(u_char *out, const u_char *key, pdn_slice_t text,
                         pdn_slice_t aad);

/*
 * The reverse: writes sealed.len - PDN_CRYPTO_OVERHEAD bytes.
 *
 *   PDN_OK     the text is as it was sealed with this key and aad
 *   PDN_ERROR  it is not, and nothing in `out` may be used
 */
pdn_rc_t pdn_crypto_open(u_char *out, const u_char *key, pdn_slice_t sealed,
                         pdn_slice_t aad);

/* HKDF-SHA-256 (RFC 5869); `len` is 1 to 255 * 32. */
pdn_rc_t pdn_crypto_hkdf(u_char *out, size_t len, pdn_slice_t key,
                         pdn_slice_t salt, pdn_slice_t info);

/* Each writes PDN_CRYPTO_HASH bytes. */
pdn_rc_t pdn_crypto_hmac(u_char *out, pdn_slice_t key, pdn_slice_t text);
pdn_rc_t pdn_crypto_sha256(u_char *out, pdn_slice_t text);

/* Bytes fit for keys, the kernel's: OpenSSL's take three times as long. */
pdn_rc_t pdn_crypto_random(u_char *out, size_t len);

/* `out` may be one of the others. */
void pdn_crypto_xor(u_char *out, const u_char *a, const u_char *b, size_t len);

/* 1 if equal; takes as long whatever differs, but tells the lengths. */
int pdn_crypto_equal(pdn_slice_t a, pdn_slice_t b);

#endif /* PDN_CRYPTO_H */
