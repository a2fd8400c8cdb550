/*
 * SPDX-License-Identifier: MIT
 *
 * Rows are read where the library has them, and what is no whole row is left.
 */

#include <stdlib.h>

#include "test.h"

#include "../../db-drivers/rows/pdn_db_rows.c"
#include "../../db-drivers/mysql/pdn_mysql_rows.c"
#include "../../db-drivers/mysql/pdn_mysql_binary.c"


#define EOF_PACKET "\5\0\0\11\376\0\0\2\0"

/* 7, "four", NULL; -1, "", "date" */
#define FIRST  "\13\0\0\1\0\20\7\0\0\0\4four"
#define SECOND "\14\0\0\2\0\0\377\377\377\377\0\4\352\7\13\25"


static MYSQL mysql;
static MYSQL_STMT stmt;
static MARIADB_PVIO pvio;
static MYSQL_FIELD fields[3];
static pdn_db_rows_t rows;


/* The bytes stand alone, so that ASan sees who reads beyond them. */
static int
take(const char *bytes, size_t len)
{
    int ok;

    memset(&rows, 0, sizeof(rows));

    fields[0].type = MYSQL_TYPE_LONG;
    fields[1].type = MYSQL_TYPE_VAR_STRING;
    fields[2].type = MYSQL_TYPE_DATE;

    stmt.mysql = &mysql;
    stmt.fields = fields;
    stmt.field_count = 3;
    mysql.net.pvio = &pvio;

    pvio.cache = malloc(len ? len : 1);
    pvio.cache_pos = pvio.cache;
    pvio.cache_size = len;
    memcpy(pvio.cache, bytes, len);

    ok = pdn_mysql_take_ahead(&rows, &stmt);

    memset(pvio.cache, 0, len);

    return ok;
}


static size_t
taken(void)
{
    return pvio.cache_pos - pvio.cache;
}


static void
drop(void)
{
    pdn_db_rows_release(&rows);
    free(pvio.cache);
}


test("takes whole rows and leaves what ends them")
{
    size_t pos;
    pdn_db_value_t v;
    const size_t both = sizeof(FIRST) - 1 + sizeof(SECOND) - 1;

    check(take(FIRST SECOND EOF_PACKET, both + sizeof(EOF_PACKET) - 1));
    check_int(taken(), both);
    check_int(rows.nrows, 2);
    check_int(rows.ncells, 6);

    pos = 0;
    pdn_db_rows_next(&rows, &pos, &v);
    check(v.type == PDN_DB_FLOAT && v.as.f == 7);
    pdn_db_rows_next(&rows, &pos, &v);
    check_text(v.as.s.data, v.as.s.len, "four");
    pdn_db_rows_next(&rows, &pos, &v);
    check(v.type == PDN_DB_NULL);
    pdn_db_rows_next(&rows, &pos, &v);
    check(v.type == PDN_DB_FLOAT && v.as.f == -1);
    pdn_db_rows_next(&rows, &pos, &v);
    check_text(v.as.s.data, v.as.s.len, "");
    pdn_db_rows_next(&rows, &pos, &v);
    check_text(v.as.s.data, v.as.s.len, "2026-11-21");

    drop();
}


test("leaves a row of which a part is missing")
{
    size_t n;

    for (n = 0; n < sizeof(FIRST) - 1 + sizeof(SECOND) - 1; n++) {
        check(take(FIRST SECOND, n));
        check_int(taken(), n < sizeof(FIRST) - 1 ? 0 : sizeof(FIRST) - 1);
        check_int(rows.ncells, rows.nrows * 3);
        drop();
    }
}


test("reads no further than a row says it goes")
{
    int i;
    size_t k;
    char bytes[sizeof(FIRST SECOND)];

    for (i = 0; i < 100000; i++) {
        memcpy(bytes, FIRST SECOND, sizeof(bytes));

        for (k = 0; k < 3; k++) {
            bytes[(i * 7 + k * 5) % (sizeof(bytes) - 1)] = (char) (i >> k);
        }

        check(take(bytes, sizeof(bytes) - 1));
        check_int(rows.ncells, rows.nrows * 3);
        drop();
    }
}


test("leaves all to the library when packets are compressed")
{
    mysql.net.compress = 1;
    check(take(FIRST, sizeof(FIRST) - 1));
    check_int(taken(), 0);
    drop();
    mysql.net.compress = 0;
}
