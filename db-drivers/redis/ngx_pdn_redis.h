/*
 * SPDX-License-Identifier: MIT
 *
 * Redis on wires and in the pool.  A pool of Redis has one wire that all
 * share, for commands that leave nothing behind on their connection; those
 * that do get a connection of the pool, as a statement of SQL does.
 *
 * Keywords of the pool: host and port, or path; user, password, database,
 * client_name, protocol ("2", "3"), readonly ("yes": of a cluster's replica),
 * redirect (of invalidations: a client's id); tls..., see ngx_pdn_wire_tls.c.
 */

#ifndef NGX_PDN_REDIS_H
#define NGX_PDN_REDIS_H


#include "ngx_pdn_wire.h"
#include "pdn_resp.h"


/* A connection of the pool. */

typedef struct {
    ngx_pdn_db_conn_t conn;
    ngx_pdn_wire_t *wire; /* NULL before and after */
} ngx_pdn_redis_conn_t;


extern const ngx_pdn_wire_protocol_t ngx_pdn_redis_protocol;


/* A wire of the pool, unopened; NULL without memory. */
ngx_pdn_wire_t *ngx_pdn_redis_wire(ngx_pdn_db_pool_t *pool);

/*
 * The wire that all share, opened for `host` when there is none that can be
 * used; NULL without memory.
 */
ngx_pdn_wire_t *ngx_pdn_redis_shared(ngx_pdn_db_pool_t *pool,
                                     struct ngx_pdn_host_s *host);

/* ngx_pdn_redis_greet.c: of the protocol. */
void ngx_pdn_redis_greet(ngx_pdn_wire_t *wire);

/* Puts one command of C strings, NULL ends; NGX_ERROR without memory. */
ngx_int_t ngx_pdn_redis_put(ngx_pdn_bytes_t *out, const char **words);


#endif /* NGX_PDN_REDIS_H */
