/* SPDX-License-Identifier: MIT */
/* `native.text`: what Lua's string library does not know of UTF-8. */

#include "pdn_lua.h"
#include "pdn_utf8.h"


/* [-0,+1,e] length(text) in characters, or nil if it is not UTF-8 */
static int
pdn_lua_text_length(lua_State *L)
{
    size_t n, count;
    pdn_slice_t in;
    const u_char *p, *end;

    in = pdn_lua_slice(L, 1);
    p = in.data;
    end = p + in.len;

    for (count = 0; p < end; count++) {
        n = *p < 0x80 ? 1 : pdn_utf8_length(p, end);

        if (n == 0) {
            lua_pushnil(L);
            return 1;
        }

        p += n;
    }

    lua_pushnumber(L, (double) count);

    return 1;
}


void
pdn_lua_text_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "length", pdn_lua_text_length },
        { NULL, NULL },
    };

    lua_createtable(L, 0, 1);
    luaL_register(L, NULL, functions);
}
