/*
 * SPDX-License-Identifier: MIT
 *
 * The request's URI and arguments: ngx.req.get_uri_args and its kin.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_parts.h"
#include "ngx_pdn_uri.h"


static int ngx_http_pdn_get_uri_args(lua_State *L);
static int ngx_http_pdn_set_uri_args(lua_State *L);
static int ngx_http_pdn_get_post_args(lua_State *L);
static int ngx_http_pdn_set_uri(lua_State *L);
static int ngx_http_pdn_push_decoded(lua_State *L, ngx_chain_t *in,
                                     ngx_int_t max, int table);


static const luaL_Reg ngx_http_pdn_args_functions[] = {
    { "get_uri_args", ngx_http_pdn_get_uri_args },
    { "set_uri_args", ngx_http_pdn_set_uri_args },
    { "get_post_args", ngx_http_pdn_get_post_args },
    { "set_uri", ngx_http_pdn_set_uri },
    { NULL, NULL }
};


void
ngx_http_pdn_args_open(lua_State *L)
{
    lua_getfield(L, 1, "req");
    luaL_register(L, NULL, ngx_http_pdn_args_functions);
}


/* Decodes a copy of the chain's bytes. */
static int
ngx_http_pdn_push_decoded(lua_State *L, ngx_chain_t *in, ngx_int_t max,
                          int table)
{
    size_t len;
    u_char *text, *p;
    ngx_uint_t truncated;
    ngx_chain_t *cl;

    len = 0;

    for (cl = in; cl != NULL; cl = cl->next) {
        len += cl->buf->last - cl->buf->pos;
    }

    text = lua_newuserdata(L, len + 1);
    p = text;

    for (cl = in; cl != NULL; cl = cl->next) {
        /* the last one may be special: it has no memory at all */
        if (cl->buf->pos != cl->buf->last) {
            p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
        }
    }

    if (table != 0) {
        lua_pushvalue(L, table);
        table = lua_gettop(L);
    }

    truncated = ngx_pdn_push_args(L, text, len, max, table);

    if (truncated) {
        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, ngx_pdn_task->host->log, 0,
                       "lua hit query args limit %i", max);
        lua_pushliteral(L, "truncated");
        return 2;
    }

    return 1;
}


/* Lua: get_uri_args(max?, table?) -> table [, "truncated"]  [-2, +2, e] */
static int
ngx_http_pdn_get_uri_args(lua_State *L)
{
    ngx_buf_t b;
    ngx_chain_t cl;
    ngx_http_request_t *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    b.pos = r->args.data;
    b.last = r->args.data + r->args.len;
    cl.buf = &b;
    cl.next = NULL;

    return ngx_http_pdn_push_decoded(L, &cl, luaL_optinteger(L, 1, 100),
                                     lua_istable(L, 2) ? 2 : 0);
}


/* Lua: get_post_args(max?) -> table [, "truncated"] | nil, err */
static int
ngx_http_pdn_get_post_args(lua_State *L)
{
    ngx_int_t max;
    ngx_http_request_t *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);
    max = luaL_optinteger(L, 1, 100);

    if (r->discard_body) {
        lua_createtable(L, 0, 0);
        return 1;
    }

    if (r->request_body == NULL) {
        return luaL_error(L, "no request body found; maybe you should turn on "
                             "lua_need_request_body?");
    }

    if (r->request_body->temp_file != NULL) {
        lua_pushnil(L);
        lua_pushliteral(L, "request body in temp file not supported");
        return 2;
    }

    return ngx_http_pdn_push_decoded(L, r->request_body->bufs, max, 0);
}


/* Lua: set_uri_args(string | table)  [-1, +0, e] */
static int
ngx_http_pdn_set_uri_args(lua_State *L)
{
    size_t len;
    const char *s;
    ngx_http_request_t *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    if (lua_gettop(L) != 1) {
        return luaL_error(L, "expecting 1 argument but seen %d", lua_gettop(L));
    }

    switch (lua_type(L, 1)) {

    case LUA_TNUMBER:
    case LUA_TSTRING:
        lua_settop(L, 1);
        break;

    case LUA_TTABLE:
        ngx_pdn_push_query(L, 1);
        break;

    default:
        return luaL_argerror(
            L, 1,
            lua_pushfstring(L,
                            "string, number, or table expected, but "
                            "got %s",
                            luaL_typename(L, 1)));
    }

    /* Control bytes would break the line of who passes it on. */

    s = lua_tolstring(L, -1, &len);

    if (ngx_http_pdn_copy_value(r->pool, &r->args, (u_char *) s, len) != NGX_OK)
    {
        return luaL_error(L, "no memory");
    }

    r->valid_unparsed_uri = 0;

    return 0;
}


void
ngx_http_pdn_check_uri(lua_State *L, const u_char *uri, size_t len,
                       const char *what, const char *hint)
{
    char text[8];
    size_t i;
    u_char ch;
    luaL_Buffer buf;

    for (i = 0; i < len; i++) {
        if ((uri[i] < 0x20 && uri[i] != '\t') || uri[i] == 0x7f) {
            break;
        }
    }

    if (i == len) {
        return;
    }

    (void) ngx_snprintf((u_char *) text, sizeof(text), "0x%02xd%Z", uri[i]);
    luaL_buffinit(L, &buf);

    for (i = 0; i < len; i++) {
        ch = uri[i];

        if (ch < 0x20 || ch >= 0x7f || ch == '"' || ch == '\\') {
            luaL_addchar(&buf, '\\');
            luaL_addchar(&buf, 'x');
            luaL_addchar(&buf, "0123456789ABCDEF"[ch >> 4]);
            luaL_addchar(&buf, "0123456789ABCDEF"[ch & 15]);

        } else {
            luaL_addchar(&buf, ch);
        }
    }

    luaL_pushresult(&buf);

    luaL_error(L, "unsafe byte \"%s\" in %s \"%s\"%s", text, what,
               lua_tostring(L, -1), hint);
}


/* Lua: set_uri(uri, jump?, binary?); with `jump` it does not return */
static int
ngx_http_pdn_set_uri(lua_State *L)
{
    int n, jump;
    size_t len;
    ngx_str_t uri;
    const char *s;
    ngx_http_request_t *r;
    ngx_http_pdn_ctx_t *ctx;

    n = lua_gettop(L);

    if (n < 1 || n > 3) {
        return luaL_error(L, "expecting 1, 2 or 3 arguments but seen %d", n);
    }

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);
    ctx = ngx_http_pdn_ctx(r);

    s = luaL_checklstring(L, 1, &len);

    if (len == 0) {
        return luaL_error(L, "attempt to use zero-length uri");
    }

    if (n >= 2) {
        luaL_checktype(L, 2, LUA_TBOOLEAN);
    }

    if (n == 3) {
        luaL_checktype(L, 3, LUA_TBOOLEAN);
    }

    jump = lua_toboolean(L, 2);

    if (!lua_toboolean(L, 3)) {
        ngx_http_pdn_check_uri(L, (u_char *) s, len, "uri",
                               " (maybe you want to set the 'binary' "
                               "argument?)");
    }

    if (jump) {
        (void) ngx_http_pdn_check(L, NGX_PDN_REWRITE | NGX_PDN_SERVER_REWRITE);
        ngx_http_pdn_check_leave(L, ctx);
    }

    uri.data = ngx_pnalloc(r->pool, len + 1);
    if (uri.data == NULL) {
        return luaL_error(L, "no memory");
    }

    ngx_memcpy(uri.data, s, len);

    uri.len = len;
    r->uri = uri;
    r->internal = 1;
    r->uri_changed = jump;
    r->valid_unparsed_uri = 0;

    if (!jump) {
        /* Modules that kept the location's part of it must look again. */
        r->valid_location = 0;
    }

    ngx_http_set_exten(r);

    if (!jump) {
        return 0;
    }

    ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua set uri jump to \"%V\"", &r->uri);

    ctx->jumping = 1;

    return ngx_pdn_leave(L, NGX_DONE);
}
