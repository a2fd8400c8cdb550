/*
 * SPDX-License-Identifier: MIT
 *
 * Rows in one growing block.  A value is its type in a byte, then a number of
 * eight bytes or a length of eight bytes and a text:
 *
 *     TEXT | 5 | title    INT | 42    NULL
 */

#include <stdlib.h>
#include <string.h>

#include "pdn_db_rows.h"


#define PDN_DB_ROWS_FIRST 1024


static char *
pdn_db_rows_reserve(pdn_db_rows_t *rows, size_t n)
{
    char *data;
    size_t size;

    if (rows->size - rows->len >= n) {
        data = rows->data + rows->len;
        rows->len += n;
        return data;
    }

    size = rows->size ? rows->size : PDN_DB_ROWS_FIRST;

    while (size - rows->len < n) {
        if (size > SIZE_MAX / 2) {
            rows->failed = 1;
            return NULL;
        }

        size *= 2;
    }

    data = realloc(rows->data, size);
    if (data == NULL) {
        rows->failed = 1;
        return NULL;
    }

    rows->data = data;
    rows->size = size;

    data += rows->len;
    rows->len += n;

    return data;
}


void
pdn_db_rows_release(pdn_db_rows_t *rows)
{
    free(rows->data);
    memset(rows, 0, sizeof(pdn_db_rows_t));
}


pdn_db_rows_t *
pdn_db_rows_create(void)
{
    return calloc(1, sizeof(pdn_db_rows_t));
}


void
pdn_db_rows_free(void *rows)
{
    pdn_db_rows_t *next;

    for (/* void */; rows != NULL; rows = next) {
        next = ((pdn_db_rows_t *) rows)->next;
        pdn_db_rows_release(rows);
        free(rows);
    }
}


int
pdn_db_rows_put_name(pdn_db_rows_t *rows, const char *name)
{
    if (!pdn_db_rows_put_text(rows, name, strlen(name))) {
        return 0;
    }

    rows->ncols++;
    rows->cells = rows->len;

    return 1;
}


int
pdn_db_rows_put_null(pdn_db_rows_t *rows)
{
    char *p;

    p = pdn_db_rows_reserve(rows, 1);
    if (p == NULL) {
        return 0;
    }

    *p = PDN_DB_NULL;

    return 1;
}


int
pdn_db_rows_put_int(pdn_db_rows_t *rows, pdn_db_type_e type, int64_t i)
{
    char *p;

    p = pdn_db_rows_reserve(rows, 1 + sizeof(i));
    if (p == NULL) {
        return 0;
    }

    *p = type;
    memcpy(p + 1, &i, sizeof(i));

    return 1;
}


int
pdn_db_rows_put_float(pdn_db_rows_t *rows, double f)
{
    char *p;

    p = pdn_db_rows_reserve(rows, 1 + sizeof(f));
    if (p == NULL) {
        return 0;
    }

    *p = PDN_DB_FLOAT;
    memcpy(p + 1, &f, sizeof(f));

    return 1;
}


int
pdn_db_rows_put_text(pdn_db_rows_t *rows, const void *data, size_t len)
{
    char *p;

    p = pdn_db_rows_reserve(rows, 1 + sizeof(len) + len);
    if (p == NULL) {
        return 0;
    }

    *p = PDN_DB_TEXT;
    memcpy(p + 1, &len, sizeof(len));

    if (len) {
        memcpy(p + 1 + sizeof(len), data, len);
    }

    return 1;
}


void
pdn_db_rows_next(const pdn_db_rows_t *rows, size_t *pos, pdn_db_value_t *value)
{
    size_t len;
    const char *p = rows->data + *pos;

    value->type = (pdn_db_type_e) *p++;

    switch (value->type) {

    case PDN_DB_INT:
    case PDN_DB_UINT:
    case PDN_DB_BOOL:
        memcpy(&value->as.i, p, sizeof(value->as.i));
        p += sizeof(value->as.i);
        break;

    case PDN_DB_FLOAT:
        memcpy(&value->as.f, p, sizeof(value->as.f));
        p += sizeof(value->as.f);
        break;

    case PDN_DB_TEXT:
    case PDN_DB_BINARY:
        memcpy(&len, p, sizeof(len));
        value->as.s.data = p + sizeof(len);
        value->as.s.len = len;
        p += sizeof(len) + len;
        break;

    case PDN_DB_NULL:
        break;
    }

    *pos = p - rows->data;
}
