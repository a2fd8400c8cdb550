/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, up to 10FFFF. */

#ifndef PDN_UTF8_H
#define PDN_UTF8_H

#include "pdn.h"

/*
 * The length, 2 to 4, of the well-formed sequence at `p`, whose first byte is
 * 0x80 or more; 0 when there is none.
 */
static inline size_t
pdn_utf8_length(const u_char *p, const u_char *end)
{
    size_t left;
    u_char c, lo, hi;

    c = p[0];
    left = (size_t) (end - p);

    if (c < 0xc2 || c > 0xf4) {
        return 0;
    }

    if (c < 0xe0) {
        return (left >= 2 && (p[1] & 0xc0) == 0x80) ? 2 : 0;
    }

    lo = (c == 0xe0) ? 0xa0 : (c == 0xf0) ? 0x90 : 0x80;
    hi = (c == 0xed) ? 0x9f : (c == 0xf4) ? 0x8f : 0xbf;

    if (left < 3 || p[1] < lo || p[1] > hi || (p[2] & 0xc0) != 0x80) {
        return 0;
    }

    if (c < 0xf0) {
        return 3;
    }

    return (left >= 4 && (p[3] & 0xc0) == 0x80) ? 4 : 0;
}


/* Writes the code point, which is valid; returns the end. */
static inline u_char *
pdn_utf8_write(u_char *p, uint32_t c)
{
    if (c < 0x80) {
        *p++ = (u_char) c;
        return p;
    }

    if (c < 0x800) {
        *p++ = (u_char) (0xc0 | (c >> 6));
        *p++ = (u_char) (0x80 | (c & 0x3f));
        return p;
    }

    if (c < 0x10000) {
        *p++ = (u_char) (0xe0 | (c >> 12));
        *p++ = (u_char) (0x80 | ((c >> 6) & 0x3f));
        *p++ = (u_char) (0x80 | (c & 0x3f));
        return p;
    }

    *p++ = (u_char) (0xf0 | (c >> 18));
    *p++ = (u_char) (0x80 | ((c >> 12) & 0x3f));
    *p++ = (u_char) (0x80 | ((c >> 6) & 0x3f));
    *p++ = (u_char) (0x80 | (c & 0x3f));

    return p;
}

#endif /* PDN_UTF8_H */
