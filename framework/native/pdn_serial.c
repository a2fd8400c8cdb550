/* SPDX-License-Identifier: MIT */
/* Walks through serialized values; see pdn_serial.h. */

#include "pdn_serial.h"

/* First bytes of values. */
#define PDN_SERIAL_NIL     0x00
#define PDN_SERIAL_FALSE   0x01
#define PDN_SERIAL_TRUE    0x02
#define PDN_SERIAL_NULL    0x03
#define PDN_SERIAL_INT     0x06
#define PDN_SERIAL_NUMBER  0x07
#define PDN_SERIAL_TABLE   0x08 /* ... 0x0d, by what parts it has */
#define PDN_SERIAL_INT64   0x10
#define PDN_SERIAL_UINT64  0x11
#define PDN_SERIAL_COMPLEX 0x12
#define PDN_SERIAL_STRING  0x20 /* and more: its length is added */

/* Parts of a table: bits of what its first byte is above the first of them. */
#define PDN_SERIAL_HASH 0x1
#define PDN_SERIAL_LAST 0x5


typedef struct {
    const u_char *at;
    const u_char *end;
    int depth;
} pdn_serial_t;


static int pdn_serial_value(pdn_serial_t *s);
static int pdn_serial_table(pdn_serial_t *s, unsigned parts);
static int pdn_serial_count(pdn_serial_t *s, uint32_t *count);
static int pdn_serial_skip(pdn_serial_t *s, size_t size);


pdn_rc_t
pdn_serial_check(pdn_slice_t in)
{
    pdn_serial_t s;

    s.at = in.data;
    s.end = in.data + in.len;
    s.depth = 0;

    return (pdn_serial_value(&s) && s.at == s.end) ? PDN_OK : PDN_ERROR;
}


static int
pdn_serial_value(pdn_serial_t *s)
{
    uint32_t first;

    if (!pdn_serial_count(s, &first)) {
        return 0;
    }

    if (first >= PDN_SERIAL_STRING) {
        return pdn_serial_skip(s, first - PDN_SERIAL_STRING);
    }

    switch (first) {

    case PDN_SERIAL_NIL:
    case PDN_SERIAL_FALSE:
    case PDN_SERIAL_TRUE:
    case PDN_SERIAL_NULL:
        return 1;

    case PDN_SERIAL_INT:
        return pdn_serial_skip(s, 4);

    case PDN_SERIAL_NUMBER:
    case PDN_SERIAL_INT64:
    case PDN_SERIAL_UINT64:
        return pdn_serial_skip(s, 8);

    case PDN_SERIAL_COMPLEX:
        return pdn_serial_skip(s, 16);

    default:
        break;
    }

    if (first < PDN_SERIAL_TABLE || first - PDN_SERIAL_TABLE > PDN_SERIAL_LAST)
    {
        return 0;
    }

    return pdn_serial_table(s, first - PDN_SERIAL_TABLE);
}


/*
 * parts  0 nothing  1 hash  2, 3 array from 0, the latter with a hash
 *                           4, 5 array from 1, so its size is one more
 */
static int
pdn_serial_table(pdn_serial_t *s, unsigned parts)
{
    int ok;
    size_t left;
    uint64_t i, values;
    uint32_t array, hash;

    array = 0;
    hash = 0;

    if ((parts >= 2 && !pdn_serial_count(s, &array))
        || ((parts & PDN_SERIAL_HASH) && !pdn_serial_count(s, &hash)))
    {
        return 0;
    }

    if (parts >= 4 && array > 0) {
        array--;
    }

    values = (uint64_t) array + 2 * (uint64_t) hash;
    left = (size_t) (s->end - s->at);

    /* Each takes a byte at least. */

    if (values > left || s->depth == PDN_SERIAL_DEPTH) {
        return 0;
    }

    s->depth++;
    ok = 1;

    for (i = 0; ok && i < values; i++) {
        ok = pdn_serial_value(s);
    }

    s->depth--;

    return ok;
}


/* 0 ... 0xdf one byte; then 0xe0 ... 0xfe and another one; 0xff and four. */
static int
pdn_serial_count(pdn_serial_t *s, uint32_t *count)
{
    u_char c;
    const u_char *p;

    p = s->at;

    if (!pdn_serial_skip(s, 1)) {
        return 0;
    }

    c = *p++;

    if (c < 0xe0) {
        *count = c;
        return 1;
    }

    if (!pdn_serial_skip(s, c == 0xff ? 4 : 1)) {
        return 0;
    }

    if (c < 0xff) {
        *count = ((uint32_t) (c & 0x1f) << 8) + p[0] + 0xe0;
        return 1;
    }

    *count = (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
             | (uint32_t) p[3] << 24;

    return 1;
}


static int
pdn_serial_skip(pdn_serial_t *s, size_t size)
{
    if (size > (size_t) (s->end - s->at)) {
        return 0;
    }

    s->at += size;

    return 1;
}
