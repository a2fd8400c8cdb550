/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.var: nginx's variables by name, and regex captures by number.
 */

#include "ngx_http_pdn.h"
#include "ngx_http_pdn_parts.h"


static int ngx_http_pdn_var_get(lua_State *L);
static int ngx_http_pdn_var_set(lua_State *L);
static int ngx_http_pdn_push_capture(lua_State *L, ngx_http_request_t *r,
    lua_Integer n);
static void ngx_http_pdn_assign(lua_State *L, ngx_http_request_t *r,
    ngx_str_t *name, ngx_uint_t hash, ngx_http_variable_t *v);


void
ngx_http_pdn_variable_open(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, ngx_http_pdn_var_get);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, ngx_http_pdn_var_set);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    lua_setfield(L, 1, "var");
}


/* Lua: ngx.var[name or number]  [-2, +1, e] */
static int
ngx_http_pdn_var_get(lua_State *L)
{
    size_t                      len;
    u_char                      small[128], *low;
    ngx_str_t                   name;
    ngx_uint_t                  hash;
    const char                 *s;
    ngx_http_request_t         *r;
    ngx_http_variable_value_t  *v;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    if (r->connection->fd == (ngx_socket_t) -1) {
        return luaL_error(L, "API disabled in the current context");
    }

    if (lua_type(L, 2) == LUA_TNUMBER) {
        return ngx_http_pdn_push_capture(L, r, lua_tointeger(L, 2));
    }

    if (lua_type(L, 2) != LUA_TSTRING) {
        return luaL_error(L, "bad variable name");
    }

    s = lua_tolstring(L, 2, &len);
    low = len <= sizeof(small) ? small : lua_newuserdata(L, len);

    hash = ngx_hash_strlow(low, (u_char *) s, len);
    name.data = low;
    name.len = len;

    v = ngx_http_get_variable(r, &name, hash);

    if (v == NULL || v->not_found) {
        return 0;
    }

    lua_pushlstring(L, (char *) v->data, v->len);

    return 1;
}


static int
ngx_http_pdn_push_capture(lua_State *L, ngx_http_request_t *r, lua_Integer n)
{
#if (NGX_PCRE)
    int  *cap;

    if (n > 0 && r->captures != NULL && (ngx_uint_t) n * 2 < r->ncaptures) {
        cap = &r->captures[n * 2];

        if (cap[0] >= 0) {
            lua_pushlstring(L, (char *) r->captures_data + cap[0],
                            cap[1] - cap[0]);
            return 1;
        }
    }
#endif

    return 0;
}


/* Lua: ngx.var[name] = string | number | nil  [-3, +0, e] */
static int
ngx_http_pdn_var_set(lua_State *L)
{
    size_t                      len;
    u_char                     *low;
    ngx_str_t                   name;
    ngx_uint_t                  hash;
    const char                 *s;
    ngx_http_request_t         *r;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    if (lua_type(L, 2) != LUA_TSTRING) {
        return luaL_error(L, "bad variable name");
    }

    s = lua_tolstring(L, 2, &len);
    low = ngx_pnalloc(r->pool, len + 1);

    if (low == NULL) {
        return luaL_error(L, "no memory");
    }

    hash = ngx_hash_strlow(low, (u_char *) s, len);
    name.data = low;
    name.len = len;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    v = ngx_hash_find(&cmcf->variables_hash, hash, low, len);

    if (v == NULL) {
        return luaL_error(L, "variable \"%s\" not found for writing; maybe it "
                             "is a built-in variable that is not changeable "
                             "or you forgot to use \"set $%s '';\" in the "
                             "config file to define it first", s, s);
    }

    if (!(v->flags & NGX_HTTP_VAR_CHANGEABLE)) {
        return luaL_error(L, "variable \"%s\" not changeable", s);
    }

    ngx_http_pdn_assign(L, r, &name, hash, v);

    return 0;
}


/* The value is at stack index 3. */
static void
ngx_http_pdn_assign(lua_State *L, ngx_http_request_t *r, ngx_str_t *name,
    ngx_uint_t hash, ngx_http_variable_t *v)
{
    size_t                      len;
    u_char                     *data;
    const char                 *s;
    ngx_http_variable_value_t  *vv;

    (void) hash;

    s = NULL;
    len = 0;
    data = NULL;

    if (!lua_isnil(L, 3)) {
        s = lua_tolstring(L, 3, &len);

        if (s == NULL) {
            luaL_error(L, "bad argument #3 to '__newindex' (string, number, "
                          "or nil expected, but got %s)",
                       luaL_typename(L, 3));
            return;
        }

        data = ngx_pnalloc(r->pool, len + 1);
        if (data == NULL) {
            luaL_error(L, "no memory");
            return;
        }

        ngx_memcpy(data, s, len);
    }

    if (v->set_handler == NULL && !(v->flags & NGX_HTTP_VAR_INDEXED)) {
        luaL_error(L, "variable \"%s\" cannot be assigned a value",
                   lua_tostring(L, 2));
        return;
    }

    if (v->flags & NGX_HTTP_VAR_INDEXED) {
        vv = &r->variables[v->index];

    } else {
        vv = ngx_palloc(r->pool, sizeof(ngx_http_variable_value_t));
        if (vv == NULL) {
            luaL_error(L, "no memory");
            return;
        }
    }

    vv->valid = s != NULL;
    vv->not_found = s == NULL;
    vv->no_cacheable = 0;
    vv->escape = 0;
    vv->data = data;
    vv->len = len;

    if (v->set_handler != NULL) {
        v->set_handler(r, vv, v->data);
    }

    /* A new query string: what the client sent is no longer the truth. */

    if (name->len == 4 && ngx_memcmp(name->data, "args", 4) == 0) {
        r->valid_unparsed_uri = 0;
    }
}
