/*
 * SPDX-License-Identifier: MIT
 *
 * header_filter_by_lua and body_filter_by_lua, at the top of nginx's filter
 * chains; and ngx.arg, which body filters and set_by_lua see.
 */

#include "ngx_http_pdn_phase.h"
#include "ngx_http_pdn_capture.h"
#include "ngx_http_pdn_parts.h"


static ngx_int_t ngx_http_pdn_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_pdn_body_filter(ngx_http_request_t *r,
                                          ngx_chain_t *in);
static ngx_int_t ngx_http_pdn_run_body_filter(ngx_http_pdn_ctx_t *ctx,
                                              ngx_pdn_chunk_t *chunk);
static int ngx_http_pdn_arg_get(lua_State *L);
static int ngx_http_pdn_arg_set(lua_State *L);
static int ngx_http_pdn_push_body(lua_State *L, ngx_chain_t *in);
static ngx_uint_t ngx_http_pdn_is_last(ngx_chain_t *in);
static ngx_chain_t *
ngx_http_pdn_filter_link(lua_State *L, ngx_http_pdn_ctx_t *ctx, size_t size);
static void ngx_http_pdn_replace_body(lua_State *L, ngx_http_pdn_ctx_t *ctx,
                                      int i);
static void ngx_http_pdn_set_last(lua_State *L, ngx_http_pdn_ctx_t *ctx,
                                  ngx_uint_t last);
static size_t ngx_http_pdn_text_size(lua_State *L, int i);
static u_char *ngx_http_pdn_text_copy(lua_State *L, int i, u_char *p);


static ngx_http_output_header_filter_pt ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt ngx_http_next_body_filter;


void
ngx_http_pdn_filter_init(ngx_http_pdn_main_conf_t *pmcf)
{
    if (pmcf->used
        & (1 << NGX_HTTP_PDN_SERVER_REWRITE | 1 << NGX_HTTP_PDN_REWRITE
           | 1 << NGX_HTTP_PDN_ACCESS | 1 << NGX_HTTP_PDN_CONTENT))
    {
        ngx_http_pdn_capture_filter_init();
    }

    if (pmcf->used & 1 << NGX_HTTP_PDN_HEADER_FILTER) {
        ngx_http_next_header_filter = ngx_http_top_header_filter;
        ngx_http_top_header_filter = ngx_http_pdn_header_filter;
    }

    if (pmcf->used & 1 << NGX_HTTP_PDN_BODY_FILTER) {
        ngx_http_next_body_filter = ngx_http_top_body_filter;
        ngx_http_top_body_filter = ngx_http_pdn_body_filter;
    }
}


static ngx_int_t
ngx_http_pdn_header_filter(ngx_http_request_t *r)
{
    ngx_int_t rc;
    ngx_pdn_chunk_t *chunk;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_loc_conf_t *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);
    chunk = plcf->chunks[NGX_HTTP_PDN_HEADER_FILTER];

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua header filter for user lua code, uri \"%V\"", &r->uri);

    if (chunk == NULL) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_pdn_ctx_get(r);

    if (ctx == NULL || ngx_http_pdn_push_chunk(ctx, chunk) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->entered |= 1 << NGX_HTTP_PDN_HEADER_FILTER;

    rc = ngx_pdn_call(&ctx->host,
                      &ngx_http_pdn_phases[NGX_HTTP_PDN_HEADER_FILTER], 0, 0);

    if (rc == NGX_ERROR || rc == NGX_DECLINED) {
        return NGX_ERROR;
    }

    if (rc >= NGX_HTTP_OK && rc != ctx->filtered) {
        /*
         * ngx.exit(status): another answer instead of this one, which comes
         * by here too.
         */
        ctx->filtered = rc;

        ctx->eof = 1;
        return ngx_http_filter_finalize_request(r, &ngx_http_pandan_module, rc);
    }

    return ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_http_pdn_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t rc;
    ngx_chain_t *cl, *out;
    ngx_pdn_chunk_t *chunk;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_loc_conf_t *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);
    chunk = plcf->chunks[NGX_HTTP_PDN_BODY_FILTER];

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua body filter for user lua code, uri \"%V\"", &r->uri);

    if (chunk == NULL || in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    ctx = ngx_http_pdn_ctx_get(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (ctx->seen_last) {
        /* The code ended the response early: swallow what still comes. */
        for (cl = in; cl != NULL; cl = cl->next) {
            cl->buf->pos = cl->buf->last;
            cl->buf->file_pos = cl->buf->file_last;
        }

        return NGX_OK;
    }

    ctx->entered |= 1 << NGX_HTTP_PDN_BODY_FILTER;
    ctx->filter_in = in;

    rc = ngx_http_pdn_run_body_filter(ctx, chunk);

    out = ctx->filter_in;
    ctx->filter_in = NULL;

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (out == in) {
        return ngx_http_next_body_filter(r, in);
    }

    if (out == NULL) {
        return NGX_OK;
    }

    rc = ngx_http_next_body_filter(r, out);

    ngx_chain_update_chains(r->pool, &ctx->filter_free, &ctx->filter_busy, &out,
                            (ngx_buf_tag_t) &ngx_http_pdn_phases);

    return rc;
}


static ngx_int_t
ngx_http_pdn_run_body_filter(ngx_http_pdn_ctx_t *ctx, ngx_pdn_chunk_t *chunk)
{
    lua_State *L;
    ngx_int_t rc;

    if (ngx_http_pdn_push_chunk(ctx, chunk) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_pdn_call(&ctx->host,
                      &ngx_http_pdn_phases[NGX_HTTP_PDN_BODY_FILTER], 0, 1);

    if (rc == NGX_OK) {
        /* The code may `return ngx.ERROR`. */
        L = ctx->host.vm->L;
        rc = lua_tointeger(L, -1);
        lua_pop(L, 1);
    }

    return rc == NGX_ERROR || rc >= NGX_HTTP_SPECIAL_RESPONSE ? NGX_ERROR
                                                              : NGX_OK;
}


/* ngx.arg */

void
ngx_http_pdn_arg_open(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, ngx_http_pdn_arg_get);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, ngx_http_pdn_arg_set);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_setfield(L, 1, "arg");
}


/* Lua: ngx.arg[i]  [-2, +1, e] */
static int
ngx_http_pdn_arg_get(lua_State *L)
{
    lua_Integer i;
    ngx_http_request_t *r;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_variable_value_t *v;

    r = ngx_http_pdn_check(L, NGX_PDN_SET | NGX_PDN_BODY_FILTER);
    ctx = ngx_http_pdn_ctx(r);
    i = luaL_checkinteger(L, 2);

    if (ctx->host.phase->bit == NGX_PDN_BODY_FILTER) {

        switch (i) {

        case 1:
            return ngx_http_pdn_push_body(L, ctx->filter_in);

        case 2:
            lua_pushboolean(L, ngx_http_pdn_is_last(ctx->filter_in));
            return 1;

        default:
            lua_pushnil(L);
            return 1;
        }
    }

    if (i <= 0 || i > (lua_Integer) ctx->set_nargs) {
        lua_pushnil(L);
        return 1;
    }

    v = &ctx->set_args[i - 1];
    lua_pushlstring(L, (char *) v->data, v->len);

    return 1;
}


/* Lua: ngx.arg[i] = value  [-3, +0, e] */
static int
ngx_http_pdn_arg_set(lua_State *L)
{
    lua_Integer i;
    ngx_http_pdn_ctx_t *ctx;

    ctx = ngx_http_pdn_ctx(ngx_http_pdn_check(L, NGX_PDN_BODY_FILTER));
    i = luaL_checkinteger(L, 2);

    switch (i) {

    case 1:
        ngx_http_pdn_replace_body(L, ctx, 3);
        return 0;

    case 2:
        ngx_http_pdn_set_last(L, ctx, lua_toboolean(L, 3));
        return 0;

    default:
        return luaL_error(L, "bad index: %d", (int) i);
    }
}


/* The chain's data in memory as one string. */
static int
ngx_http_pdn_push_body(lua_State *L, ngx_chain_t *in)
{
    luaL_Buffer buf;
    ngx_chain_t *cl;

    if (in == NULL) {
        lua_pushliteral(L, "");
        return 1;
    }

    if (in->next == NULL || in->next->buf->last == in->next->buf->pos) {

        for (cl = in->next; cl != NULL; cl = cl->next) {
            if (cl->buf->last != cl->buf->pos) {
                break;
            }
        }

        if (cl == NULL) {
            lua_pushlstring(L, (char *) in->buf->pos,
                            in->buf->last - in->buf->pos);
            return 1;
        }
    }

    luaL_buffinit(L, &buf);

    for (cl = in; cl != NULL; cl = cl->next) {
        luaL_addlstring(&buf, (char *) cl->buf->pos,
                        cl->buf->last - cl->buf->pos);

        if (cl->buf->last_buf || cl->buf->last_in_chain) {
            break;
        }
    }

    luaL_pushresult(&buf);

    return 1;
}


static ngx_uint_t
ngx_http_pdn_is_last(ngx_chain_t *in)
{
    ngx_chain_t *cl;

    for (cl = in; cl != NULL; cl = cl->next) {
        if (cl->buf->last_buf || cl->buf->last_in_chain) {
            return 1;
        }
    }

    return 0;
}


/* An empty link for `size` bytes, without a mark; raises without memory. */
static ngx_chain_t *
ngx_http_pdn_filter_link(lua_State *L, ngx_http_pdn_ctx_t *ctx, size_t size)
{
    ngx_buf_t *b;
    ngx_chain_t *cl;
    ngx_http_request_t *r;

    r = ctx->request;

    cl = ngx_chain_get_free_buf(r->pool, &ctx->filter_free);
    if (cl == NULL) {
        luaL_error(L, "no memory");
        return NULL;
    }

    b = cl->buf;

    if (size > 0 && (b->start == NULL || (size_t) (b->end - b->start) < size)) {
        b->start = ngx_palloc(r->pool, size);
        if (b->start == NULL) {
            luaL_error(L, "no memory");
            return NULL;
        }

        b->end = b->start + size;
    }

    b->tag = (ngx_buf_tag_t) &ngx_http_pdn_phases;
    b->pos = b->start;
    b->last = b->start;
    b->temporary = size > 0;
    b->memory = 0;
    b->flush = 0;
    b->sync = 0;
    b->last_buf = 0;
    b->last_in_chain = 0;
    cl->next = NULL;

    return cl;
}


/* ngx.arg[1] = string, number, nested array, or nil */
static void
ngx_http_pdn_replace_body(lua_State *L, ngx_http_pdn_ctx_t *ctx, int i)
{
    size_t size;
    ngx_uint_t last, flush;
    ngx_chain_t *cl;

    flush = 0;
    last = ngx_http_pdn_is_last(ctx->filter_in);
    size = lua_isnil(L, i) ? 0 : ngx_http_pdn_text_size(L, i);

    for (cl = ctx->filter_in; cl != NULL; cl = cl->next) {
        flush |= cl->buf->flush;
        cl->buf->pos = cl->buf->last;
        cl->buf->file_pos = cl->buf->file_last;
    }

    ctx->filter_in = NULL;

    if (size == 0 && !last && !flush) {
        return;
    }

    cl = ngx_http_pdn_filter_link(L, ctx, size);

    if (size > 0) {
        cl->buf->last = ngx_http_pdn_text_copy(L, i, cl->buf->start);
    }

    /* a filter that gathers, as gzip's, sends at this mark only */
    cl->buf->flush = flush;
    ctx->filter_in = cl;

    if (last) {
        ngx_http_pdn_set_last(L, ctx, 1);
    }
}


/* ngx.arg[2] = boolean */
static void
ngx_http_pdn_set_last(lua_State *L, ngx_http_pdn_ctx_t *ctx, ngx_uint_t last)
{
    ngx_buf_t *b;
    ngx_chain_t *cl, *tail;

    tail = NULL;

    for (cl = ctx->filter_in; cl != NULL; cl = cl->next) {
        tail = cl;
        b = cl->buf;

        if (!last && (b->last_buf || b->last_in_chain)) {
            b->last_buf = 0;
            b->last_in_chain = 0;

            if (b->pos == b->last && !b->in_file) {
                b->sync = 1;
            }
        }
    }

    if (!last) {
        return;
    }

    ctx->seen_last = 1;

    if (tail == NULL) {
        tail = ngx_http_pdn_filter_link(L, ctx, 0);
        ctx->filter_in = tail;
    }

    tail->buf->last_buf = ctx->request == ctx->request->main;
    tail->buf->last_in_chain = 1;
}


/* Bytes of a string, number or (nested) array of them; raises otherwise. */
static size_t
ngx_http_pdn_text_size(lua_State *L, int i)
{
    int j, n;
    size_t size, len;

    switch (lua_type(L, i)) {

    case LUA_TNUMBER:
    case LUA_TSTRING:
        lua_pushvalue(L, i);
        (void) lua_tolstring(L, -1, &len);
        lua_pop(L, 1);
        return len;

    case LUA_TTABLE:
        luaL_checkstack(L, 4, "tables nested too deeply");
        n = (int) lua_objlen(L, i);
        size = 0;

        for (j = 1; j <= n; j++) {
            lua_rawgeti(L, i, j);
            size += ngx_http_pdn_text_size(L, lua_gettop(L));
            lua_pop(L, 1);
        }

        return size;

    default:
        luaL_error(L, "bad chunk data type: %s", luaL_typename(L, i));
        return 0;
    }
}


static u_char *
ngx_http_pdn_text_copy(lua_State *L, int i, u_char *p)
{
    int j, n;
    size_t len;
    const char *s;

    if (lua_type(L, i) != LUA_TTABLE) {
        lua_pushvalue(L, i);
        s = lua_tolstring(L, -1, &len);
        p = ngx_cpymem(p, s, len);
        lua_pop(L, 1);
        return p;
    }

    n = (int) lua_objlen(L, i);

    for (j = 1; j <= n; j++) {
        lua_rawgeti(L, i, j);
        p = ngx_http_pdn_text_copy(L, lua_gettop(L), p);
        lua_pop(L, 1);
    }

    return p;
}
