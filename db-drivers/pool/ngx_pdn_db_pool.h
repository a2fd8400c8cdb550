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

/*
 * A connection for `op`, for which it may have to wait.  It goes there with
 * those of `others` that can go with it; NULL for none.
 */
void ngx_pdn_db_place(ngx_pdn_db_op_t *op, ngx_queue_t *others);

/* Those who wait get what has become free, in their order. */
void ngx_pdn_db_serve(ngx_pdn_db_pool_t *pool);

/* Begins to run `op` on a connection that was taken for it. */
void ngx_pdn_db_start(ngx_pdn_db_op_t *op, ngx_pdn_db_conn_t *conn);

/* Takes `op` out of wherever it is; its connection finds its own way back. */
void ngx_pdn_db_leave(ngx_pdn_db_op_t *op, ngx_uint_t late);

/* Whether it rested so long that it is looked at first. */
ngx_uint_t ngx_pdn_db_is_stale(ngx_pdn_db_conn_t *conn);


/* ngx_pdn_db_share.c */

/* 1: `op` waits for the end of the turn; 0: it is none that shares. */
ngx_uint_t ngx_pdn_db_gather(ngx_pdn_db_op_t *op);

/*
 * Serves at the end of the turn.  Connections come back by Lua's collector
 * and by cleanups, too, amid of which nobody else's Lua may run.
 */
void ngx_pdn_db_serve_later(ngx_pdn_db_pool_t *pool);

/* 1: `op` is run on the connection with some of `others`; 0: none can. */
ngx_uint_t ngx_pdn_db_share(ngx_pdn_db_op_t *op, ngx_pdn_db_conn_t *conn,
                            ngx_queue_t *others);

/* Takes `op` out of its packet. */
void ngx_pdn_db_share_leave(ngx_pdn_db_op_t *op);


/* The way back. */
void ngx_pdn_db_conn_rest(ngx_pdn_db_conn_t *conn);


#endif /* NGX_PDN_DB_POOL_H */
