/*
 * SPDX-License-Identifier: MIT
 *
 * A request as a host of the engine: how it comes to its context, what the
 * engine may ask of it, and when its tasks die.
 */

#include "ngx_http_pdn_phase.h"
#include "ngx_http_pdn_capture.h"
#include "ngx_pdn_background.h"


static void ngx_http_pdn_pause(ngx_pdn_host_t *host);
static ngx_resolver_t *ngx_http_pdn_resolver(ngx_pdn_host_t *host,
                                             ngx_msec_t *timeout);
static void ngx_http_pdn_subject(ngx_pdn_host_t *host, ngx_str_t *uri,
                                 ngx_str_t *args);
static void ngx_http_pdn_like(ngx_pdn_host_t *host, ngx_pdn_like_t *like);
static ngx_connection_t *ngx_http_pdn_connection(ngx_pdn_host_t *host);
static void ngx_http_pdn_stop(void *data);
static void ngx_http_pdn_release(void *data);


/* clang-format off */

const ngx_pdn_host_ops_t  ngx_http_pdn_host_ops = {
    .name = "http",
    .finish = ngx_http_pdn_finish,
    .resolver = ngx_http_pdn_resolver,
    .pause = ngx_http_pdn_pause,
    .like = ngx_http_pdn_like,
    .subject = ngx_http_pdn_subject,
    .connection = ngx_http_pdn_connection,
    .client = &ngx_http_pdn_client_ops,
};

/* clang-format on */


ngx_http_request_t *
ngx_http_pdn_current(void)
{
    if (ngx_pdn_task == NULL
        || ngx_pdn_task->host->ops != &ngx_http_pdn_host_ops) {
        return NULL;
    }

    return ngx_pdn_task->host->data;
}


ngx_http_request_t *
ngx_http_pdn_check(lua_State *L, ngx_uint_t phases)
{
    ngx_http_request_t *r;

    (void) ngx_pdn_check(L, phases);

    r = ngx_http_pdn_current();

    if (r == NULL) {
        (void) luaL_error(L, "API disabled in the current context");
    }

    return r;
}


ngx_http_pdn_ctx_t *
ngx_http_pdn_ctx(ngx_http_request_t *r)
{
    return ngx_http_get_module_ctx(r, ngx_http_pandan_module);
}


ngx_http_pdn_ctx_t *
ngx_http_pdn_ctx_get(ngx_http_request_t *r)
{
    ngx_uint_t fresh;
    ngx_pdn_vm_t *vm;
    ngx_http_cleanup_t *stop;
    ngx_pool_cleanup_t *release;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_sub_t *sub;
    ngx_http_pdn_loc_conf_t *plcf;
    ngx_http_pdn_main_conf_t *pmcf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_pandan_module);
    if (ctx != NULL) {
        return ctx;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_pdn_ctx_t));
    stop = ngx_http_cleanup_add(r, 0);
    release = ngx_pool_cleanup_add(r->pool, 0);

    if (ctx == NULL || stop == NULL || release == NULL) {
        return NULL;
    }

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pandan_module);
    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);
    sub = ngx_http_pdn_sub(r);
    fresh = sub == NULL && !plcf->place.code_cache;

    /* A subrequest's ngx.ctx may be a table of its parent. */

    vm = sub != NULL ? sub->capture->ctx->host.vm
                     : ngx_pdn_main_vm(&pmcf->main, fresh, r->connection->log);
    if (vm == NULL) {
        return NULL;
    }

    ngx_pdn_host_init(&ctx->host, &ngx_http_pdn_host_ops, vm, r->pool,
                      r->connection->log);

    if (fresh) {
        /* The host keeps it alive from here on. */
        ngx_pdn_vm_pass(vm);
    }

    ctx->host.data = r;
    ctx->host.socket_conf = &plcf->place.socket;
    ctx->request = r;
    ngx_pdn_output_init(&ctx->output, (ngx_buf_tag_t) &ngx_http_pandan_module);

    /*
     * Tasks die with the request's connection; ngx.ctx lives on for the log
     * phase, which comes later.
     */

    stop->handler = ngx_http_pdn_stop;
    stop->data = ctx;
    release->handler = ngx_http_pdn_release;
    release->data = ctx;

    ngx_http_set_ctx(r, ctx, ngx_http_pandan_module);

    return ctx;
}


static void
ngx_http_pdn_stop(void *data)
{
    ngx_http_pdn_ctx_t *ctx = data;

    ngx_pdn_host_stop(&ctx->host);
    ngx_pdn_abort_forget(&ctx->host);
}


static void
ngx_http_pdn_release(void *data)
{
    ngx_http_pdn_ctx_t *ctx = data;

    ngx_pdn_host_release(&ctx->host);
}


static ngx_resolver_t *
ngx_http_pdn_resolver(ngx_pdn_host_t *host, ngx_msec_t *timeout)
{
    ngx_http_request_t *r = host->data;
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    *timeout = clcf->resolver_timeout;

    return ngx_pdn_place_resolver(clcf->resolver);
}


static void
ngx_http_pdn_subject(ngx_pdn_host_t *host, ngx_str_t *uri, ngx_str_t *args)
{
    ngx_http_request_t *r = host->data;

    *uri = r->uri;
    *args = r->args;
}


static void
ngx_http_pdn_like(ngx_pdn_host_t *host, ngx_pdn_like_t *like)
{
    ngx_connection_t *c;
    ngx_http_request_t *r = host->data;
    ngx_http_core_loc_conf_t *clcf;

    c = r->connection;
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    like->log = clcf->error_log;
    like->socket_conf = host->socket_conf;
    like->resolver = ngx_http_pdn_resolver(host, &like->resolver_timeout);
    like->subsystem = NGX_PDN_OF_HTTP;
    like->client = c->addr_text;

    if (c->listening != NULL) {
        like->server = c->listening->addr_text;
    }
}


/* All of the request's tasks wait: the client gets what was printed. */
static void
ngx_http_pdn_pause(ngx_pdn_host_t *host)
{
    ngx_http_pdn_ctx_t *ctx = (ngx_http_pdn_ctx_t *) host;

    if (ctx->output.chain != NULL && !ctx->holding) {
        (void) ngx_http_pdn_send(ctx, 0);
    }
}


static ngx_connection_t *
ngx_http_pdn_connection(ngx_pdn_host_t *host)
{
    return ((ngx_http_request_t *) host->data)->connection;
}
