/*
 * SPDX-License-Identifier: MIT
 *
 * A cache's own state in shared memory, for its own files.  All of it wants
 * the mutex to be held.
 */

#ifndef NGX_PDN_CACHE_STATE_H
#define NGX_PDN_CACHE_STATE_H


#include "ngx_pdn_cache.h"


struct ngx_pdn_cache_s {
    double head;
    uint64_t floor;     /* entries with a smaller stamp are not valid */
    uint64_t tag_floor; /* nor are those of them that have tags */
    double longest;     /* life of an entry so far, in seconds */
    size_t ntags;       /* nodes of tags */
    size_t name_len;
    u_char name[NGX_PDN_CACHE_NAME_MAX];
    u_char *news;
    size_t news_size;
    double rows[1];
};


/* A key of the zone: the cache's name, a zero byte, the key. */

typedef struct {
    size_t len;
    u_char data[NGX_PDN_CACHE_NAME_MAX + 1 + NGX_PDN_CACHE_KEY_MAX];
} ngx_pdn_cache_key_t;


static inline void
ngx_pdn_cache_key(ngx_pdn_cache_key_t *full, const ngx_pdn_cache_t *cache,
                  const u_char *key, size_t len)
{
    u_char *p;

    p = ngx_cpymem(full->data, cache->name, cache->name_len);
    *p++ = '\0';
    p = ngx_cpymem(p, key, len);

    full->len = (size_t) (p - full->data);
}


/* Tells other workers. */
void ngx_pdn_cache_tell(ngx_pdn_cache_t *cache, ngx_uint_t kind,
                        const u_char *data, size_t len);

/* Was one of the tags purged after `stamp`? */
ngx_uint_t ngx_pdn_cache_tags_purged(ngx_pdn_shm_t *dict,
                                     ngx_pdn_cache_t *cache, const u_char *tags,
                                     size_t len, uint64_t stamp);


#endif /* NGX_PDN_CACHE_STATE_H */
