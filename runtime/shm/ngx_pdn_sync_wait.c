/*
 * SPDX-License-Identifier: MIT
 *
 * Tasks of this process that wait for nodes of shared memory to change.
 */

#include "ngx_pdn_sync.h"


static void ngx_pdn_sync_heard(void);
static void ngx_pdn_sync_timer(ngx_event_t *ev);
static void ngx_pdn_sync_again(ngx_pdn_sync_wait_t *w);
static ngx_int_t ngx_pdn_sync_look(ngx_pdn_sync_wait_t *w);
static void ngx_pdn_sync_arm(ngx_pdn_sync_wait_t *w);
static int ngx_pdn_sync_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_sync_cancel(ngx_pdn_wait_t *wait);


/* Of this process, like the bell. */

static ngx_queue_t ngx_pdn_sync_waits;
static ngx_pdn_bell_listener_t ngx_pdn_sync_listener;


void *
ngx_pdn_sync_wait_create(ngx_pdn_host_t *host, ngx_pdn_shm_t *dict,
                         const ngx_pdn_sync_wait_ops_t *ops, size_t size,
                         const u_char *key, size_t len)
{
    ngx_pdn_sync_wait_t *w;

    if (ngx_pdn_sync_listener.handler == NULL) {
        ngx_queue_init(&ngx_pdn_sync_waits);
        ngx_pdn_sync_listener.handler = ngx_pdn_sync_heard;
        ngx_pdn_bell_listen(&ngx_pdn_sync_listener);
    }

    w = ngx_calloc(size + len, host->log);
    if (w == NULL) {
        return NULL;
    }

    w->ops = ops;
    w->dict = dict;
    w->host = host;
    w->wait.push = ngx_pdn_sync_push;
    w->wait.cancel = ngx_pdn_sync_cancel;
    w->timer.handler = ngx_pdn_sync_timer;
    w->timer.data = w;
    w->timer.log = host->log;
    w->key.data = (u_char *) w + size;
    w->key.len = len;
    ngx_memcpy(w->key.data, key, len);

    return w;
}


int
ngx_pdn_sync_wait(lua_State *L, ngx_pdn_sync_wait_t *w, ngx_msec_t ms)
{
    w->deadline = ngx_pdn_sync_now() + (int64_t) ms;
    ngx_queue_insert_tail(&ngx_pdn_sync_waits, &w->link);

    if (ngx_pdn_sync_look(w) != NGX_AGAIN) {
        return ngx_pdn_sync_push(L, &w->wait);
    }

    ngx_pdn_sync_arm(w);

    return ngx_pdn_suspend(L, &w->wait);
}


static ngx_int_t
ngx_pdn_sync_look(ngx_pdn_sync_wait_t *w)
{
    ngx_int_t rc;

    w->again = 0;
    w->err = NULL;

    ngx_shmtx_lock(&w->dict->pool->mutex);
    rc = w->ops->look(w);
    ngx_shmtx_unlock(&w->dict->pool->mutex);

    ngx_pdn_bell_ring(&w->rung);
    ngx_memzero(&w->rung, sizeof(w->rung));

    if (rc == NGX_AGAIN && ngx_pdn_sync_now() >= w->deadline) {
        w->err = "timeout";
        rc = NGX_ERROR;
    }

    w->over = rc != NGX_AGAIN;

    return rc;
}


static void
ngx_pdn_sync_arm(ngx_pdn_sync_wait_t *w)
{
    int64_t next;

    next = w->deadline;

    if (w->again != 0 && w->again < next) {
        next = w->again;
    }

    next -= ngx_pdn_sync_now();

    /* A timer that is only moved may be late. */

    if (w->timer.timer_set) {
        ngx_del_timer(&w->timer);
    }

    ngx_add_timer(&w->timer, (ngx_msec_t) ngx_max(next, 1));
}


static void
ngx_pdn_sync_heard(void)
{
    ngx_queue_t *q, rest;
    ngx_pdn_sync_wait_t *w;

    if (ngx_queue_empty(&ngx_pdn_sync_waits)) {
        return;
    }

    /*
     * Those woken run at once: they end waits of others, and begin new ones,
     * which are no business of this round.
     */

    ngx_queue_init(&rest);
    ngx_queue_add(&rest, &ngx_pdn_sync_waits);
    ngx_queue_init(&ngx_pdn_sync_waits);

    while (!ngx_queue_empty(&rest)) {
        q = ngx_queue_head(&rest);
        w = ngx_queue_data(q, ngx_pdn_sync_wait_t, link);

        ngx_queue_remove(q);
        ngx_queue_insert_tail(&ngx_pdn_sync_waits, q);

        if (!w->over) {
            ngx_pdn_sync_again(w);
        }
    }
}


static void
ngx_pdn_sync_timer(ngx_event_t *ev)
{
    ngx_pdn_sync_wait_t *w = ev->data;

    if (!w->over) {
        ngx_pdn_sync_again(w);
    }
}


static void
ngx_pdn_sync_again(ngx_pdn_sync_wait_t *w)
{
    if (ngx_pdn_sync_look(w) == NGX_AGAIN) {
        ngx_pdn_sync_arm(w);
        return;
    }

    ngx_pdn_wake(&w->wait);
}


/* [-0, +n, -] */
static int
ngx_pdn_sync_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_sync_wait_t *w = (ngx_pdn_sync_wait_t *) wait;

    if (w->err != NULL) {
        lua_pushnil(L);
        lua_pushstring(L, w->err);
        n = 2;

    } else {
        n = w->ops->push(L, w);
    }

    ngx_pdn_sync_cancel(wait);

    return n;
}


static void
ngx_pdn_sync_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_sync_wait_t *w = (ngx_pdn_sync_wait_t *) wait;

    if (w->timer.timer_set) {
        ngx_del_timer(&w->timer);
    }

    ngx_queue_remove(&w->link);

    if (w->ops->release != NULL) {
        w->ops->release(w);
    }

    ngx_free(w);
}
