/*
 * SPDX-License-Identifier: MIT
 *
 * sock:connect(): an idle connection of the pool if there is one, else a
 * place in the pool's count, the name's addresses, and each of them in turn
 * until one answers.
 */

#include "ngx_pdn_tcp.h"
#include "ngx_pdn_dial.h"


static int ngx_pdn_tcp_connect_start(lua_State *L, ngx_pdn_tcp_t *u,
                                     ngx_pdn_tcp_target_t *target);
static ngx_int_t ngx_pdn_tcp_connect_resolve(ngx_pdn_tcp_t *u);
static void ngx_pdn_tcp_connect_resolved(ngx_pdn_resolve_t *rs, void *data);
static ngx_int_t ngx_pdn_tcp_connect_path(ngx_pdn_tcp_t *u);
static ngx_int_t ngx_pdn_tcp_connect_first(ngx_pdn_tcp_t *u);
static ngx_int_t ngx_pdn_tcp_connect_next(ngx_pdn_tcp_t *u);
static ngx_int_t ngx_pdn_tcp_connect_addr(ngx_pdn_tcp_t *u,
                                          ngx_pdn_addr_t *addr);
static ngx_int_t ngx_pdn_tcp_connect_test(ngx_pdn_tcp_t *u);
static void ngx_pdn_tcp_connect_timer(ngx_event_t *ev);
static void ngx_pdn_tcp_connect_set_timer(ngx_pdn_tcp_t *u);
static void ngx_pdn_tcp_connect_finish(ngx_pdn_tcp_t *u, ngx_int_t rc);
static int ngx_pdn_tcp_connect_push(lua_State *L, ngx_pdn_wait_t *wait);
static int ngx_pdn_tcp_connect_results(lua_State *L, ngx_pdn_tcp_t *u);
static void ngx_pdn_tcp_connect_cancel(ngx_pdn_wait_t *wait);
static void ngx_pdn_tcp_connect_stop(ngx_pdn_tcp_t *u);


/*
 * sock:connect(host, port, options?) or (path, options?)
 *     -> 1 | nil, err  [-0, +1|2, e]
 */
int
ngx_pdn_tcp_connect(lua_State *L)
{
    int n;
    ngx_pdn_tcp_t *u;
    ngx_pdn_host_t *host;
    ngx_pdn_tcp_target_t target;

    n = lua_gettop(L);

    if (n < 2 || n > 4) {
        return luaL_error(L,
                          "ngx.socket connect: expecting 2, 3, or 4 "
                          "arguments (including the object), but seen %d",
                          n);
    }

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    u = ngx_pdn_tcp_check(L);

    n = ngx_pdn_tcp_target_read(L, &target);

    if (n != 0) {
        return n;
    }

    ngx_pdn_tcp_check_host(L, u);

    if (ngx_pdn_tcp_busy(L, u,
                         NGX_PDN_TCP_CONNECTING | NGX_PDN_TCP_READING
                             | NGX_PDN_TCP_WRITING))
    {
        return 2;
    }

    if (ngx_pdn_tcp_adopt(u, host) != NGX_OK) {
        return luaL_error(L, "no memory");
    }

    if (u->connection != NULL) {
        ngx_log_debug0(NGX_LOG_DEBUG_CORE, host->log, 0,
                       "lua tcp socket reconnect without shutting down");
    }

    ngx_pdn_tcp_shut(u);

    if (u->name.data != NULL) {
        ngx_log_debug0(NGX_LOG_DEBUG_CORE, host->log, 0,
                       "lua reuse socket upstream ctx");
    }

    if (ngx_pdn_tcp_target_keep(u, &target) != NGX_OK) {
        return luaL_error(L, "no memory");
    }

    return ngx_pdn_tcp_connect_start(L, u, &target);
}


static int
ngx_pdn_tcp_connect_start(lua_State *L, ngx_pdn_tcp_t *u,
                          ngx_pdn_tcp_target_t *target)
{
    ngx_int_t rc;
    ngx_uint_t size;
    ngx_pdn_tcp_pool_t *pool;

    u->reused = 0;
    ngx_memzero(&u->connect.op.fault, sizeof(ngx_pdn_fault_t));

    pool = ngx_pdn_tcp_pool_find(L, &u->name);

    if (pool == NULL && (target->pool_size > 0 || target->backlog >= 0)) {
        size = target->pool_size > 0 ? target->pool_size
                                     : u->host->socket_conf->pool_size;

        pool = ngx_pdn_tcp_pool_create(L, &u->name, size, target->backlog,
                                       u->host->log);
        if (pool == NULL) {
            return luaL_error(L, "no memory");
        }
    }

    if (pool != NULL) {
        rc = ngx_pdn_tcp_pool_admit(pool, u);

        if (rc == NGX_DECLINED) {
            return ngx_pdn_fault_text(L, "too many waiting connect operations");
        }

        if (rc == NGX_AGAIN) {
            ngx_pdn_tcp_connect_set_timer(u);
            return ngx_pdn_tcp_suspend(L, &u->connect.op,
                                       ngx_pdn_tcp_connect_push,
                                       ngx_pdn_tcp_connect_cancel);
        }

        if (u->connection != NULL) {
            lua_pushinteger(L, 1);
            return 1;
        }
    }

    rc = ngx_pdn_tcp_connect_resolve(u);

    if (rc == NGX_AGAIN) {
        return ngx_pdn_tcp_suspend(L, &u->connect.op, ngx_pdn_tcp_connect_push,
                                   ngx_pdn_tcp_connect_cancel);
    }

    ngx_pdn_tcp_connect_stop(u);

    return ngx_pdn_tcp_connect_results(L, u);
}


void
ngx_pdn_tcp_connect_admitted(ngx_pdn_tcp_t *u)
{
    ngx_pdn_tcp_connect_stop(u);

    if (u->connection != NULL) {
        ngx_pdn_tcp_connect_finish(u, NGX_OK);
        return;
    }

    ngx_pdn_tcp_connect_finish(u, ngx_pdn_tcp_connect_resolve(u));
}


ngx_msec_t
ngx_pdn_tcp_connect_timeout(const ngx_pdn_tcp_t *u)
{
    return u->connect_timeout ? u->connect_timeout
                              : u->host->socket_conf->connect_timeout;
}


/* NGX_OK connected, NGX_AGAIN under way, NGX_ERROR see op.fault. */
static ngx_int_t
ngx_pdn_tcp_connect_resolve(ngx_pdn_tcp_t *u)
{
    ngx_int_t rc;
    ngx_pdn_tcp_connect_t *cn;

    cn = &u->connect;

    ngx_pdn_tcp_debug1(u, "lua tcp socket connect timeout: %M",
                       ngx_pdn_tcp_connect_timeout(u));

    if (ngx_pdn_is_path(&cn->host)) {
        return ngx_pdn_tcp_connect_path(u);
    }

    if (cn->host.len == 0) {
        cn->op.fault.text = "failed to parse host name \"\": no host";
        return NGX_ERROR;
    }

    rc = ngx_pdn_resolve_start(&cn->resolve, u->host, &cn->host, cn->port,
                               ngx_pdn_tcp_connect_timeout(u),
                               ngx_pdn_tcp_connect_resolved, u);

    return rc == NGX_OK ? ngx_pdn_tcp_connect_first(u) : rc;
}


static void
ngx_pdn_tcp_connect_resolved(ngx_pdn_resolve_t *rs, void *data)
{
    ngx_pdn_tcp_t *u = data;

    if (rs->error != 0) {
        ngx_pdn_tcp_connect_finish(u, NGX_ERROR);
        return;
    }

    ngx_pdn_tcp_connect_finish(u, ngx_pdn_tcp_connect_first(u));
}


static ngx_int_t
ngx_pdn_tcp_connect_path(ngx_pdn_tcp_t *u)
{
    ngx_pdn_tcp_connect_t *cn;

    cn = &u->connect;
    cn->op.fault.text = ngx_pdn_path_addr(&cn->host, &cn->path);

    if (cn->op.fault.text != NULL) {
        return NGX_ERROR;
    }

    cn->addrs = &cn->path;
    cn->naddrs = 1;
    cn->next = 0;
    cn->left = 1;

    return ngx_pdn_tcp_connect_next(u);
}


/* Addresses of the first family share the load, the rest is a resort. */
static ngx_int_t
ngx_pdn_tcp_connect_first(ngx_pdn_tcp_t *u)
{
    ngx_uint_t n;
    ngx_pdn_tcp_connect_t *cn;

    cn = &u->connect;
    cn->addrs = cn->resolve.addrs;
    cn->naddrs = cn->resolve.naddrs;
    cn->left = cn->naddrs;
    cn->next = 0;

    for (n = 1; n < cn->naddrs; n++) {
        if (cn->addrs[n].sockaddr.sockaddr.sa_family
            != cn->addrs[0].sockaddr.sockaddr.sa_family)
        {
            break;
        }
    }

    if (n > 1) {
        cn->next = ngx_random() % n;
    }

    return ngx_pdn_tcp_connect_next(u);
}


static ngx_int_t
ngx_pdn_tcp_connect_next(ngx_pdn_tcp_t *u)
{
    ngx_int_t rc;
    ngx_pdn_addr_t *addr;
    ngx_pdn_tcp_connect_t *cn;

    cn = &u->connect;

    while (cn->left > 0) {
        cn->left--;
        addr = &cn->addrs[cn->next];
        cn->next = (cn->next + 1) % cn->naddrs;

        rc = ngx_pdn_tcp_connect_addr(u, addr);

        if (rc != NGX_ERROR) {
            return rc;
        }
    }

    return NGX_ERROR;
}


static ngx_int_t
ngx_pdn_tcp_connect_addr(ngx_pdn_tcp_t *u, ngx_pdn_addr_t *addr)
{
    ngx_int_t rc;
    ngx_connection_t *c;

    ngx_memzero(&u->connect.op.fault, sizeof(ngx_pdn_fault_t));

    rc = ngx_pdn_dial(u->host, SOCK_STREAM, addr, &u->local, &c,
                      &u->connect.op.fault);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    ngx_pdn_tcp_attach(u, c);

    if (rc == NGX_AGAIN) {
        c->read->handler = ngx_pdn_tcp_connect_event;
        c->write->handler = ngx_pdn_tcp_connect_event;
        ngx_pdn_tcp_connect_set_timer(u);
    }

    return rc;
}


void
ngx_pdn_tcp_connect_event(ngx_event_t *ev)
{
    ngx_int_t rc;
    ngx_pdn_tcp_t *u;
    ngx_connection_t *c;

    c = ev->data;
    u = c->data;

    if (!u->connect.op.pending) {
        /* timed out in this turn of the loop */
        return;
    }

    rc = ngx_pdn_tcp_connect_test(u);

    if (rc == NGX_AGAIN) {
        return;
    }

    if (rc == NGX_OK) {
        c->read->handler = ngx_pdn_tcp_read_event;
        c->write->handler = ngx_pdn_tcp_write_event;

        /* where events are level-triggered, writability is no news now */
        if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
            rc = NGX_ERROR;
        }

    } else {
        ngx_pdn_hang_up(c);
        u->connection = NULL;
        rc = ngx_pdn_tcp_connect_next(u);
    }

    ngx_pdn_tcp_connect_finish(u, rc);
}


static ngx_int_t
ngx_pdn_tcp_connect_test(ngx_pdn_tcp_t *u)
{
    int err;
    socklen_t len;
    ngx_connection_t *c;

    c = u->connection;
    err = 0;
    len = sizeof(int);

    if (c->close) {
        /* worker_shutdown_timeout has run out */
        u->connect.op.fault.text = "closed";
        u->connect.left = 0;
        return NGX_ERROR;
    }

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err != 0) {
        u->connect.op.fault.code = err;

        if (u->connect.left == 0 && u->host->socket_conf->log_errors) {
            ngx_connection_error(c, err, "connect() failed");
        }

        return NGX_ERROR;
    }

    return c->write->ready ? NGX_OK : NGX_AGAIN;
}


static void
ngx_pdn_tcp_connect_timer(ngx_event_t *ev)
{
    ngx_pdn_tcp_t *u = ev->data;
    ngx_pdn_tcp_connect_t *cn;

    cn = &u->connect;

    if (u->host->socket_conf->log_errors) {
        ngx_log_error(NGX_LOG_ERR, u->host->log, 0,
                      cn->queued ? "%slua tcp socket queued connect timed out, "
                                   "when trying to connect to %V:%ud"
                                 : "%slua tcp socket connect timed out, "
                                   "when connecting to %V:%ud",
                      ngx_pdn_said_by(u->host->subsystem), &cn->host,
                      (ngx_uint_t) cn->port);
    }

    cn->op.fault.text = "timeout";
    ngx_pdn_tcp_connect_finish(u, NGX_ERROR);
}


static void
ngx_pdn_tcp_connect_set_timer(ngx_pdn_tcp_t *u)
{
    ngx_event_t *timer;

    timer = &u->connect.timer;
    timer->handler = ngx_pdn_tcp_connect_timer;
    timer->data = u;
    timer->log = ngx_cycle->log;

    if (!timer->timer_set) {
        ngx_add_timer(timer, ngx_pdn_tcp_connect_timeout(u));
    }
}


static void
ngx_pdn_tcp_connect_finish(ngx_pdn_tcp_t *u, ngx_int_t rc)
{
    if (rc == NGX_AGAIN) {
        return;
    }

    ngx_pdn_tcp_connect_stop(u);
    ngx_pdn_tcp_op_wake(&u->connect.op);
}


static int
ngx_pdn_tcp_connect_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_tcp_t *u;

    u = ngx_queue_data(wait, ngx_pdn_tcp_t, connect.op.wait);
    n = ngx_pdn_tcp_connect_results(L, u);
    ngx_pdn_tcp_op_end(u, &u->connect.op);

    return n;
}


static int
ngx_pdn_tcp_connect_results(lua_State *L, ngx_pdn_tcp_t *u)
{
    int n;
    ngx_pdn_fault_t *fault;
    ngx_pdn_resolve_t *rs;

    fault = &u->connect.op.fault;
    rs = &u->connect.resolve;

    if (!ngx_pdn_fault_seen(fault) && rs->error == 0) {
        lua_pushinteger(L, 1);
        return 1;
    }

    n = rs->error != 0 ? ngx_pdn_resolve_push_error(L, rs)
                       : ngx_pdn_fault_push(L, fault);
    rs->error = 0;
    ngx_pdn_tcp_shut(u);

    return n;
}


static void
ngx_pdn_tcp_connect_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_tcp_t *u;

    u = ngx_queue_data(wait, ngx_pdn_tcp_t, connect.op.wait);

    if (u->connect.resolve.pending) {
        ngx_log_debug0(NGX_LOG_DEBUG_CORE, u->host->log, 0,
                       "lua tcp socket abort resolver");
    }

    ngx_pdn_tcp_connect_stop(u);
    ngx_pdn_tcp_shut(u);
    ngx_pdn_tcp_op_end(u, &u->connect.op);
}


/* Nothing of the attempt is left but its outcome. */
static void
ngx_pdn_tcp_connect_stop(ngx_pdn_tcp_t *u)
{
    ngx_pdn_tcp_connect_t *cn;

    cn = &u->connect;

    if (cn->queued) {
        ngx_pdn_tcp_pool_leave(u);
    }

    if (cn->timer.timer_set) {
        ngx_del_timer(&cn->timer);
    }

    ngx_pdn_resolve_release(&cn->resolve);
    cn->addrs = NULL;
    cn->naddrs = 0;
}
