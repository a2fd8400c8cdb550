/*
 * SPDX-License-Identifier: MIT
 *
 * The way of a request's Lua code through nginx's phases.  One entry runs them
 * all; a row of the table says how they differ.
 */

#include "ngx_http_pdn_phase.h"
#include "ngx_http_pdn_api.h"


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

/* clang-format on */


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

    return ngx_pdn_chunk_push_file(&path, ctx->host.vm, plcf->place.code_cache,
                                   NULL, ctx->host.log);
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
    ctx->host.socket_conf = &plcf->place.socket;

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


/*
 * Did the code leave subrequests behind, or fail?  `rc` becomes what nginx
 * hears of it.
 */
static ngx_uint_t
ngx_http_pdn_ended_badly(ngx_http_pdn_ctx_t *ctx, ngx_int_t *rc)
{
    if (ctx->captures > 0) {
        /* Only the end of the connection ends its subrequests too. */
        *rc = ngx_http_pdn_hangs_up(*rc) ? *rc : NGX_ERROR;
        return 1;
    }

    if (*rc == NGX_ERROR && ctx->host.failed) {
        *rc = ctx->request->header_sent ? NGX_ERROR
                                        : NGX_HTTP_INTERNAL_SERVER_ERROR;
        return 1;
    }

    return 0;
}


/* What the end of rewrite or access code means to nginx's phase engine. */
static ngx_int_t
ngx_http_pdn_phase_end(ngx_http_pdn_ctx_t *ctx, ngx_int_t rc)
{
    ngx_http_request_t *r;

    r = ctx->request;

    if (ngx_http_pdn_ended_badly(ctx, &rc)) {
        return rc;
    }

    if (rc == NGX_OK || rc == NGX_DECLINED) {

        if (ctx->output.chain != NULL || r->header_sent || ctx->eof) {
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
    return ngx_http_pdn_hangs_up(rc)
           || (rc >= NGX_HTTP_SPECIAL_RESPONSE && ctx->output.chain == NULL
               && !ctx->request->header_sent);
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
    ctx->host.socket_conf = &plcf->place.socket;

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

    if (ngx_http_pdn_ended_badly(ctx, &rc)) {
        return rc;
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


void
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
