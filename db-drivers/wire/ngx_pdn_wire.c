/*
 * SPDX-License-Identifier: MIT
 *
 * Asks and their answers.  One timer serves all deadlines of a wire: it is
 * moved when an earlier one comes, and left alone when an answer does.
 */

#include "ngx_pdn_wire.h"


static void ngx_pdn_wire_turn(ngx_event_t *ev);
static void ngx_pdn_wire_timer(ngx_event_t *ev);
static void ngx_pdn_wire_arm(ngx_pdn_wire_t *wire, ngx_msec_t wait);
static void ngx_pdn_wire_expire(ngx_pdn_wire_t *wire);
static void ngx_pdn_wire_late(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask);
static ngx_uint_t ngx_pdn_wire_frame(ngx_pdn_wire_t *wire,
                                     ngx_pdn_wire_ask_t *ask);
static void ngx_pdn_wire_answer(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask);
static void ngx_pdn_wire_uncount(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask);
static void ngx_pdn_wire_settle(ngx_pdn_wire_t *wire);
static void ngx_pdn_wire_close(ngx_pdn_wire_t *wire);


ngx_pdn_wire_t *
ngx_pdn_wire_create(const ngx_pdn_wire_protocol_t *protocol,
                    ngx_pdn_db_pool_t *pool, size_t scan_size)
{
    ngx_pdn_wire_t *wire;

    wire = ngx_calloc(sizeof(ngx_pdn_wire_t) + scan_size, ngx_cycle->log);
    if (wire == NULL) {
        return NULL;
    }

    wire->protocol = protocol;
    wire->pool = pool;
    wire->scan = wire + 1;
    wire->opened = ngx_current_msec;
    wire->used = ngx_current_msec;
    ngx_queue_init(&wire->asks);

    wire->turn.handler = ngx_pdn_wire_turn;
    wire->turn.data = wire;
    wire->turn.log = ngx_cycle->log;
    wire->timer.handler = ngx_pdn_wire_timer;
    wire->timer.data = wire;
    wire->timer.log = ngx_cycle->log;

    protocol->begin(wire);

    return wire;
}


void
ngx_pdn_wire_ask(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask)
{
    ask->wire = wire;
    ngx_queue_insert_tail(&wire->asks, &ask->link);
    wire->nasks++;
    wire->pool->count->queries++;
    wire->timer.cancelable = 0;

    if (wire->connection != NULL) {
        wire->connection->idle = 0;
    }

    if (ask->timeout) {
        ask->deadline = ngx_current_msec + ask->timeout;

        if (!wire->timer.timer_set
            || (ngx_msec_int_t) (ask->deadline - wire->timer.timer.key) < 0)
        {
            ngx_pdn_wire_arm(wire, ask->timeout);
        }
    }

    ngx_pdn_wire_send(wire);
}


void
ngx_pdn_wire_send(ngx_pdn_wire_t *wire)
{
    if (!wire->turn.posted) {
        ngx_post_event(&wire->turn, &ngx_posted_events);
    }
}


void
ngx_pdn_wire_forget(ngx_pdn_wire_ask_t *ask)
{
    ngx_pdn_wire_t *wire = ask->wire;

    ask->done = NULL;
    wire->pool->count->abandoned++;

    ngx_pdn_wire_hold(wire);
    ngx_pdn_wire_uncount(wire, ask);

    if (ask->any) {
        ngx_queue_remove(&ask->link);
        ngx_free(ask);
    }

    ngx_pdn_wire_settle(wire);
    ngx_pdn_wire_release(wire);
}


void
ngx_pdn_wire_leave(ngx_pdn_wire_t *wire)
{
    wire->alone = 1;
    wire->ready = NULL;
    wire->gone = NULL;

    ngx_pdn_wire_hold(wire);
    ngx_pdn_wire_settle(wire);
    ngx_pdn_wire_release(wire);
}


void
ngx_pdn_wire_free(ngx_pdn_wire_t *wire)
{
    wire->ready = NULL;
    wire->gone = NULL;

    if (wire->error.code == NULL) {
        pdn_db_fail(&wire->error, "closed", "the connection was given up");
    }

    ngx_pdn_wire_hold(wire);
    wire->freed = 1;
    ngx_pdn_wire_fail(wire);
    ngx_pdn_wire_release(wire);
}


void
ngx_pdn_wire_greet(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask)
{
    ask->wire = wire;
    wire->greeting = ask;
    ngx_pdn_wire_send(wire);
}


void
ngx_pdn_wire_ready(ngx_pdn_wire_t *wire)
{
    if (wire->opening.timer_set) {
        ngx_del_timer(&wire->opening);
    }

    wire->state = NGX_PDN_WIRE_READY;
    wire->used = ngx_current_msec;
    ngx_pdn_wire_send(wire);

    if (wire->shared && wire->pool->options.idle_timeout
        && !wire->timer.timer_set) {
        wire->timer.cancelable = wire->nasks == 0;
        ngx_pdn_wire_arm(wire, wire->pool->options.idle_timeout);
    }

    if (wire->ready != NULL) {
        wire->ready(wire);
    }
}


void
ngx_pdn_wire_fail(ngx_pdn_wire_t *wire)
{
    ngx_queue_t *q;
    ngx_pdn_wire_ask_t *ask;
    void (*gone)(ngx_pdn_wire_t *);

    if (wire->state == NGX_PDN_WIRE_CLOSED) {
        return;
    }

    ngx_pdn_wire_hold(wire);
    ngx_pdn_wire_close(wire);

    gone = wire->gone;
    wire->gone = NULL;

    /* whoever asks anew, in what follows, is to get another wire */
    if (gone != NULL) {
        gone(wire);
    }

    if (wire->greeting != NULL) {
        ngx_free(wire->greeting);
        wire->greeting = NULL;
    }

    while (!ngx_queue_empty(&wire->asks)) {
        q = ngx_queue_head(&wire->asks);
        ask = ngx_queue_data(q, ngx_pdn_wire_ask_t, link);
        ngx_queue_remove(q);
        ngx_pdn_wire_uncount(wire, ask);

        if (ask->done == NULL) {
            ngx_free(ask);
            continue;
        }

        /* a worker that ends runs no Lua any more */
        if (wire->pool->closing) {
            continue;
        }

        wire->pool->count->errors++;
        ask->late = 0;
        ask->error = &wire->error;
        ask->done(ask);
    }

    if (wire->alone) {
        wire->freed = 1;
    }

    ngx_pdn_wire_release(wire);
}


void
ngx_pdn_wire_deliver(ngx_pdn_wire_t *wire)
{
    ngx_pdn_wire_ask_t *ask;

    ngx_pdn_wire_hold(wire);

    while (wire->state != NGX_PDN_WIRE_CLOSED) {
        ask = wire->greeting;

        if (ask == NULL && !ngx_queue_empty(&wire->asks)) {
            ask = ngx_queue_data(ngx_queue_head(&wire->asks),
                                 ngx_pdn_wire_ask_t, link);
        }

        if ((ask == NULL && wire->listening)
            || ngx_pdn_bytes_len(&wire->in) == wire->seen
            || !ngx_pdn_wire_frame(wire, ask))
        {
            break;
        }
    }

    ngx_pdn_bytes_shrink(&wire->in, 65536);
    ngx_pdn_wire_release(wire);
}


void
ngx_pdn_wire_hold(ngx_pdn_wire_t *wire)
{
    wire->held++;
}


void
ngx_pdn_wire_release(ngx_pdn_wire_t *wire)
{
    if (--wire->held > 0 || !wire->freed) {
        return;
    }

    if (wire->link.next != NULL) {
        ngx_queue_remove(&wire->link);
    }

    ngx_free(wire);
}


/* One frame; false when more must come, or nothing will. */
static ngx_uint_t
ngx_pdn_wire_frame(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask)
{
    size_t size;
    ngx_int_t rc;
    const char *err;
    ngx_pdn_wire_frame_e kind;

    rc = wire->protocol->frame(wire, wire->in.pos + wire->seen,
                               ngx_pdn_bytes_len(&wire->in) - wire->seen, &size,
                               &kind, &err);

    if (rc == NGX_AGAIN) {
        wire->want = wire->seen + size;
        return 0;
    }

    if (rc == NGX_OK && ask == NULL && kind == NGX_PDN_WIRE_REPLY) {
        err = "an answer came that nobody had asked for";
        rc = NGX_ERROR;
    }

    if (rc == NGX_ERROR) {
        pdn_db_fail(&wire->error, "protocol", "%s broke the protocol: %s",
                    wire->protocol->name, err);
        ngx_pdn_wire_fail(wire);
        return 0;
    }

    wire->protocol->begin(wire);
    wire->want = 0;

    if (kind == NGX_PDN_WIRE_MESSAGE && (ask == NULL || !ask->any)) {

        /* one between the answers of a batch is left to its reader */
        if (wire->seen) {
            wire->seen += size;

        } else {
            ngx_pdn_bytes_drop(&wire->in, size);
        }

        return 1;
    }

    wire->seen += size;

    if (--ask->replies == 0) {
        ngx_pdn_wire_answer(wire, ask);
    }

    return 1;
}


static void
ngx_pdn_wire_answer(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask)
{
    size_t len;

    len = wire->seen;
    wire->seen = 0;
    wire->used = ngx_current_msec;

    if (ask == wire->greeting) {
        wire->greeting = NULL;

    } else {
        ngx_pdn_wire_uncount(wire, ask);
        ngx_queue_remove(&ask->link);
    }

    if (ask->done == NULL) {
        ngx_free(ask);

    } else {
        ask->data = wire->in.pos;
        ask->len = len;
        ask->late = 0;
        ask->done(ask);
    }

    if (wire->state != NGX_PDN_WIRE_CLOSED) {
        ngx_pdn_bytes_drop(&wire->in, len);
        ngx_pdn_wire_settle(wire);
    }
}


/* Nobody waits for it any more; its place in the queue it keeps. */
static void
ngx_pdn_wire_uncount(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask)
{
    if (ask->late) {
        return;
    }

    ask->late = 1;

    if (--wire->nasks == 0) {
        wire->timer.cancelable = 1;

        if (wire->connection != NULL) {
            wire->connection->idle = 1;
        }
    }
}


/* Nobody needs it any more. */
static void
ngx_pdn_wire_settle(ngx_pdn_wire_t *wire)
{
    if (wire->alone && wire->nasks == 0 && wire->state != NGX_PDN_WIRE_CLOSED) {
        ngx_pdn_wire_fail(wire);
    }
}


/* All that this turn of the loop asked for. */
static void
ngx_pdn_wire_turn(ngx_event_t *ev)
{
    ngx_pdn_wire_t *wire = ev->data;

    ngx_pdn_wire_hold(wire);

    if (wire->failing) {
        ngx_pdn_wire_fail(wire);

    } else {
        ngx_pdn_wire_flush(wire);

        if (wire->state == NGX_PDN_WIRE_READY && wire->listening) {
            ngx_pdn_wire_read(wire);
        }
    }

    ngx_pdn_wire_release(wire);
}


static void
ngx_pdn_wire_timer(ngx_event_t *ev)
{
    ngx_pdn_wire_t *wire = ev->data;

    ngx_pdn_wire_hold(wire);
    ngx_pdn_wire_expire(wire);
    ngx_pdn_wire_settle(wire);
    ngx_pdn_wire_release(wire);
}


static void
ngx_pdn_wire_arm(ngx_pdn_wire_t *wire, ngx_msec_t wait)
{
    /* nginx does not move a timer by less than 300 ms */
    if (wire->timer.timer_set) {
        ngx_del_timer(&wire->timer);
    }

    ngx_add_timer(&wire->timer, wait);
}


/*
 * An answer that comes too late would still come: the wire takes no more
 * asks, and ends when the others have their answers.
 */
static void
ngx_pdn_wire_expire(ngx_pdn_wire_t *wire)
{
    ngx_uint_t found;
    ngx_msec_t wait, idle;
    ngx_queue_t *q;
    ngx_msec_int_t left;
    ngx_pdn_wire_ask_t *ask;

again:

    wait = 0;
    found = 0;

    for (q = ngx_queue_head(&wire->asks); q != ngx_queue_sentinel(&wire->asks);
         q = ngx_queue_next(q))
    {
        ask = ngx_queue_data(q, ngx_pdn_wire_ask_t, link);

        if (ask->late || !ask->timeout) {
            continue;
        }

        left = (ngx_msec_int_t) (ask->deadline - ngx_current_msec);

        if (left <= 0) {
            ngx_pdn_wire_late(wire, ask);

            if (wire->state == NGX_PDN_WIRE_CLOSED) {
                return;
            }

            goto again;
        }

        if (!found || (ngx_msec_t) left < wait) {
            wait = left;
            found = 1;
        }
    }

    idle = wire->pool->options.idle_timeout;

    if (!found && wire->shared && wire->nasks == 0 && idle) {
        wait = ngx_current_msec - wire->used;

        if (wait >= idle) {
            pdn_db_fail(&wire->error, "closed", "the connection rested");
            ngx_pdn_wire_fail(wire);
            return;
        }

        wait = idle - wait;
        found = 1;
    }

    if (found) {
        ngx_pdn_wire_arm(wire, wait);
    }
}


static void
ngx_pdn_wire_late(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask)
{
    pdn_db_error_t error;
    void (*gone)(ngx_pdn_wire_t *);
    void (*done)(ngx_pdn_wire_ask_t *);

    error.server[0] = '\0';
    pdn_db_fail(&error, "timeout", "no answer in %lu ms",
                (unsigned long) ask->timeout);

    wire->pool->count->timeouts++;
    wire->pool->count->errors++;
    ngx_pdn_wire_uncount(wire, ask);
    ask->error = &error;
    done = ask->done;

    /* a message that did not come leaves nothing behind */
    if (ask->any) {
        ngx_queue_remove(&ask->link);
        ask->late = 0;
        done(ask);
        return;
    }

    ask->done = NULL;
    gone = wire->gone;

    if (gone != NULL && wire->state == NGX_PDN_WIRE_READY) {
        wire->gone = NULL;
        gone(wire);
    }

    done(ask);
}


static void
ngx_pdn_wire_close(ngx_pdn_wire_t *wire)
{
    wire->state = NGX_PDN_WIRE_CLOSED;

    if (wire->connection != NULL) {
        ngx_pdn_hang_up(wire->connection);
        wire->connection = NULL;
    }

    if (wire->timer.timer_set) {
        ngx_del_timer(&wire->timer);
    }

    if (wire->opening.timer_set) {
        ngx_del_timer(&wire->opening);
    }

    if (wire->turn.posted) {
        ngx_delete_posted_event(&wire->turn);
    }

    ngx_pdn_resolve_release(&wire->resolve);
    ngx_pdn_bytes_release(&wire->in);
    ngx_pdn_bytes_release(&wire->out);
    ngx_pdn_bytes_release(&wire->head);
    wire->seen = 0;
}
