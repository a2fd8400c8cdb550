/*
 * SPDX-License-Identifier: MIT
 *
 * What workers share beside values: leases (locks, semaphores), queues, the
 * state of caches.  It lies in the zone of a shared dictionary, in a tree of
 * its own, and is never evicted: what is found there can be relied on.
 *
 *   node ── header ── body, by kind ── key
 *
 * Who waits for a node to change puts his bell (ngx_pdn_bell.h) into its set
 * and looks again when it rings.  All of this wants the zone's mutex to be
 * held, but for ngx_pdn_sync_wait().
 */

#ifndef NGX_PDN_SYNC_H
#define NGX_PDN_SYNC_H


#include "ngx_pdn_bell.h"
#include "ngx_pdn_shm.h"


typedef enum {
    NGX_PDN_SYNC_LEASE = 1,
    NGX_PDN_SYNC_QUEUE,
    NGX_PDN_SYNC_CACHE,
    NGX_PDN_SYNC_TAG
} ngx_pdn_sync_kind_e;


/* The same bytes as ngx_rbtree_node_t, up to its `color`. */

typedef struct {
    ngx_rbtree_key_t hash;
    ngx_rbtree_node_t *left;
    ngx_rbtree_node_t *right;
    ngx_rbtree_node_t *parent;
    u_char color;
    uint8_t kind;
    uint16_t key_len;
    uint32_t body_size;
    ngx_queue_t link; /* in root->sync_nodes */
    ngx_pdn_bell_set_t waiting;
} ngx_pdn_sync_node_t;


static inline void *
ngx_pdn_sync_body(ngx_pdn_sync_node_t *node)
{
    return node + 1;
}


static inline u_char *
ngx_pdn_sync_key(ngx_pdn_sync_node_t *node)
{
    return (u_char *) (node + 1) + node->body_size;
}


/* A clock that all processes share and nobody sets. */

static inline int64_t
ngx_pdn_sync_now(void)
{
    return (int64_t) ngx_current_msec;
}


/* For a new zone. */
void ngx_pdn_sync_init(ngx_pdn_shm_root_t *root);

/* NULL: there is none. */
ngx_pdn_sync_node_t *ngx_pdn_sync_find(ngx_pdn_shm_t *dict,
                                       ngx_pdn_sync_kind_e kind,
                                       const u_char *key, size_t len);

/*
 * A new one, its body zeroed; values of the dictionary are evicted for it.
 * NULL without memory.
 */
ngx_pdn_sync_node_t *ngx_pdn_sync_create(ngx_pdn_shm_t *dict,
                                         ngx_pdn_sync_kind_e kind,
                                         const u_char *key, size_t len,
                                         size_t body_size);

/* Memory of the zone, as above. */
void *ngx_pdn_sync_alloc(ngx_pdn_shm_t *dict, size_t size);

void ngx_pdn_sync_remove(ngx_pdn_shm_t *dict, ngx_pdn_sync_node_t *node);


/*
 * What one waits for.  A wait is tried when it begins, when this process'
 * bell rings, and when its timer says so.
 */

typedef struct ngx_pdn_sync_wait_s ngx_pdn_sync_wait_t;

typedef struct {
    /*
     * Looks, under the mutex.  NGX_OK: it is over; NGX_AGAIN: it is not, this
     * process' bell is in a set now, and w->again may say when to look
     * without a ring; NGX_ERROR: it is over, w->err tells why.  Bells that
     * are to ring because of it go to w->rung.
     */
    ngx_int_t (*look)(ngx_pdn_sync_wait_t *w);

    /* As of ngx_pdn_wait_t, for what NGX_OK brought; nil, err by itself. */
    int (*push)(lua_State *L, ngx_pdn_sync_wait_t *w);

    /*
     * The task dies, or `push` is through: gives back what `w` still holds.
     * May be NULL.
     */
    void (*release)(ngx_pdn_sync_wait_t *w);
} ngx_pdn_sync_wait_ops_t;


struct ngx_pdn_sync_wait_s {
    ngx_pdn_wait_t wait;
    const ngx_pdn_sync_wait_ops_t *ops;
    ngx_queue_t link; /* of all that wait in this process */
    ngx_event_t timer;
    ngx_pdn_shm_t *dict;
    ngx_pdn_host_t *host;
    int64_t deadline;
    int64_t again; /* 0: only when rung */
    ngx_pdn_bell_set_t rung;
    const char *err;
    ngx_str_t key;     /* a copy, behind the struct of the operation */
    unsigned over : 1; /* it is to be pushed, and looks no more */
};


/* Zeroed, of `size` bytes, with a copy of the key; NULL without memory. */
void *ngx_pdn_sync_wait_create(ngx_pdn_host_t *host, ngx_pdn_shm_t *dict,
                               const ngx_pdn_sync_wait_ops_t *ops, size_t size,
                               const u_char *key, size_t len);

/*
 * Suspends the task for `ms` at most, from where a C function returns; what
 * comes back to Lua is what ops->push gave, or nil and "timeout" or another
 * error.  The wait is this one's from now on.
 */
int ngx_pdn_sync_wait(lua_State *L, ngx_pdn_sync_wait_t *w, ngx_msec_t ms);


#endif /* NGX_PDN_SYNC_H */
