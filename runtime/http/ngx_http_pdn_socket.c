/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.req.socket(): the client's connection lent to a cosocket.  A plain one
 * reads the request's body and no byte more; a raw one has all of the
 * connection, and nginx sends nothing any more.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_parts.h"
#include "ngx_pdn_lent.h"


typedef struct {
    ngx_pdn_tcp_owner_t owner;
    ngx_http_request_t *request;
    unsigned raw : 1;
} ngx_http_pdn_lender_t;


static const char *ngx_http_pdn_lend_raw(ngx_http_request_t *r,
                                         ngx_http_pdn_ctx_t *ctx);
static const char *ngx_http_pdn_lend_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_pdn_continue(ngx_http_request_t *r);
static int ngx_http_pdn_lend(lua_State *L, ngx_http_request_t *r,
                             ngx_uint_t raw);
static ssize_t ngx_http_pdn_lent_recv(ngx_pdn_tcp_owner_t *owner, u_char *buf,
                                      size_t size);
static ssize_t ngx_http_pdn_lent_recv_more(ngx_http_pdn_lender_t *lender,
                                           u_char *buf, size_t size);
static void ngx_http_pdn_lent_reading(ngx_pdn_tcp_owner_t *owner,
                                      ngx_pdn_tcp_t *u);
static void ngx_http_pdn_lent_writing(ngx_pdn_tcp_owner_t *owner,
                                      ngx_pdn_tcp_t *u);
static void ngx_http_pdn_lent_read_event(ngx_http_request_t *r);
static void ngx_http_pdn_lent_write_event(ngx_http_request_t *r);


int
ngx_http_pdn_req_socket(lua_State *L, ngx_pdn_host_t *host)
{
    int raw;
    const char *err;
    ngx_http_request_t *r = host->data;

    raw = lua_toboolean(L, 1);

    if (r != r->main) {
        return luaL_error(L, "attempt to read the request body in a "
                             "subrequest");
    }

#if (NGX_HTTP_V2)
    if (r->stream != NULL) {
        return luaL_error(L, "http v2 not supported yet");
    }
#endif

    err = raw ? ngx_http_pdn_lend_raw(r, ngx_http_pdn_ctx(r))
              : ngx_http_pdn_lend_body(r);

    if (err != NULL) {
        lua_pushnil(L);
        lua_pushstring(L, err);
        return 2;
    }

    return ngx_http_pdn_lend(L, r, raw);
}


/* NULL, or why the whole connection cannot be had. */
static const char *
ngx_http_pdn_lend_raw(ngx_http_request_t *r, ngx_http_pdn_ctx_t *ctx)
{
    ngx_connection_t *c;

    c = r->connection;

    if (ctx->raw) {
        return "duplicate call";
    }

    if (r->request_body != NULL && r->request_body->rest > 0) {
        return "pending request body reading in some other thread";
    }

    if (ctx->output.chain != NULL && ngx_http_pdn_send(ctx, 0) == NGX_ERROR) {
        return "nginx output filter error";
    }

    if (ctx->holding) {
        return "http 1.0 buffering";
    }

    if (r->header_sent && ngx_http_send_special(r, NGX_HTTP_FLUSH) == NGX_ERROR)
    {
        return "nginx output filter error";
    }

    if (c->buffered) {
        return "pending data to write";
    }

    if (r->request_body == NULL) {
        /* nobody else shall read */
        r->request_body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));

        if (r->request_body == NULL) {
            return "no memory";
        }
    }

    if (c->ssl != NULL) {
        /* the rest of a message that had to wait lies elsewhere then */
        SSL_set_mode(c->ssl->connection, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }

    r->header_sent = 1;
    r->keepalive = 0;
    r->lingering_close = 1;
    ctx->raw = 1;

    return NULL;
}


/* NULL, or why the body cannot be read. */
static const char *
ngx_http_pdn_lend_body(ngx_http_request_t *r)
{
    ngx_http_request_body_t *body;

    if (r->headers_in.chunked) {
        return "chunked request bodies not supported yet";
    }

    if (r->request_body != NULL) {
        return "request body already exists";
    }

    if (r->discard_body) {
        return "request body discarded";
    }

    if (r->headers_in.content_length_n <= 0) {
        return "no body";
    }

    if (ngx_http_pdn_continue(r) != NGX_OK) {
        return "test expect failed";
    }

    body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));

    if (body == NULL) {
        return "no memory";
    }

    body->rest = r->headers_in.content_length_n;
    r->request_body = body;

    /* what is left of it at the end is no next request */
    r->reading_body = 1;

    return NULL;
}


/* A client that waits for our leave to send its body gets it. */
static ngx_int_t
ngx_http_pdn_continue(ngx_http_request_t *r)
{
    ngx_str_t *expect;
    static ngx_str_t answer = ngx_string("HTTP/1.1 100 Continue\r\n\r\n");

    if (r->expect_tested || r->headers_in.expect == NULL
        || r->http_version < NGX_HTTP_VERSION_11)
    {
        return NGX_OK;
    }

    r->expect_tested = 1;
    expect = &r->headers_in.expect->value;

    if (expect->len != sizeof("100-continue") - 1
        || ngx_strncasecmp(expect->data, (u_char *) "100-continue", expect->len)
               != 0)
    {
        return NGX_OK;
    }

    if (r->connection->send(r->connection, answer.data, answer.len)
        == (ssize_t) answer.len)
    {
        return NGX_OK;
    }

    /* so little does not fit: the client is not listening */
    r->connection->error = 1;

    return NGX_ERROR;
}


static int
ngx_http_pdn_lend(lua_State *L, ngx_http_request_t *r, ngx_uint_t raw)
{
    ngx_connection_t *c;
    ngx_http_pdn_lender_t *lender;

    lender = ngx_pcalloc(r->pool, sizeof(ngx_http_pdn_lender_t));

    if (lender == NULL) {
        return luaL_error(L, "no memory");
    }

    lender->owner.recv = ngx_http_pdn_lent_recv;
    lender->owner.reading = ngx_http_pdn_lent_reading;
    lender->owner.writing = ngx_http_pdn_lent_writing;
    lender->request = r;
    lender->raw = raw;

    c = r->connection;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    if (raw && c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    (void) ngx_pdn_tcp_push_lent(L, &ngx_http_pdn_ctx(r)->host, c,
                                 &lender->owner, raw);

    return 1;
}


static ssize_t
ngx_http_pdn_lent_recv(ngx_pdn_tcp_owner_t *owner, u_char *buf, size_t size)
{
    ngx_http_pdn_lender_t *lender = (ngx_http_pdn_lender_t *) owner;

    ssize_t n;
    ngx_http_request_t *r;

    r = lender->request;

    if (!lender->raw) {
        if (r->request_body->rest == 0) {
            ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                           "lua request body exhausted");
            return 0;
        }

        size = (size_t) ngx_min((off_t) size, r->request_body->rest);
    }

    n = ngx_http_pdn_lent_recv_more(lender, buf, size);

    if (!lender->raw && n > 0) {
        r->request_length += n;
        r->request_body->rest -= n;
        r->reading_body = r->request_body->rest > 0;
    }

    return n;
}


/* What nginx has read with the headers comes first. */
static ssize_t
ngx_http_pdn_lent_recv_more(ngx_http_pdn_lender_t *lender, u_char *buf,
                            size_t size)
{
    size_t len;
    ssize_t n;
    ngx_buf_t *b;
    ngx_connection_t *c;
    ngx_http_request_t *r;
    ngx_http_pdn_loc_conf_t *plcf;

    r = lender->request;
    c = r->connection;
    b = r->header_in;
    len = b->last - b->pos;

    if (len > 0) {
        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, c->log, 0,
                       "http client request body preread %uz", len);

        len = ngx_min(len, size);
        ngx_memcpy(buf, b->pos, len);
        b->pos += len;
        return len;
    }

    if (!c->read->ready) {
        return NGX_AGAIN;
    }

    n = c->recv(c, buf, size);

    if (n == 0) {
        plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);

        if (!lender->raw || plcf->place.check_client_abort) {
            return NGX_ABORT;
        }
    }

    return n;
}


static void
ngx_http_pdn_lent_reading(ngx_pdn_tcp_owner_t *owner, ngx_pdn_tcp_t *u)
{
    ngx_http_request_t *r;
    ngx_http_pdn_ctx_t *ctx;

    r = ((ngx_http_pdn_lender_t *) owner)->request;
    ctx = ngx_http_pdn_ctx(r);
    ctx->reader = u;

    if (u != NULL) {
        r->read_event_handler = ngx_http_pdn_lent_read_event;

    } else {
        r->read_event_handler = ngx_http_block_reading;
        ngx_http_pdn_watch_client(ctx);
    }
}


static void
ngx_http_pdn_lent_writing(ngx_pdn_tcp_owner_t *owner, ngx_pdn_tcp_t *u)
{
    ngx_http_request_t *r;

    r = ((ngx_http_pdn_lender_t *) owner)->request;
    ngx_http_pdn_ctx(r)->writer = u;
    r->write_event_handler = u != NULL ? ngx_http_pdn_lent_write_event
                                       : ngx_http_request_empty_handler;
}


static void
ngx_http_pdn_lent_read_event(ngx_http_request_t *r)
{
    ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua request socket read event handler");

    ngx_pdn_tcp_readable(ngx_http_pdn_ctx(r)->reader);
}


static void
ngx_http_pdn_lent_write_event(ngx_http_request_t *r)
{
    ngx_pdn_tcp_writable(ngx_http_pdn_ctx(r)->writer);
}
