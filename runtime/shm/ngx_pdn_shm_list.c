/*
 * SPDX-License-Identifier: MIT
 *
 * Lists in a shared dictionary: lpush, rpush, lpop, rpop, llen.
 */

#include "ngx_pdn_shm_node.h"


static ngx_queue_t *ngx_pdn_shm_list_head(ngx_pdn_shm_node_t *node);
static ngx_pdn_shm_node_t *ngx_pdn_shm_list_find(ngx_pdn_shm_t *dict,
                                                 const u_char *key, size_t len,
                                                 ngx_pdn_shm_value_t *v);
static ngx_pdn_shm_node_t *ngx_pdn_shm_list_create(ngx_pdn_shm_t *dict,
                                                   const u_char *key,
                                                   size_t len,
                                                   ngx_pdn_shm_value_t *v);
static int ngx_pdn_shm_push_locked(ngx_pdn_shm_t *dict, const u_char *key,
                                   size_t len, ngx_pdn_shm_value_t *v, int end);
static int ngx_pdn_shm_pop_locked(ngx_pdn_shm_t *dict, const u_char *key,
                                  size_t len, ngx_pdn_shm_value_t *v, int end);


static ngx_queue_t *
ngx_pdn_shm_list_head(ngx_pdn_shm_node_t *node)
{
    return (ngx_queue_t *) ngx_align_ptr(ngx_pdn_shm_value(node),
                                         NGX_ALIGNMENT);
}


void
ngx_pdn_shm_list_clear(ngx_pdn_shm_t *dict, ngx_pdn_shm_node_t *node)
{
    ngx_queue_t *q, *head;
    ngx_pdn_shm_item_t *item;

    head = ngx_pdn_shm_list_head(node);

    while (!ngx_queue_empty(head)) {
        q = ngx_queue_head(head);
        item = ngx_queue_data(q, ngx_pdn_shm_item_t, queue);
        ngx_queue_remove(q);
        ngx_slab_free_locked(dict->pool, item);
    }

    node->value_len = 0;
}


/* A living node, whatever its type; NULL with v->err set if it is no list. */
static ngx_pdn_shm_node_t *
ngx_pdn_shm_list_find(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                      ngx_pdn_shm_value_t *v)
{
    ngx_pdn_shm_node_t *node;

    v->err = NULL;

    (void) ngx_pdn_shm_evict(dict, 0);

    node = ngx_pdn_shm_find(dict, key, len);

    if (node == NULL || ngx_pdn_shm_expired(node)) {
        return NULL;
    }

    if (node->type != NGX_PDN_SHM_LIST) {
        v->err = "value not a list";
        return NULL;
    }

    node->used = 1;

    return node;
}


static ngx_pdn_shm_node_t *
ngx_pdn_shm_list_create(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                        ngx_pdn_shm_value_t *v)
{
    ngx_pdn_shm_node_t *node;

    node = ngx_pdn_shm_find(dict, key, len);

    if (node != NULL) {
        ngx_pdn_shm_remove(dict, node);
    }

    node = ngx_pdn_shm_create(dict, key, len,
                              sizeof(ngx_queue_t) + NGX_ALIGNMENT, 1, v);
    if (node == NULL) {
        return NULL;
    }

    node->type = NGX_PDN_SHM_LIST;
    node->value_len = 0;
    ngx_queue_init(ngx_pdn_shm_list_head(node));

    return node;
}


int
ngx_pdn_shm_push(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                 ngx_pdn_shm_value_t *v, int end)
{
    int rc;

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_shm_push_locked(dict, key, len, v, end);
    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


static int
ngx_pdn_shm_push_locked(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                        ngx_pdn_shm_value_t *v, int end)
{
    size_t size;
    ngx_queue_t *head;
    ngx_pdn_shm_node_t *node;
    ngx_pdn_shm_item_t *item;

    node = ngx_pdn_shm_list_find(dict, key, len, v);

    if (node == NULL) {

        if (v->err != NULL) {
            return NGX_DECLINED;
        }

        node = ngx_pdn_shm_list_create(dict, key, len, v);
        if (node == NULL) {
            return NGX_ERROR;
        }
    }

    size = ngx_pdn_shm_size(v);
    item = ngx_slab_alloc_locked(dict->pool,
                                 offsetof(ngx_pdn_shm_item_t, data) + size);
    if (item == NULL) {

        if (node->value_len == 0) {
            ngx_pdn_shm_remove(dict, node);
        }

        v->err = "no memory";
        return NGX_ERROR;
    }

    item->type = (uint8_t) v->type;
    item->len = (uint32_t) size;
    ngx_pdn_shm_write(item->data, v);

    head = ngx_pdn_shm_list_head(node);

    if (end == NGX_PDN_SHM_LEFT) {
        ngx_queue_insert_head(head, &item->queue);

    } else {
        ngx_queue_insert_tail(head, &item->queue);
    }

    v->number = ++node->value_len;

    return NGX_OK;
}


int
ngx_pdn_shm_pop(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                ngx_pdn_shm_value_t *v, int end)
{
    int rc;

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_shm_pop_locked(dict, key, len, v, end);
    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


static int
ngx_pdn_shm_pop_locked(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                       ngx_pdn_shm_value_t *v, int end)
{
    ngx_queue_t *q, *head;
    ngx_pdn_shm_node_t *node;
    ngx_pdn_shm_item_t *item;

    v->type = NGX_PDN_SHM_NIL;

    node = ngx_pdn_shm_list_find(dict, key, len, v);
    if (node == NULL) {
        return v->err != NULL ? NGX_DECLINED : NGX_OK;
    }

    head = ngx_pdn_shm_list_head(node);
    q = end == NGX_PDN_SHM_LEFT ? ngx_queue_head(head) : ngx_queue_last(head);
    item = ngx_queue_data(q, ngx_pdn_shm_item_t, queue);

    if (ngx_pdn_shm_read(dict, item->data, item->len, item->type, v) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_queue_remove(q);
    ngx_slab_free_locked(dict->pool, item);

    if (--node->value_len == 0) {
        ngx_pdn_shm_remove(dict, node);
    }

    return NGX_OK;
}


int
ngx_pdn_shm_llen(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                 ngx_pdn_shm_value_t *v)
{
    int rc;
    ngx_pdn_shm_node_t *node;

    ngx_shmtx_lock(&dict->pool->mutex);

    node = ngx_pdn_shm_list_find(dict, key, len, v);
    v->number = node != NULL ? node->value_len : 0;
    rc = v->err != NULL ? NGX_DECLINED : NGX_OK;

    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}
