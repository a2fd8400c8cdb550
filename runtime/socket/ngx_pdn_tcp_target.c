/*
 * SPDX-License-Identifier: MIT
 *
 * The arguments of sock:connect(): where to, and by which pool.
 */

#include "ngx_pdn_tcp.h"
#include "ngx_pdn_dial.h"


static void ngx_pdn_tcp_target_options(lua_State *L, int index,
                                       ngx_pdn_tcp_target_t *target);
static ngx_uint_t ngx_pdn_tcp_target_number(lua_State *L, int index,
                                            const char *name, lua_Integer least,
                                            lua_Integer *value);


int
ngx_pdn_tcp_target_read(lua_State *L, ngx_pdn_tcp_target_t *target)
{
    int n;
    lua_Integer port;

    n = lua_gettop(L);

    target->host.data = (u_char *) luaL_checklstring(L, 2, &target->host.len);
    target->port = 0;
    ngx_str_null(&target->pool);
    target->pool_size = 0;
    target->backlog = -1;

    if (n > 2 && lua_istable(L, n)) {
        ngx_pdn_tcp_target_options(L, n, target);
        n--;
    }

    if (ngx_pdn_is_path(&target->host)) {
        return 0;
    }

    if (n < 3 || lua_isnil(L, 3)) {
        return ngx_pdn_fault_text(L, "missing the port number");
    }

    port = luaL_checkinteger(L, 3);

    if (port < 0 || port > 65535) {
        lua_pushnil(L);
        lua_pushfstring(L, "bad port number: %d", (int) port);
        return 2;
    }

    target->port = (in_port_t) port;

    return 0;
}


static void
ngx_pdn_tcp_target_options(lua_State *L, int index,
                           ngx_pdn_tcp_target_t *target)
{
    int type;
    lua_Integer value;

    if (ngx_pdn_tcp_target_number(L, index, "pool_size", 1, &value)) {
        target->pool_size = value;
    }

    if (ngx_pdn_tcp_target_number(L, index, "backlog", 0, &value)) {
        target->backlog = value;
    }

    lua_getfield(L, index, "pool");
    type = lua_type(L, -1);

    if (type == LUA_TNUMBER || type == LUA_TSTRING) {
        /* the string takes the place of the options, so that it lives */
        target->pool.data = (u_char *) lua_tolstring(L, -1, &target->pool.len);
        lua_replace(L, index);
        return;
    }

    if (type != LUA_TNIL) {
        luaL_argerror(L, index,
                      lua_pushfstring(L, "bad \"pool\" option type: %s",
                                      lua_typename(L, type)));
    }

    lua_pop(L, 1);
}


/* True when the option is given; raises when it is no number or too small. */
static ngx_uint_t
ngx_pdn_tcp_target_number(lua_State *L, int index, const char *name,
                          lua_Integer least, lua_Integer *value)
{
    int type;
    const char *msg;

    lua_getfield(L, index, name);
    type = lua_type(L, -1);
    *value = lua_tointeger(L, -1);
    lua_pop(L, 1);

    if (type == LUA_TNIL) {
        return 0;
    }

    if (type != LUA_TNUMBER) {
        msg = lua_pushfstring(L, "bad \"%s\" option type: %s", name,
                              lua_typename(L, type));
        luaL_argerror(L, index, msg);
    }

    if (*value < least) {
        msg = lua_pushfstring(L, "bad \"%s\" option value: %d", name,
                              (int) *value);
        luaL_argerror(L, index, msg);
    }

    return 1;
}


/* One block for both names: they outlive the call of connect(). */
ngx_int_t
ngx_pdn_tcp_target_keep(ngx_pdn_tcp_t *u, ngx_pdn_tcp_target_t *target)
{
    size_t size;
    u_char *p, *last;

    size = target->host.len + 1
           + ngx_max(target->pool.len, target->host.len + sizeof(":65535"));

    p = malloc(size);

    if (p == NULL) {
        return NGX_ERROR;
    }

    free(u->name.data);

    u->name.data = p;

    if (target->pool.data != NULL) {
        last = ngx_cpymem(p, target->pool.data, target->pool.len);

    } else {
        last = ngx_cpymem(p, target->host.data, target->host.len);

        if (target->port != 0) {
            last = ngx_sprintf(last, ":%ui", (ngx_uint_t) target->port);
        }
    }

    u->name.len = last - p;

    u->connect.host.data = last;
    u->connect.host.len = target->host.len;
    u->connect.port = target->port;

    last = ngx_cpymem(last, target->host.data, target->host.len);
    *last = '\0';

    return NGX_OK;
}
