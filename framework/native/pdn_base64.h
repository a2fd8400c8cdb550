/* SPDX-License-Identifier: MIT */
/* Base64 of RFC 4648: the standard alphabet with padding, the URL one without.
 */

#ifndef PDN_BASE64_H
#define PDN_BASE64_H

#include "pdn.h"

#define pdn_base64_encoded_size(n) (((n) + 2) / 3 * 4)
#define pdn_base64_decoded_size(n) (((n) + 3) / 4 * 3)

/* Writes at most pdn_base64_encoded_size(in.len) bytes, returns how many. */
size_t pdn_base64_encode(u_char *out, pdn_slice_t in, int url);

/*
 * Writes at most pdn_base64_decoded_size(in.len) bytes. Padding may be left
 * out, but if there is any it must be right; so must the unused bits of the
 * last letter be zero, so that a text has one encoding only.
 *
 *   PDN_OK     `*len` bytes were written
 *   PDN_ERROR  a letter or the length is wrong
 */
pdn_rc_t pdn_base64_decode(u_char *out, size_t *len, pdn_slice_t in, int url);

#endif /* PDN_BASE64_H */
