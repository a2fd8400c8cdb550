/*
 * SPDX-License-Identifier: MIT
 *
 * Reads what ngx.location.capture() is asked for: { uri, options }.
 */

#include "ngx_http_pdn_capture.h"
#include "ngx_pdn_uri.h"


static void ngx_http_pdn_sub_uri(lua_State *L, ngx_http_request_t *r, int i,
                                 ngx_http_pdn_sub_options_t *options);
static void ngx_http_pdn_sub_table(lua_State *L, ngx_http_request_t *r, int i,
                                   ngx_http_pdn_sub_options_t *options);
static void ngx_http_pdn_sub_args(lua_State *L, ngx_http_request_t *r,
                                  ngx_http_pdn_sub_options_t *options);
static void ngx_http_pdn_sub_vars(lua_State *L, int i,
                                  ngx_http_pdn_sub_options_t *options);
static ngx_uint_t ngx_http_pdn_sub_flag(lua_State *L, int i, const char *name);
static ngx_http_request_body_t *
ngx_http_pdn_sub_own_body(lua_State *L, ngx_http_request_t *r, int i);


void
ngx_http_pdn_sub_options(lua_State *L, ngx_http_request_t *r, int i,
                         ngx_http_pdn_sub_options_t *options)
{
    int top;
    size_t n;

    ngx_memzero(options, sizeof(ngx_http_pdn_sub_options_t));
    options->method = NGX_HTTP_GET;

    luaL_checkstack(L, 16, "too many subrequests");
    lua_rawgeti(L, 1, i);

    if (lua_isnil(L, -1)) {
        luaL_error(L, "only array-like tables are allowed");
    }

    if (!lua_istable(L, -1)) {
        luaL_error(L, "the query argument %d is not a table, but a %s", i - 1,
                   luaL_typename(L, -1));
    }

    n = lua_objlen(L, -1);

    if (n != 1 && n != 2) {
        luaL_error(L, "query argument %d expecting one or two arguments",
                   i - 1);
    }

    top = lua_gettop(L);

    if (n == 2) {
        lua_rawgeti(L, top, 2);

        if (!lua_istable(L, -1)) {
            luaL_error(L,
                       "expecting table as the 2nd argument for subrequest "
                       "%d, but got %s",
                       i - 1, luaL_typename(L, -1));
        }

        ngx_http_pdn_sub_table(L, r, lua_gettop(L), options);
    }

    lua_rawgeti(L, top, 1);
    ngx_http_pdn_sub_uri(L, r, lua_gettop(L), options);
}


/* The URI may bring arguments; those of the options come behind them. */
static void
ngx_http_pdn_sub_uri(lua_State *L, ngx_http_request_t *r, int i,
                     ngx_http_pdn_sub_options_t *options)
{
    u_char *p;
    size_t len;
    ngx_str_t args;
    ngx_uint_t flags;
    const char *s;

    s = lua_tolstring(L, i, &len);

    if (s == NULL) {
        luaL_error(L, "bad argument #1 (string expected, got %s)",
                   luaL_typename(L, i));
        return;
    }

    options->uri.len = len;
    options->uri.data = ngx_pnalloc(r->pool, len + 1);

    if (options->uri.data == NULL) {
        luaL_error(L, "no memory");
    }

    ngx_memcpy(options->uri.data, s, len);
    ngx_str_null(&args);
    flags = 0;

    if (ngx_http_parse_unsafe_uri(r, &options->uri, &args, &flags) != NGX_OK) {
        luaL_error(L, "unsafe uri in argument #1: %s", s);
    }

    if (args.len == 0) {
        return;
    }

    if (options->args.len == 0) {
        options->args = args;
        return;
    }

    len = args.len + 1 + options->args.len;
    p = ngx_pnalloc(r->pool, len);

    if (p == NULL) {
        luaL_error(L, "no memory");
        return;
    }

    ngx_memcpy(p, args.data, args.len);
    p[args.len] = '&';
    ngx_memcpy(p + args.len + 1, options->args.data, options->args.len);

    options->args.data = p;
    options->args.len = len;
}


/* The options' table at `i`. */
static void
ngx_http_pdn_sub_table(lua_State *L, ngx_http_request_t *r, int i,
                       ngx_http_pdn_sub_options_t *options)
{
    lua_getfield(L, i, "args");
    ngx_http_pdn_sub_args(L, r, options);
    lua_settop(L, i);

    lua_getfield(L, i, "vars");
    ngx_http_pdn_sub_vars(L, i + 1, options);

    options->share_vars = ngx_http_pdn_sub_flag(L, i, "share_all_vars");
    options->copy_vars = ngx_http_pdn_sub_flag(L, i, "copy_all_vars");

    lua_getfield(L, i, "always_forward_body");
    options->forward_body = lua_toboolean(L, -1);

    lua_getfield(L, i, "method");

    if (!lua_isnil(L, -1)) {

        if (lua_type(L, -1) != LUA_TNUMBER) {
            luaL_error(L, "Bad http request method");
        }

        options->method = (ngx_uint_t) lua_tonumber(L, -1);
    }

    lua_getfield(L, i, "ctx");

    if (!lua_isnil(L, -1)) {

        if (!lua_istable(L, -1)) {
            luaL_error(L, "Bad ctx option value type %s, expected a Lua table",
                       luaL_typename(L, -1));
        }

        options->ctx = lua_gettop(L);
    }

    lua_getfield(L, i, "body");
    options->body = ngx_http_pdn_sub_own_body(L, r, lua_gettop(L));
}


static void
ngx_http_pdn_sub_args(lua_State *L, ngx_http_request_t *r,
                      ngx_http_pdn_sub_options_t *options)
{
    size_t len;
    const char *s;

    switch (lua_type(L, -1)) {

    case LUA_TNIL:
        return;

    case LUA_TTABLE:
        ngx_pdn_push_query(L, lua_gettop(L));
        break;

    case LUA_TNUMBER:
    case LUA_TSTRING:
        break;

    default:
        luaL_error(L, "Bad args option value");
    }

    s = lua_tolstring(L, -1, &len);

    options->args.len = len;
    options->args.data = ngx_pnalloc(r->pool, len + 1);

    if (options->args.data == NULL) {
        luaL_error(L, "no memory");
    }

    ngx_memcpy(options->args.data, s, len);
}


/* Checks the table at `i`; it is read again when there is a subrequest. */
static void
ngx_http_pdn_sub_vars(lua_State *L, int i, ngx_http_pdn_sub_options_t *options)
{
    if (lua_isnil(L, i)) {
        return;
    }

    if (!lua_istable(L, i)) {
        luaL_error(L, "Bad vars option value");
    }

    lua_pushnil(L);

    while (lua_next(L, i) != 0) {

        if (lua_type(L, -2) != LUA_TSTRING) {
            luaL_error(L, "attempt to use a non-string key in the \"vars\" "
                          "option table");
        }

        if (!lua_isstring(L, -1)) {
            luaL_error(L, "attempt to use bad variable value type %s",
                       luaL_typename(L, -1));
        }

        lua_pop(L, 1);
    }

    options->vars = i;
}


static ngx_uint_t
ngx_http_pdn_sub_flag(lua_State *L, int i, const char *name)
{
    ngx_uint_t value;

    lua_getfield(L, i, name);

    if (!lua_isnil(L, -1) && !lua_isboolean(L, -1)) {
        luaL_error(L, "Bad %s option value", name);
    }

    value = lua_toboolean(L, -1);
    lua_pop(L, 1);

    return value;
}


static ngx_http_request_body_t *
ngx_http_pdn_sub_own_body(lua_State *L, ngx_http_request_t *r, int i)
{
    size_t len;
    ngx_buf_t *b;
    const char *s;
    ngx_http_request_body_t *body;

    if (lua_isnil(L, i)) {
        return NULL;
    }

    if (lua_type(L, i) != LUA_TSTRING && lua_type(L, i) != LUA_TNUMBER) {
        luaL_error(L, "Bad http request body");
    }

    s = lua_tolstring(L, i, &len);
    body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));

    if (body == NULL) {
        luaL_error(L, "no memory");
        return NULL;
    }

    if (len == 0) {
        return body;
    }

    b = ngx_create_temp_buf(r->pool, len);
    body->bufs = ngx_alloc_chain_link(r->pool);

    if (b == NULL || body->bufs == NULL) {
        luaL_error(L, "no memory");
        return NULL;
    }

    b->last = ngx_cpymem(b->last, s, len);

    body->buf = b;
    body->bufs->buf = b;
    body->bufs->next = NULL;

    return body;
}
