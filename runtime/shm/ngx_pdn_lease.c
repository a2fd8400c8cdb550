/*
 * SPDX-License-Identifier: MIT
 *
 * Leases in shared memory; see ngx_pdn_lease.h.  Nothing here waits:
 * ngx_pdn_lease_wait.c does.
 */

#include <signal.h>

#include "ngx_pdn_held.h"
#include "ngx_pdn_lease.h"


typedef struct {
    uint64_t id;
    int64_t expires;
    ngx_pid_t pid;
} ngx_pdn_lease_t;


typedef struct {
    size_t room; /* of the array */
    size_t used;
    ngx_pdn_lease_t *lease;
    ngx_pdn_lease_t first; /* a lock needs no more */
} ngx_pdn_leases_t;


static ngx_pdn_leases_t *ngx_pdn_lease_room(ngx_pdn_shm_t *dict,
                                            ngx_pdn_sync_node_t *node,
                                            const u_char *key, size_t len,
                                            size_t limit);


static ngx_pdn_sync_node_t *
ngx_pdn_lease_node(ngx_pdn_shm_t *dict, const u_char *key, size_t len)
{
    return ngx_pdn_sync_find(dict, NGX_PDN_SYNC_LEASE, key, len);
}


/* Drops those whose deadline has passed or whose process is gone. */
static void
ngx_pdn_lease_clean(ngx_pdn_leases_t *all)
{
    size_t i;
    int64_t now;
    ngx_pdn_lease_t *lease;

    now = ngx_pdn_sync_now();
    i = 0;

    while (i < all->used) {
        lease = &all->lease[i];

        if (lease->expires <= now
            || (lease->pid != ngx_pid && kill(lease->pid, 0) == -1
                && ngx_errno == NGX_ESRCH))
        {
            *lease = all->lease[--all->used];

        } else {
            i++;
        }
    }
}


static ngx_pdn_lease_t *
ngx_pdn_lease_find(ngx_pdn_leases_t *all, uint64_t id)
{
    size_t i;

    for (i = 0; i < all->used; i++) {

        if (all->lease[i].id == id) {
            return &all->lease[i];
        }
    }

    return NULL;
}


/* The lease `id` if it is out. */
static ngx_pdn_lease_t *
ngx_pdn_lease_out(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                  uint64_t id)
{
    ngx_pdn_lease_t *lease;
    ngx_pdn_sync_node_t *node;

    node = ngx_pdn_lease_node(dict, key, len);
    if (node == NULL) {
        return NULL;
    }

    lease = ngx_pdn_lease_find(ngx_pdn_sync_body(node), id);

    return lease != NULL && lease->expires > ngx_pdn_sync_now() ? lease : NULL;
}


int
ngx_pdn_lease_take(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                   size_t limit, double ttl, ngx_pdn_lease_value_t *v)
{
    uint64_t id;
    ngx_int_t rc;
    ngx_pdn_lease_terms_t terms;

    terms.limit = limit;
    terms.ttl = (int64_t) ttl;

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_lease_try(dict, key, len, &terms, &id);
    ngx_shmtx_unlock(&dict->pool->mutex);

    if (rc == NGX_OK) {
        rc = ngx_pdn_held_add(ngx_pdn_held_host(), dict, key, len, id);
    }

    v->id = rc == NGX_ERROR ? 0 : (double) id;
    v->err = "no memory";

    return (int) rc;
}


ngx_int_t
ngx_pdn_lease_try(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                  const ngx_pdn_lease_terms_t *terms, uint64_t *id)
{
    ngx_pdn_lease_t *lease;
    ngx_pdn_leases_t *all;
    ngx_pdn_sync_node_t *node;

    node = ngx_pdn_lease_node(dict, key, len);

    if (node != NULL) {
        ngx_pdn_lease_clean(ngx_pdn_sync_body(node));
    }

    all = ngx_pdn_lease_room(dict, node, key, len, terms->limit);
    if (all == NULL) {
        return NGX_ERROR;
    }

    if (all->used >= terms->limit) {
        *id = all->lease[0].id;
        return NGX_AGAIN;
    }

    *id = ++dict->root->last_id;

    lease = &all->lease[all->used++];
    lease->id = *id;
    lease->pid = ngx_pid;
    lease->expires = ngx_pdn_sync_now() + terms->ttl;

    return NGX_OK;
}


/* Room for `limit` leases in `node`, or in one that is made if it is NULL. */
static ngx_pdn_leases_t *
ngx_pdn_lease_room(ngx_pdn_shm_t *dict, ngx_pdn_sync_node_t *node,
                   const u_char *key, size_t len, size_t limit)
{
    ngx_pdn_lease_t *lease;
    ngx_pdn_leases_t *all;

    if (node == NULL) {
        node = ngx_pdn_sync_create(dict, NGX_PDN_SYNC_LEASE, key, len,
                                   sizeof(ngx_pdn_leases_t));
        if (node == NULL) {
            return NULL;
        }

        all = ngx_pdn_sync_body(node);
        all->lease = &all->first;
        all->room = 1;
    }

    all = ngx_pdn_sync_body(node);

    if (limit <= all->room) {
        return all;
    }

    lease = ngx_pdn_sync_alloc(dict, limit * sizeof(ngx_pdn_lease_t));
    if (lease == NULL) {
        return NULL;
    }

    ngx_memcpy(lease, all->lease, all->used * sizeof(ngx_pdn_lease_t));

    if (all->lease != &all->first) {
        ngx_slab_free_locked(dict->pool, all->lease);
    }

    all->lease = lease;
    all->room = limit;

    return all;
}


void
ngx_pdn_lease_join(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                   int64_t *again)
{
    size_t i;
    ngx_pdn_leases_t *all;
    ngx_pdn_sync_node_t *node;

    node = ngx_pdn_lease_node(dict, key, len);
    all = ngx_pdn_sync_body(node);

    ngx_pdn_bell_join(&node->waiting);

    for (i = 0; i < all->used; i++) {

        if (*again == 0 || all->lease[i].expires < *again) {
            *again = all->lease[i].expires;
        }
    }
}


int
ngx_pdn_lease_release(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                      double id)
{
    ngx_pdn_held_forget(dict, (uint64_t) id);

    return ngx_pdn_lease_end(dict, key, len, (uint64_t) id);
}


int
ngx_pdn_lease_end(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                  uint64_t id)
{
    int rc;
    ngx_pdn_lease_t *lease;
    ngx_pdn_leases_t *all;
    ngx_pdn_bell_set_t rung;
    ngx_pdn_sync_node_t *node;

    rc = NGX_DECLINED;
    ngx_memzero(&rung, sizeof(rung));

    ngx_shmtx_lock(&dict->pool->mutex);

    node = ngx_pdn_lease_node(dict, key, len);
    all = node != NULL ? ngx_pdn_sync_body(node) : NULL;
    lease = all != NULL ? ngx_pdn_lease_find(all, id) : NULL;

    if (lease != NULL) {
        rc = lease->expires > ngx_pdn_sync_now() ? NGX_OK : NGX_DECLINED;
        *lease = all->lease[--all->used];
        ngx_pdn_bell_move(&node->waiting, &rung);

        if (all->used == 0) {
            ngx_pdn_lease_drop(dict, node);
        }
    }

    ngx_shmtx_unlock(&dict->pool->mutex);

    ngx_pdn_bell_ring(&rung);

    return rc;
}


int
ngx_pdn_lease_extend(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                     double id, double ttl)
{
    int rc;
    ngx_pdn_lease_t *lease;

    rc = NGX_DECLINED;

    ngx_shmtx_lock(&dict->pool->mutex);

    lease = ngx_pdn_lease_out(dict, key, len, (uint64_t) id);

    if (lease != NULL) {
        lease->expires = ngx_pdn_sync_now() + (int64_t) ttl;
        rc = NGX_OK;
    }

    ngx_shmtx_unlock(&dict->pool->mutex);

    return rc;
}


double
ngx_pdn_lease_count(ngx_pdn_shm_t *dict, const u_char *key, size_t len)
{
    double n;
    ngx_pdn_leases_t *all;
    ngx_pdn_sync_node_t *node;

    n = 0;

    ngx_shmtx_lock(&dict->pool->mutex);

    node = ngx_pdn_lease_node(dict, key, len);

    if (node != NULL) {
        all = ngx_pdn_sync_body(node);
        ngx_pdn_lease_clean(all);
        n = (double) all->used;
    }

    ngx_shmtx_unlock(&dict->pool->mutex);

    return n;
}


uint64_t
ngx_pdn_lease_held(ngx_pdn_shm_t *dict, const u_char *key, size_t len)
{
    ngx_pdn_leases_t *all;
    ngx_pdn_sync_node_t *node;

    node = ngx_pdn_lease_node(dict, key, len);
    if (node == NULL) {
        return 0;
    }

    all = ngx_pdn_sync_body(node);
    ngx_pdn_lease_clean(all);

    return all->used > 0 ? all->lease[0].id : 0;
}


void
ngx_pdn_lease_revoke(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                     ngx_pdn_bell_set_t *rung)
{
    ngx_pdn_sync_node_t *node;

    node = ngx_pdn_lease_node(dict, key, len);

    if (node != NULL) {
        ngx_pdn_bell_move(&node->waiting, rung);
        ngx_pdn_lease_drop(dict, node);
    }
}


ngx_uint_t
ngx_pdn_lease_over(ngx_pdn_sync_node_t *node)
{
    size_t i;
    ngx_uint_t bit;
    ngx_pdn_leases_t *all;

    all = ngx_pdn_sync_body(node);

    for (i = 0; i < all->used; i++) {

        if (all->lease[i].expires > ngx_pdn_sync_now()) {
            return 0;
        }
    }

    for (bit = 0; bit < NGX_PDN_BELLS / 64; bit++) {

        if (node->waiting.bits[bit] != 0) {
            return 0;
        }
    }

    return 1;
}


void
ngx_pdn_lease_drop(ngx_pdn_shm_t *dict, ngx_pdn_sync_node_t *node)
{
    ngx_pdn_leases_t *all;

    all = ngx_pdn_sync_body(node);

    if (all->lease != &all->first) {
        ngx_slab_free_locked(dict->pool, all->lease);
    }

    ngx_pdn_sync_remove(dict, node);
}
