/*
 * SPDX-License-Identifier: MIT
 *
 * Hosts without a client: timers, and the worker's own code.
 */

#include "ngx_pdn_background.h"


typedef struct {
    ngx_pdn_host_t host;
    ngx_pdn_background_end_pt end;
    void *data;
} ngx_pdn_background_t;


static void ngx_pdn_background_finish(ngx_pdn_host_t *host, ngx_int_t rc);
static ngx_resolver_t *ngx_pdn_background_resolver(ngx_pdn_host_t *host,
                                                   ngx_msec_t *timeout);


static const ngx_pdn_host_ops_t ngx_pdn_background_ops = {
    .name = "background",
    .finish = ngx_pdn_background_finish,
    .resolver = ngx_pdn_background_resolver,
    .pause = NULL,
};


ngx_pdn_host_t *
ngx_pdn_background_create(ngx_pdn_vm_t *vm, const ngx_pdn_like_t *like,
                          ngx_pdn_background_end_pt end, void *data)
{
    ngx_pool_t *pool;
    ngx_pdn_background_t *bg;

    pool = ngx_create_pool(1024, like->log);
    if (pool == NULL) {
        return NULL;
    }

    bg = ngx_pcalloc(pool, sizeof(ngx_pdn_background_t));
    if (bg == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    ngx_pdn_host_init(&bg->host, &ngx_pdn_background_ops, vm, pool, like->log);

    bg->host.socket_conf = like->socket_conf;
    bg->host.data = (void *) like;
    bg->end = end;
    bg->data = data;

    return &bg->host;
}


void
ngx_pdn_background_free(ngx_pdn_host_t *host)
{
    ngx_pool_t *pool;

    pool = host->pool;

    ngx_pdn_host_release(host);
    ngx_destroy_pool(pool);
}


static void
ngx_pdn_background_finish(ngx_pdn_host_t *host, ngx_int_t rc)
{
    ngx_pdn_background_t *bg = (ngx_pdn_background_t *) host;

    void *data;
    ngx_pdn_background_end_pt end;

    end = bg->end;
    data = bg->data;

    ngx_pdn_background_free(host);

    if (end != NULL) {
        end(data, rc);
    }
}


static ngx_resolver_t *
ngx_pdn_background_resolver(ngx_pdn_host_t *host, ngx_msec_t *timeout)
{
    const ngx_pdn_like_t *like = host->data;

    *timeout = like->resolver_timeout;

    return like->resolver;
}
