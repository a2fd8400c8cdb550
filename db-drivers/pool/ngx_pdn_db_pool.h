/*
 * SPDX-License-Identifier: MIT
 *
 * What the two halves of the pool, connections and operations, share.
 */

#ifndef NGX_PDN_DB_POOL_H
#define NGX_PDN_DB_POOL_H


#include "ngx_pdn_db.h"


/* The pools of this worker, kept by the module's configuration. */
ngx_queue_t *ngx_pdn_db_pools(void);

/* A connection not opened yet, lent to the caller; NULL without memory. */
ngx_pdn_db_conn_t *ngx_pdn_db_conn_create(ngx_pdn_db_pool_t *pool);
void ngx_pdn_db_conn_close(ngx_pdn_db_conn_t *conn);

/* An idle one, now lent; NULL when there is none. */
ngx_pdn_db_conn_t *ngx_pdn_db_conn_take(ngx_pdn_db_pool_t *pool);

/* The deadline of the stage that `op` is in, unless it has one of its own. */
void ngx_pdn_db_set_timer(ngx_pdn_db_op_t *op, ngx_msec_t timeout);

/* Begins to make it clean, and it stays lent until then; 0: it is broken. */
ngx_uint_t ngx_pdn_db_reset(ngx_pdn_db_conn_t *conn);

/* The way back. */
void ngx_pdn_db_conn_rest(ngx_pdn_db_conn_t *conn);


#endif /* NGX_PDN_DB_POOL_H */
