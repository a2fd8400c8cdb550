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
#include "../../db-drivers/mysql/pdn_mysql_ahead.c"


#define EOF_PACKET "\5\0\0\11\376\0\0\2\0"

/* 7, "four", NULL; -1, "", "date" */
#define FIRST  "\13\0\0\1\0\20\7\0\0\0\4four"
#define SECOND "\14\0\0\2\0\0\377\377\377\377\0\4\352\7\13\25"


/* -12, "four", NULL; 0, "", a date */
#define TEXT "\12\0\0\1\3-12\4four\373\016\0\0\2\0010\0\0122026-11-21"

static MYSQL mysql;
static MARIADB_PVIO pvio;
static MYSQL_FIELD fields[3];
static pdn_db_rows_t rows;


/* The bytes stand alone, so that ASan sees who reads beyond them. */
static int
take_as(const char *bytes, size_t len, pdn_mysql_packet_pt packet)
{
    int ok;

    memset(&rows, 0, sizeof(rows));

    fields[0].type = MYSQL_TYPE_LONG;
    fields[1].type = MYSQL_TYPE_VAR_STRING;
    fields[2].type = MYSQL_TYPE_DATE;

    mysql.net.pvio = &pvio;

    pvio.cache = malloc(len ? len : 1);
    pvio.cache_pos = pvio.cache;
    pvio.cache_size = len;
    memcpy(pvio.cache, bytes, len);

    ok = pdn_mysql_take_ahead(&rows, &mysql, fields, 3, packet);

    memset(pvio.cache, 0, len);

    return ok;
}


static int
take(const char *bytes, size_t len)
{
    return take_as(bytes, len, pdn_mysql_binary_packet);
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


test("takes rows of texts as well")
{
    size_t pos;
    pdn_db_value_t v;

    check(take_as(TEXT EOF_PACKET, sizeof(TEXT EOF_PACKET) - 1,
                  pdn_mysql_text_packet));
    check_int(taken(), sizeof(TEXT) - 1);
    check_int(rows.nrows, 2);

    pos = 0;
    pdn_db_rows_next(&rows, &pos, &v);
    check(v.type == PDN_DB_FLOAT && v.as.f == -12);
    pdn_db_rows_next(&rows, &pos, &v);
    check_text(v.as.s.data, v.as.s.len, "four");
    pdn_db_rows_next(&rows, &pos, &v);
    check(v.type == PDN_DB_NULL);
    pdn_db_rows_next(&rows, &pos, &v);
    check(v.type == PDN_DB_FLOAT && v.as.f == 0);
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


/* Three bytes of many are others, each time. */
static void
spoil(const char *bytes, size_t len, pdn_mysql_packet_pt packet)
{
    int i;
    size_t k;
    char copy[128];

    for (i = 0; i < 100000; i++) {
        memcpy(copy, bytes, len);

        for (k = 0; k < 3; k++) {
            copy[(i * 7 + k * 5) % len] = (char) (i >> k);
        }

        check(take_as(copy, len, packet));
        check_int(rows.ncells, rows.nrows * 3);
        drop();
    }
}


test("reads no further than a row says it goes")
{
    spoil(FIRST SECOND, sizeof(FIRST SECOND) - 1, pdn_mysql_binary_packet);
    spoil(TEXT, sizeof(TEXT) - 1, pdn_mysql_text_packet);
}


test("leaves all to the library when packets are compressed")
{
    mysql.net.compress = 1;
    check(take(FIRST, sizeof(FIRST) - 1));
    check_int(taken(), 0);
    drop();
    mysql.net.compress = 0;
}
