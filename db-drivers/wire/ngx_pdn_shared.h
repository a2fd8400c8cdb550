/*
 * SPDX-License-Identifier: MIT
 *
 * The wire of a pool that all share, kept in pool->data.
 */

#ifndef NGX_PDN_SHARED_H
#define NGX_PDN_SHARED_H


#include "ngx_pdn_wire.h"


/*
 * The pool's present one; where there is none, or where it is too old or
 * rested too long to be trusted, another of `create` is opened for `host`.
 * NULL without memory.
 */
ngx_pdn_wire_t *
ngx_pdn_shared_wire(ngx_pdn_db_pool_t *pool, struct ngx_pdn_host_s *host,
                    ngx_pdn_wire_t *(*create)(ngx_pdn_db_pool_t *pool));

/* Of ngx_pdn_db_driver_t. */
void ngx_pdn_shared_drain(ngx_pdn_db_pool_t *pool);

/* How many there are, old ones with pending asks too, and their asks. */
ngx_uint_t ngx_pdn_shared_count(ngx_pdn_db_pool_t *pool, ngx_uint_t *asks);


#endif /* NGX_PDN_SHARED_H */
