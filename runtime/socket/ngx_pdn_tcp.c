/*
 * SPDX-License-Identifier: MIT
 *
 * What all operations of a cosocket share: who may begin one, how it waits
 * and ends, how the connection comes and goes; and the methods that do not
 * wait.
 */

#include "ngx_pdn_tcp.h"
#include "ngx_pdn_refusal.h"
#include "ngx_pdn_dial.h"


static void ngx_pdn_tcp_host_ended(ngx_pdn_member_t *member);
static ngx_msec_t ngx_pdn_tcp_timeout(lua_State *L, int index);


void
ngx_pdn_tcp_check_host(lua_State *L, ngx_pdn_tcp_t *u)
{
    if (ngx_pdn_task == NULL) {
        luaL_error(L, "no request found");
    }

    if (u->host != NULL && u->host != ngx_pdn_task->host) {
        ngx_pdn_refusal_foreign(L, "a cosocket");
    }
}


ngx_uint_t
ngx_pdn_tcp_busy(lua_State *L, ngx_pdn_tcp_t *u, ngx_uint_t ops)
{
    const char *text;

    text = ngx_pdn_tcp_busy_text(u, ops);

    if (text != NULL) {
        ngx_pdn_fault_text(L, text);
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


void
ngx_pdn_tcp_shut(ngx_pdn_tcp_t *u)
{
    ngx_connection_t *c = u->connection;
    ngx_pdn_tcp_owner_t *owner = u->owner;

    if (c != NULL) {
        ngx_log_debug1(NGX_LOG_DEBUG_CORE, u->host->log, 0,
                       "%slua finalize socket",
                       ngx_pdn_said_by(u->host->subsystem));
    }

    ngx_pdn_tcp_detach(u);

    if (c != NULL && owner == NULL) {
        ngx_pdn_hang_up(c);
    }

    ngx_pdn_resolve_release(&u->connect.resolve);
    ngx_pdn_tcp_pool_uncount(u);
}


void
ngx_pdn_tcp_detach(ngx_pdn_tcp_t *u)
{
    u->connection = NULL;
    u->owner = NULL;
    u->read_closed = 0;
    u->write_closed = 0;
    u->eof = 0;

    ngx_pdn_bytes_release(&u->in);
    ngx_pdn_bytes_release(&u->out);
}


void
ngx_pdn_tcp_attach(ngx_pdn_tcp_t *u, ngx_connection_t *c)
{
    u->connection = c;

    c->data = u;
    c->read->handler = ngx_pdn_tcp_read_event;
    c->write->handler = ngx_pdn_tcp_write_event;
    ngx_pdn_dial_log(u->host, c);
}


ngx_int_t
ngx_pdn_tcp_adopt(ngx_pdn_tcp_t *u, ngx_pdn_host_t *host)
{
    if (u->host == host) {
        return NGX_OK;
    }

    if (ngx_pdn_member_join(&u->member, host, ngx_pdn_tcp_host_ended) != NGX_OK)
    {
        return NGX_ERROR;
    }

    u->host = host;

    return NGX_OK;
}


static void
ngx_pdn_tcp_host_ended(ngx_pdn_member_t *member)
{
    ngx_pdn_tcp_t *u = ngx_queue_data(member, ngx_pdn_tcp_t, member);

    ngx_pdn_tcp_shut(u);
    u->host = NULL;
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

    ngx_pdn_tcp_bury(u);
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
int
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
int
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
int
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
        return ngx_pdn_fault_text(L, "closed");
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


/* sock:shutdown("send") -> 1 | nil, err  [-0, +1|2, e] */
int
ngx_pdn_tcp_shutdown(lua_State *L)
{
    ngx_int_t rc;
    ngx_pdn_tcp_t *u;
    ngx_connection_t *c;

    if (lua_gettop(L) != 2) {
        return luaL_error(L,
                          "expecting 2 arguments (including the object) "
                          "but seen %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_tcp_check(L);
    c = u->connection;

    if (c == NULL || u->write_closed) {
        return ngx_pdn_fault_text(L, "closed");
    }

    ngx_pdn_tcp_check_host(L, u);

    if (ngx_strcmp(luaL_checkstring(L, 2), "send") != 0) {
        return luaL_error(L, "bad shutdown argument: %s", lua_tostring(L, 2));
    }

    if (ngx_pdn_tcp_busy(L, u, NGX_PDN_TCP_CONNECTING | NGX_PDN_TCP_WRITING)) {
        return 2;
    }

    rc = u->owner != NULL && u->owner->clear != NULL ? u->owner->clear(u->owner)
                                                     : NGX_OK;

    if (rc != NGX_OK) {
        return ngx_pdn_fault_text(L, rc == NGX_AGAIN ? "socket busy writing"
                                                     : "closed");
    }

    ngx_pdn_tcp_debug1(u, "lua shutdown socket write direction: fd:%d", c->fd);

    if (ngx_shutdown_socket(c->fd, NGX_WRITE_SHUTDOWN) == -1) {
        return ngx_pdn_fault_text(L, "closed");
    }

    if (u->owner != NULL && u->owner->ended != NULL) {
        u->owner->ended(u->owner);
    }

    u->write_closed = 1;
    lua_pushinteger(L, 1);

    return 1;
}


/* sock:getreusedtimes() -> count | nil, err  [-0, +1|2, e] */
int
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
        return ngx_pdn_fault_text(L, "closed");
    }

    lua_pushinteger(L, u->reused);

    return 1;
}


/* sock:getfd() -> fd | nil, err  [-0, +1|2, e] */
int
ngx_pdn_tcp_getfd(lua_State *L)
{
    ngx_pdn_tcp_t *u;

    u = ngx_pdn_tcp_check(L);

    if (u->connection == NULL) {
        return ngx_pdn_fault_text(L, "closed");
    }

    lua_pushinteger(L, u->connection->fd);

    return 1;
}


/* sock:bind(address) -> 1 | nil, err  [-0, +1|2, e] */
int
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
        return ngx_pdn_fault_text(L, "bad address");
    }

    if (ngx_pdn_task != NULL) {
        ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_pdn_task->host->log, 0,
                       "lua tcp socket bind ip: %V", &text);
    }

    u->local = rs.literal;
    lua_pushinteger(L, 1);

    return 1;
}
