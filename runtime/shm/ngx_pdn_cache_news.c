/*
 * SPDX-License-Identifier: MIT
 *
 * What all workers share about a cache beside its entries: its state, what
 * was invalidated by tag or at all, and the news of that.
 */

#include "ngx_pdn_cache_state.h"
#include "ngx_pdn_shm_node.h"


/* Tags may take this part of the zone; then all entries with tags go. */
#define NGX_PDN_CACHE_TAG_SHARE 2048


typedef struct {
    uint64_t stamp;  /* of the last purge */
    int64_t expires; /* no entry of before it lives any more */
    ngx_pdn_cache_t *cache;
} ngx_pdn_cache_tag_t;


typedef struct {
    uint16_t len;
    uint8_t kind;
} __attribute__((packed)) ngx_pdn_cache_record_t;


static ngx_pdn_cache_t *ngx_pdn_cache_create(ngx_pdn_shm_t *dict,
                                             const u_char *name, size_t len,
                                             size_t size);
static void ngx_pdn_cache_ring_write(ngx_pdn_cache_t *cache, size_t skip,
                                     const void *data, size_t len);
static void ngx_pdn_cache_purge_tag(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                                    const u_char *tag, size_t len);


int
ngx_pdn_cache_open(ngx_pdn_shm_t *dict, const u_char *name, size_t len,
                   size_t size, ngx_pdn_cache_view_t *view)
{
    ngx_pdn_cache_t *cache;
    ngx_pdn_sync_node_t *node;

    ngx_shmtx_lock(&dict->pool->mutex);

    node = ngx_pdn_sync_find(dict, NGX_PDN_SYNC_CACHE, name, len);
    cache = node != NULL ? ngx_pdn_sync_body(node)
                         : ngx_pdn_cache_create(dict, name, len, size);

    ngx_shmtx_unlock(&dict->pool->mutex);

    if (cache == NULL) {
        return NGX_ERROR;
    }

    view->cache = cache;
    view->head = &cache->head;
    view->seen = cache->head;
    view->rows = cache->rows;
    view->nrows = (int32_t) ngx_pdn_bell_count();
    view->counters = cache->rows + ngx_pdn_bell_own() * NGX_PDN_CACHE_COUNTERS;

    return NGX_OK;
}


static ngx_pdn_cache_t *
ngx_pdn_cache_create(ngx_pdn_shm_t *dict, const u_char *name, size_t len,
                     size_t size)
{
    u_char *news;
    ngx_pdn_cache_t *cache;
    ngx_pdn_sync_node_t *node;

    news = ngx_pdn_sync_alloc(dict, size);
    if (news == NULL) {
        return NULL;
    }

    node = ngx_pdn_sync_create(
        dict, NGX_PDN_SYNC_CACHE, name, len,
        offsetof(ngx_pdn_cache_t, rows)
            + ngx_pdn_bell_count() * NGX_PDN_CACHE_COUNTERS * sizeof(double));
    if (node == NULL) {
        ngx_slab_free_locked(dict->pool, news);
        return NULL;
    }

    cache = ngx_pdn_sync_body(node);
    cache->news = news;
    cache->news_size = size;
    cache->name_len = len;
    ngx_memcpy(cache->name, name, len);

    return cache;
}


ngx_uint_t
ngx_pdn_cache_tags_purged(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                          const u_char *tags, size_t len, uint64_t stamp)
{
    size_t n;
    const u_char *p, *end;
    ngx_pdn_cache_key_t full;
    ngx_pdn_cache_tag_t *tag;
    ngx_pdn_sync_node_t *node;

    if (stamp < cache->tag_floor) {
        return 1;
    }

    if (cache->ntags == 0) {
        return 0;
    }

    end = tags + len;

    for (p = tags; p < end; p += n) {
        n = *p++;

        ngx_pdn_cache_key(&full, cache, p, n);
        node = ngx_pdn_sync_find(dict, NGX_PDN_SYNC_TAG, full.data, full.len);

        if (node != NULL) {
            tag = ngx_pdn_sync_body(node);

            if (stamp < tag->stamp) {
                return 1;
            }
        }
    }

    return 0;
}


void
ngx_pdn_cache_purge(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                    const u_char *tag, size_t len)
{
    ngx_shmtx_lock(&dict->pool->mutex);

    dict->root->last_id++;

    if (len == 0) {
        cache->floor = dict->root->last_id;
        ngx_pdn_cache_tell(cache, NGX_PDN_CACHE_NEWS_ALL, tag, 0);

    } else {
        ngx_pdn_cache_purge_tag(dict, cache, tag, len);
        ngx_pdn_cache_tell(cache, NGX_PDN_CACHE_NEWS_TAG, tag, len);
    }

    ngx_shmtx_unlock(&dict->pool->mutex);
}


static void
ngx_pdn_cache_purge_tag(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                        const u_char *tag, size_t len)
{
    ngx_pdn_cache_key_t full;
    ngx_pdn_cache_tag_t *body;
    ngx_pdn_sync_node_t *node;

    ngx_pdn_cache_key(&full, cache, tag, len);

    node = ngx_pdn_sync_find(dict, NGX_PDN_SYNC_TAG, full.data, full.len);

    if (node == NULL
        && cache->ntags < dict->zone->shm.size / NGX_PDN_CACHE_TAG_SHARE)
    {
        node = ngx_pdn_sync_create(dict, NGX_PDN_SYNC_TAG, full.data, full.len,
                                   sizeof(ngx_pdn_cache_tag_t));
        cache->ntags += node != NULL;
    }

    if (node == NULL) {
        cache->tag_floor = dict->root->last_id;
        return;
    }

    body = ngx_pdn_sync_body(node);
    body->cache = cache;
    body->stamp = dict->root->last_id;
    body->expires = ngx_pdn_sync_now()
                    + (int64_t) ((cache->longest + 1) * 1000);
}


ngx_uint_t
ngx_pdn_cache_tag_over(ngx_pdn_sync_node_t *node)
{
    ngx_pdn_cache_tag_t *tag;

    tag = ngx_pdn_sync_body(node);

    return tag->cache != NULL && tag->expires <= ngx_pdn_sync_now();
}


void
ngx_pdn_cache_tag_drop(ngx_pdn_shm_t *dict, ngx_pdn_sync_node_t *node)
{
    ngx_pdn_cache_tag_t *tag;

    tag = ngx_pdn_sync_body(node);
    tag->cache->ntags--;
    ngx_pdn_sync_remove(dict, node);
}


void
ngx_pdn_cache_tell(ngx_pdn_cache_t *cache, ngx_uint_t kind, const u_char *data,
                   size_t len)
{
    ngx_pdn_cache_record_t record;

    record.len = (uint16_t) len;
    record.kind = (uint8_t) kind;

    ngx_pdn_cache_ring_write(cache, 0, &record, sizeof(record));
    ngx_pdn_cache_ring_write(cache, sizeof(record), data, len);

    /* Readers look without the mutex. */

    __atomic_thread_fence(__ATOMIC_RELEASE);
    cache->head += (double) (sizeof(record) + len);
}


/* `skip` bytes behind the head, which stays where it is. */
static void
ngx_pdn_cache_ring_write(ngx_pdn_cache_t *cache, size_t skip, const void *data,
                         size_t len)
{
    size_t at, part;

    at = ((uint64_t) cache->head + skip) % cache->news_size;
    part = ngx_min(len, cache->news_size - at);

    ngx_memcpy(cache->news + at, data, part);
    ngx_memcpy(cache->news, (const u_char *) data + part, len - part);
}


int
ngx_pdn_cache_news(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                   ngx_pdn_cache_entry_t *e)
{
    int rc;
    u_char *p;
    size_t at, len, part;

    ngx_shmtx_lock(&dict->pool->mutex);

    e->after = cache->head;
    len = (size_t) (cache->head - e->before);
    rc = NGX_DECLINED;

    if (len <= cache->news_size) {
        p = ngx_pdn_shm_scratch(dict, len);
        rc = p != NULL ? NGX_OK : NGX_ERROR;

        if (p != NULL) {
            at = (uint64_t) e->before % cache->news_size;
            part = ngx_min(len, cache->news_size - at);

            ngx_memcpy(p, cache->news + at, part);
            ngx_memcpy(p + part, cache->news, len - part);

            e->data = p;
            e->len = len;
        }
    }

    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}
