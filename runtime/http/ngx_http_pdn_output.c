/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.print() and its kin.  What is printed gathers in one chain and goes
 * through nginx's filters when the code waits, flushes or ends, or when the
 * chain has grown: twenty prints cost one pass.
 */

#include "ngx_http_pdn_phase.h"
#include "ngx_http_pdn_parts.h"


/* A chain of this size is sent without being asked. */
#define NGX_HTTP_PDN_OUT_MAX 65536

/* Small pieces share a buffer of this size. */
#define NGX_HTTP_PDN_OUT_BUF 4096


/* ngx.flush(true) */

typedef struct {
    ngx_pdn_wait_t wait;
    ngx_http_pdn_ctx_t *ctx;
    const char *err;
} ngx_http_pdn_flush_t;


static int ngx_http_pdn_lua_print(lua_State *L);
static int ngx_http_pdn_lua_say(lua_State *L);
static int ngx_http_pdn_lua_flush(lua_State *L);
static int ngx_http_pdn_lua_eof(lua_State *L);
static int ngx_http_pdn_lua_send_headers(lua_State *L);
static int ngx_http_pdn_echo(lua_State *L, const char *who, ngx_uint_t line);
static ngx_int_t ngx_http_pdn_print_value(lua_State *L, int i,
                                          ngx_http_pdn_ctx_t *ctx,
                                          const char *who, const char **err);
static ngx_int_t ngx_http_pdn_print_table(lua_State *L, int i,
                                          ngx_http_pdn_ctx_t *ctx,
                                          const char *who, const char **err);
static ngx_uint_t ngx_http_pdn_must_hold(ngx_http_pdn_ctx_t *ctx);
static ngx_int_t ngx_http_pdn_can_print(ngx_http_pdn_ctx_t *ctx,
                                        const char **err);
static ngx_buf_t *ngx_http_pdn_out_buf(ngx_http_pdn_ctx_t *ctx, size_t len);
static ngx_int_t ngx_http_pdn_add_special(ngx_http_pdn_ctx_t *ctx,
                                          ngx_uint_t last);
static int ngx_http_pdn_wait_flushed(lua_State *L, ngx_http_pdn_ctx_t *ctx);
static void ngx_http_pdn_flush_handler(ngx_http_request_t *r);
static int ngx_http_pdn_flush_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_http_pdn_flush_cancel(ngx_pdn_wait_t *wait);
static int ngx_http_pdn_result(lua_State *L, ngx_int_t rc, const char *err);
static void ngx_http_pdn_set_length(ngx_http_pdn_ctx_t *ctx);


static const char ngx_http_pdn_raw_text[] = "raw request socket acquired";


static const luaL_Reg ngx_http_pdn_output_functions[] = {
    { "print", ngx_http_pdn_lua_print },
    { "say", ngx_http_pdn_lua_say },
    { "flush", ngx_http_pdn_lua_flush },
    { "eof", ngx_http_pdn_lua_eof },
    { "send_headers", ngx_http_pdn_lua_send_headers },
    { NULL, NULL }
};


void
ngx_http_pdn_output_open(lua_State *L)
{
    lua_pushvalue(L, 1);
    luaL_register(L, NULL, ngx_http_pdn_output_functions);
}


/* Lua: print(...) -> 1 | nil, err  [-n, +2, e] */
static int
ngx_http_pdn_lua_print(lua_State *L)
{
    return ngx_http_pdn_echo(L, "print", 0);
}


/* Lua: say(...) -> 1 | nil, err  [-n, +2, e] */
static int
ngx_http_pdn_lua_say(lua_State *L)
{
    return ngx_http_pdn_echo(L, "say", 1);
}


static int
ngx_http_pdn_echo(lua_State *L, const char *who, ngx_uint_t line)
{
    int i, n;
    ngx_int_t rc;
    const char *err;
    ngx_http_pdn_ctx_t *ctx;

    ctx = ngx_http_pdn_ctx(ngx_http_pdn_check(L, NGX_PDN_ANSWERING));

    n = lua_gettop(L);
    rc = ngx_http_pdn_can_print(ctx, &err);

    for (i = 1; rc == NGX_OK && i <= n; i++) {
        rc = ngx_http_pdn_print_value(L, i, ctx, who, &err);
    }

    if (rc == NGX_OK && line) {
        rc = ngx_http_pdn_print(ctx, (u_char *) "\n", 1, &err);
    }

    return ngx_http_pdn_result(L, rc, err);
}


static int
ngx_http_pdn_result(lua_State *L, ngx_int_t rc, const char *err)
{
    if (rc == NGX_ERROR) {
        lua_pushnil(L);
        lua_pushstring(L, err);
        return 2;
    }

    lua_pushinteger(L, 1);

    return 1;
}


static ngx_int_t
ngx_http_pdn_print_value(lua_State *L, int i, ngx_http_pdn_ctx_t *ctx,
                         const char *who, const char **err)
{
    size_t len;
    ngx_int_t rc;
    const char *p;

    switch (lua_type(L, i)) {

    case LUA_TSTRING:
        p = lua_tolstring(L, i, &len);
        return ngx_http_pdn_print(ctx, (u_char *) p, len, err);

    case LUA_TNUMBER:
        lua_pushvalue(L, i);
        p = lua_tolstring(L, -1, &len);
        rc = ngx_http_pdn_print(ctx, (u_char *) p, len, err);
        lua_pop(L, 1);
        return rc;

    case LUA_TNIL:
        return ngx_http_pdn_print(ctx, (u_char *) "nil", 3, err);

    case LUA_TBOOLEAN:
        p = lua_toboolean(L, i) ? "true" : "false";
        return ngx_http_pdn_print(ctx, (u_char *) p, ngx_strlen(p), err);

    case LUA_TTABLE:
        return ngx_http_pdn_print_table(L, i, ctx, who, err);

    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, i) == NULL) {
            return ngx_http_pdn_print(ctx, (u_char *) "null", 4, err);
        }

        break;

    default:
        break;
    }

    return luaL_argerror(
        L, i,
        lua_pushfstring(L,
                        "string, number, boolean, nil, ngx.null, or "
                        "array table expected, but got %s",
                        luaL_typename(L, i)));
}


/* The table's elements in order; anything but an array is refused. */
static ngx_int_t
ngx_http_pdn_print_table(lua_State *L, int i, ngx_http_pdn_ctx_t *ctx,
                         const char *who, const char **err)
{
    int j, n, type;
    ngx_int_t rc;
    lua_Number key;

    luaL_checkstack(L, 8, "tables nested too deeply");

    n = 0;
    lua_pushnil(L);

    while (lua_next(L, i) != 0) {
        lua_pop(L, 1);

        key = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;

        if (key < 1 || key != (lua_Number) (int) key) {
            return luaL_error(L,
                              "bad argument #%d to '%s' (non-array table "
                              "found)",
                              i, who);
        }

        if (key > n) {
            n = (int) key;
        }
    }

    for (j = 1; j <= n; j++) {
        lua_rawgeti(L, i, j);
        type = lua_type(L, -1);

        if (type == LUA_TFUNCTION || type == LUA_TTHREAD
            || type == LUA_TUSERDATA
            || (type == LUA_TLIGHTUSERDATA && lua_touserdata(L, -1) != NULL))
        {
            return luaL_error(L,
                              "bad argument #%d to '%s' (bad data type %s "
                              "found)",
                              i, who, lua_typename(L, type));
        }

        rc = ngx_http_pdn_print_value(L, lua_gettop(L), ctx, who, err);
        lua_pop(L, 1);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_pdn_can_print(ngx_http_pdn_ctx_t *ctx, const char **err)
{
    *err = NULL;

    if (ctx->raw) {
        *err = ngx_http_pdn_raw_text;

    } else if (ctx->eof) {
        *err = "seen eof";

    } else if (ctx->request->header_only && ctx->request->header_sent) {
        *err = "header only";

    } else if (ctx->request->method == NGX_HTTP_HEAD) {
        ctx->request->header_only = 1;
        *err = ngx_http_pdn_send_header(ctx) == NGX_ERROR
                   ? "nginx output filter error"
                   : "header only";

    } else if (!ctx->request->header_sent && !ngx_http_pdn_must_hold(ctx)
               && ngx_http_pdn_send_header(ctx) != NGX_OK)
    {
        /* Headers are final from the first output on, though it waits. */
        *err = "nginx output filter error";
    }

    return *err ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_http_pdn_print(ngx_http_pdn_ctx_t *ctx, const u_char *data, size_t len,
                   const char **err)
{
    ngx_buf_t *b;

    if (len == 0) {
        return NGX_OK;
    }

    b = ngx_http_pdn_out_buf(ctx, len);
    if (b == NULL) {
        *err = "no memory";
        return NGX_ERROR;
    }

    b->last = ngx_cpymem(b->last, data, len);
    ctx->out_size += len;

    if (ctx->out_size < NGX_HTTP_PDN_OUT_MAX || ctx->holding) {
        return NGX_OK;
    }

    if (ngx_http_pdn_send(ctx, 0) == NGX_ERROR) {
        *err = "nginx output filter error";
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A buffer of the output chain with room for `len` bytes. */
static ngx_buf_t *
ngx_http_pdn_out_buf(ngx_http_pdn_ctx_t *ctx, size_t len)
{
    ngx_buf_t *b;
    ngx_chain_t *cl;
    ngx_http_request_t *r;

    r = ctx->request;

    if (ctx->out_tail != NULL
        && (size_t) (ctx->out_tail->end - ctx->out_tail->last) >= len)
    {
        return ctx->out_tail;
    }

    if (ctx->free != NULL
        && (size_t) (ctx->free->buf->end - ctx->free->buf->start) >= len)
    {
        cl = ctx->free;
        ctx->free = cl->next;
        b = cl->buf;
        b->pos = b->start;
        b->last = b->start;

    } else {
        cl = ngx_alloc_chain_link(r->pool);
        b = ngx_create_temp_buf(r->pool, ngx_max(len, NGX_HTTP_PDN_OUT_BUF));
        if (cl == NULL || b == NULL) {
            return NULL;
        }

        b->tag = (ngx_buf_tag_t) &ngx_http_pandan_module;
        cl->buf = b;
    }

    b->flush = 0;
    cl->next = NULL;

    *ctx->last_out = cl;
    ctx->last_out = &cl->next;
    ctx->out_tail = b;

    return b;
}


ngx_int_t
ngx_http_pdn_send_header(ngx_http_pdn_ctx_t *ctx)
{
    ngx_http_request_t *r;
    ngx_http_pdn_loc_conf_t *plcf;

    r = ctx->request;

    if (r->header_sent) {
        return NGX_OK;
    }

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);

    if (r->headers_out.status == 0) {
        r->headers_out.status = NGX_HTTP_OK;
    }

    if (!ctx->type_set && plcf->use_default_type
        && r->headers_out.content_type.len == 0
        && ngx_http_set_content_type(r) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (!ctx->headers_set) {
        ngx_http_clear_content_length(r);
        ngx_http_clear_accept_ranges(r);
    }

    if (ctx->whole) {
        ngx_http_pdn_set_length(ctx);
    }

    return ngx_http_send_header(r);
}


/*
 * HTTP/1.0 knows no chunks: the length must be known before the header, by
 * the code's own word or when all has been printed.
 */
static ngx_uint_t
ngx_http_pdn_must_hold(ngx_http_pdn_ctx_t *ctx)
{
    ngx_http_request_t *r;
    ngx_http_pdn_loc_conf_t *plcf;

    r = ctx->request;
    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);

    return r->http_version < NGX_HTTP_VERSION_11 && plcf->http10_buffering
           && r == r->main && r->headers_out.content_length_n < 0;
}


static void
ngx_http_pdn_set_length(ngx_http_pdn_ctx_t *ctx)
{
    ngx_http_request_t *r;

    r = ctx->request;

    if (r->headers_out.content_length == NULL
        && r->headers_out.content_length_n < 0)
    {
        r->headers_out.content_length_n = ctx->out_size;
        ctx->headers_set = 1;
    }
}


ngx_int_t
ngx_http_pdn_send(ngx_http_pdn_ctx_t *ctx, ngx_uint_t last)
{
    ngx_int_t rc;
    ngx_chain_t *out;
    ngx_http_request_t *r;

    r = ctx->request;

    if (ctx->raw) {
        return NGX_OK;
    }

    last = last && !ctx->eof;

    if (!r->header_sent && ngx_http_pdn_must_hold(ctx)) {

        if (!last) {
            ctx->holding = 1;
            return NGX_OK;
        }

        ctx->whole = 1;
    }

    rc = ngx_http_pdn_send_header(ctx);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        ctx->out = NULL;
        ctx->last_out = &ctx->out;
        ctx->out_tail = NULL;
        ctx->out_size = 0;
        ctx->eof = ctx->eof || last;
        return rc;
    }

    if (last) {
        ctx->eof = 1;
        ctx->holding = 0;

        /* A body that was not read is no next request of the connection. */

        if (ngx_http_discard_request_body(r) != NGX_OK) {
            r->keepalive = 0;
        }

        if (ngx_http_pdn_add_special(ctx, 1) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (ctx->out == NULL) {
        return NGX_OK;
    }

    out = ctx->out;
    ctx->out = NULL;
    ctx->last_out = &ctx->out;
    ctx->out_tail = NULL;
    ctx->out_size = 0;

    rc = ngx_http_output_filter(r, out);

    ngx_chain_update_chains(r->pool, &ctx->free, &ctx->busy, &out,
                            (ngx_buf_tag_t) &ngx_http_pandan_module);

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/* Appends a buffer without data: a flush, or the last of the response. */
static ngx_int_t
ngx_http_pdn_add_special(ngx_http_pdn_ctx_t *ctx, ngx_uint_t last)
{
    ngx_buf_t *b;
    ngx_chain_t *cl;
    ngx_http_request_t *r;

    r = ctx->request;

    cl = ngx_alloc_chain_link(r->pool);
    b = ngx_calloc_buf(r->pool);

    if (cl == NULL || b == NULL) {
        return NGX_ERROR;
    }

    if (!last) {
        b->flush = 1;

    } else if (r == r->main) {
        b->last_buf = 1;

    } else {
        b->last_in_chain = 1;
        b->sync = 1;
    }

    cl->buf = b;
    cl->next = NULL;

    *ctx->last_out = cl;
    ctx->last_out = &cl->next;
    ctx->out_tail = NULL;

    return NGX_OK;
}


/* Lua: flush(wait?) -> 1 | nil, err  [-1, +2, e] */
static int
ngx_http_pdn_lua_flush(lua_State *L)
{
    int wait;
    ngx_http_request_t *r;
    ngx_http_pdn_ctx_t *ctx;

    if (lua_gettop(L) > 1) {
        return luaL_error(L,
                          "attempt to pass %d arguments, but accepted 0 "
                          "or 1",
                          lua_gettop(L));
    }

    r = ngx_http_pdn_check(L, NGX_PDN_ANSWERING);
    ctx = ngx_http_pdn_ctx(r);
    wait = lua_toboolean(L, 1);

    if (ctx->raw) {
        return ngx_http_pdn_result(L, NGX_ERROR, ngx_http_pdn_raw_text);
    }

    if (r->header_only) {
        return ngx_http_pdn_result(L, NGX_ERROR, "header only");
    }

    if (ctx->eof) {
        return ngx_http_pdn_result(L, NGX_ERROR, "seen eof");
    }

    if (ctx->out == NULL && !r->header_sent) {
        return ngx_http_pdn_result(L, NGX_ERROR, "nothing to flush");
    }

    if (ngx_http_pdn_add_special(ctx, 0) != NGX_OK
        || ngx_http_pdn_send(ctx, 0) == NGX_ERROR)
    {
        return ngx_http_pdn_result(L, NGX_ERROR, "nginx output filter error");
    }

    if (ctx->holding) {
        return ngx_http_pdn_result(L, NGX_ERROR, "buffering");
    }

    if (!wait || !(r->connection->buffered & NGX_HTTP_LOWLEVEL_BUFFERED)) {
        return ngx_http_pdn_result(L, NGX_OK, NULL);
    }

    return ngx_http_pdn_wait_flushed(L, ctx);
}


static int
ngx_http_pdn_wait_flushed(lua_State *L, ngx_http_pdn_ctx_t *ctx)
{
    ngx_event_t *wev;
    ngx_http_request_t *r;
    ngx_http_pdn_flush_t *flush;
    ngx_http_core_loc_conf_t *clcf;

    r = ctx->request;

    if (ctx->flush != NULL) {
        return ngx_http_pdn_result(L, NGX_ERROR, "busy flushing");
    }

    flush = ngx_palloc(r->pool, sizeof(ngx_http_pdn_flush_t));
    if (flush == NULL) {
        return luaL_error(L, "no memory");
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    wev = r->connection->write;

    if (!wev->delayed) {
        ngx_add_timer(wev, clcf->send_timeout);
    }

    if (ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK) {
        return ngx_http_pdn_result(L, NGX_ERROR, "connection broken");
    }

    flush->ctx = ctx;
    flush->err = NULL;
    flush->wait.push = ngx_http_pdn_flush_push;
    flush->wait.cancel = ngx_http_pdn_flush_cancel;

    ctx->flush = &flush->wait;
    r->write_event_handler = ngx_http_pdn_flush_handler;

    return ngx_pdn_suspend(L, &flush->wait);
}


static void
ngx_http_pdn_flush_handler(ngx_http_request_t *r)
{
    ngx_int_t rc;
    ngx_event_t *wev;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_flush_t *flush;
    ngx_http_core_loc_conf_t *clcf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_pandan_module);
    flush = (ngx_http_pdn_flush_t *) ctx->flush;
    wev = r->connection->write;

    if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, NGX_ETIMEDOUT,
                      "client timed out");
        r->connection->timedout = 1;
        flush->err = "timeout";

    } else {
        rc = ngx_http_output_filter(r, NULL);

        if (rc == NGX_ERROR) {
            flush->err = "client aborted";

        } else if (r->connection->buffered & NGX_HTTP_LOWLEVEL_BUFFERED) {
            clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

            if (!wev->delayed) {
                ngx_add_timer(wev, clcf->send_timeout);
            }

            (void) ngx_handle_write_event(wev, clcf->send_lowat);
            return;
        }
    }

    ngx_pdn_wake(&flush->wait);
}


static int
ngx_http_pdn_flush_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_http_pdn_flush_t *flush = (ngx_http_pdn_flush_t *) wait;

    ngx_http_pdn_flush_cancel(wait);

    return ngx_http_pdn_result(L, flush->err ? NGX_ERROR : NGX_OK, flush->err);
}


static void
ngx_http_pdn_flush_cancel(ngx_pdn_wait_t *wait)
{
    ngx_event_t *wev;
    ngx_http_request_t *r;
    ngx_http_pdn_flush_t *flush = (ngx_http_pdn_flush_t *) wait;

    r = flush->ctx->request;
    wev = r->connection->write;

    if (wev->timer_set && !wev->delayed) {
        ngx_del_timer(wev);
    }

    r->write_event_handler = ngx_http_request_empty_handler;
    flush->ctx->flush = NULL;
}


/* Lua: eof() -> 1 | nil, err  [-0, +2, e] */
static int
ngx_http_pdn_lua_eof(lua_State *L)
{
    ngx_int_t rc;
    ngx_http_pdn_ctx_t *ctx;

    if (lua_gettop(L) != 0) {
        return luaL_error(L, "no argument is expected");
    }

    ctx = ngx_http_pdn_ctx(ngx_http_pdn_check(L, NGX_PDN_ANSWERING));

    if (ctx->raw || ctx->eof) {
        return ngx_http_pdn_result(
            L, NGX_ERROR, ctx->raw ? ngx_http_pdn_raw_text : "seen eof");
    }

    rc = ngx_http_pdn_send(ctx, 1);

    return ngx_http_pdn_result(L, rc == NGX_ERROR ? rc : NGX_OK,
                               "nginx output filter error");
}


/* Lua: send_headers() -> 1 | nil, err  [-0, +2, e] */
static int
ngx_http_pdn_lua_send_headers(lua_State *L)
{
    ngx_int_t rc;
    ngx_http_pdn_ctx_t *ctx;

    ctx = ngx_http_pdn_ctx(ngx_http_pdn_check(L, NGX_PDN_ANSWERING));

    rc = ngx_http_pdn_send_header(ctx);

    return ngx_http_pdn_result(L, rc == NGX_ERROR ? rc : NGX_OK,
                               "nginx output filter error");
}
