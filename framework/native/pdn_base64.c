/* SPDX-License-Identifier: MIT */
/* Base64, both alphabets: letters written by table, read by ranges. */

#include "pdn_base64.h"

static const char pdn_base64_letters[2][65] = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};


size_t
pdn_base64_encode(u_char *out, pdn_slice_t in, int url)
{
    size_t n;
    u_char *d;
    uint32_t v;
    const char *letters;
    const u_char *p;

    d = out;
    p = in.data;
    letters = pdn_base64_letters[url != 0];

    for (n = in.len; n >= 3; n -= 3, p += 3) {
        v = (uint32_t) p[0] << 16 | (uint32_t) p[1] << 8 | p[2];
        *d++ = (u_char) letters[v >> 18];
        *d++ = (u_char) letters[(v >> 12) & 63];
        *d++ = (u_char) letters[(v >> 6) & 63];
        *d++ = (u_char) letters[v & 63];
    }

    if (n != 0) {
        v = (uint32_t) p[0] << 16 | (n == 2 ? (uint32_t) p[1] << 8 : 0);
        *d++ = (u_char) letters[v >> 18];
        *d++ = (u_char) letters[(v >> 12) & 63];

        if (n == 2) {
            *d++ = (u_char) letters[(v >> 6) & 63];

        } else if (!url) {
            *d++ = '=';
        }

        if (!url) {
            *d++ = '=';
        }
    }

    return (size_t) (d - out);
}


static int
pdn_base64_value(u_char c, int url)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }

    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }

    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }

    if (c == (url ? '-' : '+')) {
        return 62;
    }

    return (c == (url ? '_' : '/')) ? 63 : -1;
}


pdn_rc_t
pdn_base64_decode(u_char *out, size_t *len, pdn_slice_t in, int url)
{
    int v;
    size_t i, n, padding;
    u_char *d;
    uint32_t acc;

    n = in.len;
    padding = 0;

    while (n > 0 && padding < 2 && in.data[n - 1] == '=') {
        n--;
        padding++;
    }

    if (n % 4 == 1 || (padding != 0 && (n + padding) % 4 != 0)) {
        return PDN_ERROR;
    }

    d = out;
    acc = 0;

    for (i = 0; i < n; i++) {
        v = pdn_base64_value(in.data[i], url);
        if (v < 0) {
            return PDN_ERROR;
        }

        acc = acc << 6 | (uint32_t) v;

        if (i % 4 == 3) {
            *d++ = (u_char) (acc >> 16);
            *d++ = (u_char) (acc >> 8);
            *d++ = (u_char) acc;
            acc = 0;
        }
    }

    if (n % 4 == 2) {
        if (acc & 15) {
            return PDN_ERROR;
        }

        *d++ = (u_char) (acc >> 4);
    }

    if (n % 4 == 3) {
        if (acc & 3) {
            return PDN_ERROR;
        }

        *d++ = (u_char) (acc >> 10);
        *d++ = (u_char) (acc >> 2);
    }

    *len = (size_t) (d - out);

    return PDN_OK;
}
