/*
 * SPDX-License-Identifier: MIT
 *
 * A result of libpq, all of it text, as Lua tables.
 */

#include <stdlib.h>
#include <string.h>

#include "pdn_lua_db.h"


/* Types of the server that have a Lua type of their own. */

#define PDN_PG_BOOL   16
#define PDN_PG_BYTEA  17
#define PDN_PG_INT8   20
#define PDN_PG_INT2   21
#define PDN_PG_INT4   23
#define PDN_PG_OID    26
#define PDN_PG_FLOAT4 700
#define PDN_PG_FLOAT8 701


static double pdn_lua_pg_affected(PGresult *result);
static void pdn_lua_push_pg_value(lua_State *L, Oid type, const char *text,
                                  int len, pdn_lua_int64_e int64);
static void pdn_lua_push_pg_bytes(lua_State *L, const char *text, int len);
static int pdn_lua_hex(char c);


void
pdn_lua_push_pg(lua_State *L, PGresult *result, pdn_lua_int64_e int64)
{
    int names, r, c, nrows, ncols;

    nrows = PQntuples(result);
    ncols = PQnfields(result);

    luaL_checkstack(L, 12, "rows");
    pdn_lua_rows_create(L, nrows, ncols, pdn_lua_pg_affected(result));
    names = lua_gettop(L);

    for (c = 0; c < ncols; c++) {
        lua_pushstring(L, PQfname(result, c));
        lua_rawseti(L, names, c + 1);
    }

    for (r = 0; r < nrows; r++) {
        lua_createtable(L, 0, ncols);

        for (c = 0; c < ncols; c++) {
            lua_rawgeti(L, names, c + 1);

            if (PQgetisnull(result, r, c)) {
                lua_pushlightuserdata(L, NULL);

            } else {
                pdn_lua_push_pg_value(L, PQftype(result, c),
                                      PQgetvalue(result, r, c),
                                      PQgetlength(result, r, c), int64);
            }

            lua_rawset(L, -3);
        }

        lua_rawseti(L, names - 2, r + 1);
    }

    lua_settop(L, names - 2);
}


/* libpq counts the rows of a SELECT too; those are not changed. */
static double
pdn_lua_pg_affected(PGresult *result)
{
    const char *command;

    command = PQcmdStatus(result);

    if (strncmp(command, "INSERT", 6) != 0 && strncmp(command, "UPDATE", 6) != 0
        && strncmp(command, "DELETE", 6) != 0
        && strncmp(command, "MERGE", 5) != 0)
    {
        return 0;
    }

    return strtod(PQcmdTuples(result), NULL);
}


static void
pdn_lua_push_pg_value(lua_State *L, Oid type, const char *text, int len,
                      pdn_lua_int64_e int64)
{
    switch (type) {

    case PDN_PG_INT2:
    case PDN_PG_INT4:
    case PDN_PG_INT8:
    case PDN_PG_OID:
        pdn_lua_push_int64(L, strtoll(text, NULL, 10), int64);
        break;

    case PDN_PG_FLOAT4:
    case PDN_PG_FLOAT8:
        lua_pushnumber(L, strtod(text, NULL));
        break;

    case PDN_PG_BOOL:
        lua_pushboolean(L, text[0] == 't');
        break;

    case PDN_PG_BYTEA:
        pdn_lua_push_pg_bytes(L, text, len);
        break;

    default:
        lua_pushlstring(L, text, len);
        break;
    }
}


/* "\x00ff"; the older form with octal digits is left to libpq. */
static void
pdn_lua_push_pg_bytes(lua_State *L, const char *text, int len)
{
    int i;
    char *bytes;
    size_t size;
    unsigned char *data;

    if (len < 2 || text[0] != '\\' || text[1] != 'x') {
        data = PQunescapeBytea((const unsigned char *) text, &size);
        lua_pushlstring(L, (char *) data, data ? size : 0);
        PQfreemem(data);
        return;
    }

    bytes = lua_newuserdata(L, len / 2);

    for (i = 2; i + 1 < len; i += 2) {
        bytes[i / 2 - 1] = pdn_lua_hex(text[i]) << 4 | pdn_lua_hex(text[i + 1]);
    }

    lua_pushlstring(L, bytes, len / 2 - 1);
    lua_remove(L, -2);
}


static int
pdn_lua_hex(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
