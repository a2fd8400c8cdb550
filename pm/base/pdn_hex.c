/* SPDX-License-Identifier: MIT */
/* Hexadecimal digits; see pdn_hex.h. */

#include "pdn_hex.h"

#include <string.h>


void
pdn_hex_write(const unsigned char *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }

    out[2 * n] = '\0';
}


int
pdn_hex_read(const char *hex, size_t n, unsigned char *out)
{
    static const char digits[] = "0123456789abcdef";
    const char *digit;
    size_t i;

    if (strlen(hex) != 2 * n) {
        return -1;
    }

    for (i = 0; i < 2 * n; i++) {
        digit = strchr(digits, hex[i]);
        if (digit == NULL) {
            return -1;
        }
        out[i / 2] = (unsigned char) (out[i / 2] << 4 | (digit - digits));
    }

    return 0;
}
