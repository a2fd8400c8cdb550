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
static int ngx_pdn_tcp_gc(lua_State *L);
static void ngx_pdn_tcp_free(ngx_pdn_tcp_t *u);
static ngx_msec_t ngx_pdn_tcp_timeout(lua_State *L, int index);
static int ngx_pdn_tcp_settimeout(lua_State *L);
static int ngx_pdn_tcp_settimeouts(lua_State *L);
static int ngx_pdn_tcp_close(lua_State *L);
static int ngx_pdn_tcp_getreusedtimes(lua_State *L);
static int ngx_pdn_tcp_getfd(lua_State *L);
static int ngx_pdn_tcp_bind(lua_State *L);


/* Its address tells our handles from other userdata. */
static const char ngx_pdn_tcp_kind;


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


/*
 * ngx.socket.tcp, .stream; .connect is written in Lua, and so is the rest of
 * the methods, which finds the others in pdn.tcp_methods.  [-0, +0, e]
 */
void
ngx_pdn_socket_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_tcp_handshake);
    lua_setfield(L, 2, "tcp_handshake");

    lua_getfield(L, 1, "socket");

    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, 1, "socket");
    }

    lua_createtable(L, 0, 2); /* the object's metatable */
    lua_newtable(L);
    luaL_register(L, NULL, ngx_pdn_tcp_methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, "tcp_methods");
    lua_setfield(L, -2, "__index");

    lua_createtable(L, 0, 1); /* the handle's metatable */
    lua_pushcfunction(L, ngx_pdn_tcp_gc);
    lua_setfield(L, -2, "__gc");

    lua_pushcclosure(L, ngx_pdn_tcp_new, 2);

    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "stream");
    lua_setfield(L, -2, "tcp");
    lua_pop(L, 1);
}


/* ngx.socket.tcp() -> sock  [-0, +1, e] */
static int
ngx_pdn_tcp_new(lua_State *L)
{
    ngx_pdn_tcp_t *u;
    ngx_pdn_tcp_handle_t *handle;

    if (lua_gettop(L) != 0) {
        return luaL_error(L, "expecting zero arguments, but got %d",
                          lua_gettop(L));
    }

    ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    lua_createtable(L, 1, 0);

    handle = lua_newuserdata(L, sizeof(ngx_pdn_tcp_handle_t));
    handle->kind = &ngx_pdn_tcp_kind;
    handle->socket = NULL;

    lua_pushvalue(L, lua_upvalueindex(2));
    lua_setmetatable(L, -2);

    u = calloc(1, sizeof(ngx_pdn_tcp_t));

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

    if (u->connect.op.busy || u->reader.op.busy || u->writer.op.busy) {
        u->orphan = 1;

    } else {
        ngx_pdn_tcp_free(u);
    }

    return 0;
}


static void
ngx_pdn_tcp_free(ngx_pdn_tcp_t *u)
{
    ngx_pdn_tcp_shut(u);

    if (u->host != NULL) {
        ngx_queue_remove(&u->link);
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


void
ngx_pdn_tcp_check_host(lua_State *L, ngx_pdn_tcp_t *u)
{
    if (ngx_pdn_task == NULL) {
        luaL_error(L, "no request found");
    }

    if (u->host != NULL && u->host != ngx_pdn_task->host) {
        luaL_error(L, "bad request");
    }
}


ngx_uint_t
ngx_pdn_tcp_busy(lua_State *L, ngx_pdn_tcp_t *u, ngx_uint_t ops)
{
    const char *text;

    text = ngx_pdn_tcp_busy_text(u, ops);

    if (text != NULL) {
        ngx_pdn_tcp_fail(L, text);
    }

    return text != NULL;
}


const char *
ngx_pdn_tcp_busy_text(const ngx_pdn_tcp_t *u, ngx_uint_t ops)
{
    if ((ops & NGX_PDN_TCP_CONNECTING) && u->connect.op.busy) {
        return "socket busy connecting";
    }

    if ((ops & NGX_PDN_TCP_READING) && u->reader.op.busy) {
        return "socket busy reading";
    }

    if ((ops & NGX_PDN_TCP_WRITING) && u->writer.op.busy) {
        return "socket busy writing";
    }

    return NULL;
}


int
ngx_pdn_tcp_fail(lua_State *L, const char *text)
{
    lua_pushnil(L);
    lua_pushstring(L, text);

    return 2;
}


/* System errors are lower case, as in LuaSocket. */
int
ngx_pdn_tcp_push_fault(lua_State *L, const ngx_pdn_tcp_fault_t *fault)
{
    u_char *last, text[NGX_MAX_ERROR_STR];

    if (fault->text != NULL) {
        return ngx_pdn_tcp_fail(L, fault->text);
    }

    last = ngx_strerror(fault->code, text, sizeof(text));
    ngx_strlow(text, text, last - text);

    lua_pushnil(L);
    lua_pushlstring(L, (char *) text, last - text);

    return 2;
}


void
ngx_pdn_tcp_shut(ngx_pdn_tcp_t *u)
{
    ngx_connection_t *c = u->connection;

    ngx_pdn_tcp_detach(u);

    if (c != NULL) {
        ngx_pdn_tcp_close_connection(c);
    }

    ngx_pdn_resolve_release(&u->connect.resolve);
    ngx_pdn_tcp_pool_uncount(u);
}


void
ngx_pdn_tcp_detach(ngx_pdn_tcp_t *u)
{
    u->connection = NULL;
    u->read_closed = 0;
    u->write_closed = 0;
    u->eof = 0;

    ngx_pdn_bytes_release(&u->in);
    ngx_pdn_bytes_release(&u->out);
}


void
ngx_pdn_tcp_close_connection(ngx_connection_t *c)
{
    ngx_pool_t *pool;

    if (c->ssl != NULL) {
        c->ssl->no_wait_shutdown = 1;

        if (ngx_ssl_shutdown(c) == NGX_AGAIN) {
            /* the goodbye would have to wait for the peer */
            c->ssl->no_send_shutdown = 1;
            (void) ngx_ssl_shutdown(c);
        }
    }

    pool = c->pool;
    ngx_close_connection(c);

    if (pool != NULL) {
        ngx_destroy_pool(pool);
    }

    ngx_pdn_counters.sockets--;
}


void
ngx_pdn_tcp_attach(ngx_pdn_tcp_t *u, ngx_connection_t *c)
{
    u->connection = c;

    c->data = u;
    c->log = u->host->log;
    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_pdn_tcp_read_event;
    c->write->handler = ngx_pdn_tcp_write_event;
    c->log_error = u->host->socket_conf->log_errors ? NGX_ERROR_ERR
                                                    : NGX_ERROR_INFO;

    if (c->pool != NULL) {
        c->pool->log = c->log;
    }
}


int
ngx_pdn_tcp_suspend(lua_State *L, ngx_pdn_tcp_op_t *op,
                    int (*push)(lua_State *L, ngx_pdn_wait_t *wait),
                    void (*cancel)(ngx_pdn_wait_t *wait))
{
    op->busy = 1;
    op->pending = 1;
    op->wait.push = push;
    op->wait.cancel = cancel;

    return ngx_pdn_suspend(L, &op->wait);
}


void
ngx_pdn_tcp_op_wake(ngx_pdn_tcp_op_t *op)
{
    op->pending = 0;
    ngx_pdn_wake(&op->wait);
}


void
ngx_pdn_tcp_op_end(ngx_pdn_tcp_t *u, ngx_pdn_tcp_op_t *op)
{
    op->busy = 0;
    op->pending = 0;

    if (u->orphan && !u->connect.op.busy && !u->reader.op.busy
        && !u->writer.op.busy)
    {
        ngx_pdn_tcp_free(u);
    }
}


/* Milliseconds; nil and 0 are the configured ones. */
static ngx_msec_t
ngx_pdn_tcp_timeout(lua_State *L, int index)
{
    lua_Number value;

    value = lua_tonumber(L, index);

    if (!(value >= 0 && value <= NGX_MAX_INT32_VALUE)) {
        luaL_error(L, "bad timeout value");
    }

    return (ngx_msec_t) value;
}


/* sock:settimeout(ms)  [-0, +0, e] */
static int
ngx_pdn_tcp_settimeout(lua_State *L)
{
    ngx_msec_t timeout;
    ngx_pdn_tcp_t *u;

    if (lua_gettop(L) != 2) {
        return luaL_error(L,
                          "ngx.socket settimeout: expecting 2 arguments "
                          "(including the object) but seen %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_tcp_check(L);
    timeout = ngx_pdn_tcp_timeout(L, 2);

    u->connect_timeout = timeout;
    u->send_timeout = timeout;
    u->read_timeout = timeout;

    return 0;
}


/* sock:settimeouts(connect, send, read)  [-0, +0, e] */
static int
ngx_pdn_tcp_settimeouts(lua_State *L)
{
    ngx_pdn_tcp_t *u;
    ngx_msec_t connect, send, read;

    if (lua_gettop(L) != 4) {
        return luaL_error(L,
                          "ngx.socket settimeout: expecting 4 arguments "
                          "(including the object) but seen %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_tcp_check(L);
    connect = ngx_pdn_tcp_timeout(L, 2);
    send = ngx_pdn_tcp_timeout(L, 3);
    read = ngx_pdn_tcp_timeout(L, 4);

    u->connect_timeout = connect;
    u->send_timeout = send;
    u->read_timeout = read;

    return 0;
}


/* sock:close() -> 1 | nil, err  [-0, +1|2, e] */
static int
ngx_pdn_tcp_close(lua_State *L)
{
    ngx_pdn_tcp_t *u;

    if (lua_gettop(L) != 1) {
        return luaL_error(L,
                          "expecting 1 argument (including the object) "
                          "but seen %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_tcp_check(L);

    if (u->connection == NULL || (u->read_closed && u->write_closed)) {
        return ngx_pdn_tcp_fail(L, "closed");
    }

    ngx_pdn_tcp_check_host(L, u);

    if (ngx_pdn_tcp_busy(L, u,
                         NGX_PDN_TCP_CONNECTING | NGX_PDN_TCP_READING
                             | NGX_PDN_TCP_WRITING))
    {
        return 2;
    }

    ngx_pdn_tcp_shut(u);
    lua_pushinteger(L, 1);

    return 1;
}


/* sock:getreusedtimes() -> count | nil, err  [-0, +1|2, e] */
static int
ngx_pdn_tcp_getreusedtimes(lua_State *L)
{
    ngx_pdn_tcp_t *u;

    if (lua_gettop(L) != 1) {
        return luaL_error(L,
                          "expecting 1 argument (including the object), "
                          "but got %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_tcp_check(L);

    if (u->connection == NULL || (u->read_closed && u->write_closed)) {
        return ngx_pdn_tcp_fail(L, "closed");
    }

    lua_pushinteger(L, u->reused);

    return 1;
}


/* sock:getfd() -> fd | nil, err  [-0, +1|2, e] */
static int
ngx_pdn_tcp_getfd(lua_State *L)
{
    ngx_pdn_tcp_t *u;

    u = ngx_pdn_tcp_check(L);

    if (u->connection == NULL) {
        return ngx_pdn_tcp_fail(L, "closed");
    }

    lua_pushinteger(L, u->connection->fd);

    return 1;
}


/* sock:bind(address) -> 1 | nil, err  [-0, +1|2, e] */
static int
ngx_pdn_tcp_bind(lua_State *L)
{
    ngx_str_t text;
    ngx_pdn_tcp_t *u;
    ngx_pdn_resolve_t rs;

    if (lua_gettop(L) != 2) {
        return luaL_error(L, "expecting 2 arguments, but got %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_tcp_check(L);
    text.data = (u_char *) luaL_checklstring(L, 2, &text.len);

    ngx_memzero(&rs, sizeof(rs));
    rs.name = text;

    if (ngx_pdn_resolve_literal(&rs) != NGX_OK) {
        return ngx_pdn_tcp_fail(L, "bad address");
    }

    if (ngx_pdn_task != NULL) {
        ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_pdn_task->host->log, 0,
                       "lua tcp socket bind ip: %V", &text);
    }

    u->local = rs.literal;
    lua_pushinteger(L, 1);

    return 1;
}
