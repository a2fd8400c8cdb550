/* SPDX-License-Identifier: MIT */
/* `require "pandan.native"`: one table with a table of functions a subject. */

#include "pdn_lua.h"

/* clang-format off */
static const struct {
    const char *name;
    void (*open)(lua_State *L);
} pdn_lua_parts[] = {
    { "json", pdn_lua_json_open },
    { "crypto", pdn_lua_crypto_open },
    { "escape", pdn_lua_escape_open },
    { "form", pdn_lua_form_open },
    { "multipart", pdn_lua_multipart_open },
    { "text", pdn_lua_text_open },
    { "fs", pdn_lua_fs_open },
    { "serial", pdn_lua_serial_open },
};
/* clang-format on */


__attribute__((visibility("default"))) int
luaopen_pandan_native(lua_State *L)
{
    size_t i;

    lua_createtable(L, 0, 8);

    for (i = 0; i < sizeof(pdn_lua_parts) / sizeof(pdn_lua_parts[0]); i++) {
        pdn_lua_parts[i].open(L);
        lua_setfield(L, -2, pdn_lua_parts[i].name);
    }

    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");

    return 1;
}


static void *
pdn_lua_grow(void *ctx, void *old, size_t used, size_t size)
{
    void *p;
    pdn_lua_buf_t *b;

    b = ctx;

    luaL_checkstack(b->L, 1, "too deep");
    p = lua_newuserdata(b->L, size);

    if (old != NULL) {
        memcpy(p, old, used);
    }

    lua_replace(b->L, b->slot);

    return p;
}


void
pdn_lua_buf_init(pdn_lua_buf_t *b, lua_State *L, int slot, size_t max)
{
    b->L = L;
    b->slot = slot;

    pdn_buf_init(&b->buf, b->lent, sizeof(b->lent), max, pdn_lua_grow, b);
}


void
pdn_lua_buf_push(pdn_lua_buf_t *b)
{
    if (b->buf.failed) {
        luaL_error(b->L, "the result is too large");
    }

    lua_pushlstring(b->L, (const char *) b->buf.data, b->buf.len);
}


pdn_slice_t
pdn_lua_slice(lua_State *L, int index)
{
    size_t len;
    const char *s;

    s = luaL_checklstring(L, index, &len);

    return pdn_slice(s, len);
}


int
pdn_lua_flag(lua_State *L, int index, const char *name, int def)
{
    int flag;

    if (lua_isnoneornil(L, index)) {
        return def;
    }

    luaL_checktype(L, index, LUA_TTABLE);
    lua_getfield(L, index, name);

    flag = lua_isnil(L, -1) ? def : lua_toboolean(L, -1);
    lua_pop(L, 1);

    return flag;
}


size_t
pdn_lua_size(lua_State *L, int index, const char *name, size_t def)
{
    size_t size;

    if (lua_isnoneornil(L, index)) {
        return def;
    }

    luaL_checktype(L, index, LUA_TTABLE);
    lua_getfield(L, index, name);

    if (lua_isnil(L, -1)) {
        size = def;

    } else if (lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) >= 0) {
        size = (size_t) lua_tonumber(L, -1);

    } else {
        luaL_error(L, "option '%s' must be a number, 0 or more", name);
        size = def;
    }

    lua_pop(L, 1);

    return size;
}
