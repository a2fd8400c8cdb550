/* SPDX-License-Identifier: MIT */
/* `native.json`: the two functions with what they share as upvalues. */

#include "pdn_lua.h"

/*
 * 64-bit integers are cdata, which C cannot make through Lua's API. With
 * three arguments it makes one; with one it gives its digits, "null" for a
 * NULL pointer, or nothing.
 */
static const char pdn_lua_cdata_helper[] =
    "local ffi = require('ffi')\n"
    "local int64 = ffi.typeof('int64_t')\n"
    "local uint64 = ffi.typeof('uint64_t')\n"
    "return function(value, high, low)\n"
    "    if high then\n"
    "        local n = high * 4294967296ULL + low\n"
    "        if value then return -ffi.cast(int64, n) end\n"
    "        return high < 2147483648 and ffi.cast(int64, n) or n\n"
    "    end\n"
    "    if ffi.istype(int64, value) or ffi.istype(uint64, value) then\n"
    "        return (tostring(value):gsub('U?LL$', ''))\n"
    "    end\n"
    "    return value == nil and 'null' or nil\n"
    "end\n";


/* [-0,+0,m] adds a function with both upvalues to the table at the top - 2 */
static void
pdn_lua_json_add(lua_State *L, const char *name, lua_CFunction f)
{
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, f, 2);
    lua_setfield(L, -4, name);
}


void
pdn_lua_json_open(lua_State *L)
{
    lua_createtable(L, 0, 4);

    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "array");
    lua_setfield(L, -2, "__jsontype");

    if (luaL_loadbuffer(L, pdn_lua_cdata_helper,
                        sizeof(pdn_lua_cdata_helper) - 1, "=pandan.native"))
    {
        lua_error(L);
    }

    lua_call(L, 0, 1);

    pdn_lua_json_add(L, "encode", pdn_lua_json_encode);
    pdn_lua_json_add(L, "decode", pdn_lua_json_decode);

    lua_pop(L, 1);
    lua_setfield(L, -2, "array_mt");

    pdn_lua_json_empty(L);
    lua_setfield(L, -2, "empty_array");
}
