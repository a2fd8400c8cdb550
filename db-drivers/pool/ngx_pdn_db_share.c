/*
 * SPDX-License-Identifier: MIT
 *
 * Reads of operations that run at the same time share a connection: those of
 * one turn of nginx's event loop, or that wait for a connection, go as one
 * batch, a packet, which saves most of a packet's way through the kernel.
 *
 *     submit ── gathered ── shared ── done()
 *                   └──── alone: as all others
 *
 * A packet is an operation of its own, whose members wait for its end.  Who
 * leaves only leaves; with the last of them the packet is abandoned.
 */

#include "ngx_pdn_db_known.h"
#include "ngx_pdn_db_pool.h"


#define NGX_PDN_DB_PACKET 20 /* members, at most */

/* Microseconds: what is brief, and what all of a packet may take. */
#define NGX_PDN_DB_BRIEF  2000
#define NGX_PDN_DB_BUDGET 5000


struct ngx_pdn_db_packet_s {
    ngx_pdn_db_op_t *members[NGX_PDN_DB_PACKET]; /* NULL: it has left */
    ngx_uint_t n;
    ngx_uint_t left;         /* that have not */
    pdn_db_request_t **tail; /* where the next one's goes */
    unsigned ended : 1;      /* they are being told */
    ngx_pdn_db_op_t op;      /* the last member */
};


static ngx_uint_t ngx_pdn_db_may_share(ngx_pdn_db_op_t *op);
static void ngx_pdn_db_turn_later(ngx_pdn_db_pool_t *pool);
static void ngx_pdn_db_turn(ngx_event_t *ev);
static void ngx_pdn_db_packet_add(ngx_pdn_db_packet_t *packet,
                                  ngx_pdn_db_op_t *op);
static void ngx_pdn_db_packet_fill(ngx_pdn_db_packet_t *packet,
                                   ngx_queue_t *from);
static void ngx_pdn_db_packet_done(ngx_pdn_db_op_t *op);
static void ngx_pdn_db_packet_tell(ngx_pdn_db_packet_t *packet, ngx_uint_t i);
static void ngx_pdn_db_packet_free(ngx_pdn_db_packet_t *packet);


/*
 * Until the end of the turn `op` is with those that came in it.  Nothing that
 * has a deadline of its own is, nor what keeps its connection.
 */
ngx_uint_t
ngx_pdn_db_gather(ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_pool_t *pool = op->pool;

    op->shares = ngx_pdn_db_may_share(op);

    if (!op->shares) {
        return 0;
    }

    op->request->reads = 1;
    op->stage = NGX_PDN_DB_GATHERED;
    ngx_queue_insert_tail(&pool->gathered, &op->link);
    ngx_pdn_db_turn_later(pool);

    return 1;
}


void
ngx_pdn_db_serve_later(ngx_pdn_db_pool_t *pool)
{
    if (pool->count->waiting && !pool->closing) {
        ngx_pdn_db_turn_later(pool);
    }
}


ngx_uint_t
ngx_pdn_db_share(ngx_pdn_db_op_t *op, ngx_pdn_db_conn_t *conn,
                 ngx_queue_t *others)
{
    ngx_pdn_db_op_t *whole;
    ngx_pdn_db_packet_t *packet;

    if (!op->shares || ngx_queue_empty(others) || ngx_pdn_db_is_stale(conn)) {
        return 0;
    }

    packet = ngx_alloc(sizeof(ngx_pdn_db_packet_t), ngx_cycle->log);
    if (packet == NULL) {
        return 0;
    }

    ngx_pdn_db_zero(packet, ngx_pdn_db_packet_t, op);

    whole = &packet->op;
    packet->tail = &whole->request;
    ngx_pdn_db_packet_add(packet, op);
    ngx_pdn_db_packet_fill(packet, others);

    if (packet->n == 1) {
        op->request = whole->request;
        op->packet = NULL;
        ngx_free(packet);
        return 0;
    }

    whole->outcomes = ngx_calloc(packet->n * sizeof(ngx_pdn_db_outcome_t),
                                 ngx_cycle->log);
    whole->noutcomes = whole->outcomes ? packet->n : 0;
    whole->pool = op->pool;
    whole->done = ngx_pdn_db_packet_done;
    whole->data = packet;

    op->pool->count->queries += packet->n - 1;
    op->pool->count->shared += packet->n;

    if (whole->outcomes == NULL) {
        pdn_db_fail(&whole->error, "error", "no memory");
        ngx_pdn_db_conn_rest(conn);
        ngx_pdn_db_packet_done(whole);
        return 1;
    }

    ngx_pdn_db_start(whole, conn);

    return 1;
}


void
ngx_pdn_db_share_leave(ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_packet_t *packet = op->packet;

    packet->members[op->place] = NULL;
    op->packet = NULL;

    if (--packet->left == 0 && !packet->ended) {
        ngx_pdn_db_leave(&packet->op, 0);
        ngx_pdn_db_packet_free(packet);
    }
}


static ngx_uint_t
ngx_pdn_db_may_share(ngx_pdn_db_op_t *op)
{
    ngx_uint_t share;
    ngx_pdn_db_known_t *known;
    pdn_db_request_t *rq = op->request;

    share = op->pool->options.share_reads;

    if (share == NGX_PDN_DB_SHARE_NEVER || !op->pool->driver->batches
        || rq == NULL || op->keep || op->stream || op->noutcomes || op->timeout
        || rq->script || rq->backup || rq->raw)
    {
        return 0;
    }

    known = ngx_pdn_db_known(op);

    if (known == NULL || !known->shares) {
        return 0;
    }

    /* once it is alone, so that its mistakes are found */
    return known->us != NGX_PDN_DB_UNKNOWN
           && (known->us <= NGX_PDN_DB_BRIEF
               || share == NGX_PDN_DB_SHARE_ALWAYS);
}


static void
ngx_pdn_db_turn_later(ngx_pdn_db_pool_t *pool)
{
    if (pool->turn.handler == NULL) {
        pool->turn.handler = ngx_pdn_db_turn;
        pool->turn.data = pool;
        pool->turn.log = ngx_cycle->log;
    }

    if (!pool->turn.posted) {
        ngx_post_event(&pool->turn, &ngx_posted_events);
    }
}


/*
 * Those who wait go before those who came now.  What is submitted meanwhile
 * begins another turn.
 */
static void
ngx_pdn_db_turn(ngx_event_t *ev)
{
    ngx_queue_t *q, turn;
    ngx_pdn_db_op_t *op;
    ngx_pdn_db_pool_t *pool = ev->data;

    ngx_pdn_db_serve(pool);

    if (ngx_queue_empty(&pool->gathered)) {
        return;
    }

    turn = pool->gathered;
    turn.next->prev = &turn;
    turn.prev->next = &turn;
    ngx_queue_init(&pool->gathered);

    while (!ngx_queue_empty(&turn)) {
        q = ngx_queue_head(&turn);
        ngx_queue_remove(q);
        op = ngx_queue_data(q, ngx_pdn_db_op_t, link);

        ngx_pdn_db_place(op, &turn);
    }
}


/* Those of a queue that may share, in their order. */
static void
ngx_pdn_db_packet_fill(ngx_pdn_db_packet_t *packet, ngx_queue_t *from)
{
    uint64_t us;
    ngx_queue_t *q, *next;
    ngx_pdn_db_op_t *op;
    ngx_pdn_db_pool_t *pool;
    ngx_pdn_db_known_t *known;

    known = ngx_pdn_db_known(packet->members[0]);
    us = known ? known->us : NGX_PDN_DB_UNKNOWN;

    for (q = ngx_queue_head(from);
         q != ngx_queue_sentinel(from) && packet->n < NGX_PDN_DB_PACKET;
         q = next)
    {
        next = ngx_queue_next(q);
        op = ngx_queue_data(q, ngx_pdn_db_op_t, link);
        pool = op->pool;

        if (!op->shares) {
            continue;
        }

        known = ngx_pdn_db_known(op);
        us += known ? known->us : NGX_PDN_DB_UNKNOWN;

        if (us > NGX_PDN_DB_BUDGET
            && pool->options.share_reads != NGX_PDN_DB_SHARE_ALWAYS)
        {
            return;
        }

        ngx_queue_remove(q);

        if (op->stage == NGX_PDN_DB_QUEUED) {
            pool->count->waiting--;
        }

        ngx_pdn_db_packet_add(packet, op);
    }
}


static void
ngx_pdn_db_packet_add(ngx_pdn_db_packet_t *packet, ngx_pdn_db_op_t *op)
{
    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    op->stage = NGX_PDN_DB_SHARED;
    op->packet = packet;
    op->place = packet->n;

    *packet->tail = op->request;
    packet->tail = &op->request->next;
    op->request = NULL;

    packet->members[packet->n++] = op;
    packet->left++;
}


static void
ngx_pdn_db_packet_done(ngx_pdn_db_op_t *op)
{
    ngx_uint_t i;
    ngx_msec_t took;
    ngx_pdn_db_packet_t *packet = op->data;

    packet->ended = 1;
    took = ngx_current_msec - op->began;

    /* one was counted */
    if (op->error.code != NULL) {
        op->pool->count->errors += packet->left - 1;
    }

    for (i = 0; i < packet->n; i++) {
        if (packet->members[i] != NULL) {
            ngx_pdn_db_known_took(packet->members[i], took, packet->n);
            ngx_pdn_db_packet_tell(packet, i);
        }
    }

    ngx_pdn_db_packet_free(packet);
}


/* The member's done() may make others of them leave. */
static void
ngx_pdn_db_packet_tell(ngx_pdn_db_packet_t *packet, ngx_uint_t i)
{
    ngx_pdn_db_op_t *op, *whole;
    ngx_pdn_db_outcome_t *outcome;

    op = packet->members[i];
    whole = &packet->op;

    packet->members[i] = NULL;
    op->packet = NULL;
    op->stage = NGX_PDN_DB_DONE;

    if (whole->error.code != NULL) {
        op->error = whole->error;

    } else {
        outcome = &whole->outcomes[i];

        if (outcome->error != NULL) {
            op->error = *outcome->error;
            op->pool->count->errors++;

        } else {
            op->result = outcome->result;
            outcome->result = NULL;
        }
    }

    op->done(op);
}


static void
ngx_pdn_db_packet_free(ngx_pdn_db_packet_t *packet)
{
    ngx_pdn_db_op_release(&packet->op);
    ngx_free(packet);
}
