/*
 * SPDX-License-Identifier: MIT
 *
 * memcached on wires, and its binding to Lua:
 * package.preload["pandan.memcached.native"], upon which
 * framework/pandan/memcached.lua stands.
 *
 * Keywords of the pool: host and port, or path; user and password (its
 * authentication for text protocols); tls..., see ngx_pdn_wire_tls.c.
 */

#ifndef NGX_PDN_MEMCACHED_H
#define NGX_PDN_MEMCACHED_H


#include "ngx_pdn_engine.h"
#include "ngx_pdn_wire.h"


/* A wire of the pool, unopened; NULL without memory. */
ngx_pdn_wire_t *ngx_pdn_memcached_wire(ngx_pdn_db_pool_t *pool);

/* An ngx_pdn_opener_pt. */
void ngx_pdn_memcached_lua_open(lua_State *L);


#endif /* NGX_PDN_MEMCACHED_H */
