/*
 * SPDX-License-Identifier: MIT
 *
 * Buckets and windows; see ngx_pdn_limit.h.
 */

#include <math.h>

#include "ngx_pdn_limit.h"
#include "ngx_pdn_shm_node.h"


/* What floating point may be off by. */
#define NGX_PDN_LIMIT_EPSILON 1e-9


typedef struct {
    double index; /* of the window */
    double count;
    double before; /* count of the one before */
} ngx_pdn_limit_window_t;


static double
ngx_pdn_limit_now(void)
{
    return (double) ngx_pdn_shm_now() / 1000;
}


/* Copies the state under a key to `state`; zeros if there is none. */
static void
ngx_pdn_limit_load(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                   void *state, size_t size)
{
    ngx_pdn_shm_node_t *node;

    ngx_memzero(state, size);

    node = ngx_pdn_shm_find(dict, key, len);

    if (node != NULL && node->type == NGX_PDN_SHM_STRING
        && node->value_len == size && !ngx_pdn_shm_expired(node))
    {
        ngx_memcpy(state, ngx_pdn_shm_value(node), size);
    }
}


static int
ngx_pdn_limit_save(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                   const void *state, size_t size, double ttl)
{
    ngx_pdn_shm_node_t *node;
    ngx_pdn_shm_value_t v;

    node = ngx_pdn_shm_find(dict, key, len);

    if (node != NULL
        && (node->type != NGX_PDN_SHM_STRING || node->value_len != size))
    {
        ngx_pdn_shm_remove(dict, node);
        node = NULL;
    }

    if (node == NULL) {
        (void) ngx_pdn_shm_evict(dict, 0);

        node = ngx_pdn_shm_create(dict, key, len, size, 0, &v);
        if (node == NULL) {
            return NGX_ERROR;
        }

        node->type = NGX_PDN_SHM_STRING;
        node->value_len = (uint32_t) size;
    }

    node->used = 1;
    node->expires = ngx_pdn_shm_now() + (int64_t) (ttl * 1000) + 1;
    ngx_memcpy(ngx_pdn_shm_value(node), state, size);

    return NGX_OK;
}


static int
ngx_pdn_limit_bucket_locked(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                            ngx_pdn_limit_t *limit)
{
    double now, empty, filled, room;

    now = ngx_pdn_limit_now();
    room = limit->size / limit->rate;

    ngx_pdn_limit_load(dict, key, len, &empty, sizeof(empty));

    empty = ngx_max(empty, now);
    filled = ngx_max(empty + limit->cost / limit->rate, now);

    if (filled - now > room + NGX_PDN_LIMIT_EPSILON) {
        limit->wait = filled - now - room;
        limit->left = (room - (empty - now)) * limit->rate;
        return NGX_DECLINED;
    }

    limit->wait = empty - now;

    if (limit->peek) {
        limit->left = (room - (empty - now)) * limit->rate;
        return NGX_OK;
    }

    limit->left = (room - (filled - now)) * limit->rate;

    return ngx_pdn_limit_save(dict, key, len, &filled, sizeof(filled),
                              filled - now);
}


int
ngx_pdn_limit_bucket(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                     ngx_pdn_limit_t *limit)
{
    int rc;

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_limit_bucket_locked(dict, key, len, limit);
    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


/* Moves the state on to the window of now; answers the time into it. */
static double
ngx_pdn_limit_window_turn(ngx_pdn_limit_window_t *w, double now, double period)
{
    double index;

    index = floor(now / period);

    if (w->index != index) {
        w->before = w->index == index - 1 ? w->count : 0;
        w->count = 0;
        w->index = index;
    }

    return now - index * period;
}


/* When `cost` more will fit, if nobody else comes. */
static double
ngx_pdn_limit_window_wait(const ngx_pdn_limit_window_t *w,
                          const ngx_pdn_limit_t *limit, double into)
{
    double part;

    if (limit->sliding && w->before > 0
        && w->count + limit->cost <= limit->size) {
        part = (limit->size - w->count - limit->cost) / w->before;
        return ngx_max((1 - part) * limit->period - into, 0);
    }

    if (!limit->sliding || w->count <= 0) {
        return limit->period - into;
    }

    part = (limit->size - limit->cost) / w->count;

    return limit->period - into + ngx_max(1 - part, 0) * limit->period;
}


static int
ngx_pdn_limit_window_locked(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                            ngx_pdn_limit_t *limit)
{
    double into, used;
    ngx_pdn_limit_window_t w;

    ngx_pdn_limit_load(dict, key, len, &w, sizeof(w));

    into = ngx_pdn_limit_window_turn(&w, ngx_pdn_limit_now(), limit->period);
    used = w.count;

    if (limit->sliding) {
        used += w.before * (1 - into / limit->period);
    }

    limit->left = ngx_max(limit->size - used, 0);

    if (limit->cost > 0
        && used + limit->cost > limit->size + NGX_PDN_LIMIT_EPSILON) {
        limit->wait = ngx_pdn_limit_window_wait(&w, limit, into);
        return NGX_DECLINED;
    }

    limit->wait = limit->period - into;

    if (limit->peek) {
        return NGX_OK;
    }

    w.count = ngx_max(w.count + limit->cost, 0);
    limit->left = ngx_max(limit->left - limit->cost, 0);

    return ngx_pdn_limit_save(dict, key, len, &w, sizeof(w),
                              limit->period * 2 - into);
}


int
ngx_pdn_limit_window(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                     ngx_pdn_limit_t *limit)
{
    int rc;

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_limit_window_locked(dict, key, len, limit);
    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}
