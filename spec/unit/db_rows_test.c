/*
 * SPDX-License-Identifier: MIT
 *
 * What is put into rows comes out again, however many they are.
 */

#include <stdio.h>
#include <string.h>

#include "../../db-drivers/rows/pdn_db_rows.c"


#define ROWS 5000


static int
fill(pdn_db_rows_t *rows)
{
    int i;
    char text[64];

    pdn_db_rows_put_name(rows, "id");
    pdn_db_rows_put_name(rows, "text");

    for (i = 0; i < ROWS; i++) {
        memset(text, 'a' + i % 26, sizeof(text));

        if (!pdn_db_rows_put_int(rows, (int64_t) i << 40)
            || !pdn_db_rows_put_text(rows, text, i % sizeof(text)))
        {
            return 0;
        }

        rows->nrows++;
    }

    return pdn_db_rows_put_null(rows) && pdn_db_rows_put_float(rows, -0.5)
           && pdn_db_rows_put_bool(rows, 1)
           && pdn_db_rows_put_int(rows, INT64_MIN)
           && pdn_db_rows_put_uint(rows, UINT64_MAX);
}


static int
same(const pdn_db_rows_t *rows)
{
    int i;
    size_t pos;
    pdn_db_value_t v;

    pos = rows->ncols;

    for (i = 0; i < ROWS; i++) {
        pdn_db_rows_next(rows, &pos, &v);

        if (v.type != PDN_DB_FLOAT || v.as.f != (double) ((int64_t) i << 40)) {
            return 0;
        }

        pdn_db_rows_next(rows, &pos, &v);

        if (v.type != PDN_DB_TEXT || v.as.s.len != (size_t) i % 64
            || (v.as.s.len && v.as.s.data[v.as.s.len - 1] != 'a' + i % 26))
        {
            return 0;
        }
    }

    pdn_db_rows_next(rows, &pos, &v);

    if (v.type != PDN_DB_NULL) {
        return 0;
    }

    pdn_db_rows_next(rows, &pos, &v);

    if (v.type != PDN_DB_FLOAT || v.as.f != -0.5) {
        return 0;
    }

    pdn_db_rows_next(rows, &pos, &v);

    if (v.type != PDN_DB_BOOL || v.as.i != 1) {
        return 0;
    }

    pdn_db_rows_next(rows, &pos, &v);

    if (v.type != PDN_DB_INT || v.as.i != INT64_MIN) {
        return 0;
    }

    pdn_db_rows_next(rows, &pos, &v);

    return v.type == PDN_DB_UINT && (uint64_t) v.as.i == UINT64_MAX
           && pos == rows->ncells;
}


int
main(void)
{
    pdn_db_rows_t rows;

    memset(&rows, 0, sizeof(rows));

    if (!fill(&rows) || !same(&rows) || rows.ncols != 2) {
        printf("the rows are not what they were\n");
        return 1;
    }

    pdn_db_rows_release(&rows);

    return rows.cells != NULL || rows.blocks != NULL;
}
