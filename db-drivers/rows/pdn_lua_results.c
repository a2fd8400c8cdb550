/*
 * SPDX-License-Identifier: MIT
 *
 * Several results of one statement: Lua gets the one that counts, whose
 * metatable leads to the others.
 */

#include "pdn_lua_db.h"


static const pdn_db_rows_t *pdn_lua_main(const pdn_db_rows_t *list);
static void pdn_lua_set_if(lua_State *L, int metatable, const char *name,
                           int value);


void
pdn_lua_push_results(lua_State *L, const pdn_db_rows_t *list,
                     pdn_lua_int64_e int64)
{
    int n, results, out, warnings, main;
    const pdn_db_rows_t *rows, *counts;

    if (list->next == NULL) {
        pdn_lua_push_rows(L, list, int64);
        return;
    }

    luaL_checkstack(L, 24, "results");
    lua_newtable(L);
    results = lua_gettop(L);
    out = results + 1;
    warnings = results + 2;
    main = results + 3;
    lua_settop(L, main);

    counts = pdn_lua_main(list);
    n = 0;

    for (rows = list; rows != NULL; rows = rows->next) {
        pdn_lua_push_rows(L, rows, int64);

        switch (rows->kind) {

        case PDN_DB_ROWS_RESULT:
            if (rows == counts) {
                lua_pushvalue(L, -1);
                lua_replace(L, main);
            }

            lua_rawseti(L, results, ++n);
            break;

        case PDN_DB_ROWS_OUT:
            lua_rawgeti(L, -1, 1);
            lua_replace(L, out);
            lua_pop(L, 1);
            break;

        case PDN_DB_ROWS_WARNINGS:
            lua_replace(L, warnings);
            break;

        case PDN_DB_ROWS_ERROR: /* of raw ones, which do not come here */
            lua_pop(L, 1);
            break;
        }
    }

    lua_getmetatable(L, main);
    pdn_lua_set_if(L, main + 1, "results", n > 1 ? results : 0);
    pdn_lua_set_if(L, main + 1, "out", out);
    pdn_lua_set_if(L, main + 1, "warnings", warnings);

    lua_pushvalue(L, main);
    lua_replace(L, results);
    lua_settop(L, results);
}


/* There is always one: what ends a procedure stays when nothing else does. */
static const pdn_db_rows_t *
pdn_lua_main(const pdn_db_rows_t *list)
{
    const pdn_db_rows_t *rows, *found;

    found = NULL;

    for (rows = list; rows != NULL; rows = rows->next) {
        if (rows->kind == PDN_DB_ROWS_RESULT && (found == NULL || list->last)) {
            found = rows;
        }
    }

    return found;
}


/* Of the value on the stack, unless that is none or nil. */
static void
pdn_lua_set_if(lua_State *L, int metatable, const char *name, int value)
{
    if (value == 0 || lua_isnil(L, value)) {
        return;
    }

    lua_pushvalue(L, value);
    lua_setfield(L, metatable, name);
}
