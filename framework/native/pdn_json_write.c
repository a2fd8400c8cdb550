/* SPDX-License-Identifier: MIT */
/*
 * A string is copied in runs: eight bytes at a time while nothing needs
 * escaping, by a class table otherwise.
 */

#include <math.h>
#include "pdn_json_write.h"
#include "pdn_number.h"
#include "pdn_utf8.h"

enum {
    PLAIN = 0,
    SHORT,
    UNICODE,
    HTML,
    HIGH
};

static const u_char pdn_json_class[256] = {
    [0 ... 7] = UNICODE, ['\b'] = SHORT,        ['\t'] = SHORT,
    ['\n'] = SHORT,      [11] = UNICODE,        ['\f'] = SHORT,
    ['\r'] = SHORT,      [14 ... 31] = UNICODE, ['"'] = SHORT,
    ['\\'] = SHORT,      ['<'] = HTML,          ['>'] = HTML,
    ['&'] = HTML,        [127] = UNICODE,       [128 ... 255] = HIGH,
};

static const u_char pdn_json_short[256] = {
    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n',  ['\r'] = 'r',
    ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\',
};

static size_t pdn_json_high(pdn_buf_t *b, const u_char *p, const u_char *end,
                            unsigned flags);


static inline int
pdn_json_all_plain(uint64_t v)
{
    uint64_t high, quote, slash, low;

    high = 0x8080808080808080ULL;
    quote = (v ^ 0x2222222222222222ULL) - 0x0101010101010101ULL;
    slash = (v ^ 0x5c5c5c5c5c5c5c5cULL) - 0x0101010101010101ULL;
    low = v - 0x2020202020202020ULL;

    return ((quote | slash | low | v) & high) == 0;
}


static void
pdn_json_unicode(pdn_buf_t *b, unsigned c)
{
    static const char hex[] = "0123456789abcdef";
    u_char out[6];

    out[0] = '\\';
    out[1] = 'u';
    out[2] = (u_char) hex[c >> 12 & 15];
    out[3] = (u_char) hex[c >> 8 & 15];
    out[4] = (u_char) hex[c >> 4 & 15];
    out[5] = (u_char) hex[c & 15];

    pdn_buf_add(b, out, 6);
}


pdn_rc_t
pdn_json_write_string(pdn_buf_t *b, pdn_slice_t s, unsigned flags)
{
    size_t n;
    u_char pair[2];
    uint64_t v;
    const u_char *p, *run, *end;

    p = s.data;
    run = p;
    end = p + s.len;

    pdn_buf_byte(b, '"');

    while (p < end) {
        if (!(flags & PDN_JSON_HTML) && end - p >= 8) {
            memcpy(&v, p, 8);

            if (pdn_json_all_plain(v)) {
                p += 8;
                continue;
            }
        }

        n = 1;

        switch (pdn_json_class[*p]) {

        case PLAIN:
            p++;
            continue;

        case HTML:
            if (!(flags & PDN_JSON_HTML)) {
                p++;
                continue;
            }

            pdn_buf_add(b, run, (size_t) (p - run));
            pdn_json_unicode(b, *p);
            break;

        case SHORT:
            pair[0] = '\\';
            pair[1] = pdn_json_short[*p];
            pdn_buf_add(b, run, (size_t) (p - run));
            pdn_buf_add(b, pair, 2);
            break;

        case UNICODE:
            pdn_buf_add(b, run, (size_t) (p - run));
            pdn_json_unicode(b, *p);
            break;

        default: /* HIGH */
            n = pdn_utf8_length(p, end);

            if (n != 0 && !(n == 3 && p[0] == 0xe2 && (flags & PDN_JSON_HTML)))
            {
                p += n;
                continue;
            }

            pdn_buf_add(b, run, (size_t) (p - run));

            n = pdn_json_high(b, p, end, flags);
            if (n == 0) {
                return PDN_ERROR;
            }
        }

        p += n;
        run = p;
    }

    pdn_buf_add(b, run, (size_t) (p - run));
    pdn_buf_byte(b, '"');

    return PDN_OK;
}


/* Bytes that do not go out as they are; returns how many were dealt with. */
static size_t
pdn_json_high(pdn_buf_t *b, const u_char *p, const u_char *end, unsigned flags)
{
    if (pdn_utf8_length(p, end) == 0) {
        if (!(flags & PDN_JSON_REPLACE)) {
            return 0;
        }

        pdn_buf_text(b, "\xef\xbf\xbd");
        return 1;
    }

    /* the line separators end a line in a script of old */
    if (p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)) {
        pdn_json_unicode(b, p[2] == 0xa8 ? 0x2028 : 0x2029);

    } else {
        pdn_buf_add(b, p, 3);
    }

    return 3;
}


pdn_rc_t
pdn_json_write_number(pdn_buf_t *b, double d)
{
    u_char *p;

    if (!isfinite(d)) {
        return PDN_ERROR;
    }

    p = pdn_buf_reserve(b, PDN_NUMBER_SIZE);
    if (p != NULL) {
        b->len += pdn_number_write(p, d);
    }

    return PDN_OK;
}
