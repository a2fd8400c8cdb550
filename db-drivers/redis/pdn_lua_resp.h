/*
 * SPDX-License-Identifier: MIT
 *
 * Replies of Redis as Lua values.
 */

#ifndef PDN_LUA_RESP_H
#define PDN_LUA_RESP_H


#include <lua.h>

#include "pdn_resp.h"


/* The metatable of errors that stand among values; a key of the registry. */
#define PDN_LUA_REDIS_ERROR "pandan.redis.error"


/*
 * Pushes the reply at `data`, a whole frame.  A null is nil here, and a light
 * userdata NULL within lists; numbers that Lua cannot hold are strings.  With
 * `pairs` a list is a map, as RESP2 writes it.  An error within a reply is an
 * object with `err`, `code` and `server`; of one that is the reply three
 * values are pushed: its text, our code and the server's.
 *
 *   1  a value, 3  an error  [-0, +1|3, m]
 */
int pdn_lua_resp(lua_State *L, const char *data, size_t len, int pairs);

/*
 * `n` replies as a list, messages between them are left out.  Pushes how
 * many of them are errors, too.  [-0, +2, m]
 */
void pdn_lua_resp_list(lua_State *L, const char *data, size_t len, unsigned n);


#endif /* PDN_LUA_RESP_H */
