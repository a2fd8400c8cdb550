/*
 * SPDX-License-Identifier: MIT
 *
 * One eventfd for each slot of the master's table of processes.  They are
 * watched edge-triggered and then never read, so processes that share one
 * all hear it.
 */

#include <sys/eventfd.h>

#include "ngx_pdn_bell.h"


struct ngx_pdn_bells_s {
    ngx_uint_t refs; /* cycles that have it */
    ngx_uint_t n;
    int fd[NGX_PDN_BELLS];
};


static ngx_pdn_bells_t *ngx_pdn_bells_make(ngx_cycle_t *cycle);
static void ngx_pdn_bells_drop(void *data);
static void ngx_pdn_bell_heard(ngx_event_t *ev);


/* Of this process: each has one bell, whatever cycle it runs. */

static ngx_pdn_bells_t *ngx_pdn_bells;
static ngx_queue_t ngx_pdn_bell_listeners;


ngx_int_t
ngx_pdn_bells_create(ngx_cycle_t *cycle, ngx_pdn_conf_t *old)
{
    ngx_pdn_conf_t *conf;
    ngx_pdn_bells_t *bells;
    ngx_pool_cleanup_t *cln;

    conf = ngx_pdn_conf(cycle);

    cln = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    bells = old != NULL ? old->bells : NULL;

    if (bells == NULL) {
        bells = ngx_pdn_bells_make(cycle);
        if (bells == NULL) {
            return NGX_ERROR;
        }
    }

    bells->refs++;
    conf->bells = bells;
    cln->handler = ngx_pdn_bells_drop;
    cln->data = bells;

    return NGX_OK;
}


static ngx_pdn_bells_t *
ngx_pdn_bells_make(ngx_cycle_t *cycle)
{
    ngx_uint_t n;
    ngx_core_conf_t *ccf;
    ngx_pdn_bells_t *bells;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    /* Room for the workers of before and after a reload, and for helpers. */

    n = ccf->worker_processes > 0 ? (ngx_uint_t) ccf->worker_processes : 1;
    n = ngx_min(2 * n + 8, NGX_PDN_BELLS);

    bells = ngx_calloc(sizeof(ngx_pdn_bells_t), cycle->log);
    if (bells == NULL) {
        return NULL;
    }

    while (bells->n < n) {
        bells->fd[bells->n] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

        if (bells->fd[bells->n] == -1) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                          "eventfd() failed");
            bells->refs = 1;
            ngx_pdn_bells_drop(bells);
            return NULL;
        }

        bells->n++;
    }

    return bells;
}


static void
ngx_pdn_bells_drop(void *data)
{
    ngx_pdn_bells_t *bells = data;

    ngx_uint_t i;

    if (--bells->refs > 0) {
        return;
    }

    for (i = 0; i < bells->n; i++) {
        (void) close(bells->fd[i]);
    }

    if (ngx_pdn_bells == bells) {
        ngx_pdn_bells = NULL;
    }

    ngx_free(bells);
}


ngx_int_t
ngx_pdn_bell_start(ngx_cycle_t *cycle)
{
    ngx_uint_t i;
    ngx_event_t *rev;
    ngx_connection_t *c;
    ngx_pdn_bell_set_t all;

    ngx_pdn_bells = ngx_pdn_conf(cycle)->bells;

    c = ngx_get_connection(ngx_pdn_bells->fd[ngx_pdn_bell_own()], cycle->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->pool = cycle->pool;

    rev = c->read;
    rev->log = cycle->log;
    rev->channel = 1; /* it stays when the process ends */
    rev->handler = ngx_pdn_bell_heard;

    if (ngx_add_event(rev, NGX_READ_EVENT, NGX_CLEAR_EVENT) != NGX_OK) {
        ngx_free_connection(c);
        return NGX_ERROR;
    }

    ngx_memzero(&all, sizeof(all));

    for (i = 0; i < ngx_pdn_bells->n; i++) {
        all.bits[i / 64] |= (uint64_t) 1 << (i % 64);
    }

    ngx_pdn_bell_ring(&all);

    return NGX_OK;
}


void
ngx_pdn_bell_listen(ngx_pdn_bell_listener_t *listener)
{
    if (ngx_pdn_bell_listeners.next == NULL) {
        ngx_queue_init(&ngx_pdn_bell_listeners);
    }

    ngx_queue_insert_tail(&ngx_pdn_bell_listeners, &listener->link);
}


/* init_worker_by_lua may come before ngx_pdn_bell_start(). */
ngx_uint_t
ngx_pdn_bell_count(void)
{
    if (ngx_pdn_bells == NULL) {
        ngx_pdn_bells = ngx_pdn_conf((ngx_cycle_t *) ngx_cycle)->bells;
    }

    return ngx_pdn_bells->n;
}


ngx_uint_t
ngx_pdn_bell_own(void)
{
    return (ngx_uint_t) ngx_process_slot % ngx_pdn_bell_count();
}


void
ngx_pdn_bell_join(ngx_pdn_bell_set_t *set)
{
    ngx_uint_t i;

    i = ngx_pdn_bell_own();
    set->bits[i / 64] |= (uint64_t) 1 << (i % 64);
}


void
ngx_pdn_bell_move(ngx_pdn_bell_set_t *from, ngx_pdn_bell_set_t *to)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_PDN_BELLS / 64; i++) {
        to->bits[i] |= from->bits[i];
        from->bits[i] = 0;
    }
}


void
ngx_pdn_bell_ring(const ngx_pdn_bell_set_t *set)
{
    ngx_uint_t i, n, word;
    uint64_t bits;

    static const uint64_t one = 1;

    n = ngx_pdn_bell_count();

    for (word = 0; word < NGX_PDN_BELLS / 64; word++) {

        for (bits = set->bits[word]; bits != 0; bits &= bits - 1) {
            i = word * 64 + (ngx_uint_t) __builtin_ctzll(bits);

            /* A counter that is full has been rung often enough. */

            if (i < n && write(ngx_pdn_bells->fd[i], &one, sizeof(one)) == -1
                && ngx_errno != NGX_EAGAIN)
            {
                ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_errno,
                              "cannot ring bell %ui", i);
            }
        }
    }
}


static void
ngx_pdn_bell_heard(ngx_event_t *ev)
{
    uint64_t n;
    ngx_queue_t *q;
    ngx_connection_t *c;
    ngx_pdn_bell_listener_t *listener;

    c = ev->data;

    /* Of an event method without edges it would be heard for ever. */

    if (!(ngx_event_flags & NGX_USE_CLEAR_EVENT)
        && read(c->fd, &n, sizeof(n)) == -1)
    {
        return;
    }

    if (ngx_pdn_bell_listeners.next == NULL) {
        return;
    }

    for (q = ngx_queue_head(&ngx_pdn_bell_listeners);
         q != ngx_queue_sentinel(&ngx_pdn_bell_listeners);
         q = ngx_queue_next(q))
    {
        listener = ngx_queue_data(q, ngx_pdn_bell_listener_t, link);
        listener->handler();
    }
}
