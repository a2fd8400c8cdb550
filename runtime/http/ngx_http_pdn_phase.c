/*
 * SPDX-License-Identifier: MIT
 *
 * The request as a host, and the way of its Lua code through nginx's phases.
 * One entry runs them all; a row of the table says how they differ.
 */

#include "ngx_http_pdn_phase.h"
#include "ngx_http_pdn_api.h"
#include "ngx_pdn_background.h"


static ngx_int_t ngx_http_pdn_enter(ngx_http_request_t *r,
                                    ngx_http_pdn_slot_e slot);
static ngx_int_t ngx_http_pdn_no_chunk(ngx_int_t rc);
static ngx_int_t ngx_http_pdn_phase_end(ngx_http_pdn_ctx_t *ctx, ngx_int_t rc);
static void ngx_http_pdn_note_status(ngx_http_request_t *r, ngx_int_t rc);
static ngx_uint_t ngx_http_pdn_leaves_it(ngx_http_pdn_ctx_t *ctx, ngx_int_t rc);
static ngx_int_t ngx_http_pdn_answer(ngx_http_pdn_ctx_t *ctx, ngx_int_t rc);
static ngx_int_t ngx_http_pdn_redirect(ngx_http_pdn_ctx_t *ctx);
static ngx_int_t ngx_http_pdn_content_end(ngx_http_pdn_ctx_t *ctx,
                                          ngx_int_t rc);
static void ngx_http_pdn_finish(ngx_pdn_host_t *host, ngx_int_t rc);
static void ngx_http_pdn_pause(ngx_pdn_host_t *host);
static ngx_resolver_t *ngx_http_pdn_resolver(ngx_pdn_host_t *host,
                                             ngx_msec_t *timeout);
static void ngx_http_pdn_subject(ngx_pdn_host_t *host, ngx_str_t *uri,
                                 ngx_str_t *args);
static void ngx_http_pdn_like(ngx_pdn_host_t *host, ngx_pdn_like_t *like);
static void ngx_http_pdn_stop(void *data);
static void ngx_http_pdn_release(void *data);
static void ngx_http_pdn_body_read(ngx_http_request_t *r);


/* clang-format off */

const ngx_pdn_phase_t  ngx_http_pdn_phases[] = {
    { NGX_PDN_SERVER_REWRITE, "server_rewrite_by_lua*", "server_rewrite" },
    { NGX_PDN_REWRITE,        "rewrite_by_lua*",        "rewrite" },
    { NGX_PDN_ACCESS,         "access_by_lua*",         "access" },
    { NGX_PDN_CONTENT,        "content_by_lua*",        "content" },
    { NGX_PDN_HEADER_FILTER,  "header_filter_by_lua*",  "header_filter" },
    { NGX_PDN_BODY_FILTER,    "body_filter_by_lua*",    "body_filter" },
    { NGX_PDN_LOG,            "log_by_lua*",            "log" },
};

const ngx_pdn_phase_t  ngx_http_pdn_set_phase = {
    NGX_PDN_SET, "set_by_lua*", "set"
};

static const ngx_pdn_phase_t  ngx_http_pdn_init_phase = {
    NGX_PDN_INIT, "init_by_lua*", "init"
};

static const ngx_pdn_phase_t  ngx_http_pdn_init_worker_phase = {
    NGX_PDN_INIT_WORKER, "init_worker_by_lua*", "init_worker"
};

static const ngx_pdn_phase_t  ngx_http_pdn_exit_worker_phase = {
    NGX_PDN_EXIT_WORKER, "exit_worker_by_lua*", "exit_worker"
};

const ngx_pdn_host_ops_t  ngx_http_pdn_host_ops = {
    .name = "http",
    .finish = ngx_http_pdn_finish,
    .resolver = ngx_http_pdn_resolver,
    .pause = ngx_http_pdn_pause,
    .like = ngx_http_pdn_like,
    .subject = ngx_http_pdn_subject,
};

/* clang-format on */


/* The request as a host */

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
    ngx_pdn_vm_t *vm;
    ngx_http_cleanup_t *stop;
    ngx_pool_cleanup_t *release;
    ngx_http_pdn_ctx_t *ctx;
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

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);
    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pandan_module);
    vm = pmcf->core->vm;

    if (!plcf->code_cache) {
        vm = ngx_pdn_vm_create((ngx_cycle_t *) ngx_cycle, pmcf->core,
                               r->connection->log);
        if (vm == NULL) {
            return NULL;
        }

        if (pmcf->init != NULL
            && ngx_http_pdn_run_init((ngx_cycle_t *) ngx_cycle, vm, pmcf->init)
                   != NGX_OK)
        {
            ngx_pdn_vm_release(vm);
            return NULL;
        }
    }

    ngx_pdn_host_init(&ctx->host, &ngx_http_pdn_host_ops, vm, r->pool,
                      r->connection->log);

    if (!plcf->code_cache) {
        /* The host keeps it alive from here on. */
        ngx_pdn_vm_pass(vm);
    }

    ctx->host.data = r;
    ctx->host.socket_conf = &plcf->socket;
    ctx->request = r;
    ctx->last_out = &ctx->out;

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
    ngx_http_pdn_forget_abort(ctx);
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

    /* nginx gives a location without the directive a resolver of no names. */

    if (clcf->resolver == NULL || clcf->resolver->connections.nelts == 0) {
        return NULL;
    }

    return clcf->resolver;
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

    if (ctx->out != NULL && !ctx->holding) {
        (void) ngx_http_pdn_send(ctx, 0);
    }
}


/* Phases */

ngx_int_t
ngx_http_pdn_push_chunk(ngx_http_pdn_ctx_t *ctx, ngx_pdn_chunk_t *chunk)
{
    ngx_str_t path;
    ngx_http_request_t *r;
    ngx_http_pdn_loc_conf_t *plcf;

    if (chunk->script == NULL) {
        return ngx_pdn_chunk_push(chunk, ctx->host.vm, ctx->host.log);
    }

    r = ctx->request;

    if (ngx_http_complex_value(r, chunk->script, &path) != NGX_OK
        || ngx_get_full_name(r->pool, (ngx_str_t *) &ngx_cycle->prefix, &path)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);

    return ngx_pdn_chunk_push_file(&path, ctx->host.vm, plcf->code_cache,
                                   ctx->host.log);
}


/* The status to answer with when ngx_http_pdn_push_chunk() did not. */
static ngx_int_t
ngx_http_pdn_no_chunk(ngx_int_t rc)
{
    switch (rc) {

    case NGX_DECLINED:
        return NGX_HTTP_NOT_FOUND;

    case NGX_ABORT:
        return NGX_HTTP_SERVICE_UNAVAILABLE;

    default:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


/*
 * Runs the location's code of a phase, or tells what became of it when nginx
 * asks again after it had been suspended.
 */
static ngx_int_t
ngx_http_pdn_enter(ngx_http_request_t *r, ngx_http_pdn_slot_e slot)
{
    ngx_int_t rc;
    ngx_pdn_chunk_t *chunk;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_loc_conf_t *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);
    chunk = plcf->chunks[slot];

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua %s handler, uri:\"%V\" c:%ud",
                   ngx_http_pdn_phases[slot].name, &r->uri, r->main->count);

    /* rewrite rules before us chose another location: its code runs */

    if (chunk == NULL || r->uri_changed) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_pdn_ctx_get(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->entered & 1 << slot) {

        if (ctx->host.running || ctx->reading_body) {
            return NGX_DONE;
        }

        rc = ctx->result;
        ctx->result = NGX_DECLINED;

        return rc == NGX_DECLINED ? NGX_DECLINED
                                  : ngx_http_pdn_phase_end(ctx, rc);
    }

    if (plcf->need_request_body && !ctx->body_ready) {
        rc = ngx_http_pdn_need_body(ctx, slot);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    ctx->entered |= 1 << slot;
    ctx->host.socket_conf = &plcf->socket;

    rc = ngx_http_pdn_push_chunk(ctx, chunk);

    if (rc != NGX_OK) {
        return ngx_http_pdn_no_chunk(rc);
    }

    ngx_http_pdn_watch_client(ctx);

    rc = ngx_pdn_run(&ctx->host, &ngx_http_pdn_phases[slot], 0);

    if (rc == NGX_AGAIN) {
        ctx->slot = slot;
        ctx->result = NGX_DECLINED;

        if (r->write_event_handler == ngx_http_core_run_phases) {
            /* not that of an operation that waits to write */
            r->write_event_handler = ngx_http_request_empty_handler;
        }

        return NGX_DONE;
    }

    ctx->slot = slot;

    return ngx_http_pdn_phase_end(ctx, rc);
}


/* lua_need_request_body: NGX_OK when the body is there already. */
ngx_int_t
ngx_http_pdn_need_body(ngx_http_pdn_ctx_t *ctx, ngx_http_pdn_slot_e slot)
{
    ngx_int_t rc;
    ngx_http_request_t *r;

    r = ctx->request;
    ctx->reading_body = 1;
    ctx->slot = slot;

    rc = ngx_http_read_client_request_body(r, ngx_http_pdn_body_read);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        ctx->reading_body = 0;
        return rc;
    }

    /* The reader took a reference of its own, ours stays. */

    r->main->count--;

    if (rc == NGX_AGAIN) {
        ctx->body_suspended = 1;

        if (slot == NGX_HTTP_PDN_CONTENT) {
            r->main->count++;
        }

        return NGX_DONE;
    }

    return rc == NGX_OK ? NGX_OK : rc;
}


static void
ngx_http_pdn_body_read(ngx_http_request_t *r)
{
    ngx_http_pdn_ctx_t *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_pandan_module);

    ctx->reading_body = 0;
    ctx->body_ready = 1;

    if (!ctx->body_suspended) {
        return;
    }

    ctx->body_suspended = 0;

    if (ctx->slot == NGX_HTTP_PDN_CONTENT) {
        ngx_http_finalize_request(r, ngx_http_pdn_content_handler(r));
        return;
    }

    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


/* What the end of rewrite or access code means to nginx's phase engine. */
static ngx_int_t
ngx_http_pdn_phase_end(ngx_http_pdn_ctx_t *ctx, ngx_int_t rc)
{
    ngx_http_request_t *r;

    r = ctx->request;

    if (rc == NGX_ERROR && ctx->host.failed) {
        return r->header_sent ? NGX_ERROR : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_OK || rc == NGX_DECLINED) {

        if (ctx->out != NULL || r->header_sent || ctx->eof) {
            return ngx_http_pdn_answer(ctx, NGX_HTTP_OK);
        }

        if (ctx->slot == NGX_HTTP_PDN_ACCESS) {
            return rc;
        }

        return NGX_DECLINED;
    }

    if (rc == NGX_DONE) {
        rc = ngx_http_pdn_redirect(ctx);

        if (rc == NGX_DONE) {
            /* nginx took a reference for the redirect; ours ends here. */
            ngx_http_finalize_request(r, NGX_DONE);
        }

        return rc;
    }

    if (rc >= NGX_HTTP_OK) {
        return ngx_http_pdn_answer(ctx, rc);
    }

    return rc;
}


/* An error page that is Lua code answers with it, unless it says otherwise. */
static void
ngx_http_pdn_note_status(ngx_http_request_t *r, ngx_int_t rc)
{
    if (rc >= NGX_HTTP_OK && !r->header_sent && r->headers_out.status == 0) {
        r->headers_out.status = rc;
    }
}


/* Is it nginx that answers: by an error page, or by hanging up? */
static ngx_uint_t
ngx_http_pdn_leaves_it(ngx_http_pdn_ctx_t *ctx, ngx_int_t rc)
{
    switch (rc) {

    case NGX_HTTP_CLOSE:
    case NGX_HTTP_REQUEST_TIME_OUT:
    case NGX_HTTP_CLIENT_CLOSED_REQUEST:
        return 1;

    default:
        return rc >= NGX_HTTP_SPECIAL_RESPONSE && ctx->out == NULL
               && !ctx->request->header_sent;
    }
}


/*
 * The response ends here, before nginx's content phase.  Below 300 it is ours
 * to send; the rest is nginx's (error pages).
 */
static ngx_int_t
ngx_http_pdn_answer(ngx_http_pdn_ctx_t *ctx, ngx_int_t rc)
{
    ngx_http_request_t *r;

    r = ctx->request;

    ngx_http_pdn_note_status(r, rc);

    if (ngx_http_pdn_leaves_it(ctx, rc)) {
        return rc;
    }

    if (ngx_http_pdn_send(ctx, 1) == NGX_ERROR) {
        return NGX_ERROR;
    }

    return NGX_HTTP_OK;
}


/* ngx.exec(), or ngx.req.set_uri(uri, true) in rewrite code. */
static ngx_int_t
ngx_http_pdn_redirect(ngx_http_pdn_ctx_t *ctx)
{
    ngx_str_t uri;
    ngx_http_request_t *r;

    r = ctx->request;

    if (ctx->jumping) {
        /* r->uri_changed makes nginx search the location again. */
        ctx->jumping = 0;
        ctx->entered = 0;
        ngx_pdn_ctx_drop(&ctx->host);
        return NGX_DECLINED;
    }

    uri = ctx->exec_uri;
    ngx_str_null(&ctx->exec_uri);

    if (uri.len == 0) {
        return NGX_OK;
    }

    r->write_event_handler = ngx_http_request_empty_handler;

    if (uri.data[0] == '@') {
        (void) ngx_http_named_location(r, &uri);

    } else {
        (void) ngx_http_internal_redirect(r, &uri, &ctx->exec_args);
    }

    return NGX_DONE;
}


ngx_int_t
ngx_http_pdn_server_rewrite_handler(ngx_http_request_t *r)
{
    return ngx_http_pdn_enter(r, NGX_HTTP_PDN_SERVER_REWRITE);
}


ngx_int_t
ngx_http_pdn_rewrite_handler(ngx_http_request_t *r)
{
    return ngx_http_pdn_enter(r, NGX_HTTP_PDN_REWRITE);
}


ngx_int_t
ngx_http_pdn_access_handler(ngx_http_request_t *r)
{
    return ngx_http_pdn_enter(r, NGX_HTTP_PDN_ACCESS);
}


ngx_int_t
ngx_http_pdn_content_handler(ngx_http_request_t *r)
{
    ngx_int_t rc;
    ngx_pdn_chunk_t *chunk;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_loc_conf_t *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);
    chunk = plcf->chunks[NGX_HTTP_PDN_CONTENT];

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua content handler, uri:\"%V\" c:%ud", &r->uri,
                   r->main->count);

    ctx = ngx_http_pdn_ctx_get(r);

    if (chunk == NULL || ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (plcf->need_request_body && !ctx->body_ready) {
        rc = ngx_http_pdn_need_body(ctx, NGX_HTTP_PDN_CONTENT);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    ctx->entered |= 1 << NGX_HTTP_PDN_CONTENT;
    ctx->slot = NGX_HTTP_PDN_CONTENT;
    ctx->host.socket_conf = &plcf->socket;

    rc = ngx_http_pdn_push_chunk(ctx, chunk);

    if (rc != NGX_OK) {
        return ngx_http_pdn_no_chunk(rc);
    }

    ngx_http_pdn_watch_client(ctx);

    rc = ngx_pdn_run(&ctx->host, &ngx_http_pdn_phases[NGX_HTTP_PDN_CONTENT], 0);

    if (rc == NGX_AGAIN) {
        r->main->count++;
        return NGX_DONE;
    }

    return ngx_http_pdn_content_end(ctx, rc);
}


static ngx_int_t
ngx_http_pdn_content_end(ngx_http_pdn_ctx_t *ctx, ngx_int_t rc)
{
    ngx_http_request_t *r;

    r = ctx->request;

    if (rc == NGX_ERROR && ctx->host.failed) {
        return r->header_sent ? NGX_ERROR : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_DONE) {
        rc = ngx_http_pdn_redirect(ctx);

        if (rc == NGX_DONE) {
            return NGX_DONE;
        }
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    ngx_http_pdn_note_status(r, rc);

    if (ngx_http_pdn_leaves_it(ctx, rc)) {
        return rc;
    }

    return ngx_http_pdn_send(ctx, 1);
}


/* A run that had been suspended has ended. */
static void
ngx_http_pdn_finish(ngx_pdn_host_t *host, ngx_int_t rc)
{
    ngx_connection_t *c;
    ngx_http_request_t *r;
    ngx_http_pdn_ctx_t *ctx = (ngx_http_pdn_ctx_t *) host;

    r = ctx->request;
    c = r->connection;

    if (ctx->slot == NGX_HTTP_PDN_CONTENT) {
        ngx_http_finalize_request(r, ngx_http_pdn_content_end(ctx, rc));

    } else {
        ctx->result = rc;
        r->write_event_handler = ngx_http_core_run_phases;
        ngx_http_core_run_phases(r);
    }

    ngx_http_run_posted_requests(c);
}


ngx_int_t
ngx_http_pdn_log_handler(ngx_http_request_t *r)
{
    ngx_pdn_chunk_t *chunk;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_loc_conf_t *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);
    chunk = plcf->chunks[NGX_HTTP_PDN_LOG];

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua log handler, uri:\"%V\" c:%ud", &r->uri,
                   r->main->count);

    if (chunk == NULL) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_pdn_ctx_get(r);

    if (ctx == NULL || ngx_http_pdn_push_chunk(ctx, chunk) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->entered |= 1 << NGX_HTTP_PDN_LOG;

    return ngx_pdn_call(&ctx->host, &ngx_http_pdn_phases[NGX_HTTP_PDN_LOG], 0,
                        0);
}


/* Code without a request */

static const ngx_pdn_host_ops_t ngx_http_pdn_no_ops = { .name = "worker" };


ngx_int_t
ngx_http_pdn_run_init(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm,
                      ngx_pdn_chunk_t *chunk)
{
    ngx_int_t rc;
    ngx_pdn_host_t host;

    if (ngx_pdn_chunk_push(chunk, vm, cycle->log) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_pdn_host_init(&host, &ngx_http_pdn_no_ops, vm, cycle->pool, cycle->log);

    rc = ngx_pdn_call(&host, &ngx_http_pdn_init_phase, 0, 0);

    ngx_pdn_host_release(&host);

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0,
                      "init_by_lua error: see above");
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_http_pdn_run_worker(ngx_cycle_t *cycle, ngx_http_pdn_main_conf_t *pmcf,
                        ngx_http_conf_ctx_t *ctx, ngx_uint_t starting)
{
    ngx_pdn_host_t *host;
    ngx_pdn_chunk_t *chunk;
    ngx_pdn_like_t like;
    ngx_http_pdn_loc_conf_t *plcf;
    ngx_http_core_loc_conf_t *clcf;

    chunk = starting ? pmcf->init_worker : pmcf->exit_worker;

    plcf = ctx->loc_conf[ngx_http_pandan_module.ctx_index];
    clcf = ctx->loc_conf[ngx_http_core_module.ctx_index];

    ngx_memzero(&like, sizeof(ngx_pdn_like_t));

    like.log = cycle->log;
    like.socket_conf = &plcf->socket;
    like.resolver_timeout = clcf->resolver_timeout;
    like.resolver = clcf->resolver && clcf->resolver->connections.nelts
                        ? clcf->resolver
                        : NULL;

    host = ngx_pdn_background_create(pmcf->core->vm, &like, NULL, NULL);
    if (host == NULL) {
        return;
    }

    if (ngx_pdn_chunk_push(chunk, host->vm, cycle->log) == NGX_OK) {
        (void) ngx_pdn_call(host,
                            starting ? &ngx_http_pdn_init_worker_phase
                                     : &ngx_http_pdn_exit_worker_phase,
                            0, 0);
    }

    ngx_pdn_background_free(host);
}
