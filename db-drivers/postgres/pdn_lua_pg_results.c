/*
 * SPDX-License-Identifier: MIT
 *
 * Answers of PostgreSQL for modules of another driver's interface: all of
 * them, with what those make their own tables of.
 */

#include "pdn_lua_db.h"


static void pdn_lua_push_pg_result(lua_State *L, PGresult *result, int plain);


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

    if (answer != NULL && answer->text.len) {
        pdn_lua_push_pg_notified(L, &answer->text);
        lua_setfield(L, -2, "notified");
    }
}


static void
pdn_lua_push_pg_result(lua_State *L, PGresult *result, int plain)
{
    int i, n, table, first;

    pdn_lua_pg_types_t types = { .int64 = PDN_LUA_INT64_NUMBER,
                                 .plain = plain,
                                 .sparse = 1,
                                 .numeric = 1,
                                 .json = 1,
                                 .arrays = 1 };

    n = PQnfields(result);

    luaL_checkstack(L, n + 20, "results");
    lua_createtable(L, 0, 4);
    table = lua_gettop(L);

    lua_pushstring(L, PQcmdStatus(result));
    lua_setfield(L, table, "command");

    if (n == 0) {
        return;
    }

    lua_createtable(L, PQntuples(result), 0);
    lua_createtable(L, n, 0);
    lua_createtable(L, n, 0);
    first = lua_gettop(L);

    for (i = 0; i < n; i++) {
        lua_pushstring(L, PQfname(result, i));
        lua_pushvalue(L, -1);
        lua_rawseti(L, first, i + 1);
        lua_pushnumber(L, PQftype(result, i));
        lua_rawseti(L, first - 1, i + 1);
    }

    pdn_lua_set_pg_rows(L, first - 2, 1, first, result, &types);
    lua_settop(L, first);

    lua_setfield(L, table, "names");
    lua_setfield(L, table, "types");
    lua_setfield(L, table, "rows");
}
