/*
 * SPDX-License-Identifier: MIT
 *
 * Results of libmariadb as rows: the binary ones of prepared statements, and
 * the text ones of scripts.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pdn_mysql.h"


/* What Lua will get. */

typedef enum {
    PDN_MYSQL_TEXT = 0,
    PDN_MYSQL_INT,
    PDN_MYSQL_BOOL,
    PDN_MYSQL_FLOAT, /* of four bytes */
    PDN_MYSQL_DOUBLE,
    PDN_MYSQL_BIT
} pdn_mysql_kind_e;


typedef struct {
    pdn_mysql_kind_e kind;
    unsigned sign; /* 0: unsigned */
    unsigned long len;
    my_bool null;
    union {
        int64_t i;
        double d;
        float f;
    } number;
    char *text;
} pdn_mysql_column_t;


static MYSQL_BIND *pdn_mysql_columns(const MYSQL_FIELD *fields, unsigned n,
                                     pdn_mysql_column_t **columns);
static pdn_mysql_kind_e pdn_mysql_kind(const MYSQL_FIELD *f);
static int pdn_mysql_put(pdn_db_rows_t *rows, const pdn_mysql_column_t *c);
static int pdn_mysql_put_text(pdn_db_rows_t *rows, const MYSQL_FIELD *f,
                              const char *text, unsigned long len);
static int pdn_mysql_put_int(pdn_db_rows_t *rows, int64_t i, int sign);
static int pdn_mysql_put_bits(pdn_db_rows_t *rows, const char *text,
                              unsigned long len);
static double pdn_mysql_float(float f);


int
pdn_mysql_take_rows(MYSQL_STMT *stmt, pdn_db_rows_t *rows)
{
    int ok;
    unsigned i, n;
    MYSQL_BIND *binds;
    MYSQL_FIELD *fields;
    pdn_mysql_column_t *columns;

    n = mysql_stmt_field_count(stmt);
    fields = mariadb_stmt_fetch_fields(stmt);
    binds = pdn_mysql_columns(fields, n, &columns);

    if (binds == NULL) {
        return 0;
    }

    ok = mysql_stmt_bind_result(stmt, binds) == 0;

    for (i = 0; ok && i < n; i++) {
        ok = pdn_db_rows_put_name(rows, fields[i].name);
    }

    while (ok && mysql_stmt_fetch(stmt) == 0) {
        rows->nrows++;

        for (i = 0; ok && i < n; i++) {
            ok = pdn_mysql_put(rows, &columns[i]);
        }
    }

    free(binds);

    return ok;
}


int
pdn_mysql_take_text(MYSQL_RES *result, pdn_db_rows_t *rows)
{
    int ok;
    MYSQL_ROW row;
    unsigned i, n;
    MYSQL_FIELD *fields;
    unsigned long *lengths;

    ok = 1;
    n = mysql_num_fields(result);
    fields = mysql_fetch_fields(result);

    for (i = 0; ok && i < n; i++) {
        ok = pdn_db_rows_put_name(rows, fields[i].name);
    }

    while (ok && (row = mysql_fetch_row(result)) != NULL) {
        lengths = mysql_fetch_lengths(result);
        rows->nrows++;

        for (i = 0; ok && i < n; i++) {
            ok = row[i]
                     ? pdn_mysql_put_text(rows, &fields[i], row[i], lengths[i])
                     : pdn_db_rows_put_null(rows);
        }
    }

    return ok;
}


/*
 * One block: binds, columns, and room for the longest text of each, which the
 * library has measured when it stored the rows.
 */
static MYSQL_BIND *
pdn_mysql_columns(const MYSQL_FIELD *fields, unsigned n,
                  pdn_mysql_column_t **columns)
{
    char *text;
    unsigned i;
    size_t size;
    MYSQL_BIND *binds, *b;
    pdn_mysql_column_t *c;

    size = n * (sizeof(MYSQL_BIND) + sizeof(pdn_mysql_column_t));

    for (i = 0; i < n; i++) {
        size += fields[i].max_length + 1;
    }

    binds = malloc(size);
    if (binds == NULL) {
        return NULL;
    }

    *columns = (pdn_mysql_column_t *) (binds + n);
    text = (char *) (*columns + n);
    memset(binds, 0, text - (char *) binds);

    for (i = 0; i < n; i++) {
        b = &binds[i];
        c = &(*columns)[i];

        c->kind = pdn_mysql_kind(&fields[i]);
        c->sign = !(fields[i].flags & UNSIGNED_FLAG);
        b->length = &c->len;
        b->is_null = &c->null;
        b->buffer = &c->number;
        b->is_unsigned = !c->sign;

        switch (c->kind) {

        case PDN_MYSQL_INT:
        case PDN_MYSQL_BOOL:
            b->buffer_type = MYSQL_TYPE_LONGLONG;
            break;

        case PDN_MYSQL_FLOAT:
            b->buffer_type = MYSQL_TYPE_FLOAT;
            break;

        case PDN_MYSQL_DOUBLE:
            b->buffer_type = MYSQL_TYPE_DOUBLE;
            break;

        default:
            c->text = text;
            text += fields[i].max_length + 1;
            b->buffer_type = MYSQL_TYPE_STRING;
            b->buffer = c->text;
            b->buffer_length = fields[i].max_length + 1;
        }
    }

    return binds;
}


/* BOOLEAN is the server's other name of TINYINT(1). */
static pdn_mysql_kind_e
pdn_mysql_kind(const MYSQL_FIELD *f)
{
    switch (f->type) {

    case MYSQL_TYPE_TINY:
        return f->length == 1 && !(f->flags & UNSIGNED_FLAG) ? PDN_MYSQL_BOOL
                                                             : PDN_MYSQL_INT;

    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
        return PDN_MYSQL_INT;

    case MYSQL_TYPE_FLOAT:
        return PDN_MYSQL_FLOAT;

    case MYSQL_TYPE_DOUBLE:
        return PDN_MYSQL_DOUBLE;

    case MYSQL_TYPE_BIT:
        return PDN_MYSQL_BIT;

    default:
        return PDN_MYSQL_TEXT;
    }
}


static int
pdn_mysql_put(pdn_db_rows_t *rows, const pdn_mysql_column_t *c)
{
    if (c->null) {
        return pdn_db_rows_put_null(rows);
    }

    switch (c->kind) {

    case PDN_MYSQL_INT:
        return pdn_mysql_put_int(rows, c->number.i, c->sign);

    case PDN_MYSQL_BOOL:
        return pdn_db_rows_put_int(rows, PDN_DB_BOOL, c->number.i != 0);

    case PDN_MYSQL_FLOAT:
        return pdn_db_rows_put_float(rows, pdn_mysql_float(c->number.f));

    case PDN_MYSQL_DOUBLE:
        return pdn_db_rows_put_float(rows, c->number.d);

    case PDN_MYSQL_BIT:
        return pdn_mysql_put_bits(rows, c->text, c->len);

    default:
        return pdn_db_rows_put_text(rows, c->text, c->len);
    }
}


static int
pdn_mysql_put_text(pdn_db_rows_t *rows, const MYSQL_FIELD *f, const char *text,
                   unsigned long len)
{
    int sign;

    switch (pdn_mysql_kind(f)) {

    case PDN_MYSQL_INT:
        sign = !(f->flags & UNSIGNED_FLAG);
        return pdn_mysql_put_int(rows,
                                 sign ? strtoll(text, NULL, 10)
                                      : (int64_t) strtoull(text, NULL, 10),
                                 sign);

    case PDN_MYSQL_BOOL:
        return pdn_db_rows_put_int(rows, PDN_DB_BOOL,
                                   strtoll(text, NULL, 10) != 0);

    case PDN_MYSQL_FLOAT:
    case PDN_MYSQL_DOUBLE:
        return pdn_db_rows_put_float(rows, strtod(text, NULL));

    case PDN_MYSQL_BIT:
        return pdn_mysql_put_bits(rows, text, len);

    default:
        return pdn_db_rows_put_text(rows, text, len);
    }
}


/* The greatest unsigned ones fit into text only. */
static int
pdn_mysql_put_int(pdn_db_rows_t *rows, int64_t i, int sign)
{
    int n;
    char text[32];

    if (sign || i >= 0) {
        return pdn_db_rows_put_int(rows, PDN_DB_INT, i);
    }

    n = snprintf(text, sizeof(text), "%llu", (unsigned long long) i);

    return pdn_db_rows_put_text(rows, text, n);
}


/* BIT(n): up to eight bytes, the highest first. */
static int
pdn_mysql_put_bits(pdn_db_rows_t *rows, const char *text, unsigned long len)
{
    uint64_t bits;
    unsigned long i;

    bits = 0;

    for (i = 0; i < len; i++) {
        bits = bits << 8 | (unsigned char) text[i];
    }

    return pdn_mysql_put_int(rows, (int64_t) bits, 0);
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
