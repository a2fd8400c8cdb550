/*
 * SPDX-License-Identifier: MIT
 *
 * Columns of libmariadb, and the text rows of scripts.
 */

#include <stdlib.h>
#include <string.h>

#include "pdn_mysql.h"


#define PDN_MYSQL_NULL   251 /* instead of a length */
#define PDN_MYSQL_DIGITS 512 /* of a number that is filled up with zeros */


static int pdn_mysql_put_text(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                              const char *text, size_t len);
static int pdn_mysql_put_raw(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                             const char *text, size_t len);
static int pdn_mysql_is_int(enum enum_field_types type);
static uint64_t pdn_mysql_text_int(const char *text, size_t len);
static double pdn_mysql_text_float(const char *text, size_t len);


int
pdn_mysql_take_names(pdn_db_rows_t *rows, const MYSQL_FIELD *fields, unsigned n)
{
    unsigned i;

    for (i = 0; i < n; i++) {
        if (!pdn_db_rows_put_name(rows, fields[i].name)) {
            return 0;
        }
    }

    return 1;
}


/* One copy for all texts, as the cells want them. */
int
pdn_mysql_take_text(pdn_db_rows_t *rows, MYSQL_RES *result, MYSQL_ROW row)
{
    int ok;
    unsigned i, n;
    const char *text;
    MYSQL_FIELD *fields;
    unsigned long *lengths;

    n = mysql_num_fields(result);
    fields = mysql_fetch_fields(result);
    lengths = mysql_fetch_lengths(result);

    rows->nrows++;

    for (i = 0; i < n; i++) {
        if (row[i] == NULL) {
            ok = pdn_db_rows_put_null(rows);

        } else {
            text = pdn_db_rows_keep(rows, row[i], lengths[i]);
            ok = text != NULL
                 && pdn_mysql_put_text(rows, &fields[i], text, lengths[i]);
        }

        if (!ok) {
            return 0;
        }
    }

    return 1;
}


int
pdn_mysql_text_packet(pdn_db_rows_t *rows, const MYSQL_FIELD *fields,
                      unsigned nfields, const unsigned char *p,
                      const unsigned char *end)
{
    int ok;
    size_t len, ncells;
    unsigned i;

    ncells = rows->ncells;

    for (i = 0; i < nfields; i++) {
        if (p < end && *p == PDN_MYSQL_NULL) {
            ok = pdn_db_rows_put_null(rows);
            p++;

        } else {
            p = pdn_mysql_find_text(p, end, &len);
            ok = p != NULL
                 && pdn_mysql_put_text(rows, &fields[i], (const char *) p, len);
            p = ok ? p + len : p;
        }

        if (!ok) {
            rows->ncells = ncells;
            return 0;
        }
    }

    return 1;
}


/* The text is kept, and does not end with a zero. */
static int
pdn_mysql_put_text(pdn_db_rows_t *rows, const MYSQL_FIELD *f, const char *text,
                   size_t len)
{
    if (rows->raw) {
        return pdn_mysql_put_raw(rows, f, text, len);
    }

    if (pdn_mysql_is_int(f->type)) {
        return pdn_mysql_put_int(rows, f, pdn_mysql_text_int(text, len));
    }

    switch (f->type) {

    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
        return pdn_db_rows_put_float(rows, pdn_mysql_text_float(text, len));

    case MYSQL_TYPE_BIT:
        return pdn_mysql_put_bits(rows, (const unsigned char *) text, len);

    default:
        return pdn_db_rows_put_kept(rows, text, len);
    }
}


/* Numbers, but for those of 64 bits; all else as it came. */
static int
pdn_mysql_put_raw(pdn_db_rows_t *rows, const MYSQL_FIELD *f, const char *text,
                  size_t len)
{
    if (pdn_mysql_is_int(f->type) && f->type != MYSQL_TYPE_LONGLONG) {
        return pdn_db_rows_put_int(rows,
                                   (int64_t) pdn_mysql_text_int(text, len));
    }

    switch (f->type) {

    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
        return pdn_db_rows_put_float(rows, pdn_mysql_text_float(text, len));

    default:
        return pdn_db_rows_put_kept(rows, text, len);
    }
}


static int
pdn_mysql_is_int(enum enum_field_types type)
{
    switch (type) {

    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONGLONG:
        return 1;

    default:
        return 0;
    }
}


/* Of a negative one its 64 bits. */
static uint64_t
pdn_mysql_text_int(const char *text, size_t len)
{
    size_t i;
    uint64_t n;

    n = 0;

    for (i = len > 0 && text[0] == '-'; i < len; i++) {
        n = n * 10 + (text[i] - '0');
    }

    return len > 0 && text[0] == '-' ? -n : n;
}


static double
pdn_mysql_text_float(const char *text, size_t len)
{
    char digits[PDN_MYSQL_DIGITS];

    if (len >= sizeof(digits)) {
        len = sizeof(digits) - 1;
    }

    memcpy(digits, text, len);
    digits[len] = '\0';

    return strtod(digits, NULL);
}
