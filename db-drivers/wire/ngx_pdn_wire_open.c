/*
 * SPDX-License-Identifier: MIT
 *
 * From the pool's keywords `host`, `port` and `path` to a connection that was
 * greeted: each address of the name in turn, within one deadline.
 */

#include "ngx_pdn_wire.h"
#include "ngx_pdn_dial.h"


static void ngx_pdn_wire_open_deadline(ngx_event_t *ev);
static ngx_int_t ngx_pdn_wire_open_path(ngx_pdn_wire_t *wire, const char *path);
static ngx_int_t ngx_pdn_wire_open_name(ngx_pdn_wire_t *wire,
                                        ngx_pdn_host_t *host);
static void ngx_pdn_wire_resolved(ngx_pdn_resolve_t *rs, void *data);
static void ngx_pdn_wire_try(ngx_pdn_wire_t *wire);
static ngx_int_t ngx_pdn_wire_dial(ngx_pdn_wire_t *wire, ngx_pdn_addr_t *addr);
static void ngx_pdn_wire_connect_event(ngx_event_t *ev);
static void ngx_pdn_wire_connected(ngx_pdn_wire_t *wire);
static void ngx_pdn_wire_up(ngx_pdn_wire_t *wire);
static void ngx_pdn_wire_refused(ngx_pdn_wire_t *wire, const char *why);
static void ngx_pdn_wire_fail_soon(ngx_pdn_wire_t *wire);
static const char *ngx_pdn_wire_place(ngx_pdn_wire_t *wire);


void
ngx_pdn_wire_open(ngx_pdn_wire_t *wire, ngx_pdn_host_t *host)
{
    ngx_int_t rc;
    const char *path;

    wire->opening.handler = ngx_pdn_wire_open_deadline;
    wire->opening.data = wire;
    wire->opening.log = ngx_cycle->log;
    ngx_add_timer(&wire->opening, wire->pool->options.connect_timeout);

    path = ngx_pdn_db_pool_get(wire->pool, "path");

    rc = path ? ngx_pdn_wire_open_path(wire, path)
              : ngx_pdn_wire_open_name(wire, host);

    if (rc == NGX_ERROR) {
        ngx_pdn_wire_fail_soon(wire);
    }
}


static void
ngx_pdn_wire_open_deadline(ngx_event_t *ev)
{
    ngx_pdn_wire_t *wire = ev->data;

    pdn_db_fail(&wire->error, "timeout", "no connection to '%s' in %lu ms",
                ngx_pdn_wire_place(wire),
                (unsigned long) wire->pool->options.connect_timeout);
    ngx_pdn_wire_fail(wire);
}


static ngx_int_t
ngx_pdn_wire_open_path(ngx_pdn_wire_t *wire, const char *path)
{
    struct sockaddr_un *sun;
    ngx_pdn_addr_t addr;

    ngx_memzero(&addr, sizeof(ngx_pdn_addr_t));
    sun = &addr.sockaddr.sockaddr_un;

    if (ngx_strlen(path) >= sizeof(sun->sun_path)) {
        pdn_db_fail(&wire->error, "connect_failed",
                    "cannot connect to '%s': the path is too long", path);
        return NGX_ERROR;
    }

    sun->sun_family = AF_UNIX;
    ngx_memcpy(sun->sun_path, path, ngx_strlen(path) + 1);
    addr.socklen = sizeof(struct sockaddr_un);

    return ngx_pdn_wire_dial(wire, &addr);
}


static ngx_int_t
ngx_pdn_wire_open_name(ngx_pdn_wire_t *wire, ngx_pdn_host_t *host)
{
    ngx_int_t rc, port;
    const char *text;

    text = ngx_pdn_db_pool_get(wire->pool, "host");
    wire->name.data = (u_char *) (text ? text : "127.0.0.1");
    wire->name.len = ngx_strlen(wire->name.data);

    text = ngx_pdn_db_pool_get(wire->pool, "port");
    port = text ? ngx_atoi((u_char *) text, ngx_strlen(text))
                : wire->protocol->port;

    rc = ngx_pdn_resolve_start(
        &wire->resolve, host, &wire->name, (in_port_t) port,
        wire->pool->options.connect_timeout, ngx_pdn_wire_resolved, wire);

    if (rc == NGX_AGAIN) {
        return NGX_OK;
    }

    if (rc == NGX_OK) {
        for (/* void */; wire->next < wire->resolve.naddrs; wire->next++) {
            rc = ngx_pdn_wire_dial(wire, &wire->resolve.addrs[wire->next]);

            if (rc == NGX_OK) {
                return NGX_OK;
            }
        }

        return NGX_ERROR;
    }

    pdn_db_fail(&wire->error, "connect_failed",
                "cannot connect to '%s': its name could not be resolved "
                "(%ld: %s)",
                ngx_pdn_wire_place(wire), (long) wire->resolve.error,
                (char *) ngx_resolver_strerror(wire->resolve.error));

    return NGX_ERROR;
}


static void
ngx_pdn_wire_resolved(ngx_pdn_resolve_t *rs, void *data)
{
    ngx_pdn_wire_t *wire = data;

    if (rs->naddrs == 0) {
        pdn_db_fail(&wire->error, "connect_failed",
                    "cannot connect to '%s': its name could not be resolved "
                    "(%ld: %s)",
                    ngx_pdn_wire_place(wire), (long) rs->error,
                    (char *) ngx_resolver_strerror(rs->error));
        ngx_pdn_wire_fail(wire);
        return;
    }

    ngx_pdn_wire_try(wire);
}


/* The next address that can be tried at all. */
static void
ngx_pdn_wire_try(ngx_pdn_wire_t *wire)
{
    for (/* void */; wire->next < wire->resolve.naddrs; wire->next++) {
        if (ngx_pdn_wire_dial(wire, &wire->resolve.addrs[wire->next]) == NGX_OK)
        {
            return;
        }
    }

    ngx_pdn_wire_fail(wire);
}


/* Ends in ngx_pdn_wire_connect_event(), never before this returns. */
static ngx_int_t
ngx_pdn_wire_dial(ngx_pdn_wire_t *wire, ngx_pdn_addr_t *addr)
{
    ngx_int_t rc;
    ngx_connection_t *c;
    ngx_pdn_fault_t fault;

    ngx_memzero(&fault, sizeof(ngx_pdn_fault_t));

    rc = ngx_pdn_dial_plain(ngx_cycle->log, addr, &c, &fault);

    if (rc == NGX_ERROR) {
        ngx_pdn_wire_refused(wire,
                             fault.text ? fault.text : strerror(fault.code));
        return NGX_ERROR;
    }

    wire->connection = c;
    c->data = wire;
    c->read->handler = ngx_pdn_wire_connect_event;
    c->write->handler = ngx_pdn_wire_connect_event;

    if (rc == NGX_OK && !c->write->posted) {
        ngx_post_event(c->write, &ngx_posted_events);
    }

    return NGX_OK;
}


static void
ngx_pdn_wire_connect_event(ngx_event_t *ev)
{
    int err;
    socklen_t len;
    ngx_connection_t *c = ev->data;
    ngx_pdn_wire_t *wire = c->data;

    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_pdn_hang_up(c);
        wire->connection = NULL;
        ngx_pdn_wire_refused(wire, strerror(err));
        wire->next++;
        ngx_pdn_wire_try(wire);
        return;
    }

    /* the first event may be one of reading, which says nothing yet */
    if (!ev->write) {
        return;
    }

    ngx_pdn_wire_connected(wire);
}


static void
ngx_pdn_wire_connected(ngx_pdn_wire_t *wire)
{
    int on;
    ngx_connection_t *c = wire->connection;

    on = 1;

    /* a peer that vanished is noticed one day, whatever is waited for */
    (void) setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(int));

    if (ngx_tcp_nodelay(c) != NGX_OK) {
        ngx_pdn_wire_refused(wire, "cannot set the socket up");
        ngx_pdn_wire_fail(wire);
        return;
    }

    if (!ngx_pdn_wire_wants_tls(wire)) {
        ngx_pdn_wire_up(wire);
        return;
    }

    if (ngx_pdn_wire_tls(wire, ngx_pdn_wire_up) != NGX_OK) {
        ngx_pdn_wire_fail(wire);
    }
}


/* After TLS, too; then wire->error may say that it failed. */
static void
ngx_pdn_wire_up(ngx_pdn_wire_t *wire)
{
    ngx_connection_t *c = wire->connection;

    /* what an address that was tried before left there */
    if (c->ssl == NULL) {
        wire->error.code = NULL;
    }

    if (wire->error.code != NULL) {
        ngx_pdn_wire_fail(wire);
        return;
    }

    ngx_pdn_resolve_release(&wire->resolve);
    c->read->handler = ngx_pdn_wire_read_event;
    c->write->handler = ngx_pdn_wire_write_event;
    wire->up = 1;

    ngx_pdn_wire_hold(wire);
    wire->protocol->greet(wire);

    if (wire->state != NGX_PDN_WIRE_CLOSED) {
        ngx_pdn_wire_read(wire);
    }

    ngx_pdn_wire_release(wire);
}


static void
ngx_pdn_wire_refused(ngx_pdn_wire_t *wire, const char *why)
{
    pdn_db_fail(&wire->error, "connect_failed", "cannot connect to '%s': %s",
                ngx_pdn_wire_place(wire), why);
}


/* In the present turn, but not while Lua runs. */
static void
ngx_pdn_wire_fail_soon(ngx_pdn_wire_t *wire)
{
    wire->failing = 1;
    ngx_pdn_wire_send(wire);
}


static const char *
ngx_pdn_wire_place(ngx_pdn_wire_t *wire)
{
    const char *place;

    place = ngx_pdn_db_pool_get(wire->pool, "place");

    return place ? place : wire->protocol->name;
}
