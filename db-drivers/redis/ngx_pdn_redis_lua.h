/*
 * SPDX-License-Identifier: MIT
 *
 * The binding of Redis to Lua: package.preload["pandan.redis.native"], upon
 * which framework/pandan/redis.lua stands.
 */

#ifndef NGX_PDN_REDIS_LUA_H
#define NGX_PDN_REDIS_LUA_H


#include "ngx_pdn_engine.h"
#include "ngx_pdn_redis.h"


#define NGX_PDN_REDIS_BATCH "pandan.redis.batch"


/* Commands that go out together; a userdata. */

typedef struct {
    ngx_pdn_bytes_t out;
    ngx_uint_t commands;
} ngx_pdn_redis_batch_t;


/* An ngx_pdn_opener_pt. */
void ngx_pdn_redis_lua_open(lua_State *L);


/* ngx_pdn_redis_encode.c */

/* The head of a command, its name as the protocol writes it.  [-0, +1, e] */
int ngx_pdn_redis_lua_head(lua_State *L);

/*
 * Puts the command whose head is at `index`, with the values above it.  On
 * failure nothing is put, and what is wrong is pushed.  [-0, +0|1, m]
 */
ngx_int_t ngx_pdn_redis_encode(lua_State *L, int index, ngx_pdn_bytes_t *out);


/* ngx_pdn_redis_call.c: see types/redis_native.lua */

int ngx_pdn_redis_lua_call(lua_State *L);
int ngx_pdn_redis_lua_run(lua_State *L);
int ngx_pdn_redis_lua_listen(lua_State *L);
int ngx_pdn_redis_lua_tell(lua_State *L);


#endif /* NGX_PDN_REDIS_LUA_H */
