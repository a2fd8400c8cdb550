/*
 * SPDX-License-Identifier: MIT
 *
 * The way of a session's Lua code through nginx's phases: what is run, and
 * what the end of it means.
 */

#include "ngx_stream_pdn.h"


/* No end of a run: there has been none yet. */
#define NGX_STREAM_PDN_CONTENT_BEGIN (-1000)


static ngx_int_t ngx_stream_pdn_run(ngx_stream_pdn_ctx_t *ctx,
                                    ngx_stream_pdn_slot_e slot);
static ngx_int_t ngx_stream_pdn_push(ngx_stream_pdn_ctx_t *ctx,
                                     ngx_pdn_chunk_t *chunk);
static ngx_int_t ngx_stream_pdn_preread_end(ngx_stream_pdn_ctx_t *ctx,
                                            ngx_int_t rc);
static void ngx_stream_pdn_content(ngx_stream_pdn_ctx_t *ctx, ngx_int_t rc);
static ngx_uint_t ngx_stream_pdn_status_of(ngx_int_t rc);


/* clang-format off */

static const ngx_pdn_phase_t  ngx_stream_pdn_phases[] = {
    { NGX_PDN_PREREAD, "preread_by_lua*", "preread" },
    { NGX_PDN_CONTENT, "content_by_lua*", "content" },
    { NGX_PDN_LOG,     "log_by_lua*",     "log" },
};

/* clang-format on */


/* What ngx_pdn_run() answers; NGX_ERROR also if there is nothing to run. */
static ngx_int_t
ngx_stream_pdn_run(ngx_stream_pdn_ctx_t *ctx, ngx_stream_pdn_slot_e slot)
{
    ngx_int_t rc;
    ngx_stream_pdn_srv_conf_t *pscf;

    pscf = ngx_stream_get_module_srv_conf(ctx->session,
                                          ngx_stream_pandan_module);

    ctx->entered |= 1 << slot;
    ctx->slot = slot;

    if (ngx_stream_pdn_push(ctx, pscf->chunks[slot]) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_pdn_run(&ctx->host, &ngx_stream_pdn_phases[slot], 0);

    if (rc == NGX_AGAIN) {
        ngx_stream_pdn_take_events(ctx);
    }

    return rc;
}


/* The chunk's function for this session, whose path may hold variables. */
static ngx_int_t
ngx_stream_pdn_push(ngx_stream_pdn_ctx_t *ctx, ngx_pdn_chunk_t *chunk)
{
    ngx_str_t path;
    ngx_stream_pdn_srv_conf_t *pscf;

    if (chunk->script == NULL) {
        return ngx_pdn_chunk_push(chunk, ctx->host.vm, ctx->host.log);
    }

    if (ngx_stream_complex_value(ctx->session, chunk->script, &path) != NGX_OK
        || ngx_get_full_name(ctx->host.pool, (ngx_str_t *) &ngx_cycle->prefix,
                             &path)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    pscf = ngx_stream_get_module_srv_conf(ctx->session,
                                          ngx_stream_pandan_module);

    return ngx_pdn_chunk_push_file(&path, ctx->host.vm, pscf->place.code_cache,
                                   NULL, ctx->host.log);
}


/*
 * Runs the server's code, or tells what became of it when nginx asks again
 * after it had been suspended.
 */
ngx_int_t
ngx_stream_pdn_preread_handler(ngx_stream_session_t *s)
{
    ngx_int_t rc;
    ngx_stream_pdn_ctx_t *ctx;
    ngx_stream_pdn_srv_conf_t *pscf;

    pscf = ngx_stream_get_module_srv_conf(s, ngx_stream_pandan_module);

    if (pscf->chunks[NGX_STREAM_PDN_PREREAD] == NULL) {
        return NGX_DECLINED;
    }

    ctx = ngx_stream_pdn_ctx_get(s);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    rc = ctx->entered & 1 << NGX_STREAM_PDN_PREREAD
             ? ctx->result
             : ngx_stream_pdn_run(ctx, NGX_STREAM_PDN_PREREAD);

    if (rc == NGX_AGAIN) {
        ctx->result = NGX_AGAIN;
        return NGX_DONE;
    }

    return ngx_stream_pdn_preread_end(ctx, rc);
}


/* Other handlers of the phase run in any case, and then the content's. */
static ngx_int_t
ngx_stream_pdn_preread_end(ngx_stream_pdn_ctx_t *ctx, ngx_int_t rc)
{
    if (rc == NGX_OK || rc == NGX_DECLINED) {

        if (ngx_stream_pdn_send(ctx) == NGX_ERROR
            || ngx_stream_pdn_put_back(ctx) != NGX_OK)
        {
            return NGX_ERROR;
        }

        return NGX_DECLINED;
    }

    ctx->status = ngx_stream_pdn_status_of(rc);

    return ngx_stream_pdn_drain(ctx) == NGX_AGAIN ? NGX_DONE
                                                  : (ngx_int_t) ctx->status;
}


void
ngx_stream_pdn_content_handler(ngx_stream_session_t *s)
{
    ngx_stream_pdn_ctx_t *ctx;

    ctx = ngx_stream_pdn_ctx_get(s);

    if (ctx == NULL) {
        ngx_stream_finalize_session(s, NGX_STREAM_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_stream_pdn_content(ctx, NGX_STREAM_PDN_CONTENT_BEGIN);
}


/*
 * Begins the code, or goes on at its end with `rc`.  Datagrams of the same
 * client that came meanwhile have it run again.
 */
static void
ngx_stream_pdn_content(ngx_stream_pdn_ctx_t *ctx, ngx_int_t rc)
{
    do {
        if (rc == NGX_STREAM_PDN_CONTENT_BEGIN) {
            rc = ngx_stream_pdn_run(ctx, NGX_STREAM_PDN_CONTENT);
        }

        if (rc == NGX_AGAIN) {
            return;
        }

        ctx->status = ngx_stream_pdn_status_of(rc);

        if (ngx_stream_pdn_drain(ctx) == NGX_AGAIN) {
            return;
        }

        rc = NGX_STREAM_PDN_CONTENT_BEGIN;

    } while (ngx_stream_pdn_udp_next(ctx) == NGX_OK);

    ngx_stream_pdn_end(ctx, ctx->status);
}


static ngx_uint_t
ngx_stream_pdn_status_of(ngx_int_t rc)
{
    if (rc > NGX_OK) {
        return rc;
    }

    return rc == NGX_OK || rc == NGX_DECLINED
               ? NGX_STREAM_OK
               : NGX_STREAM_INTERNAL_SERVER_ERROR;
}


void
ngx_stream_pdn_finish(ngx_pdn_host_t *host, ngx_int_t rc)
{
    ngx_connection_t *c;
    ngx_stream_pdn_ctx_t *ctx = (ngx_stream_pdn_ctx_t *) host;

    if (ctx->slot == NGX_STREAM_PDN_CONTENT) {
        ngx_stream_pdn_content(ctx, rc);
        return;
    }

    /* nginx takes a timer, or one that ran out, for its own. */

    c = ctx->session->connection;
    c->read->timedout = 0;
    c->read->handler = ngx_stream_session_handler;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    ctx->result = rc;
    ngx_stream_core_run_phases(ctx->session);
}


void
ngx_stream_pdn_end(ngx_stream_pdn_ctx_t *ctx, ngx_uint_t status)
{
    ngx_log_debug1(NGX_LOG_DEBUG_STREAM, ctx->host.log, 0,
                   "lua finalize stream request: %ui", status);

    /* Before the log phase, which has nothing that waits. */

    ngx_pdn_host_stop(&ctx->host);
    ngx_stream_finalize_session(ctx->session, status);
}


ngx_int_t
ngx_stream_pdn_log_handler(ngx_stream_session_t *s)
{
    ngx_pdn_chunk_t *chunk;
    ngx_stream_pdn_ctx_t *ctx;
    ngx_stream_pdn_srv_conf_t *pscf;

    ctx = ngx_stream_pdn_ctx(s);

    if (ctx != NULL) {
        ngx_pdn_host_stop(&ctx->host);

        if (ctx->refused != 0) {
            /* nginx knows of no other failure to choose a peer than 500 */
            s->status = ctx->refused;
        }
    }

    pscf = ngx_stream_get_module_srv_conf(s, ngx_stream_pandan_module);
    chunk = pscf->chunks[NGX_STREAM_PDN_LOG];

    if (chunk == NULL) {
        return NGX_OK;
    }

    ctx = ngx_stream_pdn_ctx_get(s);

    if (ctx == NULL || ngx_stream_pdn_push(ctx, chunk) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_pdn_call(&ctx->host, &ngx_stream_pdn_phases[NGX_STREAM_PDN_LOG],
                        0, 0);
}
