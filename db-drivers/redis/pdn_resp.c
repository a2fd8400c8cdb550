/*
 * SPDX-License-Identifier: MIT
 *
 * The reader of RESP.  A length that the server claims is believed only as
 * far as bytes have come: nothing is allocated here, and no loop is longer
 * than what was received.
 */

#include <string.h>

#include "pdn_resp.h"


#define PDN_RESP_DIGITS 19 /* of 2^63 */


static pdn_resp_rc_e pdn_resp_line(const char *data, size_t len, size_t pos,
                                   size_t *end, const char **err);
static pdn_resp_rc_e pdn_resp_value(pdn_resp_item_t *item, const char *line,
                                    size_t len, const char **err);
static pdn_resp_rc_e pdn_resp_body(const char *data, size_t len, size_t *pos,
                                   pdn_resp_item_t *item, size_t *want,
                                   const char **err);
static int pdn_resp_number(const char *p, size_t len, int64_t *n);
static pdn_resp_rc_e pdn_resp_enter(pdn_resp_scan_t *scan,
                                    const pdn_resp_item_t *item);
static int pdn_resp_leave(pdn_resp_scan_t *scan);


void
pdn_resp_scan_init(pdn_resp_scan_t *scan)
{
    scan->pos = 0;
    scan->want = 3;
    scan->type = 0;
    scan->depth = 0;
    scan->attributes = 0;
    scan->err = NULL;
}


pdn_resp_rc_e
pdn_resp_scan(pdn_resp_scan_t *scan, const char *data, size_t len)
{
    pdn_resp_rc_e rc;
    pdn_resp_item_t item;

    if (scan->err != NULL) {
        return PDN_RESP_ERROR;
    }

    for (;;) {
        rc = pdn_resp_item(data, len, &scan->pos, &item, &scan->want,
                           &scan->err);
        if (rc != PDN_RESP_OK) {
            return rc;
        }

        if (scan->pos > PDN_RESP_MAX) {
            scan->err = "a reply is too long";
            return PDN_RESP_ERROR;
        }

        rc = pdn_resp_enter(scan, &item);

        if (rc == PDN_RESP_ERROR) {
            return rc;
        }

        if (rc == PDN_RESP_OK && pdn_resp_leave(scan)) {
            return PDN_RESP_OK;
        }
    }
}


pdn_resp_rc_e
pdn_resp_item(const char *data, size_t len, size_t *pos, pdn_resp_item_t *item,
              size_t *want, const char **err)
{
    size_t end;
    pdn_resp_rc_e rc;

    rc = pdn_resp_line(data, len, *pos, &end, err);

    if (rc != PDN_RESP_OK) {
        *want = end;
        return rc;
    }

    item->type = data[*pos];
    item->null = 0;
    item->n = 0;
    item->data = NULL;
    item->len = 0;

    rc = pdn_resp_value(item, data + *pos + 1, end - *pos - 1, err);

    if (rc != PDN_RESP_OK) {
        return rc;
    }

    end += 2;

    if (item->type == '$' || item->type == '!' || item->type == '=') {
        rc = pdn_resp_body(data, len, &end, item, want, err);
    }

    if (rc == PDN_RESP_OK) {
        *pos = end;
    }

    return rc;
}


/* `*end` is the line's CR, or how far data must reach. */
static pdn_resp_rc_e
pdn_resp_line(const char *data, size_t len, size_t pos, size_t *end,
              const char **err)
{
    size_t n;
    const char *cr;

    n = len - pos;

    /* the shortest is "_\r\n" */
    if (n < 3) {
        *end = pos + 3;
        return PDN_RESP_AGAIN;
    }

    cr = memchr(data + pos + 1, '\r', n - 1);

    if (cr == NULL || cr + 1 == data + len) {
        if (n > PDN_RESP_LINE) {
            *end = pos;
            *err = "a line is too long";
            return PDN_RESP_ERROR;
        }

        *end = len + 1;
        return PDN_RESP_AGAIN;
    }

    if (cr[1] != '\n') {
        *end = pos;
        *err = "a line does not end";
        return PDN_RESP_ERROR;
    }

    *end = cr - data;

    return PDN_RESP_OK;
}


/* What the item's first line says. */
static pdn_resp_rc_e
pdn_resp_value(pdn_resp_item_t *item, const char *line, size_t len,
               const char **err)
{
    switch (item->type) {

    case '+':
    case '-':
    case ',':
    case '(':
        item->data = line;
        item->len = len;
        return PDN_RESP_OK;

    case '_':
        item->null = 1;
        return PDN_RESP_OK;

    case '#':
        if (len != 1 || (line[0] != 't' && line[0] != 'f')) {
            *err = "a boolean is neither t nor f";
            return PDN_RESP_ERROR;
        }

        item->n = line[0] == 't';
        return PDN_RESP_OK;

    case ':':
    case '$':
    case '!':
    case '=':
    case '*':
    case '~':
    case '%':
    case '>':
    case '|':
        break;

    default:
        *err = "a reply has an unknown type";
        return PDN_RESP_ERROR;
    }

    if (!pdn_resp_number(line, len, &item->n)) {
        *err = "a number is not one";
        return PDN_RESP_ERROR;
    }

    if (item->type == ':') {
        return PDN_RESP_OK;
    }

    /* RESP2 writes null as a string or a list of length -1 */
    if (item->n == -1 && (item->type == '$' || item->type == '*')) {
        item->null = 1;
        item->n = 0;
        return PDN_RESP_OK;
    }

    if (item->n < 0 || item->n > PDN_RESP_MAX) {
        *err = "a length is out of bounds";
        return PDN_RESP_ERROR;
    }

    if (item->type == '%' || item->type == '|') {
        item->n *= 2;
    }

    return PDN_RESP_OK;
}


/* The bytes of a string whose length is known; `*pos` is their beginning. */
static pdn_resp_rc_e
pdn_resp_body(const char *data, size_t len, size_t *pos, pdn_resp_item_t *item,
              size_t *want, const char **err)
{
    size_t n;

    if (item->null) {
        return PDN_RESP_OK;
    }

    n = item->n;
    item->n = 0;

    if (len - *pos < n + 2) {
        *want = *pos + n + 2;
        return PDN_RESP_AGAIN;
    }

    item->data = data + *pos;
    item->len = n;
    *pos += n + 2;

    if (data[*pos - 2] != '\r' || data[*pos - 1] != '\n') {
        *err = "a string does not end where it should";
        return PDN_RESP_ERROR;
    }

    /* "txt:" says what kind of text it is */
    if (item->type == '=') {
        if (n < 4 || item->data[3] != ':') {
            *err = "a verbatim string has no kind";
            return PDN_RESP_ERROR;
        }

        item->data += 4;
        item->len -= 4;
    }

    return PDN_RESP_OK;
}


static int
pdn_resp_number(const char *p, size_t len, int64_t *n)
{
    int minus;
    uint64_t value;
    const char *end;

    end = p + len;
    minus = len > 0 && *p == '-';

    if (len > 0 && (*p == '-' || *p == '+')) {
        p++;
    }

    if (p == end || end - p > PDN_RESP_DIGITS) {
        return 0;
    }

    for (value = 0; p < end; p++) {
        if (*p < '0' || *p > '9') {
            return 0;
        }

        value = value * 10 + (*p - '0');
    }

    if (value > (uint64_t) INT64_MAX + minus) {
        return 0;
    }

    *n = (int64_t) (minus ? 0 - value : value);

    return 1;
}


/* PDN_RESP_AGAIN: the item needs others that follow. */
static pdn_resp_rc_e
pdn_resp_enter(pdn_resp_scan_t *scan, const pdn_resp_item_t *item)
{
    if (item->type == '>' && scan->depth > 0) {
        scan->err = "a message lies within a reply";
        return PDN_RESP_ERROR;
    }

    /* attributes are said of the value that follows, and are none */
    if (item->type != '|') {
        if (scan->depth > 0) {
            scan->left[scan->depth - 1]--;

        } else {
            scan->type = item->type;
        }
    }

    if (!pdn_resp_holds(item->type)) {
        return PDN_RESP_OK;
    }

    if (item->n == 0) {
        return item->type == '|' ? PDN_RESP_AGAIN : PDN_RESP_OK;
    }

    if (scan->depth == PDN_RESP_DEPTH) {
        scan->err = "lists lie too deep in lists";
        return PDN_RESP_ERROR;
    }

    if (item->type == '|') {
        scan->attributes |= (uint64_t) 1 << scan->depth;
    }

    scan->left[scan->depth++] = item->n;

    return PDN_RESP_AGAIN;
}


/* Closes what is full; true when that was the frame. */
static int
pdn_resp_leave(pdn_resp_scan_t *scan)
{
    uint64_t bit;

    while (scan->depth > 0 && scan->left[scan->depth - 1] == 0) {
        scan->depth--;
        bit = (uint64_t) 1 << scan->depth;

        if (scan->attributes & bit) {
            scan->attributes &= ~bit;
            return 0;
        }
    }

    return scan->depth == 0;
}
