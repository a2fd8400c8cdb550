/* SPDX-License-Identifier: MIT */
/* pandan.native.serial: what string.buffer may be given to read. */

#include "pdn_lua.h"
#include "pdn_serial.h"


/* [-0,+1,e] check(bytes): are they one value that is safe to read? */
static int
pdn_lua_serial_check(lua_State *L)
{
    lua_pushboolean(L, pdn_serial_check(pdn_lua_slice(L, 1)) == PDN_OK);

    return 1;
}


void
pdn_lua_serial_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "check", pdn_lua_serial_check },
        { NULL, NULL },
    };

    lua_createtable(L, 0, 1);
    luaL_register(L, NULL, functions);
}
