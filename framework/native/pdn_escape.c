/* SPDX-License-Identifier: MIT */
/*
 * Both escapers are one walk over a class table: a byte's class is 0 when it
 * is copied, and names its replacement otherwise.
 */

#include "pdn_escape.h"

typedef struct {
    u_char len;
    char text[7];
} pdn_entity_t;

static const u_char pdn_html_class[256] = {
    ['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4, ['\''] = 5,
};

static const pdn_entity_t pdn_entities[] = {
    { 0, "" },     { 5, "&amp;" },  { 4, "&lt;" },
    { 4, "&gt;" }, { 6, "&quot;" }, { 5, "&#39;" },
};

/* 1 for letters, digits and - . _ ~ */
static const u_char pdn_url_plain[256] = {
    ['-'] = 1, ['.'] = 1, ['_'] = 1, ['~'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1,
    ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
    ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1,
    ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1,
    ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1,
    ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1,
    ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1,
    ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1,
    ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1,
    ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

static const char pdn_hex[] = "0123456789ABCDEF";


/* All ones in the high bit of each byte of `v` that equals `c`; may also
 * mark a byte above a marked one, which the caller's exact look sorts out. */
static inline uint64_t
pdn_has_byte(uint64_t v, u_char c)
{
    v ^= 0x0101010101010101ULL * c;

    return (v - 0x0101010101010101ULL) & ~v & 0x8080808080808080ULL;
}


size_t
pdn_escape_html_clean(pdn_slice_t in)
{
    size_t i;
    uint64_t v;

    for (i = 0; i + 8 <= in.len; i += 8) {
        memcpy(&v, in.data + i, 8);

        /* " & ' differ from & in two low bits, < > in one */
        if (pdn_has_byte(v & 0xfcfcfcfcfcfcfcfcULL, '&' & 0xfc)
            | pdn_has_byte(v & 0xfdfdfdfdfdfdfdfdULL, '<' & 0xfd)
            | pdn_has_byte(v, '"'))
        {
            break;
        }
    }

    while (i < in.len && pdn_html_class[in.data[i]] == 0) {
        i++;
    }

    return i;
}


void
pdn_escape_html(pdn_buf_t *b, pdn_slice_t in)
{
    size_t n;
    const pdn_entity_t *e;

    for (;;) {
        n = pdn_escape_html_clean(in);
        pdn_buf_add(b, in.data, n);

        if (n == in.len) {
            return;
        }

        e = &pdn_entities[pdn_html_class[in.data[n]]];
        pdn_buf_add(b, e->text, e->len);

        in.data += n + 1;
        in.len -= n + 1;
    }
}


size_t
pdn_escape_url_clean(pdn_slice_t in)
{
    size_t i;

    for (i = 0; i < in.len && pdn_url_plain[in.data[i]]; i++) {
        /* void */
    }

    return i;
}


void
pdn_escape_url(pdn_buf_t *b, pdn_slice_t in)
{
    size_t n;
    u_char triple[3];

    for (;;) {
        n = pdn_escape_url_clean(in);
        pdn_buf_add(b, in.data, n);

        if (n == in.len) {
            return;
        }

        triple[0] = '%';
        triple[1] = (u_char) pdn_hex[in.data[n] >> 4];
        triple[2] = (u_char) pdn_hex[in.data[n] & 15];
        pdn_buf_add(b, triple, 3);

        in.data += n + 1;
        in.len -= n + 1;
    }
}


static int
pdn_unhex(u_char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}


void
pdn_unescape_url(pdn_buf_t *b, pdn_slice_t in, int plus)
{
    int hi, lo;
    u_char *d;
    const u_char *p, *end;

    d = pdn_buf_reserve(b, in.len);
    if (d == NULL) {
        return;
    }

    end = in.data + in.len;

    for (p = in.data; p < end; p++) {
        if (*p == '%' && end - p >= 3) {
            hi = pdn_unhex(p[1]);
            lo = pdn_unhex(p[2]);

            if (hi >= 0 && lo >= 0) {
                *d++ = (u_char) (hi * 16 + lo);
                p += 2;
                continue;
            }
        }

        *d++ = (plus && *p == '+') ? ' ' : *p;
    }

    b->len = (size_t) (d - b->data);
}
