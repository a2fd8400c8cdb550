/* SPDX-License-Identifier: MIT */
/*
 * Lua values to JSON text: what a value is, and where one is that cannot be
 * written. Tables are written by pdn_lua_json_table.c.
 */

#include <stdio.h>
#include "pdn_lua_json_encode.h"

#define PDN_LUA_CDATA      10
#define PDN_LUA_MAX_RESULT ((size_t) 1 << 30)

static pdn_rc_t pdn_lua_encode_table(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_encode_other(pdn_lua_encoder_t *e, int index);


/* Its address is the value. */
static const char pdn_lua_empty_array = 0;


/* [-0,+1|2,me] encode(value, opts) gives the text, or nil and a text. */
int
pdn_lua_json_encode(lua_State *L)
{
    pdn_lua_encoder_t e;

    luaL_checkany(L, 1);

    e.L = L;
    e.flags = 0;
    e.sort = 0;
    e.max_depth = 128;
    e.wrong_guesses = 0;
    e.depth = 0;
    e.msg = NULL;
    e.path_at = sizeof(e.path);

    if (!lua_isnoneornil(L, 2)) {
        e.flags |= pdn_lua_flag(L, 2, "html", 0) ? PDN_JSON_HTML : 0;
        e.flags |= pdn_lua_flag(L, 2, "replace", 0) ? PDN_JSON_REPLACE : 0;
        e.sort = pdn_lua_flag(L, 2, "sort", 0) ? 1 : 0;
        e.max_depth = (unsigned) pdn_lua_size(L, 2, "max_depth", 128);
    }

    if (e.max_depth > PDN_LUA_MAX_DEPTH) {
        e.max_depth = PDN_LUA_MAX_DEPTH;
    }

    lua_settop(L, 3);
    pdn_lua_buf_init(&e.out, L, 3, PDN_LUA_MAX_RESULT);

    if (pdn_lua_encode(&e, 1) != PDN_OK) {
        lua_pushnil(L);
        lua_pushfstring(L, "cannot encode %s", e.msg);

        if (e.path_at != sizeof(e.path)) {
            lua_pushliteral(L, " at ");
            lua_pushlstring(L, e.path + e.path_at, sizeof(e.path) - e.path_at);
            lua_concat(L, 3);
        }

        return 2;
    }

    pdn_lua_buf_push(&e.out);

    return 1;
}


void
pdn_lua_json_empty(lua_State *L)
{
    lua_pushlightuserdata(L, (void *) (uintptr_t) &pdn_lua_empty_array);
}


pdn_rc_t
pdn_lua_encode(pdn_lua_encoder_t *e, int index)
{
    size_t len;
    const char *s;
    pdn_buf_t *b;
    lua_State *L;

    L = e->L;
    b = &e->out.buf;

    switch (lua_type(L, index)) {

    case LUA_TSTRING:
        s = lua_tolstring(L, index, &len);

        if (pdn_json_write_string(b, pdn_slice(s, len), e->flags) != PDN_OK) {
            return pdn_lua_encode_fail(e, "a string that is not UTF-8");
        }

        return PDN_OK;

    case LUA_TNUMBER:
        if (pdn_json_write_number(b, lua_tonumber(L, index)) != PDN_OK) {
            return pdn_lua_encode_fail(e, "a number that is not finite");
        }

        return PDN_OK;

    case LUA_TBOOLEAN:
        if (lua_toboolean(L, index)) {
            pdn_buf_text(b, "true");

        } else {
            pdn_buf_text(b, "false");
        }

        return PDN_OK;

    case LUA_TTABLE:
        return pdn_lua_encode_table(e, index);

    default:
        return pdn_lua_encode_other(e, index);
    }
}


static pdn_rc_t
pdn_lua_encode_other(pdn_lua_encoder_t *e, int index)
{
    size_t len;
    const char *s;
    lua_State *L;

    L = e->L;

    switch (lua_type(L, index)) {

    case LUA_TNIL:
        pdn_buf_text(&e->out.buf, "null");
        return PDN_OK;

    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, index) == NULL) {
            pdn_buf_text(&e->out.buf, "null");
            return PDN_OK;
        }

        if (lua_touserdata(L, index) == &pdn_lua_empty_array) {
            pdn_buf_text(&e->out.buf, "[]");
            return PDN_OK;
        }

        return pdn_lua_encode_fail(e, "a userdata");

    case PDN_LUA_CDATA:

        /* the helper knows 64-bit integers: it gives their digits */

        lua_pushvalue(L, lua_upvalueindex(2));
        lua_pushvalue(L, index);
        lua_call(L, 1, 1);

        s = lua_tolstring(L, -1, &len);
        if (s == NULL) {
            lua_pop(L, 1);
            return pdn_lua_encode_fail(e, "a cdata");
        }

        pdn_buf_add(&e->out.buf, s, len);
        lua_pop(L, 1);

        return PDN_OK;

    default:
        e->msg = lua_pushfstring(L, "a %s", luaL_typename(L, index));
        return PDN_ERROR;
    }
}


/*
 * A metatable may say what the table is: ours, or __jsontype = "array" or
 * "object"; or give another value in its place with __tojson(value).
 */
static pdn_rc_t
pdn_lua_encode_table(pdn_lua_encoder_t *e, int index)
{
    int top;
    unsigned i;
    pdn_rc_t rc;
    const void *self;
    lua_State *L;

    L = e->L;
    self = lua_topointer(L, index);

    for (i = 0; i < e->depth; i++) {
        if (e->open[i] == self) {
            return pdn_lua_encode_fail(e, "a table that contains itself");
        }
    }

    if (e->depth == e->max_depth) {
        return pdn_lua_encode_fail(e, "a table nested too deep");
    }

    luaL_checkstack(L, 10, "nested too deep");
    top = lua_gettop(L);

    e->open[e->depth++] = self;

    if (!lua_getmetatable(L, index)) {
        rc = pdn_lua_encode_plain(e, index);

    } else if (lua_rawequal(L, -1, lua_upvalueindex(1))) {
        rc = pdn_lua_encode_array(e, index, (int) lua_objlen(L, index));

    } else if (luaL_getmetafield(L, index, "__tojson")) {
        lua_pushvalue(L, index);
        lua_call(L, 1, 1);
        rc = pdn_lua_encode(e, lua_gettop(L));

    } else if (!luaL_getmetafield(L, index, "__jsontype")) {
        rc = pdn_lua_encode_plain(e, index);

    } else if (strcmp(lua_tostring(L, -1), "array") == 0) {
        rc = pdn_lua_encode_array(e, index, (int) lua_objlen(L, index));

    } else {
        rc = pdn_lua_encode_object(e, index);
    }

    e->depth--;

    if (rc == PDN_OK) {
        lua_settop(L, top);
    }

    return rc;
}


pdn_rc_t
pdn_lua_encode_fail(pdn_lua_encoder_t *e, const char *msg)
{
    e->msg = msg;

    return PDN_ERROR;
}


/* Puts a step before the path; one that does not fit becomes an ellipsis. */
pdn_rc_t
pdn_lua_path(pdn_lua_encoder_t *e, const char *s, size_t len)
{
    if (len + 5 > e->path_at) {
        if (e->path_at >= 4) {
            e->path_at -= 3;
            memcpy(e->path + e->path_at, "...", 3);
        }

        return PDN_ERROR;
    }

    if (e->path_at != sizeof(e->path) && e->path[e->path_at] != '[') {
        e->path[--e->path_at] = '.';
    }

    e->path_at -= len;
    memcpy(e->path + e->path_at, s, len);

    return PDN_ERROR;
}


pdn_rc_t
pdn_lua_path_index(pdn_lua_encoder_t *e, int i)
{
    int n;
    char step[16];

    n = snprintf(step, sizeof(step), "[%d]", i);

    return pdn_lua_path(e, step, (size_t) n);
}
