/*
 * SPDX-License-Identifier: MIT
 *
 * A session as a host of the engine: how it comes to its context, what the
 * engine may ask of it, and when its tasks die.
 */

#include "ngx_stream_pdn.h"


static void ngx_stream_pdn_pause(ngx_pdn_host_t *host);
static ngx_resolver_t *ngx_stream_pdn_resolver(ngx_pdn_host_t *host,
                                               ngx_msec_t *timeout);
static void ngx_stream_pdn_like(ngx_pdn_host_t *host, ngx_pdn_like_t *like);
static ngx_connection_t *ngx_stream_pdn_connection(ngx_pdn_host_t *host);
static void ngx_stream_pdn_release(void *data);
static ngx_int_t ngx_stream_pdn_exit(lua_State *L, ngx_pdn_host_t *host,
                                     ngx_int_t rc);
static double ngx_stream_pdn_start_time(ngx_pdn_host_t *host);
static ngx_int_t ngx_stream_pdn_status(ngx_pdn_host_t *host);
static void ngx_stream_pdn_set_status(ngx_pdn_host_t *host, ngx_int_t status);
static ngx_flag_t ngx_stream_pdn_watches(ngx_pdn_host_t *host);


/* clang-format off */

const ngx_pdn_client_ops_t  ngx_stream_pdn_client_ops = {
    .can_print = ngx_stream_pdn_can_print,
    .print = ngx_stream_pdn_print,
    .eof = ngx_stream_pdn_eof,
    .flush = ngx_stream_pdn_flush,
    .flush_more = ngx_stream_pdn_flush_more,
    .flush_end = ngx_stream_pdn_flush_end,
    .exit = ngx_stream_pdn_exit,
    .socket = ngx_stream_pdn_socket,
    .start_time = ngx_stream_pdn_start_time,
    .status = ngx_stream_pdn_status,
    .set_status = ngx_stream_pdn_set_status,
    .variables = &ngx_stream_pdn_variable_ops,
    .watches = ngx_stream_pdn_watches,
    .peer = ngx_stream_pdn_peer,
};

const ngx_pdn_host_ops_t  ngx_stream_pdn_host_ops = {
    .name = "stream",
    .finish = ngx_stream_pdn_finish,
    .resolver = ngx_stream_pdn_resolver,
    .pause = ngx_stream_pdn_pause,
    .like = ngx_stream_pdn_like,
    .connection = ngx_stream_pdn_connection,
    .client = &ngx_stream_pdn_client_ops,
};

/* clang-format on */


ngx_stream_pdn_ctx_t *
ngx_stream_pdn_ctx(ngx_stream_session_t *s)
{
    return ngx_stream_get_module_ctx(s, ngx_stream_pandan_module);
}


ngx_stream_pdn_ctx_t *
ngx_stream_pdn_ctx_get(ngx_stream_session_t *s)
{
    ngx_pool_t *pool;
    ngx_pdn_vm_t *vm;
    ngx_pool_cleanup_t *cln;
    ngx_stream_pdn_ctx_t *ctx;
    ngx_stream_pdn_srv_conf_t *pscf;
    ngx_stream_pdn_main_conf_t *pmcf;

    ctx = ngx_stream_pdn_ctx(s);
    if (ctx != NULL) {
        return ctx;
    }

    pool = s->connection->pool;
    pmcf = ngx_stream_get_module_main_conf(s, ngx_stream_pandan_module);
    pscf = ngx_stream_get_module_srv_conf(s, ngx_stream_pandan_module);

    ctx = ngx_pcalloc(pool, sizeof(ngx_stream_pdn_ctx_t));
    cln = ngx_pool_cleanup_add(pool, 0);

    vm = ctx != NULL && cln != NULL ? ngx_pdn_main_vm(
             &pmcf->main, !pscf->place.code_cache, s->connection->log)
                                    : NULL;

    if (vm == NULL) {
        return NULL;
    }

    ngx_pdn_host_init(&ctx->host, &ngx_stream_pdn_host_ops, vm, pool,
                      s->connection->log);

    if (!pscf->place.code_cache) {
        /* The host keeps it alive from here on. */
        ngx_pdn_vm_pass(vm);
    }

    ctx->host.data = s;
    ctx->host.subsystem = NGX_PDN_OF_STREAM;
    ctx->host.socket_conf = &pscf->place.socket;
    ctx->session = s;
    ctx->socket = LUA_NOREF;

    ngx_pdn_output_init(&ctx->output,
                        (ngx_buf_tag_t) &ngx_stream_pandan_module);

    cln->handler = ngx_stream_pdn_release;
    cln->data = ctx;

    ngx_stream_set_ctx(s, ctx, ngx_stream_pandan_module);

    return ctx;
}


static void
ngx_stream_pdn_release(void *data)
{
    ngx_stream_pdn_ctx_t *ctx = data;

    ngx_pdn_host_stop(&ctx->host);
    ngx_pdn_abort_forget(&ctx->host);
    luaL_unref(ctx->host.vm->L, LUA_REGISTRYINDEX, ctx->socket);
    ngx_stream_pdn_udp_release(ctx);
    ngx_pdn_host_release(&ctx->host);
}


static ngx_resolver_t *
ngx_stream_pdn_resolver(ngx_pdn_host_t *host, ngx_msec_t *timeout)
{
    ngx_stream_core_srv_conf_t *cscf;

    cscf = ngx_stream_get_module_srv_conf((ngx_stream_session_t *) host->data,
                                          ngx_stream_core_module);
    *timeout = cscf->resolver_timeout;

    return ngx_pdn_place_resolver(cscf->resolver);
}


static void
ngx_stream_pdn_like(ngx_pdn_host_t *host, ngx_pdn_like_t *like)
{
    ngx_stream_session_t *s = host->data;
    ngx_stream_core_srv_conf_t *cscf;

    cscf = ngx_stream_get_module_srv_conf(s, ngx_stream_core_module);

    like->log = cscf->error_log;
    like->socket_conf = host->socket_conf;
    like->resolver = ngx_stream_pdn_resolver(host, &like->resolver_timeout);
    like->subsystem = NGX_PDN_OF_STREAM;
    like->client = s->connection->addr_text;
    like->server = s->connection->listening->addr_text;
}


static ngx_connection_t *
ngx_stream_pdn_connection(ngx_pdn_host_t *host)
{
    return ((ngx_stream_session_t *) host->data)->connection;
}


/* All of the session's tasks wait: the client gets what was printed. */
static void
ngx_stream_pdn_pause(ngx_pdn_host_t *host)
{
    (void) ngx_stream_pdn_send((ngx_stream_pdn_ctx_t *) host);
}


static ngx_int_t
ngx_stream_pdn_exit(lua_State *L, ngx_pdn_host_t *host, ngx_int_t rc)
{
    (void) L;
    (void) host;

    return rc;
}


static double
ngx_stream_pdn_start_time(ngx_pdn_host_t *host)
{
    ngx_stream_session_t *s = host->data;

    return s->start_sec + s->start_msec / 1000.0;
}


static ngx_int_t
ngx_stream_pdn_status(ngx_pdn_host_t *host)
{
    return ((ngx_stream_session_t *) host->data)->status;
}


/* nginx sets it once more when the session ends: this is for the meantime. */
static void
ngx_stream_pdn_set_status(ngx_pdn_host_t *host, ngx_int_t status)
{
    ((ngx_stream_session_t *) host->data)->status = status;
}


static ngx_flag_t
ngx_stream_pdn_watches(ngx_pdn_host_t *host)
{
    ngx_stream_pdn_srv_conf_t *pscf;

    pscf = ngx_stream_get_module_srv_conf((ngx_stream_session_t *) host->data,
                                          ngx_stream_pandan_module);

    return pscf->place.check_client_abort;
}
