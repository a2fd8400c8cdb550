/*
 * SPDX-License-Identifier: MIT
 *
 * Columns of libmariadb, and the text rows of scripts.
 */

#include <stdlib.h>

#include "pdn_mysql.h"


static int pdn_mysql_put_text(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                              const char *text, unsigned long len);
static int pdn_mysql_put_raw(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                             const char *text, unsigned long len);
static int pdn_mysql_is_int(enum enum_field_types type);


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


int
pdn_mysql_take_text(pdn_db_rows_t *rows, MYSQL_RES *result, MYSQL_ROW row)
{
    int ok;
    unsigned i, n;
    MYSQL_FIELD *fields;
    unsigned long *lengths;

    n = mysql_num_fields(result);
    fields = mysql_fetch_fields(result);
    lengths = mysql_fetch_lengths(result);

    rows->nrows++;

    for (i = 0; i < n; i++) {
        if (row[i] == NULL) {
            ok = pdn_db_rows_put_null(rows);

        } else if (rows->raw) {
            ok = pdn_mysql_put_raw(rows, &fields[i], row[i], lengths[i]);

        } else {
            ok = pdn_mysql_put_text(rows, &fields[i], row[i], lengths[i]);
        }

        if (!ok) {
            return 0;
        }
    }

    return 1;
}


static int
pdn_mysql_put_text(pdn_db_rows_t *rows, const MYSQL_FIELD *f, const char *text,
                   unsigned long len)
{
    if (pdn_mysql_is_int(f->type)) {
        return pdn_mysql_put_int(rows, f,
                                 text[0] == '-'
                                     ? (uint64_t) strtoll(text, NULL, 10)
                                     : strtoull(text, NULL, 10));
    }

    switch (f->type) {

    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
        return pdn_db_rows_put_float(rows, strtod(text, NULL));

    case MYSQL_TYPE_BIT:
        return pdn_mysql_put_bits(rows, (const unsigned char *) text, len);

    default:
        return pdn_db_rows_put_text(rows, text, len);
    }
}


/* Numbers, but for those of 64 bits; all else as it came. */
static int
pdn_mysql_put_raw(pdn_db_rows_t *rows, const MYSQL_FIELD *f, const char *text,
                  unsigned long len)
{
    if (pdn_mysql_is_int(f->type) && f->type != MYSQL_TYPE_LONGLONG) {
        return pdn_db_rows_put_int(rows, strtoll(text, NULL, 10));
    }

    switch (f->type) {

    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
        return pdn_db_rows_put_float(rows, strtod(text, NULL));

    default:
        return pdn_db_rows_put_text(rows, text, len);
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
