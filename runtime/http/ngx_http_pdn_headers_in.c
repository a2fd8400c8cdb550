/*
 * SPDX-License-Identifier: MIT
 *
 * The request's line and headers: ngx.req.*, but for arguments and body.
 */

#include "ngx_http_pdn_headers.h"
#include "ngx_http_pdn_parts.h"


typedef struct {
    const char               *name;
    ngx_uint_t                id;
} ngx_http_pdn_method_t;


static int ngx_http_pdn_req_get_headers(lua_State *L);
static int ngx_http_pdn_req_set_header(lua_State *L);
static int ngx_http_pdn_req_clear_header(lua_State *L);
static int ngx_http_pdn_req_raw_header(lua_State *L);
static int ngx_http_pdn_req_is_internal(lua_State *L);
static int ngx_http_pdn_req_start_time(lua_State *L);
static int ngx_http_pdn_req_http_version(lua_State *L);
static int ngx_http_pdn_req_get_method(lua_State *L);
static int ngx_http_pdn_req_set_method(lua_State *L);
static void ngx_http_pdn_add_req_header(lua_State *L, ngx_http_request_t *r,
    ngx_str_t *name, int value);
static void ngx_http_pdn_note_req_slot(ngx_http_request_t *r,
    ngx_str_t *name, ngx_table_elt_t *h);
static void ngx_http_pdn_note_connection(ngx_http_request_t *r,
    ngx_table_elt_t *h);


static const luaL_Reg  ngx_http_pdn_req_functions[] = {
    { "get_headers",  ngx_http_pdn_req_get_headers },
    { "set_header",   ngx_http_pdn_req_set_header },
    { "clear_header", ngx_http_pdn_req_clear_header },
    { "raw_header",   ngx_http_pdn_req_raw_header },
    { "is_internal",  ngx_http_pdn_req_is_internal },
    { "start_time",   ngx_http_pdn_req_start_time },
    { "http_version", ngx_http_pdn_req_http_version },
    { "get_method",   ngx_http_pdn_req_get_method },
    { "set_method",   ngx_http_pdn_req_set_method },
    { NULL,           NULL }
};


static const ngx_http_pdn_method_t  ngx_http_pdn_methods[] = {
    { "GET",       NGX_HTTP_GET },
    { "HEAD",      NGX_HTTP_HEAD },
    { "PUT",       NGX_HTTP_PUT },
    { "POST",      NGX_HTTP_POST },
    { "DELETE",    NGX_HTTP_DELETE },
    { "OPTIONS",   NGX_HTTP_OPTIONS },
    { "MKCOL",     NGX_HTTP_MKCOL },
    { "COPY",      NGX_HTTP_COPY },
    { "MOVE",      NGX_HTTP_MOVE },
    { "PROPFIND",  NGX_HTTP_PROPFIND },
    { "PROPPATCH", NGX_HTTP_PROPPATCH },
    { "LOCK",      NGX_HTTP_LOCK },
    { "UNLOCK",    NGX_HTTP_UNLOCK },
    { "PATCH",     NGX_HTTP_PATCH },
    { "TRACE",     NGX_HTTP_TRACE },
    { NULL,        0 }
};


void
ngx_http_pdn_headers_in_open(lua_State *L)
{
    char                          name[32];
    const ngx_http_pdn_method_t  *m;

    lua_newtable(L);
    luaL_register(L, NULL, ngx_http_pdn_req_functions);
    lua_setfield(L, 1, "req");

    for (m = ngx_http_pdn_methods; m->name != NULL; m++) {
        (void) ngx_snprintf((u_char *) name, sizeof(name), "HTTP_%s%Z",
                            m->name);
        lua_pushinteger(L, m->id);
        lua_setfield(L, 1, name);
    }
}


/* Lua: get_headers(max?, raw?) -> table [, "truncated"]  [-2, +2, e] */
static int
ngx_http_pdn_req_get_headers(lua_State *L)
{
    ngx_int_t            max;
    ngx_uint_t           raw, truncated;
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);
    max = luaL_optinteger(L, 1, 100);
    raw = lua_toboolean(L, 2);

    truncated = ngx_http_pdn_push_headers(L, &r->headers_in.headers, max, raw);

    if (!raw) {
        ngx_http_pdn_lenient(L);
    }

    if (truncated) {
        lua_pushliteral(L, "truncated");
        return 2;
    }

    return 1;
}


/* Lua: set_header(name, string | number | list | nil)  [-2, +0, e] */
static int
ngx_http_pdn_req_set_header(lua_State *L)
{
    int                  j, n;
    size_t               len;
    ngx_str_t            name;
    const char          *s;
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);
    s = luaL_checklstring(L, 1, &len);
    lua_settop(L, 2);

    if (r->http_version < NGX_HTTP_VERSION_10) {
        return 0;
    }

    if (ngx_http_pdn_copy_name(r->pool, &name, s, len, 0) != NGX_OK) {
        return luaL_error(L, "no memory");
    }

    (void) ngx_http_pdn_remove_header(&r->headers_in.headers, &name);
    ngx_http_pdn_note_req_slot(r, &name, NULL);

    if (lua_isnil(L, 2)) {
        return 0;
    }

    if (!lua_istable(L, 2)) {
        ngx_http_pdn_add_req_header(L, r, &name, 2);
        return 0;
    }

    n = (int) lua_objlen(L, 2);

    for (j = 1; j <= n; j++) {
        lua_rawgeti(L, 2, j);
        ngx_http_pdn_add_req_header(L, r, &name, lua_gettop(L));
        lua_pop(L, 1);
    }

    return 0;
}


/* Lua: clear_header(name)  [-1, +0, e] */
static int
ngx_http_pdn_req_clear_header(lua_State *L)
{
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_pushnil(L);

    return ngx_http_pdn_req_set_header(L);
}


static void
ngx_http_pdn_add_req_header(lua_State *L, ngx_http_request_t *r,
    ngx_str_t *name, int i)
{
    size_t            len;
    ngx_str_t         value;
    const char       *s;
    ngx_table_elt_t  *h;

    s = lua_tolstring(L, i, &len);

    if (s == NULL) {
        luaL_error(L, "invalid header value: string, number or table "
                      "expected, got %s", luaL_typename(L, i));
        return;
    }

    if (ngx_http_pdn_copy_value(r->pool, &value, s, len) != NGX_OK
        || (h = ngx_http_pdn_push_header(&r->headers_in.headers, r->pool,
                                         name, &value))
           == NULL)
    {
        luaL_error(L, "no memory");
        return;
    }

    ngx_http_pdn_note_req_slot(r, name, h);
}


/* Keeps what nginx knows of the request's headers true. */
static void
ngx_http_pdn_note_req_slot(ngx_http_request_t *r, ngx_str_t *name,
    ngx_table_elt_t *h)
{
    u_char                     lowcase[64];
    ngx_uint_t                 hash;
    ngx_http_header_t         *hh;
    ngx_table_elt_t          **slot;
    ngx_http_core_main_conf_t  *cmcf;

    if (name->len > sizeof(lowcase)) {
        return;
    }

    hash = ngx_hash_strlow(lowcase, name->data, name->len);
    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    hh = ngx_hash_find(&cmcf->headers_in_hash, hash, lowcase, name->len);

    if (hh == NULL) {
        return;
    }

    slot = (ngx_table_elt_t **) ((char *) &r->headers_in + hh->offset);

#if (nginx_version < 1023000)

    /* Lists of their own: all headers of the name. */

    if (hh->offset == offsetof(ngx_http_headers_in_t, cookies)
#if (NGX_HTTP_X_FORWARDED_FOR)
        || hh->offset == offsetof(ngx_http_headers_in_t, x_forwarded_for)
#endif
    )
    {
        ngx_array_t  *list = (ngx_array_t *) slot;

        if (h == NULL) {
            list->nelts = 0;
            return;
        }

        if (list->elts == NULL
            && ngx_array_init(list, r->pool, 1, sizeof(ngx_table_elt_t *))
               != NGX_OK)
        {
            return;
        }

        slot = ngx_array_push(list);

        if (slot != NULL) {
            *slot = h;
        }

        return;
    }

#endif

    if (hh->offset != 0 || h == NULL
        || slot == &r->headers_in.host)
    {
        *slot = h;
    }

    if (slot == &r->headers_in.host) {

        if (h != NULL) {
            r->headers_in.server = h->value;

        } else {
            ngx_str_null(&r->headers_in.server);
        }

    } else if (slot == &r->headers_in.content_length) {
        r->headers_in.content_length_n =
            h ? ngx_atoof(h->value.data, h->value.len) : -1;

    } else if (slot == &r->headers_in.connection) {
        ngx_http_pdn_note_connection(r, h);
    }
}


static void
ngx_http_pdn_note_connection(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    r->headers_in.connection_type = 0;

    if (h == NULL) {
        return;
    }

    if (ngx_strcasestrn(h->value.data, "close", 5 - 1)) {
        r->headers_in.connection_type = NGX_HTTP_CONNECTION_CLOSE;
        r->headers_in.keep_alive_n = -1;

    } else if (ngx_strcasestrn(h->value.data, "keep-alive", 10 - 1)) {
        r->headers_in.connection_type = NGX_HTTP_CONNECTION_KEEP_ALIVE;
    }
}


/* Lua: raw_header(without_line?) -> string  [-1, +1, e] */
static int
ngx_http_pdn_req_raw_header(lua_State *L)
{
    luaL_Buffer          buf;
    ngx_uint_t           i;
    ngx_list_part_t     *part;
    ngx_table_elt_t     *h;
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    /*
     * nginx keeps the headers, not the bytes (HTTP/2 has none): they are
     * written again, in order.
     */

    luaL_buffinit(L, &buf);

    if (!lua_toboolean(L, 1)) {
        luaL_addlstring(&buf, (char *) r->request_line.data,
                        r->request_line.len);
        luaL_addlstring(&buf, "\r\n", 2);
    }

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0) {
                continue;
            }

            luaL_addlstring(&buf, (char *) h[i].key.data, h[i].key.len);
            luaL_addlstring(&buf, ": ", 2);
            luaL_addlstring(&buf, (char *) h[i].value.data, h[i].value.len);
            luaL_addlstring(&buf, "\r\n", 2);
        }
    }

    luaL_addlstring(&buf, "\r\n", 2);
    luaL_pushresult(&buf);

    return 1;
}


/* Lua: is_internal() -> boolean  [-0, +1, e] */
static int
ngx_http_pdn_req_is_internal(lua_State *L)
{
    lua_pushboolean(L, ngx_http_pdn_check(L, NGX_PDN_REQUEST)->internal);
    return 1;
}


/* Lua: start_time() -> seconds  [-0, +1, e] */
static int
ngx_http_pdn_req_start_time(lua_State *L)
{
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);
    lua_pushnumber(L, r->start_sec + r->start_msec / 1000.0);

    return 1;
}


/* Lua: http_version() -> 0.9 | 1.0 | 1.1 | 2.0 | nil  [-0, +1, e] */
static int
ngx_http_pdn_req_http_version(lua_State *L)
{
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    switch (r->http_version) {

    case NGX_HTTP_VERSION_9:
        lua_pushnumber(L, 0.9);
        break;

    case NGX_HTTP_VERSION_10:
        lua_pushnumber(L, 1.0);
        break;

    case NGX_HTTP_VERSION_11:
        lua_pushnumber(L, 1.1);
        break;

    case NGX_HTTP_VERSION_20:
        lua_pushnumber(L, 2.0);
        break;

#ifdef NGX_HTTP_VERSION_30
    case NGX_HTTP_VERSION_30:
        lua_pushnumber(L, 3.0);
        break;
#endif

    default:
        lua_pushnil(L);
    }

    return 1;
}


/* Lua: get_method() -> string  [-0, +1, e] */
static int
ngx_http_pdn_req_get_method(lua_State *L)
{
    ngx_http_request_t  *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);
    lua_pushlstring(L, (char *) r->method_name.data, r->method_name.len);

    return 1;
}


/* Lua: set_method(id)  [-1, +0, e] */
static int
ngx_http_pdn_req_set_method(lua_State *L)
{
    lua_Integer                   id;
    ngx_http_request_t           *r;
    const ngx_http_pdn_method_t  *m;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    if (lua_type(L, 1) != LUA_TNUMBER) {
        return luaL_error(L, "bad method number");
    }

    id = lua_tointeger(L, 1);

    for (m = ngx_http_pdn_methods; m->name != NULL; m++) {

        if ((lua_Integer) m->id == id) {
            r->method = m->id;
            r->method_name.data = (u_char *) m->name;
            r->method_name.len = ngx_strlen(m->name);
            return 0;
        }
    }

    return luaL_error(L, "unsupported HTTP method: %d", (int) id);
}
