/*
 * SPDX-License-Identifier: MIT
 *
 * What ngx.shared.NAME does with single values, called through LuaJIT's FFI:
 * nothing here knows Lua.
 */

#include "ngx_pdn_shm_node.h"


static int ngx_pdn_shm_get_locked(ngx_pdn_shm_t *dict, const u_char *key,
                                  size_t len, ngx_pdn_shm_value_t *v,
                                  int stale);
static int ngx_pdn_shm_set_locked(ngx_pdn_shm_t *dict, const u_char *key,
                                  size_t len, ngx_pdn_shm_value_t *v, int how,
                                  double ttl);
static int ngx_pdn_shm_incr_locked(ngx_pdn_shm_t *dict, const u_char *key,
                                   size_t len, ngx_pdn_shm_value_t *v,
                                   int has_init, double init, double ttl);
static int ngx_pdn_shm_keys_locked(ngx_pdn_shm_t *dict, size_t max,
                                   ngx_pdn_shm_value_t *v);


int
ngx_pdn_shm_get(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                ngx_pdn_shm_value_t *v, int stale)
{
    int rc;

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_shm_get_locked(dict, key, len, v, stale);
    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


static int
ngx_pdn_shm_get_locked(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                       ngx_pdn_shm_value_t *v, int stale)
{
    ngx_pdn_shm_node_t *node;

    v->type = NGX_PDN_SHM_NIL;

    if (!stale) {
        (void) ngx_pdn_shm_evict(dict, 0);
    }

    node = ngx_pdn_shm_find(dict, key, len);
    if (node == NULL) {
        return NGX_OK;
    }

    v->stale = (int32_t) ngx_pdn_shm_expired(node);

    if (v->stale && !stale) {
        return NGX_OK;
    }

    node->used = 1;

    if (node->type == NGX_PDN_SHM_LIST) {
        v->err = "value is a list";
        return NGX_DECLINED;
    }

    v->flags = node->flags;

    return ngx_pdn_shm_read(dict, ngx_pdn_shm_value(node), node->value_len,
                            node->type, v);
}


int
ngx_pdn_shm_set(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                ngx_pdn_shm_value_t *v, int how, double ttl)
{
    int rc;

    v->forcible = 0;

    if (v->type == NGX_PDN_SHM_NIL
        && (how & (NGX_PDN_SHM_ADD | NGX_PDN_SHM_REPLACE)))
    {
        v->err = "attempt to add or replace nil values";
        return NGX_ERROR;
    }

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_shm_set_locked(dict, key, len, v, how, ttl);
    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


static int
ngx_pdn_shm_set_locked(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                       ngx_pdn_shm_value_t *v, int how, double ttl)
{
    size_t size;
    ngx_uint_t lives;
    ngx_pdn_shm_node_t *node;

    (void) ngx_pdn_shm_evict(dict, 0);

    node = ngx_pdn_shm_find(dict, key, len);
    lives = node != NULL && !ngx_pdn_shm_expired(node);

    if ((how & NGX_PDN_SHM_REPLACE) && !lives) {
        v->err = "not found";
        return NGX_DECLINED;
    }

    if ((how & NGX_PDN_SHM_ADD) && lives) {
        v->err = "exists";
        return NGX_DECLINED;
    }

    size = ngx_pdn_shm_size(v);

    if (node != NULL
        && (v->type == NGX_PDN_SHM_NIL || node->type == NGX_PDN_SHM_LIST
            || node->value_len != size))
    {
        ngx_pdn_shm_remove(dict, node);
        node = NULL;
    }

    if (v->type == NGX_PDN_SHM_NIL) {
        return NGX_OK;
    }

    if (node != NULL) {
        ngx_pdn_shm_touch(dict, node);

    } else {
        node = ngx_pdn_shm_create(dict, key, len, size, how & NGX_PDN_SHM_SAFE,
                                  v);
        if (node == NULL) {
            return NGX_ERROR;
        }
    }

    node->type = (uint8_t) v->type;
    node->value_len = (uint32_t) size;
    node->flags = v->flags;
    node->expires = ttl > 0 ? ngx_pdn_shm_now() + (int64_t) ttl : 0;
    ngx_pdn_shm_write(ngx_pdn_shm_value(node), v);

    return NGX_OK;
}


int
ngx_pdn_shm_incr(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                 ngx_pdn_shm_value_t *v, int has_init, double init, double ttl)
{
    int rc;

    v->forcible = 0;

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_shm_incr_locked(dict, key, len, v, has_init, init, ttl);
    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


static int
ngx_pdn_shm_incr_locked(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                        ngx_pdn_shm_value_t *v, int has_init, double init,
                        double ttl)
{
    double old;
    ngx_pdn_shm_node_t *node;

    (void) ngx_pdn_shm_evict(dict, 0);

    node = ngx_pdn_shm_find(dict, key, len);

    if (node == NULL || ngx_pdn_shm_expired(node)) {

        if (!has_init) {
            v->err = "not found";
            return NGX_DECLINED;
        }

        v->number += init;
        v->type = NGX_PDN_SHM_NUMBER;
        v->flags = 0;

        return ngx_pdn_shm_set_locked(dict, key, len, v, 0, ttl);
    }

    if (node->type != NGX_PDN_SHM_NUMBER) {
        v->err = "not a number";
        return NGX_DECLINED;
    }

    node->used = 1;

    ngx_memcpy(&old, ngx_pdn_shm_value(node), sizeof(double));
    v->number += old;
    ngx_memcpy(ngx_pdn_shm_value(node), &v->number, sizeof(double));

    return NGX_OK;
}


int
ngx_pdn_shm_ttl(ngx_pdn_shm_t *dict, const u_char *key, size_t len, double *ms)
{
    int rc;
    ngx_pdn_shm_node_t *node;

    rc = NGX_DECLINED;

    ngx_shmtx_lock(&dict->pool->mutex);

    node = ngx_pdn_shm_find(dict, key, len);

    if (node != NULL) {
        *ms = node->expires ? (double) (node->expires - ngx_pdn_shm_now()) : 0;
        rc = NGX_OK;
    }

    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


int
ngx_pdn_shm_expire(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                   double ttl)
{
    int rc;
    ngx_pdn_shm_node_t *node;

    rc = NGX_DECLINED;

    ngx_shmtx_lock(&dict->pool->mutex);

    node = ngx_pdn_shm_find(dict, key, len);

    if (node != NULL) {
        node->expires = ttl > 0 ? ngx_pdn_shm_now() + (int64_t) ttl : 0;
        rc = NGX_OK;
    }

    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


void
ngx_pdn_shm_flush_all(ngx_pdn_shm_t *dict)
{
    ngx_queue_t *q, *lru;
    ngx_pdn_shm_node_t *node;

    lru = &dict->root->lru;

    ngx_shmtx_lock(&dict->pool->mutex);

    for (q = ngx_queue_head(lru); q != lru; q = ngx_queue_next(q)) {
        node = ngx_queue_data(q, ngx_pdn_shm_node_t, lru);
        node->expires = 1;
    }

    (void) ngx_pdn_shm_evict(dict, 1);

    ngx_shmtx_unlock(&dict->pool->mutex);
}


size_t
ngx_pdn_shm_flush_expired(ngx_pdn_shm_t *dict, size_t max)
{
    size_t freed;
    ngx_queue_t *q, *prev, *lru;
    ngx_pdn_shm_node_t *node;

    freed = 0;
    lru = &dict->root->lru;

    ngx_shmtx_lock(&dict->pool->mutex);

    for (q = ngx_queue_last(lru); q != lru; q = prev) {
        prev = ngx_queue_prev(q);
        node = ngx_queue_data(q, ngx_pdn_shm_node_t, lru);

        if (!ngx_pdn_shm_expired(node)) {
            continue;
        }

        ngx_pdn_shm_remove(dict, node);

        if (++freed == max) {
            break;
        }
    }

    ngx_shmtx_unlock(&dict->pool->mutex);

    return freed;
}


int
ngx_pdn_shm_keys(ngx_pdn_shm_t *dict, size_t max, ngx_pdn_shm_value_t *v)
{
    int rc;

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_shm_keys_locked(dict, max, v);
    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


static int
ngx_pdn_shm_keys_locked(ngx_pdn_shm_t *dict, size_t max, ngx_pdn_shm_value_t *v)
{
    size_t n, size;
    u_char *p;
    ngx_queue_t *q, *lru, *stop;
    ngx_pdn_shm_node_t *node;

    n = 0;
    size = 0;
    lru = &dict->root->lru;

    for (q = ngx_queue_last(lru); q != lru; q = ngx_queue_prev(q)) {
        node = ngx_queue_data(q, ngx_pdn_shm_node_t, lru);

        if (ngx_pdn_shm_expired(node)) {
            continue;
        }

        size += sizeof(uint16_t) + node->key_len;

        if (++n == max) {
            q = ngx_queue_prev(q);
            break;
        }
    }

    stop = q;

    p = ngx_pdn_shm_scratch(dict, size);
    if (p == NULL) {
        v->err = "no memory";
        return NGX_ERROR;
    }

    v->data = p;
    v->number = (double) n;

    for (q = ngx_queue_last(lru); q != stop; q = ngx_queue_prev(q)) {
        node = ngx_queue_data(q, ngx_pdn_shm_node_t, lru);

        if (!ngx_pdn_shm_expired(node)) {
            p = ngx_cpymem(p, &node->key_len, sizeof(uint16_t));
            p = ngx_cpymem(p, node->data, node->key_len);
        }
    }

    return NGX_OK;
}


double
ngx_pdn_shm_capacity(ngx_pdn_shm_t *dict)
{
    return (double) dict->zone->shm.size;
}


double
ngx_pdn_shm_free_space(ngx_pdn_shm_t *dict)
{
    size_t bytes;

    ngx_shmtx_lock(&dict->pool->mutex);
    bytes = dict->pool->pfree * ngx_pagesize;
    ngx_shmtx_unlock(&dict->pool->mutex);

    return (double) bytes;
}
