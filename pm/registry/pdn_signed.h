/* SPDX-License-Identifier: MIT */
/*
 * A signed file of a registry: a line of JSON, and a line for each signature
 * of exactly these bytes:
 *
 *   {"type":"timestamp","version":7,"expires":1790000000,...}
 *   {"key":"64 digits","sig":"128 digits"}
 */

#ifndef PDN_SIGNED_H
#define PDN_SIGNED_H

#include "pdn_jsonl.h"
#include "pdn_sign.h"

#define PDN_SIGNED_KEYS 16

/* Who may sign, and how many of them must. */
typedef struct {
    pdn_key_t keys[PDN_SIGNED_KEYS];
    size_t n;
    size_t threshold;
} pdn_role_t;

typedef struct {
    pdn_document_t document; /* of the first line */
    const char *text;        /* the file; the first `len` bytes are signed */
    size_t len;
    size_t size;
    int64_t version;
    int64_t expires;
} pdn_signed_t;

/*
 * Takes the file apart; nothing is believed yet. The text is copied. P0520
 * when it has not this form or another type.
 */
int pdn_signed_read(pdn_arena_t *a, const char *type, const char *text,
                    size_t len, pdn_signed_t *out, pdn_error_t *err);

/* Do enough keys of the role sign? P0520. A key counts once. */
int pdn_signed_check(pdn_arena_t *a, const pdn_signed_t *s,
                     const pdn_role_t *role, pdn_error_t *err);

/* Adds "\n" and the signature's line to a payload that stands in `out`. */
int pdn_signed_add(pdn_str_t *out, size_t payload, const pdn_key_t *secret,
                   pdn_error_t *err);

/* A list of keys and a number in a payload. */
int pdn_role_read(const pdn_value_t *root, const char *keys,
                  const char *threshold, pdn_role_t *out);
int pdn_role_has(const pdn_role_t *role, const pdn_key_t *key);

#endif /* PDN_SIGNED_H */
