/*
 * SPDX-License-Identifier: MIT
 *
 * How code ends its phase: ngx.exec, ngx.redirect, and what ngx.exit means; the
 * numbers
 * of HTTP's statuses.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_parts.h"
#include "ngx_pdn_uri.h"


typedef struct {
    const char *name;
    ngx_uint_t status;
} ngx_http_pdn_status_t;


static int ngx_http_pdn_exec(lua_State *L);
static int ngx_http_pdn_redirect_to(lua_State *L);


/* Of HTTP, RFC 9110 and its companions. */

static const ngx_http_pdn_status_t ngx_http_pdn_statuses[] = {
    { "CONTINUE", 100 },
    { "SWITCHING_PROTOCOLS", 101 },
    { "OK", 200 },
    { "CREATED", 201 },
    { "ACCEPTED", 202 },
    { "NO_CONTENT", 204 },
    { "PARTIAL_CONTENT", 206 },
    { "SPECIAL_RESPONSE", 300 },
    { "MOVED_PERMANENTLY", 301 },
    { "MOVED_TEMPORARILY", 302 },
    { "SEE_OTHER", 303 },
    { "NOT_MODIFIED", 304 },
    { "TEMPORARY_REDIRECT", 307 },
    { "PERMANENT_REDIRECT", 308 },
    { "BAD_REQUEST", 400 },
    { "UNAUTHORIZED", 401 },
    { "PAYMENT_REQUIRED", 402 },
    { "FORBIDDEN", 403 },
    { "NOT_FOUND", 404 },
    { "NOT_ALLOWED", 405 },
    { "NOT_ACCEPTABLE", 406 },
    { "REQUEST_TIMEOUT", 408 },
    { "CONFLICT", 409 },
    { "GONE", 410 },
    { "UPGRADE_REQUIRED", 426 },
    { "TOO_MANY_REQUESTS", 429 },
    { "CLOSE", 444 },
    { "ILLEGAL", 451 },
    { "INTERNAL_SERVER_ERROR", 500 },
    { "NOT_IMPLEMENTED", 501 },
    { "METHOD_NOT_IMPLEMENTED", 501 },
    { "BAD_GATEWAY", 502 },
    { "SERVICE_UNAVAILABLE", 503 },
    { "GATEWAY_TIMEOUT", 504 },
    { "VERSION_NOT_SUPPORTED", 505 },
    { "INSUFFICIENT_STORAGE", 507 },
    { NULL, 0 }
};


void
ngx_http_pdn_control_open(lua_State *L)
{
    char name[48];
    const ngx_http_pdn_status_t *s;

    lua_pushcfunction(L, ngx_http_pdn_exec);
    lua_setfield(L, 1, "exec");
    lua_pushcfunction(L, ngx_http_pdn_redirect_to);
    lua_setfield(L, 1, "redirect");

    for (s = ngx_http_pdn_statuses; s->name != NULL; s++) {
        (void) ngx_snprintf((u_char *) name, sizeof(name), "HTTP_%s%Z",
                            s->name);
        lua_pushinteger(L, s->status);
        lua_setfield(L, 1, name);
    }
}


ngx_int_t
ngx_http_pdn_exit(lua_State *L, ngx_pdn_host_t *host, ngx_int_t rc)
{
    ngx_http_request_t *r = host->data;

    if (rc == NGX_ERROR || ngx_http_pdn_hangs_up(rc)) {
        return rc;
    }

    ngx_http_pdn_check_leave(L, ngx_http_pdn_ctx(r));

    if (!(host->phase->bit & NGX_PDN_ANSWERING) || !r->header_sent
        || rc < NGX_HTTP_SPECIAL_RESPONSE)
    {
        return rc;
    }

    if (r->headers_out.status != (ngx_uint_t) rc) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "attempt to set status %i via ngx.exit after "
                      "sending out the response status %ui",
                      rc, r->headers_out.status);
    }

    return NGX_HTTP_OK;
}


/* Lua: exec(uri, args?); does not return  [-2, +0, e] */
static int
ngx_http_pdn_exec(lua_State *L)
{
    u_char *p;
    size_t len;
    ngx_str_t uri, args;
    ngx_uint_t flags;
    const char *s;
    ngx_http_request_t *r;
    ngx_http_pdn_ctx_t *ctx;

    if (lua_gettop(L) < 1 || lua_gettop(L) > 2) {
        return luaL_error(L, "expecting one or two arguments, but got %d",
                          lua_gettop(L));
    }

    r = ngx_http_pdn_check(L, NGX_PDN_ANSWERING);
    ctx = ngx_http_pdn_ctx(r);
    ngx_http_pdn_check_leave(L, ctx);

    s = luaL_checklstring(L, 1, &len);

    if (len == 0) {
        return luaL_error(L, "The uri argument is empty");
    }

    if (r->header_sent || ctx->output.chain != NULL) {
        return luaL_error(L, "attempt to call ngx.exec after sending out "
                             "response headers");
    }

    uri.len = len;
    uri.data = ngx_pnalloc(r->pool, len + 1);

    if (uri.data == NULL) {
        return luaL_error(L, "no memory");
    }

    ngx_memcpy(uri.data, s, len);
    ngx_str_null(&args);
    flags = NGX_HTTP_LOG_UNSAFE;

    if (ngx_http_parse_unsafe_uri(r, &uri, &args, &flags) != NGX_OK) {
        return luaL_error(L, "unsafe uri");
    }

    if (!lua_isnoneornil(L, 2)) {

        if (lua_istable(L, 2)) {
            ngx_pdn_push_query(L, 2);

        } else {
            luaL_checkstring(L, 2);
            lua_pushvalue(L, 2);
        }

        s = lua_tolstring(L, -1, &len);
        p = ngx_pnalloc(r->pool, args.len + 1 + len + 1);

        if (p == NULL) {
            return luaL_error(L, "no memory");
        }

        if (args.len != 0) {
            ngx_memcpy(p, args.data, args.len);
            p[args.len] = '&';
            ngx_memcpy(p + args.len + 1, s, len);
            len += args.len + 1;

        } else {
            ngx_memcpy(p, s, len);
        }

        args.data = p;
        args.len = len;
    }

    ctx->exec_uri = uri;
    ctx->exec_args = args;

    return ngx_pdn_leave(L, NGX_DONE);
}


/* Lua: redirect(uri, status?); does not return  [-2, +0, e] */
static int
ngx_http_pdn_redirect_to(lua_State *L)
{
    size_t len;
    lua_Integer status;
    ngx_str_t name, value;
    const char *s;
    ngx_http_request_t *r;

    s = luaL_checklstring(L, 1, &len);
    status = luaL_optinteger(L, 2, NGX_HTTP_MOVED_TEMPORARILY);

    if (status != 301 && status != 302 && status != 303 && status != 307
        && status != 308)
    {
        return luaL_error(L, "only ngx.HTTP_MOVED_TEMPORARILY, "
                             "ngx.HTTP_MOVED_PERMANENTLY, "
                             "ngx.HTTP_PERMANENT_REDIRECT, "
                             "ngx.HTTP_SEE_OTHER, and "
                             "ngx.HTTP_TEMPORARY_REDIRECT are allowed");
    }

    r = ngx_http_pdn_check(L, NGX_PDN_ANSWERING);
    ngx_http_pdn_check_leave(L, ngx_http_pdn_ctx(r));

    if (r->header_sent || ngx_http_pdn_ctx(r)->output.chain != NULL) {
        return luaL_error(L, "attempt to call ngx.redirect after sending out "
                             "the headers");
    }

    ngx_http_pdn_check_uri(L, (u_char *) s, len, "redirect uri", "");

    ngx_str_set(&name, "Location");

    if (ngx_http_pdn_copy_value(r->pool, &value, (u_char *) s, len) != NGX_OK) {
        return luaL_error(L, "no memory");
    }

    if (ngx_http_pdn_set_header_out(r, &name, &value, 0) != NGX_OK) {
        return luaL_error(L, "no memory");
    }

    r->headers_out.status = status;

    return ngx_pdn_leave(L, status);
}
