/*
 * SPDX-License-Identifier: MIT
 *
 * Leases by host, and by id: one may be given back by another host than the
 * one that took it.
 */

#include "ngx_pdn_held.h"
#include "ngx_pdn_lease.h"


typedef struct {
    ngx_rbtree_node_t node; /* its key is the lease's id */
    ngx_queue_t link;       /* of the host */
    ngx_pdn_shm_t *dict;
    size_t len;
    u_char key[1];
} ngx_pdn_held_t;


static ngx_queue_t *ngx_pdn_held_list(ngx_pdn_host_t *host);
static void ngx_pdn_held_end(void *data);


/* Of this process. */

static ngx_rbtree_t ngx_pdn_held;
static ngx_rbtree_node_t ngx_pdn_held_sentinel;


ngx_pdn_host_t *
ngx_pdn_held_host(void)
{
    return ngx_pdn_task != NULL ? ngx_pdn_task->host : NULL;
}


ngx_int_t
ngx_pdn_held_add(ngx_pdn_host_t *host, ngx_pdn_shm_t *dict, const u_char *key,
                 size_t len, uint64_t id)
{
    ngx_queue_t *list;
    ngx_pdn_held_t *held;

    if (host == NULL) {
        return NGX_OK;
    }

    list = ngx_pdn_held_list(host);
    held = ngx_alloc(sizeof(ngx_pdn_held_t) + len, host->log);

    if (list == NULL || held == NULL) {
        ngx_free(held);
        (void) ngx_pdn_lease_end(dict, key, len, id);
        return NGX_ERROR;
    }

    held->dict = dict;
    held->len = len;
    ngx_memcpy(held->key, key, len);

    if (ngx_pdn_held.root == NULL) {
        ngx_rbtree_init(&ngx_pdn_held, &ngx_pdn_held_sentinel,
                        ngx_rbtree_insert_value);
    }

    held->node.key = (ngx_rbtree_key_t) id;
    ngx_rbtree_insert(&ngx_pdn_held, &held->node);
    ngx_queue_insert_tail(list, &held->link);

    return NGX_OK;
}


/* One list for each host, however many leases it takes in its life. */
static ngx_queue_t *
ngx_pdn_held_list(ngx_pdn_host_t *host)
{
    ngx_pool_cleanup_t *cln;

    for (cln = host->pool->cleanup; cln != NULL; cln = cln->next) {

        if (cln->handler == ngx_pdn_held_end) {
            return cln->data;
        }
    }

    cln = ngx_pool_cleanup_add(host->pool, sizeof(ngx_queue_t));
    if (cln == NULL) {
        return NULL;
    }

    ngx_queue_init((ngx_queue_t *) cln->data);
    cln->handler = ngx_pdn_held_end;

    return cln->data;
}


void
ngx_pdn_held_forget(ngx_pdn_shm_t *dict, uint64_t id)
{
    ngx_pdn_held_t *held;
    ngx_rbtree_node_t *node;

    node = ngx_pdn_held.root;

    /* Ids are unique in a zone, not among zones. */

    while (node != NULL && node != &ngx_pdn_held_sentinel) {
        held = (ngx_pdn_held_t *) node;

        if (node->key == id && held->dict == dict) {
            ngx_rbtree_delete(&ngx_pdn_held, node);
            ngx_queue_remove(&held->link);
            ngx_free(held);
            return;
        }

        node = id < node->key ? node->left : node->right;
    }
}


static void
ngx_pdn_held_end(void *data)
{
    ngx_queue_t *list = data;

    uint64_t id;
    ngx_queue_t *q;
    ngx_pdn_held_t *held;

    while (!ngx_queue_empty(list)) {
        q = ngx_queue_head(list);
        held = ngx_queue_data(q, ngx_pdn_held_t, link);

        id = held->node.key; /* which deleting it wipes out */

        ngx_queue_remove(q);
        ngx_rbtree_delete(&ngx_pdn_held, &held->node);

        (void) ngx_pdn_lease_end(held->dict, held->key, held->len, id);
        ngx_free(held);
    }
}
