/*
 * SPDX-License-Identifier: MIT
 *
 * Nodes of a shared dictionary: found by key, made, evicted, freed.
 */

#include "ngx_pdn_shm_node.h"


/* How many nodes at most make room for one. */
#define NGX_PDN_SHM_EVICTIONS 30

/* How many nodes in a row are spared because they were read. */
#define NGX_PDN_SHM_SPARED 64


static ngx_int_t
ngx_pdn_shm_compare(const u_char *key, size_t len,
                    const ngx_pdn_shm_node_t *node)
{
    return ngx_memn2cmp((u_char *) key, (u_char *) node->data, len,
                        node->key_len);
}


void
ngx_pdn_shm_tree_insert(ngx_rbtree_node_t *temp, ngx_rbtree_node_t *node,
                        ngx_rbtree_node_t *sentinel)
{
    ngx_rbtree_node_t **p;
    ngx_pdn_shm_node_t *n;

    n = (ngx_pdn_shm_node_t *) node;

    for (;;) {

        if (node->key != temp->key) {
            p = node->key < temp->key ? &temp->left : &temp->right;

        } else {
            p = ngx_pdn_shm_compare(n->data, n->key_len,
                                    (ngx_pdn_shm_node_t *) temp)
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


ngx_pdn_shm_node_t *
ngx_pdn_shm_find(ngx_pdn_shm_t *dict, const u_char *key, size_t len)
{
    uint32_t hash;
    ngx_int_t rc;
    ngx_rbtree_node_t *node, *sentinel;

    hash = ngx_murmur_hash2((u_char *) key, len);
    node = dict->root->tree.root;
    sentinel = dict->root->tree.sentinel;

    while (node != sentinel) {

        if (hash != node->key) {
            node = hash < node->key ? node->left : node->right;
            continue;
        }

        rc = ngx_pdn_shm_compare(key, len, (ngx_pdn_shm_node_t *) node);

        if (rc == 0) {
            return (ngx_pdn_shm_node_t *) node;
        }

        node = rc < 0 ? node->left : node->right;
    }

    return NULL;
}


void
ngx_pdn_shm_touch(ngx_pdn_shm_t *dict, ngx_pdn_shm_node_t *node)
{
    node->used = 0;
    ngx_queue_remove(&node->lru);
    ngx_queue_insert_head(&dict->root->lru, &node->lru);
}


ngx_pdn_shm_node_t *
ngx_pdn_shm_create(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                   size_t size, ngx_uint_t safe, ngx_pdn_shm_value_t *v)
{
    ngx_uint_t i;
    ngx_pdn_shm_node_t *node;

    size += offsetof(ngx_pdn_shm_node_t, data) + len;

    node = ngx_slab_alloc_locked(dict->pool, size);

    for (i = 0; node == NULL && !safe && i < NGX_PDN_SHM_EVICTIONS; i++) {

        if (ngx_pdn_shm_evict(dict, 1) == 0) {
            break;
        }

        v->forcible = 1;
        node = ngx_slab_alloc_locked(dict->pool, size);
    }

    if (node == NULL) {
        v->err = "no memory";
        return NULL;
    }

    node->hash = ngx_murmur_hash2((u_char *) key, len);
    node->key_len = (uint16_t) len;
    node->expires = 0;
    node->flags = 0;
    node->used = 0;
    ngx_memcpy(node->data, key, len);

    ngx_rbtree_insert(&dict->root->tree, (ngx_rbtree_node_t *) node);
    ngx_queue_insert_head(&dict->root->lru, &node->lru);

    return node;
}


void
ngx_pdn_shm_remove(ngx_pdn_shm_t *dict, ngx_pdn_shm_node_t *node)
{
    if (node->type == NGX_PDN_SHM_LIST) {
        ngx_pdn_shm_list_clear(dict, node);
    }

    ngx_queue_remove(&node->lru);
    ngx_rbtree_delete(&dict->root->tree, (ngx_rbtree_node_t *) node);
    ngx_slab_free_locked(dict->pool, node);
}


/*
 * Moving a node at each read would write to three nodes that other processors
 * have cached.  So a read sets a bit only, and the move is made up for here,
 * when the node comes to the end of the list.
 */
static ngx_pdn_shm_node_t *
ngx_pdn_shm_oldest(ngx_pdn_shm_t *dict)
{
    ngx_uint_t i;
    ngx_queue_t *lru;
    ngx_pdn_shm_node_t *node;

    lru = &dict->root->lru;
    node = ngx_queue_data(ngx_queue_last(lru), ngx_pdn_shm_node_t, lru);

    for (i = 0; i < NGX_PDN_SHM_SPARED; i++) {

        if (!node->used || ngx_pdn_shm_expired(node)) {
            break;
        }

        ngx_pdn_shm_touch(dict, node);
        node = ngx_queue_data(ngx_queue_last(lru), ngx_pdn_shm_node_t, lru);
    }

    return node;
}


ngx_uint_t
ngx_pdn_shm_evict(ngx_pdn_shm_t *dict, ngx_uint_t force)
{
    ngx_uint_t n, freed;
    ngx_queue_t *lru;
    ngx_pdn_shm_node_t *node;

    freed = 0;
    lru = &dict->root->lru;

    for (n = force ? 0 : 1; n < 3; n++) {

        if (ngx_queue_empty(lru)) {
            break;
        }

        node = n == 0 ? ngx_pdn_shm_oldest(dict)
                      : ngx_queue_data(ngx_queue_last(lru), ngx_pdn_shm_node_t,
                                       lru);

        if (n > 0 && !ngx_pdn_shm_expired(node)) {
            break;
        }

        ngx_pdn_shm_remove(dict, node);
        freed++;
    }

    return freed;
}


size_t
ngx_pdn_shm_size(const ngx_pdn_shm_value_t *v)
{
    switch (v->type) {

    case NGX_PDN_SHM_STRING:
        return v->len;

    case NGX_PDN_SHM_NUMBER:
        return sizeof(double);

    default:
        return 1;
    }
}


void
ngx_pdn_shm_write(u_char *dst, const ngx_pdn_shm_value_t *v)
{
    switch (v->type) {

    case NGX_PDN_SHM_STRING:
        ngx_memcpy(dst, v->data, v->len);
        return;

    case NGX_PDN_SHM_NUMBER:
        ngx_memcpy(dst, &v->number, sizeof(double));
        return;

    default:
        *dst = v->number != 0;
        return;
    }
}


int
ngx_pdn_shm_read(ngx_pdn_shm_t *dict, const u_char *src, size_t len,
                 ngx_uint_t type, ngx_pdn_shm_value_t *v)
{
    u_char *p;

    switch (type) {

    case NGX_PDN_SHM_STRING:
        p = ngx_pdn_shm_scratch(dict, len);
        if (p == NULL) {
            v->err = "no memory";
            return NGX_ERROR;
        }

        ngx_memcpy(p, src, len);
        v->data = p;
        v->len = len;
        break;

    case NGX_PDN_SHM_NUMBER:
        ngx_memcpy(&v->number, src, sizeof(double));
        break;

    default:
        v->number = *src;
        break;
    }

    v->type = (int32_t) type;

    return NGX_OK;
}
