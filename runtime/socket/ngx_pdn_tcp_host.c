/*
 * SPDX-License-Identifier: MIT
 *
 * The sockets of a host: one cleanup of its pool closes them all when the
 * host ends, wherever Lua may still keep the objects.
 */

#include "ngx_pdn_tcp.h"


typedef struct {
    ngx_queue_t sockets;
    ngx_pdn_host_t *host;
} ngx_pdn_tcp_host_t;


static ngx_queue_t *ngx_pdn_tcp_host_sockets(ngx_pdn_host_t *host);
static void ngx_pdn_tcp_host_ended(void *data);


ngx_int_t
ngx_pdn_tcp_adopt(ngx_pdn_tcp_t *u, ngx_pdn_host_t *host)
{
    ngx_queue_t *sockets;

    if (u->host == host) {
        return NGX_OK;
    }

    sockets = ngx_pdn_tcp_host_sockets(host);

    if (sockets == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_insert_tail(sockets, &u->link);
    u->host = host;

    return NGX_OK;
}


/* Found among the cleanups of the host's pool, which are few. */
static ngx_queue_t *
ngx_pdn_tcp_host_sockets(ngx_pdn_host_t *host)
{
    ngx_pool_cleanup_t *cln;
    ngx_pdn_tcp_host_t *data;

    for (cln = host->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_pdn_tcp_host_ended) {
            data = cln->data;

            if (data->host == host) {
                return &data->sockets;
            }
        }
    }

    cln = ngx_pool_cleanup_add(host->pool, sizeof(ngx_pdn_tcp_host_t));

    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_pdn_tcp_host_ended;
    data = cln->data;
    data->host = host;
    ngx_queue_init(&data->sockets);

    return &data->sockets;
}


static void
ngx_pdn_tcp_host_ended(void *data)
{
    ngx_queue_t *q;
    ngx_pdn_tcp_t *u;
    ngx_pdn_tcp_host_t *cleanup = data;

    while (!ngx_queue_empty(&cleanup->sockets)) {
        q = ngx_queue_head(&cleanup->sockets);
        ngx_queue_remove(q);

        u = ngx_queue_data(q, ngx_pdn_tcp_t, link);
        ngx_pdn_tcp_shut(u);
        u->host = NULL;
    }
}
