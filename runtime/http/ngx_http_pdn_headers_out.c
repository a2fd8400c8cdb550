/*
 * SPDX-License-Identifier: MIT
 *
 * The response's status and headers: ngx.status, ngx.header, ngx.resp.
 */

#include "ngx_http_pdn_headers.h"
#include "ngx_http_pdn_parts.h"


/* Headers that nginx itself looks at through a pointer. */

typedef struct {
    ngx_str_t                 name;
    size_t                    offset;
} ngx_http_pdn_slot_t;


static int ngx_http_pdn_header_get(lua_State *L);
static int ngx_http_pdn_header_set(lua_State *L);
static int ngx_http_pdn_status_get(lua_State *L);
static int ngx_http_pdn_status_set(lua_State *L);
static int ngx_http_pdn_headers_sent(lua_State *L);
static int ngx_http_pdn_is_subrequest(lua_State *L);
static int ngx_http_pdn_resp_get_headers(lua_State *L);
static int ngx_http_pdn_resp_add_header(lua_State *L);
static void ngx_http_pdn_write_header(lua_State *L, ngx_http_pdn_ctx_t *ctx,
    ngx_str_t *name, int value, ngx_uint_t add);
static void ngx_http_pdn_write_value(lua_State *L, ngx_http_pdn_ctx_t *ctx,
    ngx_str_t *name, int i);
static ngx_uint_t ngx_http_pdn_name_is(ngx_str_t *name, const char *text);
static void ngx_http_pdn_note_slot(ngx_http_request_t *r, ngx_str_t *name,
    ngx_table_elt_t *h);
static void ngx_http_pdn_clear_header(ngx_http_request_t *r, ngx_str_t *name);
static void ngx_http_pdn_set_type(lua_State *L, ngx_http_pdn_ctx_t *ctx,
    int i);


#define SLOT(text, field)                                                     \
    { ngx_string(text), offsetof(ngx_http_headers_out_t, field) }

static const ngx_http_pdn_slot_t  ngx_http_pdn_out_slots[] = {
    SLOT("Server", server),
    SLOT("Date", date),
    SLOT("Content-Length", content_length),
    SLOT("Content-Encoding", content_encoding),
    SLOT("Location", location),
    SLOT("Refresh", refresh),
    SLOT("Last-Modified", last_modified),
    SLOT("Content-Range", content_range),
    SLOT("Accept-Ranges", accept_ranges),
    SLOT("WWW-Authenticate", www_authenticate),
    SLOT("Expires", expires),
    SLOT("ETag", etag),
#if (nginx_version >= 1023000)
    SLOT("Cache-Control", cache_control),
    SLOT("Link", link),
#endif
    { ngx_null_string, 0 }
};


static const luaL_Reg  ngx_http_pdn_resp_functions[] = {
    { "get_headers", ngx_http_pdn_resp_get_headers },
    { "add_header",  ngx_http_pdn_resp_add_header },
    { NULL,          NULL }
};


void
ngx_http_pdn_headers_out_open(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, ngx_http_pdn_header_get);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, ngx_http_pdn_header_set);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_setfield(L, 1, "header");

    lua_newtable(L);
    luaL_register(L, NULL, ngx_http_pdn_resp_functions);
    lua_setfield(L, 1, "resp");

    /* Fields of `ngx` itself that are computed; see 10_fields.lua. */

    lua_pushcfunction(L, ngx_http_pdn_status_get);
    lua_setfield(L, 2, "status_get");
    lua_pushcfunction(L, ngx_http_pdn_status_set);
    lua_setfield(L, 2, "status_set");
    lua_pushcfunction(L, ngx_http_pdn_headers_sent);
    lua_setfield(L, 2, "headers_sent");
    lua_pushcfunction(L, ngx_http_pdn_is_subrequest);
    lua_setfield(L, 2, "is_subrequest");
}


/* Lua: status_get() -> integer  [-0, +1, e] */
static int
ngx_http_pdn_status_get(lua_State *L)
{
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    if (r->err_status) {
        lua_pushinteger(L, r->err_status);

    } else if (r->headers_out.status) {
        lua_pushinteger(L, r->headers_out.status);

    } else {
        lua_pushinteger(L, r->http_version == NGX_HTTP_VERSION_9 ? 9 : 0);
    }

    return 1;
}


/* Lua: status_set(integer)  [-1, +0, e] */
static int
ngx_http_pdn_status_set(lua_State *L)
{
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    if (r->header_sent) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "attempt to set ngx.status after sending out response "
                      "headers");
        return 0;
    }

    r->headers_out.status = luaL_checkinteger(L, 1);
    r->err_status = 0;

    /* nginx knows no text for 101: it wants the line as it is to be. */

    if (r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS) {
        ngx_str_set(&r->headers_out.status_line, "101 Switching Protocols");

    } else {
        r->headers_out.status_line.len = 0;
    }

    return 0;
}


/* Lua: headers_sent() -> boolean  [-0, +1, e] */
static int
ngx_http_pdn_headers_sent(lua_State *L)
{
    lua_pushboolean(L, ngx_http_pdn_check(L, NGX_PDN_REQUEST)->header_sent);
    return 1;
}


/* Lua: is_subrequest() -> boolean  [-0, +1, e] */
static int
ngx_http_pdn_is_subrequest(lua_State *L)
{
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);
    lua_pushboolean(L, r != r->main);

    return 1;
}


/* The name at `i`, dashes for underscores; raises for what is no name. */
static void
ngx_http_pdn_check_name(lua_State *L, int i, ngx_http_request_t *r,
    ngx_str_t *name)
{
    size_t                    len;
    const char               *s;
    ngx_http_pdn_loc_conf_t  *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_pandan_module);
    s = luaL_checklstring(L, i, &len);

    if (ngx_http_pdn_copy_name(r->pool, name, s, len,
                               plcf->transform_underscores)
        != NGX_OK)
    {
        luaL_error(L, "no memory");
    }
}


/* Lua: ngx.header[name]  [-2, +1, e] */
static int
ngx_http_pdn_header_get(lua_State *L)
{
    ngx_int_t            n;
    ngx_str_t            name;
    ngx_uint_t           i;
    ngx_list_part_t     *part;
    ngx_table_elt_t     *h;
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);
    ngx_http_pdn_check_name(L, 2, r, &name);

    if (ngx_http_pdn_name_is(&name, "content-type")) {

        if (r->headers_out.content_type.len == 0) {
            return 0;
        }

        lua_pushlstring(L, (char *) r->headers_out.content_type.data,
                        r->headers_out.content_type.len);
        return 1;
    }

    if (ngx_http_pdn_name_is(&name, "content-length")
        && r->headers_out.content_length == NULL
        && r->headers_out.content_length_n >= 0)
    {
        lua_pushfstring(L, "%d", (int) r->headers_out.content_length_n);
        return 1;
    }

    n = 0;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0 || h[i].key.len != name.len
                || ngx_strncasecmp(h[i].key.data, name.data, name.len) != 0)
            {
                continue;
            }

            lua_pushlstring(L, (char *) h[i].value.data, h[i].value.len);

            if (++n == 1) {
                continue;
            }

            if (n == 2) {
                lua_createtable(L, 4, 0);
                lua_insert(L, -3);
                lua_insert(L, -2);
                lua_rawseti(L, -3, 1);
                lua_rawseti(L, -2, 2);

            } else {
                lua_rawseti(L, -2, n);
            }
        }
    }

    return n ? 1 : 0;
}


/* Lua: ngx.header[name] = string | number | list | nil  [-3, +0, e] */
static int
ngx_http_pdn_header_set(lua_State *L)
{
    ngx_str_t            name;
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    if (r->header_sent) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "attempt to set ngx.header.HEADER after sending out "
                      "response headers");
        return 0;
    }

    ngx_http_pdn_check_name(L, 2, r, &name);
    ngx_http_pdn_write_header(L, ngx_http_pdn_ctx(r), &name, 3, 0);

    return 0;
}


/* Lua: add_header(name, value or list)  [-2, +0, e] */
static int
ngx_http_pdn_resp_add_header(lua_State *L)
{
    ngx_str_t            name;
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    if (r->header_sent) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "attempt to set ngx.header.HEADER after sending out "
                      "response headers");
        return 0;
    }

    ngx_http_pdn_check_name(L, 1, r, &name);

    if (lua_isnoneornil(L, 2)) {
        return luaL_error(L, "bad 'value' argument: string or table "
                             "expected, got nil");
    }

    lua_settop(L, 2);
    ngx_http_pdn_write_header(L, ngx_http_pdn_ctx(r), &name, 2, 1);

    return 0;
}


static void
ngx_http_pdn_write_header(lua_State *L, ngx_http_pdn_ctx_t *ctx,
    ngx_str_t *name, int value, ngx_uint_t add)
{
    int  j, n;

    ctx->headers_set = 1;

    if (ngx_http_pdn_name_is(name, "content-type")) {

        if (lua_istable(L, value)) {
            lua_rawgeti(L, value, (int) lua_objlen(L, value));
            value = lua_gettop(L);
        }

        ngx_http_pdn_set_type(L, ctx, value);
        return;
    }

    if (!add) {
        ngx_http_pdn_clear_header(ctx->request, name);
    }

    if (lua_isnil(L, value)) {
        return;
    }

    if (!lua_istable(L, value)) {
        ngx_http_pdn_write_value(L, ctx, name, value);
        return;
    }

    n = (int) lua_objlen(L, value);

    for (j = 1; j <= n; j++) {
        lua_rawgeti(L, value, j);
        ngx_http_pdn_write_value(L, ctx, name, lua_gettop(L));
        lua_pop(L, 1);
    }
}


static void
ngx_http_pdn_write_value(lua_State *L, ngx_http_pdn_ctx_t *ctx,
    ngx_str_t *name, int i)
{
    size_t               len;
    ngx_str_t            value;
    const char          *s;
    ngx_table_elt_t     *h;
    ngx_http_request_t  *r;

    r = ctx->request;

    if (lua_isboolean(L, i)) {
        s = lua_toboolean(L, i) ? "true" : "false";
        len = strlen(s);

    } else {
        s = lua_tolstring(L, i, &len);
    }

    if (s == NULL) {
        luaL_error(L, "invalid header value: string, number or table "
                      "expected, got %s", luaL_typename(L, i));
        return;
    }

    if (ngx_http_pdn_copy_value(r->pool, &value, s, len) != NGX_OK) {
        luaL_error(L, "no memory");
        return;
    }

    h = ngx_http_pdn_push_header(&r->headers_out.headers, r->pool, name,
                                 &value);
    if (h == NULL) {
        luaL_error(L, "no memory");
        return;
    }

    ngx_http_pdn_note_slot(r, name, h);
}


static ngx_uint_t
ngx_http_pdn_name_is(ngx_str_t *name, const char *text)
{
    return name->len == ngx_strlen(text)
           && ngx_strncasecmp(name->data, (u_char *) text, name->len) == 0;
}


/* Keeps what nginx knows of its own headers true; h NULL: it is gone. */
static void
ngx_http_pdn_note_slot(ngx_http_request_t *r, ngx_str_t *name,
    ngx_table_elt_t *h)
{
    ngx_table_elt_t           **slot;
    const ngx_http_pdn_slot_t  *s;

    for (s = ngx_http_pdn_out_slots; s->name.len != 0; s++) {

        if (s->name.len == name->len
            && ngx_strncasecmp(s->name.data, name->data, name->len) == 0)
        {
            slot = (ngx_table_elt_t **) ((char *) &r->headers_out + s->offset);
            *slot = h;
            break;
        }
    }

    if (ngx_http_pdn_name_is(name, "content-length")) {
        r->headers_out.content_length_n =
            h ? ngx_atoof(h->value.data, h->value.len) : -1;

    } else if (ngx_http_pdn_name_is(name, "last-modified")) {
        r->headers_out.last_modified_time =
            h ? ngx_parse_http_time(h->value.data, h->value.len) : -1;

#if (nginx_version < 1023000)
    } else if (ngx_http_pdn_name_is(name, "cache-control")) {

        if (r->headers_out.cache_control.elts == NULL
            && ngx_array_init(&r->headers_out.cache_control, r->pool, 2,
                              sizeof(ngx_table_elt_t *)) != NGX_OK)
        {
            return;
        }

        if (h == NULL) {
            r->headers_out.cache_control.nelts = 0;

        } else {
            slot = ngx_array_push(&r->headers_out.cache_control);

            if (slot != NULL) {
                *slot = h;
            }
        }
#endif
    }
}


static void
ngx_http_pdn_clear_header(ngx_http_request_t *r, ngx_str_t *name)
{
    (void) ngx_http_pdn_remove_header(&r->headers_out.headers, name);
    ngx_http_pdn_note_slot(r, name, NULL);
}


static void
ngx_http_pdn_set_type(lua_State *L, ngx_http_pdn_ctx_t *ctx, int i)
{
    u_char              *p, *last;
    size_t               len;
    ngx_str_t            type;
    const char          *s;
    ngx_http_request_t  *r;

    r = ctx->request;
    s = lua_isnil(L, i) ? "" : luaL_checkstring(L, i);
    len = lua_isnil(L, i) ? 0 : lua_objlen(L, i);

    if (ngx_http_pdn_copy_value(r->pool, &type, s, len) != NGX_OK) {
        luaL_error(L, "no memory");
        return;
    }

    ctx->type_set = 1;

    r->headers_out.content_type = type;
    r->headers_out.content_type_len = type.len;
    r->headers_out.content_type_hash = 0;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_null(&r->headers_out.charset);

    /* For filters that compare types, parameters do not count. */

    last = type.data + type.len;

    for (p = type.data; p < last && *p != ';'; p++) {
        /* void */
    }

    while (p > type.data && p[-1] == ' ') {
        p--;
    }

    r->headers_out.content_type_len = p - type.data;
}


/* Lua: resp.get_headers(max?, raw?) -> table [, "truncated"]  [-2, +2, e] */
static int
ngx_http_pdn_resp_get_headers(lua_State *L)
{
    ngx_int_t            max;
    ngx_uint_t           raw, truncated;
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);
    max = luaL_optinteger(L, 1, 100);
    raw = lua_toboolean(L, 2);

    truncated = ngx_http_pdn_push_headers(L, &r->headers_out.headers, max,
                                          raw);

    /* Those that nginx keeps elsewhere. */

    if (r->headers_out.content_type.len) {
        lua_pushstring(L, raw ? "Content-Type" : "content-type");
        lua_pushlstring(L, (char *) r->headers_out.content_type.data,
                        r->headers_out.content_type.len);
        lua_rawset(L, -3);
    }

    if (r->headers_out.content_length == NULL
        && r->headers_out.content_length_n >= 0)
    {
        lua_pushstring(L, raw ? "Content-Length" : "content-length");
        lua_pushfstring(L, "%d", (int) r->headers_out.content_length_n);
        lua_rawset(L, -3);
    }

    if (r->header_sent) {
        lua_pushstring(L, raw ? "Connection" : "connection");
        lua_pushstring(L, r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS
                          ? "upgrade" : r->keepalive ? "keep-alive" : "close");
        lua_rawset(L, -3);

        if (r->chunked) {
            lua_pushstring(L, raw ? "Transfer-Encoding" : "transfer-encoding");
            lua_pushliteral(L, "chunked");
            lua_rawset(L, -3);
        }
    }

    if (!raw) {
        ngx_http_pdn_lenient(L);
    }

    if (truncated) {
        lua_pushliteral(L, "truncated");
    }

    return truncated ? 2 : 1;
}
