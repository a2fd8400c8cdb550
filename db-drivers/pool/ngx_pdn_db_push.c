/*
 * SPDX-License-Identifier: MIT
 *
 * What an operation has come to, as values of Lua.
 */

#include "ngx_pdn_db_lua.h"
#include "pdn_lua_db.h"


static int ngx_pdn_db_push_fields(lua_State *L, const pdn_db_error_t *err);
static void ngx_pdn_db_push_failure(lua_State *L, const pdn_db_error_t *err);


int
ngx_pdn_db_push_error(lua_State *L, const ngx_pdn_db_op_t *op)
{
    const pdn_db_error_t *err = &op->error;

    if (op->misused) {
        lua_pushboolean(L, 0);
        lua_pushstring(L, err->text);
        return 2;
    }

    lua_pushnil(L);
    lua_pushstring(L, err->text);
    lua_pushstring(L, err->code);

    if (err->server[0] == '\0') {
        return 3;
    }

    lua_pushstring(L, err->server);

    return 4 + ngx_pdn_db_push_fields(L, err);
}


void
ngx_pdn_db_push_result(lua_State *L, ngx_pdn_db_pool_t *pool, void *result)
{
    pdn_lua_pg_types_t types;
    ngx_pdn_db_options_t *opts = &pool->options;

    if (result == NULL) {
        lua_pushboolean(L, 1);

    } else if (pool->driver->dialect == PDN_DB_POSTGRES) {
        types.int64 = opts->int64;
        types.plain = 0;
        types.sparse = 0;
        types.numeric = opts->numeric;
        types.json = opts->json;
        types.arrays = opts->arrays;

        pdn_lua_push_pg(L, result, &types);

    } else {
        pdn_lua_push_results(L, result, opts->int64);
    }
}


int
ngx_pdn_db_push_outcomes(lua_State *L, const ngx_pdn_db_op_t *op)
{
    int results, errors;
    ngx_uint_t i;
    ngx_pdn_db_outcome_t *outcome;

    lua_createtable(L, op->noutcomes, 0);
    results = lua_gettop(L);
    lua_pushnil(L);
    errors = results + 1;

    for (i = 0; i < op->noutcomes; i++) {
        outcome = &op->outcomes[i];

        if (outcome->error == NULL) {
            ngx_pdn_db_push_result(L, op->pool, outcome->result);
            lua_rawseti(L, results, i + 1);
            continue;
        }

        if (lua_isnil(L, errors)) {
            lua_newtable(L);
            lua_replace(L, errors);
        }

        ngx_pdn_db_push_failure(L, outcome->error);
        lua_rawseti(L, errors, i + 1);

        lua_pushboolean(L, 0);
        lua_rawseti(L, results, i + 1);
    }

    return 2;
}


/* What the server told beside its message.  [-0, +0|1, m] */
static int
ngx_pdn_db_push_fields(lua_State *L, const pdn_db_error_t *err)
{
    const char *p, *end;

    if (err->fields_len == 0) {
        return 0;
    }

    lua_newtable(L);

    p = err->fields;
    end = p + err->fields_len;

    while (p < end) {
        lua_pushstring(L, p);
        p += ngx_strlen(p) + 1;
        lua_pushstring(L, p);
        p += ngx_strlen(p) + 1;
        lua_rawset(L, -3);
    }

    return 1;
}


/* { message, code, server_code, fields }, all by name.  [-0, +1, m] */
static void
ngx_pdn_db_push_failure(lua_State *L, const pdn_db_error_t *err)
{
    lua_createtable(L, 0, 4);

    lua_pushstring(L, err->text);
    lua_setfield(L, -2, "message");
    lua_pushstring(L, err->code);
    lua_setfield(L, -2, "code");

    if (err->server[0] != '\0') {
        lua_pushstring(L, err->server);
        lua_setfield(L, -2, "server_code");
    }

    if (ngx_pdn_db_push_fields(L, err)) {
        lua_setfield(L, -2, "fields");
    }
}
