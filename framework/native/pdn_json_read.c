/* SPDX-License-Identifier: MIT */
/*
 * The grammar is four states and a bit a level that tells arrays from
 * objects. Strings are scanned eight bytes at a time for what ends the plain
 * run: a quote, a backslash, a control character or a byte beyond ASCII.
 */

#include "pdn_json_read.h"
#include "pdn_utf8.h"

enum {
    STATE_VALUE = 0,   /* a value must come */
    STATE_FIRST_VALUE, /* a value or ] */
    STATE_FIRST_KEY,   /* a key or } */
    STATE_KEY,         /* a key must come */
    STATE_AFTER,       /* a comma or the end of what is open */
    STATE_FAILED
};

/* 1 for the bytes that end a plain run in a string */
static const u_char pdn_json_stop[256] = {
    [0 ... 31] = 1,
    ['"'] = 1,
    ['\\'] = 1,
    [128 ... 255] = 1,
};

static pdn_json_token_t pdn_json_after(pdn_json_reader_t *r);
static pdn_json_token_t pdn_json_value(pdn_json_reader_t *r);
static pdn_json_token_t pdn_json_open(pdn_json_reader_t *r, int array);
static pdn_json_token_t pdn_json_close(pdn_json_reader_t *r, int array);
static pdn_json_token_t pdn_json_key(pdn_json_reader_t *r);
static pdn_json_token_t pdn_json_word(pdn_json_reader_t *r, const char *word,
                                      size_t n, pdn_json_token_t token);
static pdn_json_token_t pdn_json_number(pdn_json_reader_t *r);
static pdn_json_token_t pdn_json_string(pdn_json_reader_t *r,
                                        pdn_json_token_t token);
static int pdn_json_unescape(pdn_json_reader_t *r, const u_char **pp);
static pdn_json_token_t pdn_json_fail(pdn_json_reader_t *r, const u_char *at,
                                      const char *msg);


void
pdn_json_reader_init(pdn_json_reader_t *r, pdn_slice_t in, unsigned max_depth,
                     pdn_buf_t *scratch)
{
    r->start = in.data;
    r->p = in.data;
    r->end = in.data + in.len;
    r->scratch = scratch;
    r->depth = 0;
    r->max_depth = max_depth < PDN_JSON_MAX_DEPTH ? max_depth
                                                  : PDN_JSON_MAX_DEPTH;
    r->state = STATE_VALUE;
    r->err.msg = NULL;
    r->err.pos = 0;

    if (in.len >= 3 && memcmp(in.data, "\xef\xbb\xbf", 3) == 0) {
        r->p += 3;
    }
}


static inline void
pdn_json_skip(pdn_json_reader_t *r)
{
    const u_char *p;

    for (p = r->p; p < r->end; p++) {
        if (*p > ' ' || (*p != ' ' && *p != '\n' && *p != '\r' && *p != '\t')) {
            break;
        }
    }

    r->p = p;
}


static inline int
pdn_json_in_array(const pdn_json_reader_t *r)
{
    return (r->arrays[(r->depth - 1) / 64] >> ((r->depth - 1) % 64)) & 1;
}


pdn_json_token_t
pdn_json_reader_next(pdn_json_reader_t *r)
{
    pdn_json_skip(r);

    switch (r->state) {

    case STATE_AFTER:
        return pdn_json_after(r);

    case STATE_FIRST_KEY:
        if (r->p < r->end && *r->p == '}') {
            return pdn_json_close(r, 0);
        }

        return pdn_json_key(r);

    case STATE_FIRST_VALUE:
        if (r->p < r->end && *r->p == ']') {
            return pdn_json_close(r, 1);
        }

        return pdn_json_value(r);

    case STATE_KEY:
        return pdn_json_key(r);

    case STATE_VALUE:
        return pdn_json_value(r);

    default:
        return PDN_JSON_ERROR;
    }
}


static pdn_json_token_t
pdn_json_after(pdn_json_reader_t *r)
{
    int array;

    if (r->depth == 0) {
        if (r->p == r->end) {
            return PDN_JSON_END;
        }

        return pdn_json_fail(r, r->p, "nothing may follow the value");
    }

    array = pdn_json_in_array(r);

    if (r->p == r->end) {
        return pdn_json_fail(r, r->p,
                             array ? "the array is not closed"
                                   : "the object is not closed");
    }

    if (*r->p == ',') {
        r->p++;
        pdn_json_skip(r);

        return array ? pdn_json_value(r) : pdn_json_key(r);
    }

    if (*r->p == (array ? ']' : '}')) {
        return pdn_json_close(r, array);
    }

    return pdn_json_fail(
        r, r->p, array ? "a comma or ] is missing" : "a comma or } is missing");
}


static pdn_json_token_t
pdn_json_value(pdn_json_reader_t *r)
{
    if (r->p == r->end) {
        return pdn_json_fail(r, r->p, "a value is missing");
    }

    r->state = STATE_AFTER;

    switch (*r->p) {

    case '{':
        return pdn_json_open(r, 0);

    case '[':
        return pdn_json_open(r, 1);

    case '"':
        return pdn_json_string(r, PDN_JSON_STRING);

    case 't':
        return pdn_json_word(r, "true", 4, PDN_JSON_TRUE);

    case 'f':
        return pdn_json_word(r, "false", 5, PDN_JSON_FALSE);

    case 'n':
        return pdn_json_word(r, "null", 4, PDN_JSON_NULL);

    case '-':
    case '0' ... '9':
        return pdn_json_number(r);

    default:
        return pdn_json_fail(r, r->p, "a value is missing");
    }
}


static pdn_json_token_t
pdn_json_open(pdn_json_reader_t *r, int array)
{
    uint64_t bit;

    if (r->depth == r->max_depth) {
        return pdn_json_fail(r, r->p, "nested too deep");
    }

    bit = 1ULL << (r->depth % 64);

    if (array) {
        r->arrays[r->depth / 64] |= bit;

    } else {
        r->arrays[r->depth / 64] &= ~bit;
    }

    r->p++;
    r->depth++;
    r->state = array ? STATE_FIRST_VALUE : STATE_FIRST_KEY;

    return array ? PDN_JSON_ARRAY : PDN_JSON_OBJECT;
}


static pdn_json_token_t
pdn_json_close(pdn_json_reader_t *r, int array)
{
    r->p++;
    r->depth--;
    r->state = STATE_AFTER;

    return array ? PDN_JSON_ARRAY_END : PDN_JSON_OBJECT_END;
}


static pdn_json_token_t
pdn_json_key(pdn_json_reader_t *r)
{
    if (r->p == r->end || *r->p != '"') {
        return pdn_json_fail(r, r->p, "a name in quotes is missing");
    }

    if (pdn_json_string(r, PDN_JSON_KEY) == PDN_JSON_ERROR) {
        return PDN_JSON_ERROR;
    }

    pdn_json_skip(r);

    if (r->p == r->end || *r->p != ':') {
        return pdn_json_fail(r, r->p, "a colon is missing after the name");
    }

    r->p++;
    r->state = STATE_VALUE;

    return PDN_JSON_KEY;
}


static pdn_json_token_t
pdn_json_word(pdn_json_reader_t *r, const char *word, size_t n,
              pdn_json_token_t token)
{
    if ((size_t) (r->end - r->p) < n || memcmp(r->p, word, n) != 0) {
        return pdn_json_fail(r, r->p, "not a JSON word");
    }

    r->p += n;

    return token;
}


static pdn_json_token_t
pdn_json_number(pdn_json_reader_t *r)
{
    size_t n;
    pdn_err_t err;
    pdn_slice_t in;

    in = pdn_slice(r->p, (size_t) (r->end - r->p));

    n = pdn_number_read(in, &r->number, &err);
    if (n == 0) {
        return pdn_json_fail(r, r->p + err.pos, err.msg);
    }

    r->text = pdn_slice(r->p, n);
    r->p += n;

    return PDN_JSON_NUMBER;
}


static inline const u_char *
pdn_json_plain_run(const u_char *p, const u_char *end)
{
    uint64_t v, quote, slash, low;

    for (/* void */; end - p >= 8; p += 8) {
        memcpy(&v, p, 8);
        quote = v ^ 0x2222222222222222ULL;
        slash = v ^ 0x5c5c5c5c5c5c5c5cULL;
        low = v - 0x2020202020202020ULL;
        quote = quote - 0x0101010101010101ULL;
        slash = slash - 0x0101010101010101ULL;

        /* a borrow can only mark a byte too many: the loop below looks */
        if ((quote | slash | low | v) & 0x8080808080808080ULL) {
            break;
        }
    }

    while (p < end && !pdn_json_stop[*p]) {
        p++;
    }

    return p;
}


static pdn_json_token_t
pdn_json_string(pdn_json_reader_t *r, pdn_json_token_t token)
{
    size_t n;
    const u_char *p, *run;

    p = r->p + 1;
    run = p;
    r->scratch->len = 0;

    for (;;) {
        p = pdn_json_plain_run(p, r->end);

        if (p == r->end) {
            return pdn_json_fail(r, r->p, "the string is not closed");
        }

        if (*p == '"') {
            break;
        }

        if (*p >= 0x80) {
            n = pdn_utf8_length(p, r->end);
            if (n == 0) {
                return pdn_json_fail(r, p, "not UTF-8");
            }

            p += n;
            continue;
        }

        if (*p != '\\') {
            return pdn_json_fail(r, p, "a control character must be escaped");
        }

        pdn_buf_add(r->scratch, run, (size_t) (p - run));

        if (!pdn_json_unescape(r, &p)) {
            return PDN_JSON_ERROR;
        }

        run = p;
    }

    if (run == r->p + 1) {
        r->text = pdn_slice(run, (size_t) (p - run));

    } else {
        pdn_buf_add(r->scratch, run, (size_t) (p - run));

        if (r->scratch->failed) {
            return pdn_json_fail(r, r->p, "no memory");
        }

        r->text = pdn_slice(r->scratch->data, r->scratch->len);
    }

    r->p = p + 1;

    return token;
}


/* Four hexadecimal digits, or -1. */
static int
pdn_json_hex4(const u_char *p, const u_char *end)
{
    int i, v;
    u_char c;

    if (end - p < 4) {
        return -1;
    }

    for (i = 0, v = 0; i < 4; i++) {
        c = p[i];

        if (c >= '0' && c <= '9') {
            v = v * 16 + (c - '0');
            continue;
        }

        c |= 0x20;

        if (c < 'a' || c > 'f') {
            return -1;
        }

        v = v * 16 + (c - 'a' + 10);
    }

    return v;
}


/* `*pp` is at the backslash, and behind the escape afterwards. */
static int
pdn_json_unescape(pdn_json_reader_t *r, const u_char **pp)
{
    int c, low;
    u_char *out;
    const u_char *p;
    static const u_char plain[256] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
    };

    p = *pp;

    if (r->end - p < 2) {
        pdn_json_fail(r, r->p, "the string is not closed");
        return 0;
    }

    if (plain[p[1]] != 0) {
        pdn_buf_byte(r->scratch, plain[p[1]]);
        *pp = p + 2;
        return 1;
    }

    if (p[1] != 'u') {
        pdn_json_fail(r, p, "unknown escape");
        return 0;
    }

    c = pdn_json_hex4(p + 2, r->end);
    if (c < 0) {
        pdn_json_fail(r, p, "\\u needs four hexadecimal digits");
        return 0;
    }

    *pp = p + 6;

    if (c >= 0xd800 && c <= 0xdfff) {
        low = (c < 0xdc00 && r->end - p >= 8 && p[6] == '\\' && p[7] == 'u')
                  ? pdn_json_hex4(p + 8, r->end)
                  : -1;

        if (low < 0xdc00 || low > 0xdfff) {
            pdn_json_fail(r, p, "half of a surrogate pair");
            return 0;
        }

        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        *pp = p + 12;
    }

    out = pdn_buf_reserve(r->scratch, 4);
    if (out != NULL) {
        r->scratch->len += (size_t) (pdn_utf8_write(out, (uint32_t) c) - out);
    }

    return 1;
}


static pdn_json_token_t
pdn_json_fail(pdn_json_reader_t *r, const u_char *at, const char *msg)
{
    r->state = STATE_FAILED;
    r->err.msg = msg;
    r->err.pos = (size_t) (at - r->start);

    return PDN_JSON_ERROR;
}


void
pdn_json_position(pdn_slice_t in, size_t pos, size_t *line, size_t *column)
{
    size_t i, start;

    *line = 1;
    start = 0;

    for (i = 0; i < pos && i < in.len; i++) {
        if (in.data[i] == '\n') {
            (*line)++;
            start = i + 1;
        }
    }

    *column = pos - start + 1;
}
