/* SPDX-License-Identifier: MIT */
/* Bytes as hexadecimal digits, lower case. */

#ifndef PDN_HEX_H
#define PDN_HEX_H

#include <stddef.h>

/* Writes 2 * n digits and a zero. */
void pdn_hex_write(const unsigned char *bytes, size_t n, char *out);

/* 0, or -1 for what is not just 2 * n of such digits. */
int pdn_hex_read(const char *hex, size_t n, unsigned char *out);

#endif /* PDN_HEX_H */
