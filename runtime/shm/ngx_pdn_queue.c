/*
 * SPDX-License-Identifier: MIT
 *
 * Queues, and tasks that wait for room in one or for something to come.
 */

#include "ngx_pdn_parts.h"
#include "ngx_pdn_queue.h"
#include "ngx_pdn_shm_node.h"


typedef struct {
    ngx_queue_t items; /* the first to leave is the head */
    size_t count;
} ngx_pdn_queue_t;


typedef struct {
    ngx_queue_t link;
    size_t len;
    uint32_t flags;
    u_char data[1];
} ngx_pdn_queue_item_t;


typedef struct {
    ngx_pdn_sync_wait_t base;
    ngx_pdn_queue_item_t *item; /* taken out */
    size_t max;
    ngx_pdn_queue_value_t value; /* to be put in, behind the key */
} ngx_pdn_queue_wait_t;


static int ngx_pdn_queue_await_pop(lua_State *L);
static int ngx_pdn_queue_await_push(lua_State *L);
static ngx_int_t ngx_pdn_queue_look_pop(ngx_pdn_sync_wait_t *wait);
static ngx_int_t ngx_pdn_queue_look_push(ngx_pdn_sync_wait_t *wait);
static int ngx_pdn_queue_push_item(lua_State *L, ngx_pdn_sync_wait_t *wait);
static int ngx_pdn_queue_push_done(lua_State *L, ngx_pdn_sync_wait_t *wait);
static void ngx_pdn_queue_put_back(ngx_pdn_sync_wait_t *wait);


static const ngx_pdn_sync_wait_ops_t ngx_pdn_queue_pop_ops = {
    ngx_pdn_queue_look_pop, ngx_pdn_queue_push_item, ngx_pdn_queue_put_back
};


static const ngx_pdn_sync_wait_ops_t ngx_pdn_queue_push_ops = {
    ngx_pdn_queue_look_push, ngx_pdn_queue_push_done, NULL
};


void
ngx_pdn_queue_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_queue_await_pop);
    lua_setfield(L, 2, "queue_await_pop");

    lua_pushcfunction(L, ngx_pdn_queue_await_push);
    lua_setfield(L, 2, "queue_await_push");
}


/* The queue's node; one is made if there is none.  NULL without memory. */
static ngx_pdn_sync_node_t *
ngx_pdn_queue_node(ngx_pdn_shm_t *dict, const u_char *key, size_t len)
{
    ngx_pdn_queue_t *queue;
    ngx_pdn_sync_node_t *node;

    node = ngx_pdn_sync_find(dict, NGX_PDN_SYNC_QUEUE, key, len);

    if (node == NULL) {
        node = ngx_pdn_sync_create(dict, NGX_PDN_SYNC_QUEUE, key, len,
                                   sizeof(ngx_pdn_queue_t));
        if (node == NULL) {
            return NULL;
        }

        queue = ngx_pdn_sync_body(node);
        ngx_queue_init(&queue->items);
    }

    return node;
}


static ngx_int_t
ngx_pdn_queue_put(ngx_pdn_shm_t *dict, ngx_pdn_sync_node_t *node, size_t max,
                  const ngx_pdn_queue_value_t *v, ngx_pdn_bell_set_t *rung)
{
    ngx_pdn_queue_t *queue;
    ngx_pdn_queue_item_t *item;

    if (node == NULL) {
        return NGX_ERROR;
    }

    queue = ngx_pdn_sync_body(node);

    if (queue->count >= max) {
        return NGX_AGAIN;
    }

    item = ngx_pdn_sync_alloc(dict,
                              offsetof(ngx_pdn_queue_item_t, data) + v->len);
    if (item == NULL) {
        return NGX_ERROR;
    }

    item->len = v->len;
    item->flags = v->flags;
    ngx_memcpy(item->data, v->data, v->len);

    queue->count++;
    ngx_queue_insert_tail(&queue->items, &item->link);
    ngx_pdn_bell_move(&node->waiting, rung);

    return NGX_OK;
}


/* Takes the first one out; NULL if there is none. */
static ngx_pdn_queue_item_t *
ngx_pdn_queue_take(ngx_pdn_sync_node_t *node, ngx_pdn_bell_set_t *rung)
{
    ngx_queue_t *q;
    ngx_pdn_queue_t *queue;

    queue = ngx_pdn_sync_body(node);

    if (queue->count == 0) {
        return NULL;
    }

    q = ngx_queue_head(&queue->items);
    ngx_queue_remove(q);
    queue->count--;
    ngx_pdn_bell_move(&node->waiting, rung);

    return ngx_queue_data(q, ngx_pdn_queue_item_t, link);
}


int
ngx_pdn_queue_push(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                   size_t max, const ngx_pdn_queue_value_t *v)
{
    ngx_int_t rc;
    ngx_pdn_bell_set_t rung;

    ngx_memzero(&rung, sizeof(rung));

    ngx_shmtx_lock(&dict->pool->mutex);
    rc = ngx_pdn_queue_put(dict, ngx_pdn_queue_node(dict, key, len), max, v,
                           &rung);
    ngx_shmtx_unlock(&dict->pool->mutex);

    ngx_pdn_bell_ring(&rung);

    return (int) rc;
}


int
ngx_pdn_queue_pop(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                  ngx_pdn_queue_value_t *v)
{
    int rc;
    u_char *p;
    ngx_pdn_bell_set_t rung;
    ngx_pdn_sync_node_t *node;
    ngx_pdn_queue_item_t *item;

    rc = NGX_AGAIN;
    ngx_memzero(&rung, sizeof(rung));

    ngx_shmtx_lock(&dict->pool->mutex);

    node = ngx_pdn_sync_find(dict, NGX_PDN_SYNC_QUEUE, key, len);
    item = node != NULL ? ngx_pdn_queue_take(node, &rung) : NULL;

    if (item != NULL) {
        p = ngx_pdn_shm_scratch(dict, item->len);
        rc = p != NULL ? NGX_OK : NGX_ERROR;

        if (p != NULL) {
            ngx_memcpy(p, item->data, item->len);
            v->data = p;
            v->len = item->len;
            v->flags = item->flags;
        }

        ngx_slab_free_locked(dict->pool, item);
    }

    ngx_shmtx_unlock(&dict->pool->mutex);

    ngx_pdn_bell_ring(&rung);

    return rc;
}


double
ngx_pdn_queue_count(ngx_pdn_shm_t *dict, const u_char *key, size_t len)
{
    double count;
    ngx_pdn_queue_t *queue;
    ngx_pdn_sync_node_t *node;

    ngx_shmtx_lock(&dict->pool->mutex);

    node = ngx_pdn_sync_find(dict, NGX_PDN_SYNC_QUEUE, key, len);
    queue = node != NULL ? ngx_pdn_sync_body(node) : NULL;
    count = queue != NULL ? (double) queue->count : 0;

    ngx_shmtx_unlock(&dict->pool->mutex);

    return count;
}


/* Lua: (dict, key, wait) -> bytes, flags | nil, err  [-3, +2, e] */
static int
ngx_pdn_queue_await_pop(lua_State *L)
{
    size_t len;
    const char *key;
    ngx_pdn_host_t *host;
    ngx_pdn_queue_wait_t *w;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    key = luaL_checklstring(L, 2, &len);

    w = ngx_pdn_sync_wait_create(
        host, lua_touserdata(L, 1), &ngx_pdn_queue_pop_ops,
        sizeof(ngx_pdn_queue_wait_t), (const u_char *) key, len);
    if (w == NULL) {
        return luaL_error(L, "no memory");
    }

    return ngx_pdn_sync_wait(L, &w->base, (ngx_msec_t) lua_tonumber(L, 3));
}


/* Lua: (dict, key, wait, max, bytes, flags) -> true | nil, err  [-6, +2, e] */
static int
ngx_pdn_queue_await_push(lua_State *L)
{
    size_t len, size;
    const char *key, *data;
    ngx_pdn_host_t *host;
    ngx_pdn_queue_wait_t *w;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    key = luaL_checklstring(L, 2, &len);
    data = luaL_checklstring(L, 5, &size);

    /* The bytes come with the key, at the end of what is copied. */

    w = ngx_pdn_sync_wait_create(
        host, lua_touserdata(L, 1), &ngx_pdn_queue_push_ops,
        sizeof(ngx_pdn_queue_wait_t) + size, (const u_char *) key, len);
    if (w == NULL) {
        return luaL_error(L, "no memory");
    }

    ngx_memcpy((u_char *) (w + 1), data, size);

    w->max = (size_t) lua_tonumber(L, 4);
    w->value.data = (u_char *) (w + 1);
    w->value.len = size;
    w->value.flags = (uint32_t) lua_tonumber(L, 6);

    return ngx_pdn_sync_wait(L, &w->base, (ngx_msec_t) lua_tonumber(L, 3));
}


static ngx_int_t
ngx_pdn_queue_look_pop(ngx_pdn_sync_wait_t *wait)
{
    ngx_pdn_sync_node_t *node;
    ngx_pdn_queue_wait_t *w = (ngx_pdn_queue_wait_t *) wait;

    node = ngx_pdn_queue_node(wait->dict, wait->key.data, wait->key.len);
    if (node == NULL) {
        wait->err = "no memory";
        return NGX_ERROR;
    }

    w->item = ngx_pdn_queue_take(node, &wait->rung);
    if (w->item != NULL) {
        return NGX_OK;
    }

    ngx_pdn_bell_join(&node->waiting);

    return NGX_AGAIN;
}


static ngx_int_t
ngx_pdn_queue_look_push(ngx_pdn_sync_wait_t *wait)
{
    ngx_int_t rc;
    ngx_pdn_sync_node_t *node;
    ngx_pdn_queue_wait_t *w = (ngx_pdn_queue_wait_t *) wait;

    node = ngx_pdn_queue_node(wait->dict, wait->key.data, wait->key.len);
    rc = ngx_pdn_queue_put(wait->dict, node, w->max, &w->value, &wait->rung);

    if (rc == NGX_ERROR) {
        wait->err = "no memory";

    } else if (rc == NGX_AGAIN) {
        ngx_pdn_bell_join(&node->waiting);
    }

    return rc;
}


static int
ngx_pdn_queue_push_item(lua_State *L, ngx_pdn_sync_wait_t *wait)
{
    ngx_pdn_queue_wait_t *w = (ngx_pdn_queue_wait_t *) wait;

    lua_pushlstring(L, (char *) w->item->data, w->item->len);
    lua_pushinteger(L, (lua_Integer) w->item->flags);

    ngx_slab_free(wait->dict->pool, w->item);
    w->item = NULL;

    return 2;
}


static int
ngx_pdn_queue_push_done(lua_State *L, ngx_pdn_sync_wait_t *wait)
{
    (void) wait;

    lua_pushboolean(L, 1);

    return 1;
}


/* One that was taken out for a task that died before it went on. */
static void
ngx_pdn_queue_put_back(ngx_pdn_sync_wait_t *wait)
{
    ngx_pdn_queue_t *queue;
    ngx_pdn_bell_set_t rung;
    ngx_pdn_sync_node_t *node;
    ngx_pdn_queue_wait_t *w = (ngx_pdn_queue_wait_t *) wait;

    if (w->item == NULL) {
        return;
    }

    ngx_memzero(&rung, sizeof(rung));

    ngx_shmtx_lock(&wait->dict->pool->mutex);

    node = ngx_pdn_queue_node(wait->dict, wait->key.data, wait->key.len);

    if (node != NULL) {
        queue = ngx_pdn_sync_body(node);
        queue->count++;
        ngx_queue_insert_head(&queue->items, &w->item->link);
        ngx_pdn_bell_move(&node->waiting, &rung);
    }

    ngx_shmtx_unlock(&wait->dict->pool->mutex);

    ngx_pdn_bell_ring(&rung);
}
