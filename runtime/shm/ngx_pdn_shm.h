/*
 * SPDX-License-Identifier: MIT
 *
 * Shared dictionaries: ngx.shared.NAME.  A dictionary is one zone of shared
 * memory with a slab pool; all workers read and write it under its mutex,
 * and it survives a reload that keeps its size.
 *
 *   zone ── slab pool ── ngx_pdn_shm_root_t
 *                          tree: nodes by (hash of key, key)
 *                          lru:  nodes, least recently used last
 *                          sync: what is never evicted, see ngx_pdn_sync.h
 *
 * A node is one slab allocation:
 *
 *   0         32    33         34       36         40       48   64     68
 *   ┌─────────┬─────┬──────────┬────────┬──────────┬────────┬────┬──────┬────
 *   │rbtree's │color│type, used│key_len │value_len │expires │lru │flags │key ..
 *   └─────────┴─────┴──────────┴────────┴──────────┴────────┴────┴──────┴────
 *   .. value
 *
 * The value is a string's bytes, a double, one byte of a boolean, or, after
 * padding, the ngx_queue_t of a list; then value_len counts its items, each
 * a slab allocation of its own.
 */

#ifndef NGX_PDN_SHM_H
#define NGX_PDN_SHM_H


#include "ngx_pdn_vm.h"


#define NGX_PDN_SHM_NIL     0
#define NGX_PDN_SHM_BOOLEAN 1
#define NGX_PDN_SHM_NUMBER  3
#define NGX_PDN_SHM_STRING  4
#define NGX_PDN_SHM_LIST    5

/* How ngx_pdn_shm_set() stores. */
#define NGX_PDN_SHM_ADD     0x1
#define NGX_PDN_SHM_REPLACE 0x2
#define NGX_PDN_SHM_SAFE    0x4 /* never evict */

/* Which end of a list. */
#define NGX_PDN_SHM_LEFT  0
#define NGX_PDN_SHM_RIGHT 1


typedef struct {
    ngx_rbtree_t tree;
    ngx_rbtree_node_t sentinel;
    ngx_queue_t lru;
    ngx_rbtree_t sync;
    ngx_rbtree_node_t sync_sentinel;
    ngx_queue_t sync_nodes; /* in the order they are to be looked at */
    uint64_t last_id;       /* of leases, and of what was invalidated */
} ngx_pdn_shm_root_t;


/* The same bytes as ngx_rbtree_node_t, up to its `color`. */

typedef struct {
    ngx_rbtree_key_t hash;
    ngx_rbtree_node_t *left;
    ngx_rbtree_node_t *right;
    ngx_rbtree_node_t *parent;
    u_char color;
    uint8_t type : 7;
    uint8_t used : 1; /* read since it was last moved */
    uint16_t key_len;
    uint32_t value_len;
    int64_t expires; /* ms since the epoch, 0 is never */
    ngx_queue_t lru;
    uint32_t flags;
    u_char data[1];
} ngx_pdn_shm_node_t;


typedef struct {
    ngx_queue_t queue;
    uint32_t len;
    uint8_t type;
    u_char data[1];
} ngx_pdn_shm_item_t;


/* A dictionary as one cycle sees it. */

typedef struct {
    ngx_pdn_shm_root_t *root;
    ngx_slab_pool_t *pool;
    ngx_shm_zone_t *zone;
    ngx_str_t name;    /* as Lua knows it */
    ngx_uint_t owners; /* 1 << ngx_pdn_subsystem_e: who named it */
    ngx_uint_t own;    /* only they see it */
    u_char *scratch;   /* values and keys on their way out */
    size_t scratch_size;
} ngx_pdn_shm_t;


/* A value on its way between Lua and the dictionary; known to Lua's FFI. */

typedef struct {
    const u_char *data; /* of a string */
    size_t len;
    double number;   /* a boolean's too */
    const char *err; /* why it is not NGX_OK */
    int32_t type;
    uint32_t flags;
    int32_t stale;    /* expired, not yet reused */
    int32_t forcible; /* living nodes were evicted */
} ngx_pdn_shm_value_t;


/*
 * The directive: a row of the configuration's zones, or an error, logged.
 * Subsystems that name the same dictionary share it, unless it is `own`: then
 * the others do not see it, and may have another of the name.
 */
char *ngx_pdn_shm_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size,
                           ngx_pdn_subsystem_e subsystem, ngx_uint_t own);


/*
 * For Lua's FFI.  `v` is in and out; strings that come out lie in memory of
 * the worker until the next call with the same dictionary.
 *
 *   NGX_OK        done; get: v->type is NGX_PDN_SHM_NIL if there is none
 *   NGX_DECLINED  no: v->err is "not found", "exists", ...
 *   NGX_ERROR     v->err is "no memory"
 */
int ngx_pdn_shm_get(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                    ngx_pdn_shm_value_t *v, int stale);
int ngx_pdn_shm_set(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                    ngx_pdn_shm_value_t *v, int how, double ttl);
int ngx_pdn_shm_incr(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                     ngx_pdn_shm_value_t *v, int has_init, double init,
                     double ttl);
int ngx_pdn_shm_push(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                     ngx_pdn_shm_value_t *v, int end);
int ngx_pdn_shm_pop(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                    ngx_pdn_shm_value_t *v, int end);
int ngx_pdn_shm_llen(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                     ngx_pdn_shm_value_t *v);

/*
 * `*ms` are the milliseconds left: 0 is for ever, below 0 it has expired.
 * Both answer NGX_OK, or NGX_DECLINED if there is no such key.
 */
int ngx_pdn_shm_ttl(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                    double *ms);
int ngx_pdn_shm_expire(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                       double ttl);

void ngx_pdn_shm_flush_all(ngx_pdn_shm_t *dict);
size_t ngx_pdn_shm_flush_expired(ngx_pdn_shm_t *dict, size_t max);

/*
 * Living keys, `max` at most unless 0: v->data is a row of {uint16_t length,
 * bytes}, v->number says how many.
 */
int ngx_pdn_shm_keys(ngx_pdn_shm_t *dict, size_t max, ngx_pdn_shm_value_t *v);

double ngx_pdn_shm_capacity(ngx_pdn_shm_t *dict);
double ngx_pdn_shm_free_space(ngx_pdn_shm_t *dict);


/* One that all share, as C knows it; NULL: there is none of the name. */
ngx_shm_zone_t *ngx_pdn_shm_zone_find(u_char *name, size_t len);


#endif /* NGX_PDN_SHM_H */
