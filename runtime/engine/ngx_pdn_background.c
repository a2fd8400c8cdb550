/*
 * SPDX-License-Identifier: MIT
 *
 * Hosts without a client: timers, and the worker's own code.
 */

#include "ngx_pdn_background.h"


typedef struct {
    ngx_pdn_host_t host;
    ngx_pdn_like_t like;
    ngx_log_t log;
    ngx_pdn_background_end_pt end;
    void *data;
} ngx_pdn_background_t;


static void ngx_pdn_background_finish(ngx_pdn_host_t *host, ngx_int_t rc);
static ngx_resolver_t *ngx_pdn_background_resolver(ngx_pdn_host_t *host,
                                                   ngx_msec_t *timeout);
static void ngx_pdn_background_like(ngx_pdn_host_t *host, ngx_pdn_like_t *like);
static u_char *ngx_pdn_background_log(ngx_log_t *log, u_char *buf, size_t len);


static const ngx_pdn_host_ops_t ngx_pdn_background_ops = {
    .name = "background",
    .finish = ngx_pdn_background_finish,
    .resolver = ngx_pdn_background_resolver,
    .pause = NULL,
    .like = ngx_pdn_background_like,
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
        goto failed;
    }

    bg->like = *like;
    bg->like.client.data = ngx_pstrdup(pool, (ngx_str_t *) &like->client);

    if (bg->like.client.data == NULL) {
        goto failed;
    }

    bg->log = *like->log;
    bg->log.handler = ngx_pdn_background_log;
    bg->log.data = bg;
    bg->log.action = NULL;

    ngx_pdn_host_init(&bg->host, &ngx_pdn_background_ops, vm, pool, &bg->log);

    bg->host.socket_conf = like->socket_conf;
    bg->host.data = bg;
    bg->host.subsystem = like->subsystem;
    bg->end = end;
    bg->data = data;

    return &bg->host;

failed:

    ngx_destroy_pool(pool);

    return NULL;
}


void
ngx_pdn_background_free(ngx_pdn_host_t *host)
{
    ngx_pool_t *pool;

    pool = host->pool;

    /* ngx_lua's words: its timers run for a connection made for them. */
    ngx_log_debug2(NGX_LOG_DEBUG_CORE, host->log, 0,
                   host->subsystem == NGX_PDN_OF_STREAM
                       ? "stream lua close fake %s connection %p"
                       : "http lua close fake %s connection %p",
                   host->subsystem == NGX_PDN_OF_STREAM ? "stream" : "http",
                   host);

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
    ngx_pdn_background_t *bg = (ngx_pdn_background_t *) host;

    *timeout = bg->like.resolver_timeout;

    return bg->like.resolver;
}


static void
ngx_pdn_background_like(ngx_pdn_host_t *host, ngx_pdn_like_t *like)
{
    ngx_pdn_background_t *bg = (ngx_pdn_background_t *) host;

    *like = bg->like;
}


/* What log lines end with: where the code runs, and whom it began with. */
static u_char *
ngx_pdn_background_log(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char *p, *last;
    ngx_pdn_background_t *bg = log->data;

    p = buf;
    last = buf + len;

    if (log->action) {
        p = ngx_slprintf(p, last, " while %s", log->action);
    }

    if (bg->host.phase != NULL && bg->host.phase->bit != NGX_PDN_EXIT_WORKER) {
        p = ngx_slprintf(p, last, ", context: %s", bg->host.phase->label);
    }

    if (bg->like.client.len != 0) {
        p = ngx_slprintf(p, last, ", client: %V", &bg->like.client);
    }

    if (bg->like.server.len != 0) {
        p = ngx_slprintf(p, last, ", server: %V", &bg->like.server);
    }

    return p;
}
