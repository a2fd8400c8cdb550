/*
 * SPDX-License-Identifier: MIT
 *
 * Nodes of a shared dictionary, for its own files.  All of it wants the
 * dictionary's mutex to be held.
 */

#ifndef NGX_PDN_SHM_NODE_H
#define NGX_PDN_SHM_NODE_H


#include "ngx_pdn_shm.h"


static inline int64_t
ngx_pdn_shm_now(void)
{
    ngx_time_t *tp;

    tp = ngx_timeofday();

    return (int64_t) tp->sec * 1000 + (int64_t) tp->msec;
}


static inline ngx_uint_t
ngx_pdn_shm_expired(const ngx_pdn_shm_node_t *node)
{
    return node->expires != 0 && node->expires <= ngx_pdn_shm_now();
}


static inline u_char *
ngx_pdn_shm_value(ngx_pdn_shm_node_t *node)
{
    return node->data + node->key_len;
}


/* For the tree of a new zone. */
void ngx_pdn_shm_tree_insert(ngx_rbtree_node_t *temp, ngx_rbtree_node_t *node,
                             ngx_rbtree_node_t *sentinel);

/* Expired ones too; NULL if there is none. */
ngx_pdn_shm_node_t *ngx_pdn_shm_find(ngx_pdn_shm_t *dict, const u_char *key,
                                     size_t len);

/* Makes it the last to be evicted. */
void ngx_pdn_shm_touch(ngx_pdn_shm_t *dict, ngx_pdn_shm_node_t *node);

/*
 * A node that is in the tree, with room for a value of `size` bytes; evicts
 * others if it must and `v` lets it (and says so in v->forcible).  NULL
 * without memory.
 */
ngx_pdn_shm_node_t *ngx_pdn_shm_create(ngx_pdn_shm_t *dict, const u_char *key,
                                       size_t len, size_t size, ngx_uint_t safe,
                                       ngx_pdn_shm_value_t *v);

void ngx_pdn_shm_remove(ngx_pdn_shm_t *dict, ngx_pdn_shm_node_t *node);

/* Frees the items of a list. */
void ngx_pdn_shm_list_clear(ngx_pdn_shm_t *dict, ngx_pdn_shm_node_t *node);

/*
 * Takes a few expired nodes off the end of the LRU list; if `force`, the
 * last one even if it lives.  Answers how many.
 */
ngx_uint_t ngx_pdn_shm_evict(ngx_pdn_shm_t *dict, ngx_uint_t force);

/* Writes and reads a value of `type`; number, boolean or string. */
size_t ngx_pdn_shm_size(const ngx_pdn_shm_value_t *v);
void ngx_pdn_shm_write(u_char *dst, const ngx_pdn_shm_value_t *v);
int ngx_pdn_shm_read(ngx_pdn_shm_t *dict, const u_char *src, size_t len,
                     ngx_uint_t type, ngx_pdn_shm_value_t *v);

/* Room for what comes out; NULL without memory. */
u_char *ngx_pdn_shm_scratch(ngx_pdn_shm_t *dict, size_t size);


#endif /* NGX_PDN_SHM_NODE_H */
