/*
 * SPDX-License-Identifier: MIT
 *
 * The second level of pandan.cache: entries are values of a shared dictionary,
 * evicted like any other; what makes them valid is not.
 *
 *   value ── head (when it is fresh, usable, was loaded) ── tags ── payload
 *
 * Each invalidation gets a number, larger than all before: a stamp.  An entry
 * has the stamp of the moment its load began, so it is valid if no later one
 * was given to one of its tags, or to the whole cache.  A key that is written
 * or deleted ends the lease of who loads it, and his value is not kept.
 *
 * Workers learn what others invalidated from the news, a ring of bytes: its
 * head is compared before each use of a worker's own first level, which costs
 * one load.  Times are seconds since the epoch.
 */

#ifndef NGX_PDN_CACHE_H
#define NGX_PDN_CACHE_H


#include "ngx_pdn_sync.h"


#define NGX_PDN_CACHE_NAME_MAX 64
#define NGX_PDN_CACHE_KEY_MAX  1024
#define NGX_PDN_CACHE_COUNTERS 16

/* Records of the news. */
#define NGX_PDN_CACHE_NEWS_KEY 0
#define NGX_PDN_CACHE_NEWS_TAG 1
#define NGX_PDN_CACHE_NEWS_ALL 2


typedef struct ngx_pdn_cache_s ngx_pdn_cache_t;


/* Known to Lua's FFI, as is the next. */

typedef struct {
    ngx_pdn_cache_t *cache;
    const double *head; /* of the news: bytes that were ever written */
    double *counters;   /* this process' row of NGX_PDN_CACHE_COUNTERS */
    double *rows;       /* the first row */
    double seen;        /* the head up to which the user heard the news */
    int32_t nrows;
} ngx_pdn_cache_view_t;


typedef struct {
    const u_char *data;
    size_t len;
    const u_char *tags; /* each {uint8_t length, bytes} */
    size_t tags_len;
    double fresh;  /* until when it is */
    double stale;  /* until when it serves while another loads */
    double dead;   /* until when it serves at all */
    double stored; /* when it was */
    double stamp;  /* read: of a load that begins now; written: of its own */
    double before; /* head of the news before and after a write */
    double after;
    const char *err;
    uint32_t flags; /* the user's */
    int32_t busy;   /* somebody loads it */
} ngx_pdn_cache_entry_t;


/*
 * The cache `name` of a zone, made if there is none, with news of `size`
 * bytes; NGX_ERROR without memory.
 */
int ngx_pdn_cache_open(ngx_pdn_shm_t *dict, const u_char *name, size_t len,
                       size_t size, ngx_pdn_cache_view_t *view);

/*
 * NGX_OK: what `data` and `tags` point to lies in memory of the process until
 * the next call with the same dictionary.  NGX_DECLINED: there is no valid
 * one.
 */
int ngx_pdn_cache_read(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                       const u_char *key, size_t len, ngx_pdn_cache_entry_t *e);

/*
 * Stores data, tags, times, stamp and flags of `e`.  With a lease (above 0)
 * only while it is held: else NGX_DECLINED.  With 0 whoever loads the key
 * loses his, the stamp is a new one, and other workers are told; below 0 none
 * of this.  NGX_ERROR: e->err, no memory.
 */
int ngx_pdn_cache_write(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                        const u_char *key, size_t len, ngx_pdn_cache_entry_t *e,
                        double lease);

void ngx_pdn_cache_delete(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                          const u_char *key, size_t len);

/* All entries with this tag; with a length of 0 all there are. */
void ngx_pdn_cache_purge(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                         const u_char *tag, size_t len);

/*
 * Records {uint16_t length, uint8_t kind, bytes} from `e->before` on, as data;
 * e->after is where the next begin.  NGX_DECLINED: there were too many, and
 * everything must be taken for invalid.  NGX_ERROR: no memory, the same.
 */
int ngx_pdn_cache_news(ngx_pdn_shm_t *dict, ngx_pdn_cache_t *cache,
                       ngx_pdn_cache_entry_t *e);


/* For the sweep of old nodes. */
ngx_uint_t ngx_pdn_cache_tag_over(ngx_pdn_sync_node_t *node);
void ngx_pdn_cache_tag_drop(ngx_pdn_shm_t *dict, ngx_pdn_sync_node_t *node);


#endif /* NGX_PDN_CACHE_H */
