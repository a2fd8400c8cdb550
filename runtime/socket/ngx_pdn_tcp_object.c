/*
 * SPDX-License-Identifier: MIT
 *
 * The cosocket object: in Lua a table that holds a handle at [1], in C a
 * struct on the heap.  The handle's collector closes the socket; one that is
 * collected while a task waits in it dies when that wait ends.
 */

#include "ngx_pdn_tcp.h"
#include "ngx_pdn_socket.h"


typedef struct {
    const void *kind; /* &ngx_pdn_tcp_kind */
    ngx_pdn_tcp_t *socket;
} ngx_pdn_tcp_handle_t;


static int ngx_pdn_tcp_new(lua_State *L);
static ngx_pdn_tcp_t *ngx_pdn_tcp_push(lua_State *L, const luaL_Reg *methods);
static void ngx_pdn_tcp_class(lua_State *L, const luaL_Reg *methods);
static int ngx_pdn_tcp_gc(lua_State *L);
static void ngx_pdn_tcp_free(ngx_pdn_tcp_t *u);


/*
 * Its address tells our handles from other userdata, and is the key of their
 * metatable in the registry.
 */
static char ngx_pdn_tcp_kind;


/* Each list's address is the key of its objects' metatable. */

static const luaL_Reg ngx_pdn_tcp_methods[] = {
    { "bind", ngx_pdn_tcp_bind },
    { "connect", ngx_pdn_tcp_connect },
    { "send", ngx_pdn_tcp_send },
    { "receive", ngx_pdn_tcp_receive },
    { "receiveany", ngx_pdn_tcp_receiveany },
    { "receiveuntil", ngx_pdn_tcp_receiveuntil },
    { "settimeout", ngx_pdn_tcp_settimeout },
    { "settimeouts", ngx_pdn_tcp_settimeouts },
    { "setoption", ngx_pdn_tcp_setoption },
    { "getoption", ngx_pdn_tcp_getoption },
    { "setkeepalive", ngx_pdn_tcp_setkeepalive },
    { "getreusedtimes", ngx_pdn_tcp_getreusedtimes },
    { "getfd", ngx_pdn_tcp_getfd },
    { "close", ngx_pdn_tcp_close },
    { NULL, NULL }
};


/* Sockets of stream's code have these too. */
static const luaL_Reg ngx_pdn_tcp_stream_methods[] = {
    { "shutdown", ngx_pdn_tcp_shutdown }, { NULL, NULL }
};


static const luaL_Reg ngx_pdn_tcp_reader_methods[] = {
    { "receive", ngx_pdn_tcp_receive },
    { "receiveany", ngx_pdn_tcp_receiveany },
    { "receiveuntil", ngx_pdn_tcp_receiveuntil },
    { "settimeout", ngx_pdn_tcp_settimeout },
    { "settimeouts", ngx_pdn_tcp_settimeouts },
    { NULL, NULL }
};


static const luaL_Reg ngx_pdn_tcp_lent_methods[] = {
    { "receive", ngx_pdn_tcp_receive },
    { "receiveany", ngx_pdn_tcp_receiveany },
    { "receiveuntil", ngx_pdn_tcp_receiveuntil },
    { "send", ngx_pdn_tcp_send },
    { "settimeout", ngx_pdn_tcp_settimeout },
    { "settimeouts", ngx_pdn_tcp_settimeouts },
    { NULL, NULL }
};


/*
 * ngx.socket.tcp, .stream; .connect is written in Lua, and so is the rest of
 * the methods, which finds the others in pdn.tcp_methods.  [-0, +0, e]
 */
void
ngx_pdn_socket_open(lua_State *L)
{
    lua_pushlightuserdata(L, &ngx_pdn_tcp_kind);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, ngx_pdn_tcp_gc);
    lua_setfield(L, -2, "__gc");
    lua_rawset(L, LUA_REGISTRYINDEX);

    ngx_pdn_tcp_class(L, ngx_pdn_tcp_reader_methods);
    ngx_pdn_tcp_class(L, ngx_pdn_tcp_lent_methods);
    ngx_pdn_tcp_class(L, ngx_pdn_tcp_methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, "tcp_methods");
    lua_setfield(L, LUA_REGISTRYINDEX, "__tcp_cosocket_mt");

    ngx_pdn_tcp_class(L, ngx_pdn_tcp_stream_methods);
    lua_createtable(L, 0, 1);
    lua_getfield(L, 2, "tcp_methods");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);

    lua_pushcfunction(L, ngx_pdn_tcp_handshake);
    lua_setfield(L, 2, "tcp_handshake");

    lua_getfield(L, 1, "socket");

    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, 1, "socket");
    }

    lua_pushcfunction(L, ngx_pdn_tcp_new);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "stream");
    lua_setfield(L, -2, "tcp");
}


/*
 * Pushes the metatable, which holds the methods itself: there are libraries
 * that look for them in it, and wrap them.  [-0, +1, e]
 */
static void
ngx_pdn_tcp_class(lua_State *L, const luaL_Reg *methods)
{
    lua_newtable(L);
    luaL_register(L, NULL, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");

    lua_pushlightuserdata(L, (void *) methods);
    lua_pushvalue(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
}


/* ngx.socket.tcp() -> sock  [-0, +1, e] */
static int
ngx_pdn_tcp_new(lua_State *L)
{
    ngx_pdn_host_t *host;

    if (lua_gettop(L) != 0) {
        return luaL_error(L, "expecting zero arguments, but got %d",
                          lua_gettop(L));
    }

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    (void) ngx_pdn_tcp_push(L, host->subsystem == NGX_PDN_OF_STREAM
                                   ? ngx_pdn_tcp_stream_methods
                                   : ngx_pdn_tcp_methods);

    return 1;
}


void
ngx_pdn_tcp_lent_class(lua_State *L, const luaL_Reg *methods)
{
    ngx_pdn_tcp_class(L, methods);
    luaL_register(L, NULL, ngx_pdn_tcp_lent_methods);
    lua_pop(L, 1);
}


ngx_pdn_tcp_t *
ngx_pdn_tcp_push_lent(lua_State *L, ngx_pdn_host_t *host, ngx_connection_t *c,
                      ngx_pdn_tcp_owner_t *owner, ngx_uint_t writable)
{
    ngx_pdn_tcp_t *u;

    u = ngx_pdn_tcp_push(L, owner->methods ? owner->methods
                            : writable     ? ngx_pdn_tcp_lent_methods
                                           : ngx_pdn_tcp_reader_methods);

    if (ngx_pdn_tcp_adopt(u, host) != NGX_OK) {
        luaL_error(L, "no memory");
    }

    u->connection = c;
    u->owner = owner;
    u->write_closed = !writable;

    return u;
}


void
ngx_pdn_tcp_lent_rest(ngx_pdn_tcp_t *u, ngx_str_t *rest)
{
    rest->data = u->in.pos;
    rest->len = ngx_pdn_bytes_len(&u->in);

    u->in.pos = u->in.start;
    u->in.last = u->in.start;
}


/* A new object with a new socket  [-0, +1, e] */
static ngx_pdn_tcp_t *
ngx_pdn_tcp_push(lua_State *L, const luaL_Reg *methods)
{
    ngx_pdn_tcp_t *u;
    ngx_pdn_tcp_handle_t *handle;

    lua_createtable(L, 1, 0);

    handle = lua_newuserdata(L, sizeof(ngx_pdn_tcp_handle_t));
    handle->kind = &ngx_pdn_tcp_kind;
    handle->socket = NULL;

    lua_pushlightuserdata(L, &ngx_pdn_tcp_kind);
    lua_rawget(L, LUA_REGISTRYINDEX);
    lua_setmetatable(L, -2);

    u = calloc(1, sizeof(ngx_pdn_tcp_t));

    if (u == NULL) {
        luaL_error(L, "no memory");
        return NULL;
    }

    handle->socket = u;
    lua_rawseti(L, -2, 1);

    lua_pushlightuserdata(L, (void *) methods);
    lua_rawget(L, LUA_REGISTRYINDEX);
    lua_setmetatable(L, -2);

    return u;
}


static int
ngx_pdn_tcp_gc(lua_State *L)
{
    ngx_pdn_tcp_t *u;
    ngx_pdn_tcp_handle_t *handle;

    handle = lua_touserdata(L, 1);
    u = handle->socket;
    handle->socket = NULL;

    if (u == NULL) {
        return 0;
    }

    u->orphan = 1;
    ngx_pdn_tcp_bury(u);

    return 0;
}


void
ngx_pdn_tcp_bury(ngx_pdn_tcp_t *u)
{
    if (u->orphan && !u->connect.op.busy && !u->reader.op.busy
        && !u->writer.op.busy)
    {
        ngx_pdn_tcp_free(u);
    }
}


static void
ngx_pdn_tcp_free(ngx_pdn_tcp_t *u)
{
    ngx_pdn_tcp_shut(u);

    if (u->host != NULL) {
        ngx_pdn_member_leave(&u->member);
    }

    free(u->tls.name.data);
    free(u->name.data);
    free(u);
}


ngx_pdn_tcp_t *
ngx_pdn_tcp_of(void *handle)
{
    ngx_pdn_tcp_handle_t *h = handle;

    return h != NULL && h->kind == &ngx_pdn_tcp_kind ? h->socket : NULL;
}


ngx_pdn_tcp_t *
ngx_pdn_tcp_check(lua_State *L)
{
    ngx_pdn_tcp_t *u;

    luaL_checktype(L, 1, LUA_TTABLE);

    lua_rawgeti(L, 1, 1);
    u = NULL;

    if (lua_type(L, -1) == LUA_TUSERDATA
        && lua_objlen(L, -1) == sizeof(ngx_pdn_tcp_handle_t))
    {
        u = ngx_pdn_tcp_of(lua_touserdata(L, -1));
    }

    lua_pop(L, 1);

    if (u == NULL) {
        luaL_argerror(L, 1, "socket expected");
    }

    return u;
}
