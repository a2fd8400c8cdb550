/*
 * SPDX-License-Identifier: MIT
 *
 * Failures of sockets as Lua sees them.
 */

#include "ngx_pdn_fault.h"


int
ngx_pdn_fault_text(lua_State *L, const char *text)
{
    lua_pushnil(L);
    lua_pushstring(L, text);

    return 2;
}


/* System errors are lower case, as in LuaSocket. */
int
ngx_pdn_fault_push(lua_State *L, const ngx_pdn_fault_t *fault)
{
    u_char *last, text[NGX_MAX_ERROR_STR];

    if (fault->text != NULL) {
        return ngx_pdn_fault_text(L, fault->text);
    }

    last = ngx_strerror(fault->code, text, sizeof(text));
    ngx_strlow(text, text, last - text);

    lua_pushnil(L);
    lua_pushlstring(L, (char *) text, last - text);

    return 2;
}
