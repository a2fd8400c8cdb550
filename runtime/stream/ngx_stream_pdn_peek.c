/*
 * SPDX-License-Identifier: MIT
 *
 * sock:peek() of preread code: what the client has sent, without taking it.
 * It lies in nginx's own preread buffer, where later handlers find it.
 */

#include "ngx_stream_pdn.h"
#include "ngx_pdn_tcp.h"


struct ngx_stream_pdn_peek_s {
    ngx_pdn_wait_t wait;
    ngx_stream_pdn_ctx_t *ctx;
    size_t size;
};


static ngx_int_t ngx_stream_pdn_peek_more(ngx_stream_pdn_ctx_t *ctx,
                                          size_t size);
static ngx_int_t ngx_stream_pdn_peek_fill(ngx_connection_t *c, size_t size);
static int ngx_stream_pdn_peek_results(lua_State *L, ngx_stream_pdn_ctx_t *ctx,
                                       size_t size);
static int ngx_stream_pdn_peek_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_stream_pdn_peek_cancel(ngx_pdn_wait_t *wait);


/* sock:peek(size) -> data | nil, err  [-0, +1|2, e] */
int
ngx_stream_pdn_sock_peek(lua_State *L)
{
    size_t size;
    lua_Number n;
    ngx_int_t rc;
    ngx_pdn_tcp_t *u;
    ngx_connection_t *c;
    ngx_stream_pdn_ctx_t *ctx;
    ngx_stream_pdn_peek_t *peek;
    ngx_stream_core_srv_conf_t *cscf;

    u = ngx_pdn_tcp_check(L);
    ctx = (ngx_stream_pdn_ctx_t *) ngx_pdn_check(L, NGX_PDN_PREREAD);
    ngx_pdn_tcp_check_host(L, u);

    n = luaL_checknumber(L, 2);

    if (!(n >= 0 && n < (lua_Number) NGX_MAX_SIZE_T_VALUE / 4)) {
        return luaL_argerror(L, 2, "bad size argument");
    }

    size = (size_t) n;

    if (ctx->consumed) {
        return luaL_error(L, "attempt to peek on a consumed socket");
    }

    if (ctx->peek != NULL || ngx_pdn_tcp_busy_text(u, NGX_PDN_TCP_READING)) {
        return ngx_pdn_client_result(L, NGX_ERROR, "socket busy reading");
    }

    rc = ngx_stream_pdn_peek_more(ctx, size);

    if (rc == NGX_OK) {
        return ngx_stream_pdn_peek_results(L, ctx, size);
    }

    if (rc != NGX_AGAIN) {
        return ngx_pdn_leave(L, rc);
    }

    peek = ngx_palloc(ctx->host.pool, sizeof(ngx_stream_pdn_peek_t));

    if (peek == NULL) {
        return luaL_error(L, "no memory");
    }

    peek->ctx = ctx;
    peek->size = size;
    peek->wait.push = ngx_stream_pdn_peek_push;
    peek->wait.cancel = ngx_stream_pdn_peek_cancel;
    ctx->peek = peek;

    c = ctx->session->connection;
    cscf = ngx_stream_get_module_srv_conf(ctx->session, ngx_stream_core_module);
    ngx_add_timer(c->read, cscf->preread_timeout);

    return ngx_pdn_suspend(L, &peek->wait);
}


/*
 * NGX_OK when so many bytes are there, NGX_AGAIN, or the status that the
 * session is to end with.
 */
static ngx_int_t
ngx_stream_pdn_peek_more(ngx_stream_pdn_ctx_t *ctx, size_t size)
{
    ngx_int_t rc;
    ngx_connection_t *c;
    ngx_stream_core_srv_conf_t *cscf;

    c = ctx->session->connection;

    if (c->buffer == NULL) {
        cscf = ngx_stream_get_module_srv_conf(ctx->session,
                                              ngx_stream_core_module);
        c->buffer = ngx_create_temp_buf(c->pool, cscf->preread_buffer_size);

        if (c->buffer == NULL) {
            return NGX_STREAM_INTERNAL_SERVER_ERROR;
        }
    }

    rc = ngx_stream_pdn_peek_fill(c, size);

    if (rc == NGX_AGAIN && ngx_handle_read_event(c->read, 0) != NGX_OK) {
        return NGX_STREAM_INTERNAL_SERVER_ERROR;
    }

    return rc;
}


static ngx_int_t
ngx_stream_pdn_peek_fill(ngx_connection_t *c, size_t size)
{
    ssize_t n;
    ngx_buf_t *b;

    b = c->buffer;

    while ((size_t) (b->last - b->pos) < size) {

        if (b->last == b->end) {
            ngx_log_error(NGX_LOG_ERR, c->log, 0, "preread buffer full");
            return NGX_STREAM_BAD_REQUEST;
        }

        if (c->read->eof) {
            return NGX_STREAM_OK;
        }

        if (!c->read->ready) {
            return NGX_AGAIN;
        }

        n = c->recv(c, b->last, b->end - b->last);

        if (n == NGX_AGAIN) {
            return NGX_AGAIN;
        }

        if (n <= 0) {
            return NGX_STREAM_OK;
        }

        b->last += n;
    }

    return NGX_OK;
}


void
ngx_stream_pdn_peek_event(ngx_stream_pdn_ctx_t *ctx)
{
    ngx_int_t rc;
    ngx_stream_pdn_peek_t *peek;

    peek = ctx->peek;

    rc = ctx->session->connection->read->timedout
             ? NGX_STREAM_OK
             : ngx_stream_pdn_peek_more(ctx, peek->size);

    if (rc == NGX_OK) {
        ngx_pdn_wake(&peek->wait);

    } else if (rc != NGX_AGAIN) {
        ngx_stream_pdn_end(ctx, rc);
    }
}


static int
ngx_stream_pdn_peek_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_stream_pdn_peek_t *peek = (ngx_stream_pdn_peek_t *) wait;

    ngx_stream_pdn_peek_cancel(wait);

    return ngx_stream_pdn_peek_results(L, peek->ctx, peek->size);
}


static int
ngx_stream_pdn_peek_results(lua_State *L, ngx_stream_pdn_ctx_t *ctx,
                            size_t size)
{
    lua_pushlstring(L, (char *) ctx->session->connection->buffer->pos, size);

    return 1;
}


static void
ngx_stream_pdn_peek_cancel(ngx_pdn_wait_t *wait)
{
    ngx_event_t *rev;
    ngx_stream_pdn_ctx_t *ctx;

    ctx = ((ngx_stream_pdn_peek_t *) wait)->ctx;
    rev = ctx->session->connection->read;

    if (rev->timer_set) {
        ngx_del_timer(rev);
    }

    ctx->peek = NULL;
}
