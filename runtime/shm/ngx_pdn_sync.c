/*
 * SPDX-License-Identifier: MIT
 *
 * Nodes that are never evicted: found by kind and key, made, freed.
 */

#include "ngx_pdn_cache.h"
#include "ngx_pdn_lease.h"
#include "ngx_pdn_shm_node.h"
#include "ngx_pdn_sync.h"


/* How many values at most make room for one node. */
#define NGX_PDN_SYNC_EVICTIONS 100

/* How many old nodes are looked at for each new one. */
#define NGX_PDN_SYNC_SWEPT 2


static void ngx_pdn_sync_sweep(ngx_pdn_shm_t *dict);


static uint32_t
ngx_pdn_sync_hash(ngx_pdn_sync_kind_e kind, const u_char *key, size_t len)
{
    return ngx_murmur_hash2((u_char *) key, len) + (uint32_t) kind;
}


static ngx_int_t
ngx_pdn_sync_compare(ngx_pdn_sync_kind_e kind, const u_char *key, size_t len,
                     ngx_pdn_sync_node_t *node)
{
    if (kind != node->kind) {
        return (ngx_int_t) kind - (ngx_int_t) node->kind;
    }

    return ngx_memn2cmp((u_char *) key, ngx_pdn_sync_key(node), len,
                        node->key_len);
}


static void
ngx_pdn_sync_insert(ngx_rbtree_node_t *temp, ngx_rbtree_node_t *node,
                    ngx_rbtree_node_t *sentinel)
{
    ngx_rbtree_node_t **p;
    ngx_pdn_sync_node_t *n;

    n = (ngx_pdn_sync_node_t *) node;

    for (;;) {

        if (node->key != temp->key) {
            p = node->key < temp->key ? &temp->left : &temp->right;

        } else {
            p = ngx_pdn_sync_compare(n->kind, ngx_pdn_sync_key(n), n->key_len,
                                     (ngx_pdn_sync_node_t *) temp)
                        < 0
                    ? &temp->left
                    : &temp->right;
        }

        if (*p == sentinel) {
            break;
        }

        temp = *p;
    }

    *p = node;
    node->parent = temp;
    node->left = sentinel;
    node->right = sentinel;
    ngx_rbt_red(node);
}


void
ngx_pdn_sync_init(ngx_pdn_shm_root_t *root)
{
    ngx_rbtree_init(&root->sync, &root->sync_sentinel, ngx_pdn_sync_insert);
    ngx_queue_init(&root->sync_nodes);
    root->last_id = 0;
}


ngx_pdn_sync_node_t *
ngx_pdn_sync_find(ngx_pdn_shm_t *dict, ngx_pdn_sync_kind_e kind,
                  const u_char *key, size_t len)
{
    uint32_t hash;
    ngx_int_t rc;
    ngx_rbtree_node_t *node, *sentinel;

    hash = ngx_pdn_sync_hash(kind, key, len);
    node = dict->root->sync.root;
    sentinel = dict->root->sync.sentinel;

    while (node != sentinel) {

        if (hash != node->key) {
            node = hash < node->key ? node->left : node->right;
            continue;
        }

        rc = ngx_pdn_sync_compare(kind, key, len, (ngx_pdn_sync_node_t *) node);

        if (rc == 0) {
            return (ngx_pdn_sync_node_t *) node;
        }

        node = rc < 0 ? node->left : node->right;
    }

    return NULL;
}


void *
ngx_pdn_sync_alloc(ngx_pdn_shm_t *dict, size_t size)
{
    void *p;
    ngx_uint_t i;

    p = ngx_slab_alloc_locked(dict->pool, size);

    for (i = 0; p == NULL && i < NGX_PDN_SYNC_EVICTIONS; i++) {

        if (ngx_pdn_shm_evict(dict, 1) == 0) {
            break;
        }

        p = ngx_slab_alloc_locked(dict->pool, size);
    }

    return p;
}


ngx_pdn_sync_node_t *
ngx_pdn_sync_create(ngx_pdn_shm_t *dict, ngx_pdn_sync_kind_e kind,
                    const u_char *key, size_t len, size_t body_size)
{
    ngx_pdn_sync_node_t *node;

    ngx_pdn_sync_sweep(dict);

    body_size = ngx_align(body_size, sizeof(uint64_t));

    node = ngx_pdn_sync_alloc(dict,
                              sizeof(ngx_pdn_sync_node_t) + body_size + len);
    if (node == NULL) {
        return NULL;
    }

    ngx_memzero(node, sizeof(ngx_pdn_sync_node_t) + body_size);

    node->hash = ngx_pdn_sync_hash(kind, key, len);
    node->kind = (uint8_t) kind;
    node->key_len = (uint16_t) len;
    node->body_size = (uint32_t) body_size;
    ngx_memcpy(ngx_pdn_sync_key(node), key, len);

    ngx_rbtree_insert(&dict->root->sync, (ngx_rbtree_node_t *) node);
    ngx_queue_insert_tail(&dict->root->sync_nodes, &node->link);

    return node;
}


void
ngx_pdn_sync_remove(ngx_pdn_shm_t *dict, ngx_pdn_sync_node_t *node)
{
    ngx_queue_remove(&node->link);
    ngx_rbtree_delete(&dict->root->sync, (ngx_rbtree_node_t *) node);
    ngx_slab_free_locked(dict->pool, node);
}


/* What ended by time alone, and nobody asked for again, goes here. */
static void
ngx_pdn_sync_sweep(ngx_pdn_shm_t *dict)
{
    ngx_uint_t i;
    ngx_queue_t *q, *nodes;
    ngx_pdn_sync_node_t *node;

    nodes = &dict->root->sync_nodes;

    for (i = 0; i < NGX_PDN_SYNC_SWEPT && !ngx_queue_empty(nodes); i++) {
        q = ngx_queue_head(nodes);
        node = ngx_queue_data(q, ngx_pdn_sync_node_t, link);

        ngx_queue_remove(q);
        ngx_queue_insert_tail(nodes, q);

        if (node->kind == NGX_PDN_SYNC_LEASE && ngx_pdn_lease_over(node)) {
            ngx_pdn_lease_drop(dict, node);

        } else if (node->kind == NGX_PDN_SYNC_TAG
                   && ngx_pdn_cache_tag_over(node)) {
            ngx_pdn_cache_tag_drop(dict, node);
        }
    }
}
