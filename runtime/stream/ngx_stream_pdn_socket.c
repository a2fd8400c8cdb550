/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.req.socket(): the client's connection lent to a cosocket.  It is always
 * the whole connection, in both directions, and may be printed to as well.
 */

#include "ngx_stream_pdn.h"
#include "ngx_pdn_tcp.h"


typedef struct {
    ngx_pdn_tcp_owner_t owner;
    ngx_stream_pdn_ctx_t *ctx;
} ngx_stream_pdn_lender_t;


static ssize_t ngx_stream_pdn_lent_recv(ngx_pdn_tcp_owner_t *owner, u_char *buf,
                                        size_t size);
static void ngx_stream_pdn_lent_reading(ngx_pdn_tcp_owner_t *owner,
                                        ngx_pdn_tcp_t *u);
static void ngx_stream_pdn_lent_writing(ngx_pdn_tcp_owner_t *owner,
                                        ngx_pdn_tcp_t *u);
static ngx_int_t ngx_stream_pdn_lent_clear(ngx_pdn_tcp_owner_t *owner);
static void ngx_stream_pdn_lent_ended(ngx_pdn_tcp_owner_t *owner);


static const luaL_Reg ngx_stream_pdn_socket_methods[] = {
    { "peek", ngx_stream_pdn_sock_peek },
    { "shutdown", ngx_pdn_tcp_shutdown },
    { NULL, NULL }
};


void
ngx_stream_pdn_socket_open(lua_State *L)
{
    ngx_pdn_tcp_lent_class(L, ngx_stream_pdn_socket_methods);
}


int
ngx_stream_pdn_socket(lua_State *L, ngx_pdn_host_t *host)
{
    int raw;
    ngx_connection_t *c;
    ngx_stream_pdn_ctx_t *ctx = (ngx_stream_pdn_ctx_t *) host;
    ngx_stream_pdn_lender_t *lender;

    raw = lua_toboolean(L, 1);
    c = ctx->session->connection;

    if (c->type == SOCK_DGRAM) {
        return ngx_stream_pdn_udp_socket(L, ctx);
    }

    if (ctx->socket != LUA_NOREF) {

        if (raw && ctx->raw) {
            return ngx_pdn_client_result(L, NGX_ERROR, "duplicate call");
        }

        ctx->raw |= raw;
        lua_rawgeti(L, LUA_REGISTRYINDEX, ctx->socket);

        return 1;
    }

    lender = ngx_pcalloc(host->pool, sizeof(ngx_stream_pdn_lender_t));

    if (lender == NULL) {
        return luaL_error(L, "no memory");
    }

    lender->owner.recv = ngx_stream_pdn_lent_recv;
    lender->owner.reading = ngx_stream_pdn_lent_reading;
    lender->owner.writing = ngx_stream_pdn_lent_writing;
    lender->owner.clear = ngx_stream_pdn_lent_clear;
    lender->owner.ended = ngx_stream_pdn_lent_ended;
    lender->owner.methods = ngx_stream_pdn_socket_methods;
    lender->ctx = ctx;

    if (c->ssl != NULL) {
        /* the rest of a message that had to wait lies elsewhere then */
        SSL_set_mode(c->ssl->connection, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }

    ctx->raw = raw;
    ctx->lent = ngx_pdn_tcp_push_lent(L, host, c, &lender->owner, 1);

    /* One object for all calls: it holds what was read and not yet taken. */

    lua_pushvalue(L, -1);
    ctx->socket = luaL_ref(L, LUA_REGISTRYINDEX);

    return 1;
}


/* What nginx has read already comes first. */
static ssize_t
ngx_stream_pdn_lent_recv(ngx_pdn_tcp_owner_t *owner, u_char *buf, size_t size)
{
    size_t len;
    ssize_t n;
    ngx_buf_t *b;
    ngx_connection_t *c;
    ngx_stream_pdn_ctx_t *ctx;

    ctx = ((ngx_stream_pdn_lender_t *) owner)->ctx;
    c = ctx->session->connection;
    b = c->buffer;

    if (b != NULL && b->pos < b->last) {
        len = ngx_min((size_t) (b->last - b->pos), size);
        ngx_memcpy(buf, b->pos, len);
        b->pos += len;
        ctx->consumed = 1;
        ctx->session->received += len;
        return len;
    }

    if (!c->read->ready) {
        return NGX_AGAIN;
    }

    n = c->recv(c, buf, size);

    if (n > 0) {
        ctx->consumed = 1;
        ctx->session->received += n;
    }

    if (n == 0 && ngx_stream_pdn_client_ops.watches(&ctx->host)) {
        return NGX_ABORT;
    }

    return n;
}


static void
ngx_stream_pdn_lent_reading(ngx_pdn_tcp_owner_t *owner, ngx_pdn_tcp_t *u)
{
    ngx_stream_pdn_ctx_t *ctx;

    ctx = ((ngx_stream_pdn_lender_t *) owner)->ctx;
    ctx->reader = u;

    if (u == NULL) {
        ngx_stream_pdn_watch(ctx);
    }
}


static void
ngx_stream_pdn_lent_writing(ngx_pdn_tcp_owner_t *owner, ngx_pdn_tcp_t *u)
{
    ((ngx_stream_pdn_lender_t *) owner)->ctx->writer = u;
}


/* What was printed goes out before what is sent. */
static ngx_int_t
ngx_stream_pdn_lent_clear(ngx_pdn_tcp_owner_t *owner)
{
    return ngx_stream_pdn_send(((ngx_stream_pdn_lender_t *) owner)->ctx);
}


ngx_int_t
ngx_stream_pdn_put_back(ngx_stream_pdn_ctx_t *ctx)
{
    size_t len;
    ngx_str_t rest;
    ngx_buf_t *b, *old;
    ngx_connection_t *c;

    if (ctx->lent == NULL) {
        return NGX_OK;
    }

    ngx_pdn_tcp_lent_rest(ctx->lent, &rest);

    if (rest.len == 0) {
        return NGX_OK;
    }

    c = ctx->session->connection;
    old = c->buffer;
    len = old != NULL ? old->last - old->pos : 0;

    b = ngx_create_temp_buf(c->pool, rest.len + len);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->last = ngx_cpymem(b->last, rest.data, rest.len);

    if (len != 0) {
        b->last = ngx_cpymem(b->last, old->pos, len);
    }

    c->buffer = b;
    ctx->session->received -= rest.len;

    return NGX_OK;
}


/* Nothing can be printed any more. */
static void
ngx_stream_pdn_lent_ended(ngx_pdn_tcp_owner_t *owner)
{
    ((ngx_stream_pdn_lender_t *) owner)->ctx->eof = 1;
}
