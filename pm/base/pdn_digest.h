/* SPDX-License-Identifier: MIT */
/* SHA-256 by OpenSSL, loaded when first used. */

#ifndef PDN_DIGEST_H
#define PDN_DIGEST_H

#include "pdn_error.h"

#define PDN_DIGEST_LEN 32
#define PDN_DIGEST_HEX 64

typedef struct {
    unsigned char bytes[PDN_DIGEST_LEN];
} pdn_digest_t;

/* Of the bytes at once. */
int pdn_digest(const void *data, size_t len, pdn_digest_t *out,
               pdn_error_t *err);

/* Of a file that is open, from where it stands to its end. */
int pdn_digest_fd(int fd, pdn_digest_t *out, pdn_error_t *err);

/* 64 lower case digits and a zero. */
void pdn_digest_hex(const pdn_digest_t *sum, char out[PDN_DIGEST_HEX + 1]);

/* Reads 64 digits, either case; 0, or -1 when they are not that. */
int pdn_digest_read(const char *hex, size_t len, pdn_digest_t *out);

/* 32 lower case digits of MD5, which opm and old rockspecs state. */
int pdn_digest_md5(const void *data, size_t len, char out[33],
                   pdn_error_t *err);

#endif /* PDN_DIGEST_H */
