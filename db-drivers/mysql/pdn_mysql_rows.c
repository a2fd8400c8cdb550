/*
 * SPDX-License-Identifier: MIT
 *
 * Rows of libmariadb: the binary ones of prepared statements, and the text
 * ones of scripts.  The binary ones are read where they lie in the library's
 * buffer, for binding would copy each value once more, and cut it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pdn_mysql.h"


/* What the server says of the digits of a fraction that it does not know. */
#define PDN_MYSQL_NO_DECIMALS 31

#define PDN_MYSQL_TIME_SIZE 64


static int pdn_mysql_put_text(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                              const char *text, unsigned long len);
static int pdn_mysql_put_raw(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                             const char *text, unsigned long len);
static int pdn_mysql_is_int(enum enum_field_types type);
static int pdn_mysql_put_int(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                             uint64_t i);
static int pdn_mysql_put_bits(pdn_db_rows_t *rows, const unsigned char *p,
                              size_t len);
static int pdn_mysql_put_datetime(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                                  const unsigned char *p);
static int pdn_mysql_put_time(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                              const unsigned char *p);
static int pdn_mysql_fraction(char *text, const MYSQL_FIELD *f, uint32_t micro);
static uint64_t pdn_mysql_uint(const unsigned char *p, unsigned n);
static double pdn_mysql_float(float f);


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
pdn_mysql_take_row(pdn_db_rows_t *rows, const MYSQL_STMT *stmt)
{
    int ok;
    unsigned i;
    const unsigned char *p;

    rows->nrows++;

    for (i = 0; i < stmt->field_count; i++) {
        p = stmt->bind[i].u.row_ptr;
        ok = p == NULL ? pdn_db_rows_put_null(rows)
                       : pdn_mysql_put_value(rows, &stmt->fields[i], p);

        if (!ok) {
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


int
pdn_mysql_put_value(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                    const unsigned char *p)
{
    float four;
    double eight;
    size_t len;

    switch (f->type) {

    case MYSQL_TYPE_TINY:
        return pdn_mysql_put_int(
            rows, f,
            f->flags & UNSIGNED_FLAG ? p[0] : (uint64_t) (signed char) p[0]);

    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
        return pdn_mysql_put_int(
            rows, f,
            f->flags & UNSIGNED_FLAG
                ? pdn_mysql_uint(p, 2)
                : (uint64_t) (int16_t) pdn_mysql_uint(p, 2));

    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_INT24:
        return pdn_mysql_put_int(
            rows, f,
            f->flags & UNSIGNED_FLAG
                ? pdn_mysql_uint(p, 4)
                : (uint64_t) (int32_t) pdn_mysql_uint(p, 4));

    case MYSQL_TYPE_LONGLONG:
        return pdn_mysql_put_int(rows, f, pdn_mysql_uint(p, 8));

    case MYSQL_TYPE_FLOAT:
        memcpy(&four, p, sizeof(four));
        return pdn_db_rows_put_float(rows, pdn_mysql_float(four));

    case MYSQL_TYPE_DOUBLE:
        memcpy(&eight, p, sizeof(eight));
        return pdn_db_rows_put_float(rows, eight);

    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return pdn_mysql_put_datetime(rows, f, p);

    case MYSQL_TYPE_TIME:
        return pdn_mysql_put_time(rows, f, p);

    default:
        p = pdn_mysql_length(p, &len);

        return f->type == MYSQL_TYPE_BIT ? pdn_mysql_put_bits(rows, p, len)
                                         : pdn_db_rows_put_text(rows, p, len);
    }
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


/*
 * BOOLEAN is the server's other name of TINYINT(1); what is neither true nor
 * false in there stays a number.
 */
static int
pdn_mysql_put_int(pdn_db_rows_t *rows, const MYSQL_FIELD *f, uint64_t i)
{
    if (f->flags & UNSIGNED_FLAG) {
        return pdn_db_rows_put_uint(rows, i);
    }

    return f->type == MYSQL_TYPE_TINY && f->length == 1 && i <= 1
               ? pdn_db_rows_put_bool(rows, (int) i)
               : pdn_db_rows_put_int(rows, (int64_t) i);
}


/* BIT(n): up to eight bytes, the highest first. */
static int
pdn_mysql_put_bits(pdn_db_rows_t *rows, const unsigned char *p, size_t len)
{
    size_t i;
    uint64_t bits;

    bits = 0;

    for (i = 0; i < len; i++) {
        bits = bits << 8 | p[i];
    }

    return pdn_db_rows_put_uint(rows, bits);
}


/* 4 bytes: year (2) month day, 7: hour minute second, 11: microseconds (4). */
static int
pdn_mysql_put_datetime(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                       const unsigned char *p)
{
    int n;
    char text[PDN_MYSQL_TIME_SIZE];
    unsigned char v[12];

    memset(v, 0, sizeof(v));
    memcpy(v, p + 1, p[0] < sizeof(v) ? p[0] : sizeof(v) - 1);

    n = snprintf(text, sizeof(text), "%04u-%02u-%02u",
                 (unsigned) pdn_mysql_uint(v, 2), v[2], v[3]);

    if (f->type != MYSQL_TYPE_DATE) {
        n += snprintf(text + n, sizeof(text) - n, " %02u:%02u:%02u", v[4], v[5],
                      v[6]);
        n += pdn_mysql_fraction(text + n, f, pdn_mysql_uint(v + 7, 4));
    }

    return pdn_db_rows_put_text(rows, text, n);
}


/* 8 bytes: sign days (4) hour minute second, 12: microseconds (4). */
static int
pdn_mysql_put_time(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                   const unsigned char *p)
{
    int n;
    char text[PDN_MYSQL_TIME_SIZE];
    unsigned char v[13];

    memset(v, 0, sizeof(v));
    memcpy(v, p + 1, p[0] < sizeof(v) ? p[0] : sizeof(v) - 1);

    n = snprintf(text, sizeof(text), "%s%02lu:%02u:%02u", v[0] ? "-" : "",
                 (unsigned long) pdn_mysql_uint(v + 1, 4) * 24 + v[5], v[6],
                 v[7]);
    n += pdn_mysql_fraction(text + n, f, pdn_mysql_uint(v + 8, 4));

    return pdn_db_rows_put_text(rows, text, n);
}


/* As many digits as the column has: the server writes them so as well. */
static int
pdn_mysql_fraction(char *text, const MYSQL_FIELD *f, uint32_t micro)
{
    char digits[16];
    unsigned n = f->decimals;

    if (n >= PDN_MYSQL_NO_DECIMALS) {
        n = micro ? 6 : 0;
    }

    if (n == 0) {
        return 0;
    }

    snprintf(digits, sizeof(digits), "%06u", micro % 1000000);

    return snprintf(text, 8, ".%.*s", n < 6 ? (int) n : 6, digits);
}


static uint64_t
pdn_mysql_uint(const unsigned char *p, unsigned n)
{
    uint64_t i;

    i = 0;

    while (n--) {
        i = i << 8 | p[n];
    }

    return i;
}


const unsigned char *
pdn_mysql_length(const unsigned char *p, size_t *len)
{
    switch (p[0]) {

    case 252:
        *len = pdn_mysql_uint(p + 1, 2);
        return p + 3;

    case 253:
        *len = pdn_mysql_uint(p + 1, 3);
        return p + 4;

    case 254:
        *len = pdn_mysql_uint(p + 1, 8);
        return p + 9;

    default:
        *len = p[0];
        return p + 1;
    }
}


/* 0.1 of four bytes is 0.1, not 0.10000000149011612. */
static double
pdn_mysql_float(float f)
{
    int digits;
    char text[32];

    for (digits = 6; digits < 9; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, f);

        if (strtof(text, NULL) == f) {
            break;
        }
    }

    snprintf(text, sizeof(text), "%.*g", digits, f);

    return strtod(text, NULL);
}
