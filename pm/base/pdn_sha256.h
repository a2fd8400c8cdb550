/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 (FIPS 180-4) without a library, for short texts such as manifests:
 * a command that needs no network must not pay for loading OpenSSL.
 */

#ifndef PDN_SHA256_H
#define PDN_SHA256_H

#include <stddef.h>

/* Writes 64 hexadecimal digits and a zero. */
void pdn_sha256_hex(const void *data, size_t len, char out[65]);

#endif /* PDN_SHA256_H */
