/*
 * SPDX-License-Identifier: MIT
 *
 * Reading and writing.  A listener that does not ask is not read from: what
 * the server sends stays with the server, which knows what to do with slow
 * clients.
 */

#include "ngx_pdn_wire.h"


#define NGX_PDN_WIRE_CHUNK     16384
#define NGX_PDN_WIRE_CHUNK_MAX 1048576
#define NGX_PDN_WIRE_UNREAD    65536 /* a listener's, at most */
#define NGX_PDN_WIRE_KEEP      65536


static ngx_uint_t ngx_pdn_wire_write(ngx_pdn_wire_t *wire, ngx_pdn_bytes_t *b);
static ngx_uint_t ngx_pdn_wire_full(ngx_pdn_wire_t *wire);
static ngx_int_t ngx_pdn_wire_room(ngx_pdn_wire_t *wire);
static void ngx_pdn_wire_lost(ngx_pdn_wire_t *wire, const char *why);


void
ngx_pdn_wire_read_event(ngx_event_t *ev)
{
    ngx_connection_t *c = ev->data;
    ngx_pdn_wire_t *wire = c->data;

    /* the worker ends, or connections have become few */
    if (c->close && wire->nasks == 0) {
        ngx_pdn_wire_lost(wire, "the worker ends");
        return;
    }

    ngx_pdn_wire_read(wire);
}


void
ngx_pdn_wire_write_event(ngx_event_t *ev)
{
    ngx_connection_t *c = ev->data;

    ngx_pdn_wire_flush(c->data);
}


void
ngx_pdn_wire_read(ngx_pdn_wire_t *wire)
{
    ssize_t n;
    ngx_connection_t *c;

    ngx_pdn_wire_hold(wire);

    for (;;) {
        ngx_pdn_wire_deliver(wire);

        if (wire->state == NGX_PDN_WIRE_CLOSED) {
            break;
        }

        c = wire->connection;

        if (ngx_pdn_wire_full(wire)) {
            break;
        }

        if (!c->read->ready) {
            if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
                ngx_pdn_wire_lost(wire, "it cannot be watched");
            }

            break;
        }

        if (ngx_pdn_wire_room(wire) != NGX_OK) {
            ngx_pdn_wire_lost(wire, "no memory");
            break;
        }

        n = c->recv(c, wire->in.last, ngx_pdn_bytes_room(&wire->in));

        if (n == NGX_AGAIN) {
            continue;
        }

        if (n <= 0) {
            ngx_pdn_wire_lost(wire, n == 0 ? "the server ended it"
                                           : strerror(ngx_socket_errno));
            break;
        }

        wire->in.last += n;
    }

    ngx_pdn_wire_release(wire);
}


void
ngx_pdn_wire_flush(ngx_pdn_wire_t *wire)
{
    if (!wire->up || wire->state == NGX_PDN_WIRE_CLOSED
        || !ngx_pdn_wire_write(wire, &wire->head)
        || wire->state != NGX_PDN_WIRE_READY)
    {
        return;
    }

    (void) ngx_pdn_wire_write(wire, &wire->out);
}


/* True when all is written. */
static ngx_uint_t
ngx_pdn_wire_write(ngx_pdn_wire_t *wire, ngx_pdn_bytes_t *b)
{
    ssize_t n;
    ngx_connection_t *c = wire->connection;

    while (ngx_pdn_bytes_len(b) > 0) {
        n = c->write->ready ? c->send(c, b->pos, ngx_pdn_bytes_len(b))
                            : NGX_AGAIN;

        if (n > 0) {
            ngx_pdn_bytes_drop(b, n);
            continue;
        }

        if (n == NGX_AGAIN || n == 0) {
            if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
                ngx_pdn_wire_lost(wire, "it cannot be watched");
            }

            return 0;
        }

        ngx_pdn_wire_lost(wire, strerror(ngx_socket_errno));

        return 0;
    }

    ngx_pdn_bytes_shrink(b, NGX_PDN_WIRE_KEEP);

    return 1;
}


static ngx_uint_t
ngx_pdn_wire_full(ngx_pdn_wire_t *wire)
{
    return wire->listening && wire->nasks == 0
           && ngx_pdn_bytes_len(&wire->in) >= NGX_PDN_WIRE_UNREAD;
}


/* What a server claims to send is not believed all at once. */
static ngx_int_t
ngx_pdn_wire_room(ngx_pdn_wire_t *wire)
{
    size_t have, room;

    have = ngx_pdn_bytes_len(&wire->in);
    room = wire->want > have ? wire->want - have : 0;
    room = ngx_min(room, ngx_max(have, NGX_PDN_WIRE_CHUNK_MAX));
    room = ngx_max(room, NGX_PDN_WIRE_CHUNK);

    /* a chunk that is nearly empty will do */
    if (ngx_pdn_bytes_room(&wire->in) >= NGX_PDN_WIRE_CHUNK / 2
        && room == NGX_PDN_WIRE_CHUNK)
    {
        return NGX_OK;
    }

    return ngx_pdn_bytes_reserve(&wire->in, room);
}


static void
ngx_pdn_wire_lost(ngx_pdn_wire_t *wire, const char *why)
{
    pdn_db_fail(&wire->error, "closed", "the connection was lost: %s", why);
    ngx_pdn_wire_fail(wire);
}
