/*
 * SPDX-License-Identifier: MIT
 *
 * The results of a session: plain tables, as the libraries of other drivers
 * give them.
 */

#include "pdn_lua_db.h"


static void pdn_lua_push_raw_rows(lua_State *L, const pdn_db_rows_t *rows);
static void pdn_lua_push_raw_array(lua_State *L, const pdn_db_rows_t *rows,
                                   size_t *pos);
static void pdn_lua_push_raw_done(lua_State *L, const pdn_db_rows_t *rows);
static void pdn_lua_push_raw_error(lua_State *L, const pdn_db_rows_t *rows);
static void pdn_lua_set_number(lua_State *L, const char *name, double n);
static void pdn_lua_set_text(lua_State *L, const char *name,
                             const pdn_db_rows_t *rows, size_t *pos);


void
pdn_lua_push_raw(lua_State *L, const pdn_db_rows_t *list)
{
    int n;
    const pdn_db_rows_t *rows;

    luaL_checkstack(L, 16, "results");
    lua_createtable(L, 1, 0);
    n = 0;

    for (rows = list; rows != NULL; rows = rows->next) {
        if (rows->kind == PDN_DB_ROWS_ERROR) {
            pdn_lua_push_raw_error(L, rows);

        } else if (rows->ncols == 0) {
            pdn_lua_push_raw_done(L, rows);

        } else {
            pdn_lua_push_raw_rows(L, rows);
        }

        lua_rawseti(L, -2, ++n);
    }
}


static void
pdn_lua_push_raw_rows(lua_State *L, const pdn_db_rows_t *rows)
{
    int names;
    size_t r, pos;
    unsigned c;
    pdn_db_value_t v;

    pos = 0;

    lua_createtable(L, rows->nrows, 0);
    lua_createtable(L, rows->ncols, 0);
    names = lua_gettop(L);

    for (c = 1; c <= rows->ncols; c++) {
        pdn_db_rows_next(rows, &pos, &v);
        lua_pushlstring(L, v.as.s.data, v.as.s.len);
        lua_rawseti(L, names, c);
    }

    if (rows->raw != PDN_DB_RAW_ARRAYS) {
        pdn_lua_set_rows(L, names - 1, names, rows, pos, PDN_LUA_INT64_STRING);
        lua_pop(L, 1);
        return;
    }

    for (r = 1; r <= rows->nrows; r++) {
        pdn_lua_push_raw_array(L, rows, &pos);
        lua_rawseti(L, names - 1, r);
    }

    lua_pop(L, 1);
}


static void
pdn_lua_push_raw_array(lua_State *L, const pdn_db_rows_t *rows, size_t *pos)
{
    unsigned c;
    pdn_db_value_t v;

    lua_createtable(L, rows->ncols, 0);

    for (c = 1; c <= rows->ncols; c++) {
        pdn_db_rows_next(rows, pos, &v);
        pdn_lua_push_value(L, &v, PDN_LUA_INT64_STRING);
        lua_rawseti(L, -2, c);
    }
}


static void
pdn_lua_push_raw_done(lua_State *L, const pdn_db_rows_t *rows)
{
    size_t pos;

    lua_createtable(L, 0, 5);
    pdn_lua_set_number(L, "affected_rows", rows->affected);
    pdn_lua_set_number(L, "insert_id", (uint64_t) rows->insert_id);
    pdn_lua_set_number(L, "server_status", rows->status);
    pdn_lua_set_number(L, "warning_count", rows->warnings);

    if (rows->ncells > 0) {
        pos = 0;
        pdn_lua_set_text(L, "message", rows, &pos);
    }
}


static void
pdn_lua_push_raw_error(lua_State *L, const pdn_db_rows_t *rows)
{
    size_t pos;

    pos = 0;
    lua_createtable(L, 0, 3);
    pdn_lua_set_number(L, "errno", rows->affected);
    pdn_lua_set_text(L, "sqlstate", rows, &pos);
    pdn_lua_set_text(L, "message", rows, &pos);
}


static void
pdn_lua_set_number(lua_State *L, const char *name, double n)
{
    lua_pushnumber(L, n);
    lua_setfield(L, -2, name);
}


static void
pdn_lua_set_text(lua_State *L, const char *name, const pdn_db_rows_t *rows,
                 size_t *pos)
{
    pdn_db_value_t v;

    pdn_db_rows_next(rows, pos, &v);
    lua_pushlstring(L, v.as.s.data, v.as.s.len);
    lua_setfield(L, -2, name);
}
