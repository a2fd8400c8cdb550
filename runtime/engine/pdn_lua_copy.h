/*
 * SPDX-License-Identifier: MIT
 *
 * Copies values from one Lua VM to another.
 */

#ifndef PDN_LUA_COPY_H
#define PDN_LUA_COPY_H


#include <lua.h>


/* How deep tables may lie in tables. */
#define PDN_LUA_COPY_DEPTH 100


/*
 * Pushes copies of the values from `first` to the top of `from` on `to`,
 * which is another VM: nil, booleans, numbers, strings, NULL as a light
 * userdata (cjson.null), and tables of these, without their metatables.
 *
 * NULL, or why not; then nothing has been pushed.  Raises on `to` without
 * memory.  [from: -0, +0; to: -0, +n]
 */
const char *pdn_lua_copy(lua_State *from, int first, lua_State *to);


#endif /* PDN_LUA_COPY_H */
