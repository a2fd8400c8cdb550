/*
 * SPDX-License-Identifier: MIT
 *
 * The binary rows of prepared statements.  They are read where they lie in the
 * library's buffers, for binding would copy each value once more, and cut it.
 *
 *     0 | a bit for each NULL | values
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pdn_mysql.h"


/* What the server says of the digits of a fraction that it does not know. */
#define PDN_MYSQL_NO_DECIMALS 31

#define PDN_MYSQL_TIME_SIZE 64

/* The first two bits say nothing. */
#define PDN_MYSQL_NULLS(n) (((n) + 2 + 7) / 8)


static const unsigned char *pdn_mysql_take_cell(pdn_db_rows_t *rows,
                                                const MYSQL_FIELD *f,
                                                const unsigned char *p,
                                                const unsigned char *end);
static const unsigned char *pdn_mysql_take_kept(pdn_db_rows_t *rows,
                                                const MYSQL_FIELD *f,
                                                const unsigned char *p,
                                                const unsigned char *end);
static int pdn_mysql_put_value(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                               const unsigned char *p);
static int pdn_mysql_put_datetime(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                                  const unsigned char *p);
static int pdn_mysql_put_time(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                              const unsigned char *p);
static int pdn_mysql_fraction(char *text, const MYSQL_FIELD *f, uint32_t micro);
static double pdn_mysql_float(float f);


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
pdn_mysql_binary_packet(pdn_db_rows_t *rows, const MYSQL_FIELD *fields,
                        unsigned n, const unsigned char *p,
                        const unsigned char *end)
{
    size_t ncells;
    unsigned i;
    const unsigned char *nulls;

    nulls = p + 1;

    if (p[0] != 0 || (size_t) (end - nulls) < PDN_MYSQL_NULLS(n)) {
        return 0;
    }

    p = nulls + PDN_MYSQL_NULLS(n);
    ncells = rows->ncells;

    for (i = 0; i < n && p != NULL; i++) {
        if (nulls[(i + 2) / 8] >> (i + 2) % 8 & 1) {
            p = pdn_db_rows_put_null(rows) ? p : NULL;

        } else {
            p = pdn_mysql_take_cell(rows, &fields[i], p, end);
        }
    }

    if (p == NULL) {
        rows->ncells = ncells;
        return 0;
    }

    return 1;
}


/* Where the next one begins; NULL when it is not whole, or without memory. */
static const unsigned char *
pdn_mysql_take_cell(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                    const unsigned char *p, const unsigned char *end)
{
    size_t len;

    if (p == end) {
        return NULL;
    }

    switch (f->type) {

    case MYSQL_TYPE_TINY:
        len = 1;
        break;

    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
        len = 2;
        break;

    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_FLOAT:
        len = 4;
        break;

    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_DOUBLE:
        len = 8;
        break;

    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIME:
        len = 1 + p[0];
        break;

    default:
        return pdn_mysql_take_kept(rows, f, p, end);
    }

    return (size_t) (end - p) >= len && pdn_mysql_put_value(rows, f, p)
               ? p + len
               : NULL;
}


static const unsigned char *
pdn_mysql_take_kept(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                    const unsigned char *p, const unsigned char *end)
{
    int ok;
    size_t len;
    const unsigned char *text;

    text = pdn_mysql_find_text(p, end, &len);

    if (text == NULL) {
        return NULL;
    }

    ok = f->type == MYSQL_TYPE_BIT
             ? pdn_mysql_put_value(rows, f, p)
             : pdn_db_rows_put_kept(rows, (const char *) text, len);

    return ok ? text + len : NULL;
}


static int
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


/*
 * BOOLEAN is the server's other name of TINYINT(1); what is neither true nor
 * false in there stays a number.
 */
int
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
int
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
