/*
 * SPDX-License-Identifier: MIT
 *
 * memcached on wires, and its binding to Lua:
 * package.preload["pandan.memcached.native"], upon which
 * framework/pandan/memcached.lua stands.
 *
 * Keywords of the pool: host and port, or path; user and password (its
 * authentication for text protocols, or with `sasl` "plain" that of SASL, in
 * the binary protocol); tls..., see ngx_pdn_wire_tls.c.
 */

#ifndef NGX_PDN_MEMCACHED_H
#define NGX_PDN_MEMCACHED_H


#include "ngx_pdn_engine.h"
#include "ngx_pdn_wire.h"
#include "pdn_memcached.h"


/* A wire of the pool, unopened; NULL without memory. */
ngx_pdn_wire_t *ngx_pdn_memcached_wire(ngx_pdn_db_pool_t *pool);

/* Whether it speaks the binary protocol. */
ngx_uint_t ngx_pdn_memcached_is_binary(ngx_pdn_wire_t *wire);

/* As pdn_memcached_read(), in the wire's protocol. */
pdn_memcached_rc_e ngx_pdn_memcached_read(ngx_pdn_wire_t *wire,
                                          const u_char *data, size_t len,
                                          pdn_memcached_reply_t *reply,
                                          size_t *size, const char **err);

/* An ngx_pdn_opener_pt. */
void ngx_pdn_memcached_lua_open(lua_State *L);


#endif /* NGX_PDN_MEMCACHED_H */
