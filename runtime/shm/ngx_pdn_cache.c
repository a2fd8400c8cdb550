/*
 * SPDX-License-Identifier: MIT
 *
 * Entries of caches: read, written, deleted; see ngx_pdn_cache.h.
 */

#include "ngx_pdn_cache_state.h"
#include "ngx_pdn_lease.h"
#include "ngx_pdn_shm_node.h"


/* How the value of the dictionary begins. */

typedef struct {
    double fresh;
    double stale;
    double stored;
    uint64_t stamp;
    uint32_t tags_len;
} ngx_pdn_cache_head_t;


static int ngx_pdn_cache_read_locked(ngx_pdn_shm_t *dict,
                                     ngx_pdn_cache_t *cache,
                                     const ngx_pdn_cache_key_t *key,
                                     ngx_pdn_cache_entry_t *e);
static ngx_uint_t ngx_pdn_cache_valid(ngx_pdn_shm_t *dict,
                                      ngx_pdn_cache_t *cache,
                                      ngx_pdn_shm_node_t *node,
                                      const ngx_pdn_cache_head_t *head);
static ngx_pdn_shm_node_t *ngx_pdn_cache_node(ngx_pdn_shm_t *dict,
                                              const ngx_pdn_cache_key_t *key,
                                              size_t size);
static int ngx_pdn_cache_store(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                               const ngx_pdn_cache_key_t *key,
                               ngx_pdn_cache_entry_t *e);


int
ngx_pdn_cache_read(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                   const u_char *key, size_t len, ngx_pdn_cache_entry_t *e)
{
    int rc;
    ngx_pdn_cache_key_t full;

    ngx_pdn_cache_key(&full, cache, key, len);

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_cache_read_locked(dict, cache, &full, e);
    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


static int
ngx_pdn_cache_read_locked(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                          const ngx_pdn_cache_key_t *key,
                          ngx_pdn_cache_entry_t *e)
{
    u_char *p;
    size_t size;
    ngx_pdn_shm_node_t *node;
    ngx_pdn_cache_head_t head;

    e->stamp = (double) dict->root->last_id;

    node = ngx_pdn_shm_find(dict, key->data, key->len);

    if (node == NULL || ngx_pdn_shm_expired(node)
        || node->value_len < sizeof(head)) {
        return NGX_DECLINED;
    }

    ngx_memcpy(&head, ngx_pdn_shm_value(node), sizeof(head));

    if (!ngx_pdn_cache_valid(dict, cache, node, &head)) {
        ngx_pdn_shm_remove(dict, node);
        return NGX_DECLINED;
    }

    size = node->value_len - sizeof(head);

    p = ngx_pdn_shm_scratch(dict, size);
    if (p == NULL) {
        return NGX_DECLINED;
    }

    node->used = 1;
    ngx_memcpy(p, ngx_pdn_shm_value(node) + sizeof(head), size);

    e->tags = p;
    e->tags_len = head.tags_len;
    e->data = p + head.tags_len;
    e->len = size - head.tags_len;
    e->fresh = head.fresh;
    e->stale = head.stale;
    e->stored = head.stored;
    e->dead = (double) node->expires / 1000;
    e->flags = node->flags;
    e->busy = 0;

    /* Who loads is of interest only for those that are not fresh any more. */

    if (e->fresh * 1000 <= (double) ngx_pdn_shm_now()) {
        e->busy = ngx_pdn_lease_held(dict, key->data, key->len) != 0;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_pdn_cache_valid(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                    ngx_pdn_shm_node_t *node, const ngx_pdn_cache_head_t *head)
{
    if (head->stamp < cache->floor) {
        return 0;
    }

    return head->tags_len == 0
           || !ngx_pdn_cache_tags_purged(
               dict, cache, ngx_pdn_shm_value(node) + sizeof(*head),
               head->tags_len, head->stamp);
}


int
ngx_pdn_cache_write(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                    const u_char *key, size_t len, ngx_pdn_cache_entry_t *e,
                    double lease)
{
    int rc;
    ngx_pdn_bell_set_t rung;
    ngx_pdn_cache_key_t full;

    ngx_pdn_cache_key(&full, cache, key, len);
    ngx_memzero(&rung, sizeof(rung));

    ngx_shmtx_lock(&dict->pool->mutex);

    e->before = cache->head;

    if (lease < 0) {
        rc = ngx_pdn_cache_store(dict, cache, &full, e);

    } else if (lease == 0) {
        e->stamp = (double) ++dict->root->last_id;
        ngx_pdn_lease_revoke(dict, full.data, full.len, &rung);
        ngx_pdn_cache_tell(cache, NGX_PDN_CACHE_NEWS_KEY, key, len);
        rc = ngx_pdn_cache_store(dict, cache, &full, e);

    } else if (ngx_pdn_lease_held(dict, full.data, full.len)
               == (uint64_t) lease) {
        rc = ngx_pdn_cache_store(dict, cache, &full, e);

    } else {
        rc = NGX_DECLINED;
    }

    e->after = cache->head;

    ngx_shmtx_unlock(&dict->pool->mutex);

    ngx_pdn_bell_ring(&rung);

    return rc;
}


static int
ngx_pdn_cache_store(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                    const ngx_pdn_cache_key_t *key, ngx_pdn_cache_entry_t *e)
{
    u_char *p;
    ngx_pdn_shm_node_t *node;
    ngx_pdn_cache_head_t head;

    node = ngx_pdn_cache_node(dict, key, sizeof(head) + e->tags_len + e->len);
    if (node == NULL) {
        e->err = "no memory";
        return NGX_ERROR;
    }

    ngx_memzero(&head, sizeof(head));
    head.fresh = e->fresh;
    head.stale = e->stale;
    head.stored = e->stored;
    head.stamp = (uint64_t) e->stamp;
    head.tags_len = (uint32_t) e->tags_len;

    p = ngx_cpymem(ngx_pdn_shm_value(node), &head, sizeof(head));
    p = ngx_cpymem(p, e->tags, e->tags_len);
    ngx_memcpy(p, e->data, e->len);

    node->flags = e->flags;
    node->expires = (int64_t) (e->dead * 1000);
    cache->longest = ngx_max(cache->longest, e->dead - e->stored);

    return NGX_OK;
}


/* The entry's node with room for a value of `size` bytes. */
static ngx_pdn_shm_node_t *
ngx_pdn_cache_node(ngx_pdn_shm_t *dict, const ngx_pdn_cache_key_t *key,
                   size_t size)
{
    ngx_pdn_shm_node_t *node;
    ngx_pdn_shm_value_t v;

    (void) ngx_pdn_shm_evict(dict, 0);

    node = ngx_pdn_shm_find(dict, key->data, key->len);

    if (node != NULL && node->type == NGX_PDN_SHM_STRING
        && node->value_len == size) {
        ngx_pdn_shm_touch(dict, node);
        return node;
    }

    if (node != NULL) {
        ngx_pdn_shm_remove(dict, node);
    }

    node = ngx_pdn_shm_create(dict, key->data, key->len, size, 0, &v);

    if (node != NULL) {
        node->type = NGX_PDN_SHM_STRING;
        node->value_len = (uint32_t) size;
    }

    return node;
}


void
ngx_pdn_cache_delete(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                     const u_char *key, size_t len)
{
    ngx_pdn_bell_set_t rung;
    ngx_pdn_shm_node_t *node;
    ngx_pdn_cache_key_t full;

    ngx_pdn_cache_key(&full, cache, key, len);
    ngx_memzero(&rung, sizeof(rung));

    ngx_shmtx_lock(&dict->pool->mutex);

    ngx_pdn_lease_revoke(dict, full.data, full.len, &rung);
    ngx_pdn_cache_tell(cache, NGX_PDN_CACHE_NEWS_KEY, key, len);

    node = ngx_pdn_shm_find(dict, full.data, full.len);

    if (node != NULL) {
        ngx_pdn_shm_remove(dict, node);
    }

    ngx_shmtx_unlock(&dict->pool->mutex);

    ngx_pdn_bell_ring(&rung);
}
