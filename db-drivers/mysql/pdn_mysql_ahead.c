/*
 * SPDX-License-Identifier: MIT
 *
 * Rows that the library has read from the socket, but not from its buffer: of
 * many rows most.  From there they are taken without it, for it would copy
 * each one and walk over its columns first.  What is no whole row is left to
 * the library.
 *
 *     length (3) number (1) | row | length (3) number (1) | ...
 */

#include "pdn_mysql.h"

#include <ma_pvio.h>


#define PDN_MYSQL_HEADER       4
#define PDN_MYSQL_GREATEST_ROW 0xfffffe /* longer ones are several packets */
#define PDN_MYSQL_NO_ROW       0xfe     /* or more: an end or an error */

#define PDN_MYSQL_LONGEST_LENGTH 9 /* bytes of a text's length */


static size_t pdn_mysql_row_length(const unsigned char *p,
                                   const unsigned char *end);
static size_t pdn_mysql_length_size(const unsigned char *p);


int
pdn_mysql_take_ahead(pdn_db_rows_t *rows, MYSQL *mysql,
                     const MYSQL_FIELD *fields, unsigned nfields,
                     pdn_mysql_packet_pt take)
{
    size_t n;
    const unsigned char *p, *end;
    MARIADB_PVIO *pvio = mysql->net.pvio;

    if (mysql->net.compress || pvio->cache == NULL) {
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
           && take(rows, fields, nfields, p + PDN_MYSQL_HEADER, p + n))
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

    len = pdn_mysql_uint(p, 3);

    if (len == 0 || len > PDN_MYSQL_GREATEST_ROW
        || p[PDN_MYSQL_HEADER] >= PDN_MYSQL_NO_ROW
        || len > (size_t) (end - p) - PDN_MYSQL_HEADER)
    {
        return 0;
    }

    return PDN_MYSQL_HEADER + len;
}


const unsigned char *
pdn_mysql_find_text(const unsigned char *p, const unsigned char *end,
                    size_t *len)
{
    if (end - p < PDN_MYSQL_LONGEST_LENGTH
        && (p == end || pdn_mysql_length_size(p) > (size_t) (end - p)))
    {
        return NULL;
    }

    p = pdn_mysql_length(p, len);

    return *len <= (size_t) (end - p) ? p : NULL;
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
