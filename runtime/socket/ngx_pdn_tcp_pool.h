/*
 * SPDX-License-Identifier: MIT
 *
 * A pool of connections, as its two files share it: ngx_pdn_tcp_pool.c keeps
 * the count and the queue, ngx_pdn_tcp_keepalive.c the idle connections.
 */

#ifndef NGX_PDN_TCP_POOL_H
#define NGX_PDN_TCP_POOL_H


#include "ngx_pdn_tcp.h"


typedef struct {
    ngx_rbtree_t tree; /* ngx_pdn_tcp_pool_t by name */
    ngx_rbtree_node_t sentinel;
} ngx_pdn_tcp_pools_t;


struct ngx_pdn_tcp_pool_s {
    ngx_str_node_t node;
    ngx_pdn_tcp_pools_t *pools; /* NULL: the VM has gone */
    ngx_queue_t idle;           /* ngx_pdn_tcp_idle_t */
    ngx_uint_t nidle;
    ngx_queue_t waiting; /* ngx_pdn_tcp_t, connect.link */
    ngx_uint_t nwaiting;
    ngx_uint_t opened; /* idle ones too */
    ngx_uint_t size;
    ngx_int_t backlog; /* -1: open as many as you like */
    ngx_event_t turn;  /* posted: the next may go */
    ngx_uint_t held;   /* do not free */
    u_char name[1];
};


typedef struct {
    ngx_queue_t link;
    ngx_pdn_tcp_pool_t *pool;
    ngx_connection_t *connection;
    ngx_uint_t reused;
} ngx_pdn_tcp_idle_t;


/* One connection less; the next one waiting may come. */
void ngx_pdn_tcp_pool_closed(ngx_pdn_tcp_pool_t *pool);

/* Lets the next one in, or frees a pool that nobody needs. */
void ngx_pdn_tcp_pool_next(ngx_pdn_tcp_pool_t *pool);

/* Closes an idle connection; the pool may be gone afterwards. */
void ngx_pdn_tcp_idle_drop(ngx_pdn_tcp_idle_t *idle);


#endif /* NGX_PDN_TCP_POOL_H */
