/* SPDX-License-Identifier: MIT */
/* `native.escape`: HTML and URL escaping. A text that needs none is returned
 * itself, which costs no memory. */

#include "pdn_lua.h"
#include "pdn_escape.h"


/* [-0,+1,me] html(text) */
static int
pdn_lua_escape_html(lua_State *L)
{
    size_t n;
    pdn_slice_t in;
    pdn_lua_buf_t out;

    in = pdn_lua_slice(L, 1);
    lua_settop(L, 2);

    n = pdn_escape_html_clean(in);
    if (n == in.len) {
        lua_settop(L, 1);
        return 1;
    }

    pdn_lua_buf_init(&out, L, 2, in.len * 6);
    pdn_escape_html(&out.buf, in);
    pdn_lua_buf_push(&out);

    return 1;
}


/* [-0,+1,me] url(text) */
static int
pdn_lua_escape_url(lua_State *L)
{
    size_t n;
    pdn_slice_t in;
    pdn_lua_buf_t out;

    in = pdn_lua_slice(L, 1);
    lua_settop(L, 2);

    n = pdn_escape_url_clean(in);
    if (n == in.len) {
        lua_settop(L, 1);
        return 1;
    }

    pdn_lua_buf_init(&out, L, 2, in.len * 3);
    pdn_escape_url(&out.buf, in);
    pdn_lua_buf_push(&out);

    return 1;
}


/* [-0,+1,me] unurl(text, plus) */
static int
pdn_lua_unescape_url(lua_State *L)
{
    int plus;
    pdn_slice_t in;
    pdn_lua_buf_t out;

    in = pdn_lua_slice(L, 1);
    plus = lua_toboolean(L, 2);
    lua_settop(L, 3);

    pdn_lua_buf_init(&out, L, 3, in.len + 1);
    pdn_unescape_url(&out.buf, in, plus);
    pdn_lua_buf_push(&out);

    return 1;
}


void
pdn_lua_escape_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "html", pdn_lua_escape_html },
        { "url", pdn_lua_escape_url },
        { "unurl", pdn_lua_unescape_url },
        { NULL, NULL },
    };

    lua_createtable(L, 0, 3);
    luaL_register(L, NULL, functions);
}
