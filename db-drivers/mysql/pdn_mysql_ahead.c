/*
 * SPDX-License-Identifier: MIT
 *
 * Rows that the library has read from the socket, but not from its buffer: of
 * many rows most.  They are read where they lie, for the library would copy
 * each one and walk over its columns first.  What is not a whole row of a
 * prepared statement is left to the library.
 *
 *     length (3) number (1) | 0 | a bit for each NULL | values | ...
 */

#include <string.h>

#include "pdn_mysql.h"

#include <ma_pvio.h>


#define PDN_MYSQL_HEADER       4
#define PDN_MYSQL_GREATEST_ROW 0xfffffe /* longer ones are several packets */

#define PDN_MYSQL_LONGEST_LENGTH 9 /* bytes of a text's length */

/* The first two bits say nothing. */
#define PDN_MYSQL_NULLS(n) (((n) + 2 + 7) / 8)


static size_t pdn_mysql_row_length(const unsigned char *p,
                                   const unsigned char *end);
static int pdn_mysql_take_packet(pdn_db_rows_t *rows, const MYSQL_STMT *stmt,
                                 const unsigned char *p,
                                 const unsigned char *end);
static const unsigned char *pdn_mysql_take_cell(pdn_db_rows_t *rows,
                                                const MYSQL_FIELD *f,
                                                const unsigned char *p,
                                                const unsigned char *end);
static const unsigned char *pdn_mysql_take_kept(pdn_db_rows_t *rows,
                                                const MYSQL_FIELD *f,
                                                const unsigned char *p,
                                                const unsigned char *end);
static size_t pdn_mysql_length_size(const unsigned char *p);


int
pdn_mysql_take_ahead(pdn_db_rows_t *rows, const MYSQL_STMT *stmt)
{
    size_t n;
    const unsigned char *p, *end;
    MARIADB_PVIO *pvio = stmt->mysql->net.pvio;

    if (stmt->mysql->net.compress || pvio->cache == NULL) {
        return 1;
    }

    end = pvio->cache + pvio->cache_size;

    if (pdn_mysql_row_length(pvio->cache_pos, end) == 0) {
        return 1;
    }

    /* one copy for all texts, which cells then point into */
    n = end - pvio->cache_pos;
    p = (const unsigned char *) pdn_db_rows_keep(rows, pvio->cache_pos, n);

    if (p == NULL) {
        return 0;
    }

    end = p + n;

    while ((n = pdn_mysql_row_length(p, end)) > 0
           && pdn_mysql_take_packet(rows, stmt, p + PDN_MYSQL_HEADER, p + n))
    {
        rows->nrows++;
        pvio->cache_pos += n;
        p += n;
    }

    return !rows->failed;
}


/* With its header; 0 when it is not whole, or no row. */
static size_t
pdn_mysql_row_length(const unsigned char *p, const unsigned char *end)
{
    size_t len;

    if (p >= end || end - p <= PDN_MYSQL_HEADER) {
        return 0;
    }

    len = p[0] | p[1] << 8 | p[2] << 16;

    if (len == 0 || len > PDN_MYSQL_GREATEST_ROW || p[PDN_MYSQL_HEADER] != 0
        || len > (size_t) (end - p) - PDN_MYSQL_HEADER)
    {
        return 0;
    }

    return PDN_MYSQL_HEADER + len;
}


/* 0: nothing is taken of it. */
static int
pdn_mysql_take_packet(pdn_db_rows_t *rows, const MYSQL_STMT *stmt,
                      const unsigned char *p, const unsigned char *end)
{
    size_t ncells;
    unsigned i, n;
    const unsigned char *nulls;

    n = stmt->field_count;
    nulls = p + 1;

    if ((size_t) (end - nulls) < PDN_MYSQL_NULLS(n)) {
        return 0;
    }

    p = nulls + PDN_MYSQL_NULLS(n);
    ncells = rows->ncells;

    for (i = 0; i < n && p != NULL; i++) {
        if (nulls[(i + 2) / 8] >> (i + 2) % 8 & 1) {
            p = pdn_db_rows_put_null(rows) ? p : NULL;

        } else {
            p = pdn_mysql_take_cell(rows, &stmt->fields[i], p, end);
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

    if (end - p < PDN_MYSQL_LONGEST_LENGTH
        && p + pdn_mysql_length_size(p) > end) {
        return NULL;
    }

    text = pdn_mysql_length(p, &len);

    if (len > (size_t) (end - text)) {
        return NULL;
    }

    ok = f->type == MYSQL_TYPE_BIT
             ? pdn_mysql_put_value(rows, f, p)
             : pdn_db_rows_put_kept(rows, (const char *) text, len);

    return ok ? text + len : NULL;
}


/* As pdn_mysql_length() reads it. */
static size_t
pdn_mysql_length_size(const unsigned char *p)
{
    switch (p[0]) {

    case 252:
        return 3;

    case 253:
        return 4;

    case 254:
        return PDN_MYSQL_LONGEST_LENGTH;

    default:
        return 1;
    }
}
