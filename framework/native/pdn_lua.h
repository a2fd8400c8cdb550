/* SPDX-License-Identifier: MIT */
/*
 * What the Lua bindings share. Every function that Lua calls notes its stack
 * effect as the Lua manual does: [-popped, +pushed, errors].
 */

#ifndef PDN_LUA_H
#define PDN_LUA_H

#include <lua.h>
#include <lauxlib.h>
#include "pdn.h"
#include "pdn_buf.h"

#define PDN_LUA_LENT 1024

/*
 * A buffer whose grown memory is a userdata at stack index `slot`, so that it
 * goes with the call whichever way that ends. The index must be absolute and
 * hold a value that may be replaced.
 */
typedef struct {
    pdn_buf_t buf;
    lua_State *L;
    int slot;
    u_char lent[PDN_LUA_LENT];
} pdn_lua_buf_t;

void pdn_lua_buf_init(pdn_lua_buf_t *b, lua_State *L, int slot, size_t max);

/* Pushes what is in the buffer, [-0,+1,me]; raises if it failed. */
void pdn_lua_buf_push(pdn_lua_buf_t *b);

/* The string argument as a slice; raises when it is none. */
pdn_slice_t pdn_lua_slice(lua_State *L, int index);

/*
 * Options: `index` is nil, nothing or a table. Absent gives `def`; another
 * type raises with the option's name.
 */
int pdn_lua_flag(lua_State *L, int index, const char *name, int def);
size_t pdn_lua_size(lua_State *L, int index, const char *name, size_t def);

/* Each pushes a table of functions, [-0,+1,m]. */
void pdn_lua_json_open(lua_State *L);
void pdn_lua_crypto_open(lua_State *L);
void pdn_lua_escape_open(lua_State *L);
void pdn_lua_form_open(lua_State *L);
void pdn_lua_multipart_open(lua_State *L);
void pdn_lua_text_open(lua_State *L);
void pdn_lua_fs_open(lua_State *L);
void pdn_lua_serial_open(lua_State *L);

/* [-0,+1,m] with the array metatable and the cdata helper as upvalues 1, 2 */
int pdn_lua_json_encode(lua_State *L);
int pdn_lua_json_decode(lua_State *L);

/* Pushes the value that is encoded as [], [-0,+1,-]. */
void pdn_lua_json_empty(lua_State *L);

#endif /* PDN_LUA_H */
