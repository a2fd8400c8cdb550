/*
 * SPDX-License-Identifier: MIT
 *
 * The UDP cosocket object: in Lua a table that holds a handle at [1], in C a
 * struct on the heap, which the handle's collector frees: at once, or when
 * the wait in it ends.
 */

#include "ngx_pdn_udp.h"
#include "ngx_pdn_refusal.h"
#include "ngx_pdn_dial.h"
#include "ngx_pdn_socket.h"


typedef struct {
    const void *kind; /* &ngx_pdn_udp_kind */
    ngx_pdn_udp_t *socket;
} ngx_pdn_udp_handle_t;


static int ngx_pdn_udp_new(lua_State *L);
static int ngx_pdn_udp_gc(lua_State *L);
static void ngx_pdn_udp_free(ngx_pdn_udp_t *u);
static ngx_pdn_udp_t *ngx_pdn_udp_any(lua_State *L);
static void ngx_pdn_udp_host_ended(ngx_pdn_member_t *member);
static void ngx_pdn_udp_cancel(ngx_pdn_wait_t *wait);
static int ngx_pdn_udp_bind(lua_State *L);
static int ngx_pdn_udp_settimeout(lua_State *L);
static int ngx_pdn_udp_close(lua_State *L);


/* Its address tells our handles from other userdata. */
static const char ngx_pdn_udp_kind;


static const luaL_Reg ngx_pdn_udp_methods[] = {
    { "bind", ngx_pdn_udp_bind },
    { "setpeername", ngx_pdn_udp_setpeername },
    { "send", ngx_pdn_udp_send },
    { "receive", ngx_pdn_udp_receive },
    { "settimeout", ngx_pdn_udp_settimeout },
    { "close", ngx_pdn_udp_close },
    { NULL, NULL }
};


/* ngx.socket.udp; behind ngx_pdn_socket_open()  [-0, +0, e] */
void
ngx_pdn_udp_open(lua_State *L)
{
    lua_getfield(L, 1, "socket");

    lua_newtable(L); /* the object's metatable */
    luaL_register(L, NULL, ngx_pdn_udp_methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");

    lua_createtable(L, 0, 1); /* the handle's metatable */
    lua_pushcfunction(L, ngx_pdn_udp_gc);
    lua_setfield(L, -2, "__gc");

    lua_pushcclosure(L, ngx_pdn_udp_new, 2);
    lua_setfield(L, -2, "udp");
}


/* ngx.socket.udp() -> sock  [-0, +1, e] */
static int
ngx_pdn_udp_new(lua_State *L)
{
    ngx_pdn_udp_t *u;
    ngx_pdn_udp_handle_t *handle;

    if (lua_gettop(L) != 0) {
        return luaL_error(L, "expecting zero arguments, but got %d",
                          lua_gettop(L));
    }

    (void) ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    lua_createtable(L, 1, 0);

    handle = lua_newuserdata(L, sizeof(ngx_pdn_udp_handle_t));
    handle->kind = &ngx_pdn_udp_kind;
    handle->socket = NULL;

    lua_pushvalue(L, lua_upvalueindex(2));
    lua_setmetatable(L, -2);

    u = calloc(1, sizeof(ngx_pdn_udp_t));

    if (u == NULL) {
        return luaL_error(L, "no memory");
    }

    handle->socket = u;
    lua_rawseti(L, -2, 1);

    lua_pushvalue(L, lua_upvalueindex(1));
    lua_setmetatable(L, -2);

    return 1;
}


static int
ngx_pdn_udp_gc(lua_State *L)
{
    ngx_pdn_udp_t *u;
    ngx_pdn_udp_handle_t *handle;

    handle = lua_touserdata(L, 1);
    u = handle->socket;
    handle->socket = NULL;

    if (u != NULL) {
        u->orphan = 1;

        if (!u->busy) {
            ngx_pdn_udp_free(u);
        }
    }

    return 0;
}


static void
ngx_pdn_udp_free(ngx_pdn_udp_t *u)
{
    ngx_pdn_udp_shut(u);

    if (u->host != NULL) {
        ngx_pdn_member_leave(&u->member);
    }

    free(u->name.data);
    free(u);
}


ngx_pdn_udp_t *
ngx_pdn_udp_check(lua_State *L)
{
    ngx_pdn_udp_t *u;
    ngx_pdn_host_t *host;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    u = ngx_pdn_udp_any(L);

    if (u->host != NULL && u->host != host) {
        ngx_pdn_refusal_foreign(L, "a cosocket");
    }

    return u;
}


/* The socket at index 1, whosoever it is. */
static ngx_pdn_udp_t *
ngx_pdn_udp_any(lua_State *L)
{
    ngx_pdn_udp_t *u;
    ngx_pdn_udp_handle_t *handle;

    luaL_checktype(L, 1, LUA_TTABLE);

    lua_rawgeti(L, 1, 1);
    u = NULL;

    if (lua_type(L, -1) == LUA_TUSERDATA
        && lua_objlen(L, -1) == sizeof(ngx_pdn_udp_handle_t))
    {
        handle = lua_touserdata(L, -1);

        if (handle->kind == &ngx_pdn_udp_kind) {
            u = handle->socket;
        }
    }

    lua_pop(L, 1);

    if (u == NULL) {
        luaL_argerror(L, 1, "socket expected");
    }

    return u;
}


ngx_uint_t
ngx_pdn_udp_busy(lua_State *L, ngx_pdn_udp_t *u)
{
    if (u->busy) {
        (void) ngx_pdn_fault_text(L, "socket busy");
    }

    return u->busy;
}


void
ngx_pdn_udp_shut(ngx_pdn_udp_t *u)
{
    ngx_pdn_resolve_release(&u->resolve);
    ngx_pdn_bytes_release(&u->in);
    ngx_pdn_bytes_release(&u->out);

    if (u->connection != NULL) {
        ngx_log_debug0(NGX_LOG_DEBUG_CORE, u->host->log, 0,
                       "lua finalize socket");

        ngx_pdn_hang_up(u->connection);
        u->connection = NULL;
    }
}


ngx_int_t
ngx_pdn_udp_adopt(ngx_pdn_udp_t *u, ngx_pdn_host_t *host)
{
    if (u->host == host) {
        return NGX_OK;
    }

    if (ngx_pdn_member_join(&u->member, host, ngx_pdn_udp_host_ended) != NGX_OK)
    {
        return NGX_ERROR;
    }

    u->host = host;

    return NGX_OK;
}


static void
ngx_pdn_udp_host_ended(ngx_pdn_member_t *member)
{
    ngx_pdn_udp_t *u = ngx_queue_data(member, ngx_pdn_udp_t, member);

    ngx_pdn_udp_shut(u);
    u->host = NULL;
}


int
ngx_pdn_udp_suspend(lua_State *L, ngx_pdn_udp_t *u,
                    int (*push)(lua_State *L, ngx_pdn_wait_t *wait))
{
    u->busy = 1;
    u->pending = 1;
    u->wait.push = push;
    u->wait.cancel = ngx_pdn_udp_cancel;

    return ngx_pdn_suspend(L, &u->wait);
}


void
ngx_pdn_udp_wake(ngx_pdn_udp_t *u)
{
    u->pending = 0;
    ngx_pdn_wake(&u->wait);
}


static void
ngx_pdn_udp_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_udp_t *u = (ngx_pdn_udp_t *) wait;

    ngx_pdn_resolve_release(&u->resolve);

    if (u->connection != NULL && u->connection->read->timer_set) {
        ngx_del_timer(u->connection->read);
    }

    ngx_pdn_udp_end(u);
}


void
ngx_pdn_udp_end(ngx_pdn_udp_t *u)
{
    u->busy = 0;
    u->pending = 0;

    if (u->orphan) {
        ngx_pdn_udp_free(u);
    }
}


ngx_msec_t
ngx_pdn_udp_timeout(const ngx_pdn_udp_t *u)
{
    return u->read_timeout ? u->read_timeout
                           : u->host->socket_conf->read_timeout;
}


/* sock:bind(address) -> 1 | nil, err  [-0, +1|2, e] */
static int
ngx_pdn_udp_bind(lua_State *L)
{
    ngx_pdn_udp_t *u;
    ngx_pdn_resolve_t rs;

    if (lua_gettop(L) != 2) {
        return luaL_error(L, "expecting 2 arguments, but got %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_udp_check(L);

    ngx_memzero(&rs, sizeof(rs));
    rs.name.data = (u_char *) luaL_checklstring(L, 2, &rs.name.len);

    if (ngx_pdn_resolve_literal(&rs) != NGX_OK) {
        return ngx_pdn_fault_text(L, "bad address");
    }

    u->local = rs.literal;
    lua_pushinteger(L, 1);

    return 1;
}


/* sock:settimeout(ms); 0 and less: the configured one  [-0, +0, e] */
static int
ngx_pdn_udp_settimeout(lua_State *L)
{
    ngx_pdn_udp_t *u;
    lua_Number value;

    if (lua_gettop(L) != 2) {
        return luaL_error(L,
                          "ngx.socket settimeout: expecting at least 2 "
                          "arguments (including the object) but seen %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_udp_any(L);
    value = lua_tonumber(L, 2);

    if (value > NGX_MAX_INT32_VALUE) {
        return luaL_error(L, "bad timeout value");
    }

    u->read_timeout = value > 0 ? (ngx_msec_t) value : 0;

    return 0;
}


/* sock:close() -> 1 | nil, err  [-0, +1|2, e] */
static int
ngx_pdn_udp_close(lua_State *L)
{
    ngx_pdn_udp_t *u;

    if (lua_gettop(L) != 1) {
        return luaL_error(L,
                          "expecting 1 argument (including the object) "
                          "but seen %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_udp_check(L);

    if (u->connection == NULL) {
        return ngx_pdn_fault_text(L, "closed");
    }

    if (ngx_pdn_udp_busy(L, u)) {
        return 2;
    }

    ngx_pdn_udp_shut(u);
    lua_pushinteger(L, 1);

    return 1;
}
