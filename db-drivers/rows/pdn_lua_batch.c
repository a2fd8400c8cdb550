/*
 * SPDX-License-Identifier: MIT
 *
 * A Lua list of statements as a chain of requests.
 */

#include "pdn_lua_db.h"


#define PDN_LUA_BATCH_MAX 10000


static pdn_db_request_t *pdn_lua_batch_item(lua_State *L, int index, unsigned i,
                                            pdn_db_dialect_e dialect);


pdn_db_request_t *
pdn_lua_batch(lua_State *L, int index, pdn_db_dialect_e dialect, unsigned *n)
{
    size_t i, len;
    pdn_db_request_t *first, **next;

    len = lua_objlen(L, index);

    if (len == 0 || len > PDN_LUA_BATCH_MAX) {
        lua_pushfstring(L, "a batch has 1 to %d statements, not %d",
                        PDN_LUA_BATCH_MAX, (int) len);
        return NULL;
    }

    first = NULL;
    next = &first;

    for (i = 1; i <= len; i++) {
        *next = pdn_lua_batch_item(L, index, i, dialect);

        if (*next == NULL) {
            pdn_db_request_free(first);
            return NULL;
        }

        next = &(*next)->next;
    }

    *n = len;

    return first;
}


/* `n` of an item counts it where its values end with nil. */
static pdn_db_request_t *
pdn_lua_batch_item(lua_State *L, int index, unsigned i,
                   pdn_db_dialect_e dialect)
{
    int top, j, len;
    pdn_db_request_t *rq;

    top = lua_gettop(L);
    lua_rawgeti(L, index, i);

    if (lua_type(L, top + 1) != LUA_TTABLE) {
        lua_pushfstring(L, "statement %d of the batch is no table", i);
        return NULL;
    }

    lua_getfield(L, top + 1, "n");
    len = lua_isnumber(L, -1) ? (int) lua_tonumber(L, -1)
                              : (int) lua_objlen(L, top + 1);
    lua_pop(L, 1);
    lua_rawgeti(L, top + 1, 1);

    if (lua_type(L, top + 2) != LUA_TSTRING || len < 1) {
        lua_pushfstring(L, "statement %d of the batch must begin with sql", i);
        return NULL;
    }

    if (len > PDN_DB_PARAMS_MAX || !lua_checkstack(L, len + 8)) {
        lua_pushfstring(L, "statement %d of the batch has too many values", i);
        return NULL;
    }

    for (j = 2; j <= len; j++) {
        lua_rawgeti(L, top + 1, j);
    }

    rq = pdn_lua_request(L, top + 2, dialect);

    if (rq == NULL) {
        lua_pushfstring(L, "statement %d of the batch: %s", i,
                        lua_tostring(L, -1));
        return NULL;
    }

    lua_settop(L, top);

    return rq;
}
