/*
 * SPDX-License-Identifier: MIT
 *
 * Answers of PostgreSQL for modules of another driver's interface: all of
 * them, with what those make their own tables of.
 */

#include "pdn_lua_db.h"


static void pdn_lua_push_pg_result(lua_State *L, PGresult *result, int plain);
static void pdn_lua_push_pg_fields(lua_State *L, PGresult *result, int r,
                                   int plain);


void
pdn_lua_push_pg_results(lua_State *L, const pdn_pg_answer_t *answer, int plain)
{
    size_t i;

    lua_newtable(L);

    for (i = 0; answer != NULL && i < answer->nresults; i++) {
        if (PQresultStatus(answer->results[i]) != PGRES_EMPTY_QUERY) {
            pdn_lua_push_pg_result(L, answer->results[i], plain);
            lua_rawseti(L, -2, lua_objlen(L, -2) + 1);
        }
    }

    if (answer != NULL && answer->notices.len) {
        pdn_lua_push_pg_notices(L, &answer->notices);
        lua_setfield(L, -2, "notices");
    }
}


static void
pdn_lua_push_pg_result(lua_State *L, PGresult *result, int plain)
{
    int i, n;

    luaL_checkstack(L, 20, "results");
    lua_createtable(L, 0, 4);

    lua_pushstring(L, PQcmdStatus(result));
    lua_setfield(L, -2, "command");

    n = PQnfields(result);

    if (n == 0) {
        return;
    }

    lua_createtable(L, n, 0);
    lua_createtable(L, n, 0);

    for (i = 0; i < n; i++) {
        lua_pushstring(L, PQfname(result, i));
        lua_rawseti(L, -3, i + 1);
        lua_pushnumber(L, PQftype(result, i));
        lua_rawseti(L, -2, i + 1);
    }

    lua_setfield(L, -3, "types");
    lua_setfield(L, -2, "names");

    n = PQntuples(result);
    lua_createtable(L, n, 0);

    for (i = 0; i < n; i++) {
        pdn_lua_push_pg_fields(L, result, i, plain);
        lua_rawseti(L, -2, i + 1);
    }

    lua_setfield(L, -2, "rows");
}


static void
pdn_lua_push_pg_fields(lua_State *L, PGresult *result, int r, int plain)
{
    int i, n;

    static const pdn_lua_pg_types_t types = { PDN_LUA_INT64_NUMBER, 1, 1, 1 };

    n = PQnfields(result);
    lua_createtable(L, 0, n);

    for (i = 0; i < n; i++) {
        if (PQgetisnull(result, r, i)) {
            continue;
        }

        lua_pushstring(L, PQfname(result, i));

        if (plain) {
            lua_pushlstring(L, PQgetvalue(result, r, i),
                            PQgetlength(result, r, i));

        } else {
            pdn_lua_push_pg_value(L, PQftype(result, i),
                                  PQgetvalue(result, r, i),
                                  PQgetlength(result, r, i), &types);
        }

        lua_rawset(L, -3);
    }
}
