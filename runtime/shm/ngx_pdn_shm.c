/*
 * SPDX-License-Identifier: MIT
 *
 * Zones of shared dictionaries: made by the configuration, carried over a
 * reload, shown to Lua.  What a dictionary does is in the files beside.
 */

#include "ngx_pdn_shm_node.h"
#include "ngx_pdn_sync.h"
#include "ngx_pdn_parts.h"


extern ngx_module_t ngx_pandan_module;

/* Other modules' C code finds it by these names. */
extern __typeof__(ngx_pdn_shm_zone_find) ngx_http_lua_find_zone
    __attribute__((alias("ngx_pdn_shm_zone_find")));
extern __typeof__(ngx_pdn_shm_zone_find) ngx_stream_lua_find_zone
    __attribute__((alias("ngx_pdn_shm_zone_find")));


static ngx_int_t ngx_pdn_shm_own_name(ngx_conf_t *cf, ngx_str_t *name);
static ngx_int_t ngx_pdn_shm_zone_init(ngx_shm_zone_t *zone, void *data);
static ngx_int_t ngx_pdn_shm_zone_fill(ngx_shm_zone_t *zone);
static void ngx_pdn_shm_drop_scratch(void *data);
static void ngx_pdn_shm_push_view(lua_State *L, ngx_pdn_shm_t *dict);
static int ngx_pdn_shm_drop_view(lua_State *L);
static void ngx_pdn_shm_table(lua_State *L, const char *name);


char *
ngx_pdn_shm_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size,
                     ngx_pdn_subsystem_e subsystem, ngx_uint_t own)
{
    ngx_str_t full;
    ngx_pdn_shm_t *dict;
    ngx_shm_zone_t *zone, **slot;
    ngx_pool_cleanup_t *cln;

    full = *name;

    if (own && ngx_pdn_shm_own_name(cf, &full) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    zone = ngx_shared_memory_add(cf, &full, size, &ngx_pandan_module);
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    dict = zone->data;

    if (dict != NULL && !(dict->owners & (ngx_uint_t) 1 << subsystem)) {
        dict->owners |= (ngx_uint_t) 1 << subsystem;
        return NGX_CONF_OK;
    }

    if (dict != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "lua_shared_dict \"%V\" is already defined as "
                           "\"%V\"",
                           name, &zone->shm.name);
        return NGX_CONF_ERROR;
    }

    dict = ngx_pcalloc(cf->pool, sizeof(ngx_pdn_shm_t));
    cln = ngx_pool_cleanup_add(cf->pool, 0);
    slot = ngx_array_push(&ngx_pdn_conf(cf->cycle)->zones);

    if (dict == NULL || cln == NULL || slot == NULL) {
        return NGX_CONF_ERROR;
    }

    dict->zone = zone;
    dict->name = *name;
    dict->owners = (ngx_uint_t) 1 << subsystem;
    dict->own = own;
    cln->handler = ngx_pdn_shm_drop_scratch;
    cln->data = dict;

    zone->init = ngx_pdn_shm_zone_init;
    zone->data = dict;
    *slot = zone;

    return NGX_CONF_OK;
}


/* nginx's zones have one name each, whoever wants another dictionary. */
static ngx_int_t
ngx_pdn_shm_own_name(ngx_conf_t *cf, ngx_str_t *name)
{
    u_char *p;

    p = ngx_pnalloc(cf->pool, name->len + sizeof("own:") - 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(p, "own:%V", name);

    name->data = p;
    name->len += sizeof("own:") - 1;

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_shm_zone_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_pdn_shm_t *dict, *old;

    dict = zone->data;
    old = data;

    if (old != NULL) {
        dict->root = old->root;
        dict->pool = old->pool;
        return NGX_OK;
    }

    dict->pool = (ngx_slab_pool_t *) zone->shm.addr;

    if (zone->shm.exists) {
        dict->root = dict->pool->data;
        return NGX_OK;
    }

    return ngx_pdn_shm_zone_fill(zone);
}


static ngx_int_t
ngx_pdn_shm_zone_fill(ngx_shm_zone_t *zone)
{
    size_t len;
    ngx_pdn_shm_t *dict;
    ngx_pdn_shm_root_t *root;

    dict = zone->data;

    root = ngx_slab_alloc(dict->pool, sizeof(ngx_pdn_shm_root_t));
    if (root == NULL) {
        return NGX_ERROR;
    }

    ngx_rbtree_init(&root->tree, &root->sentinel, ngx_pdn_shm_tree_insert);
    ngx_queue_init(&root->lru);
    ngx_pdn_sync_init(root);

    len = sizeof(" in lua_shared_dict zone \"\"") + zone->shm.name.len;

    dict->pool->log_ctx = ngx_slab_alloc(dict->pool, len);
    if (dict->pool->log_ctx == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(dict->pool->log_ctx, " in lua_shared_dict zone \"%V\"%Z",
                &zone->shm.name);

    /* A full dictionary evicts; that is no news for the log. */
    dict->pool->log_nomem = 0;

    dict->pool->data = root;
    dict->root = root;

    return NGX_OK;
}


static void
ngx_pdn_shm_drop_scratch(void *data)
{
    ngx_pdn_shm_t *dict = data;

    if (dict->scratch != NULL) {
        ngx_free(dict->scratch);
        dict->scratch = NULL;
    }
}


u_char *
ngx_pdn_shm_scratch(ngx_pdn_shm_t *dict, size_t size)
{
    size_t room;

    /* One huge value must not cost a worker that much for ever. */

    if (dict->scratch == NULL || dict->scratch_size < size
        || (dict->scratch_size > 256 * 1024 && size <= 4096))
    {
        ngx_pdn_shm_drop_scratch(dict);

        room = ngx_max(size, 4096);
        dict->scratch = ngx_alloc(room, ngx_cycle->log);
        dict->scratch_size = dict->scratch != NULL ? room : 0;
    }

    return dict->scratch;
}


/*
 * A view of a dictionary for another thread's VM, with scratch memory of its
 * own; the VM keeps it to its end.  [-0, +1, e]
 */
static void
ngx_pdn_shm_push_view(lua_State *L, ngx_pdn_shm_t *dict)
{
    ngx_pdn_shm_t *view;

    view = lua_newuserdata(L, sizeof(ngx_pdn_shm_t));
    *view = *dict;
    view->scratch = NULL;
    view->scratch_size = 0;

    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, ngx_pdn_shm_drop_view);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);

    lua_pushvalue(L, -1);
    (void) luaL_ref(L, LUA_REGISTRYINDEX);
}


/* Lua: __gc of a view  [-1, +0, -] */
static int
ngx_pdn_shm_drop_view(lua_State *L)
{
    ngx_pdn_shm_drop_scratch(lua_touserdata(L, 1));

    return 0;
}


/*
 * Gives pdn.shm_zones, name to the address of the dictionary, of those that
 * all share, and pdn.shm_own, the same of those that only stream sees, or nil
 * if they share all.
 */
void
ngx_pdn_shm_open(lua_State *L)
{
    ngx_uint_t i, threaded;
    ngx_array_t *zones;
    ngx_pdn_shm_t *dict;
    ngx_shm_zone_t **zone;

    zones = &ngx_pdn_conf((ngx_cycle_t *) ngx_cycle)->zones;
    zone = zones->elts;
    threaded = ngx_pdn_vm_of(L)->threaded;

    lua_createtable(L, 0, (int) zones->nelts);
    lua_setfield(L, 2, "shm_zones");

    for (i = 0; i < zones->nelts; i++) {
        dict = zone[i]->data;

        ngx_pdn_shm_table(L, dict->own ? "shm_own" : "shm_zones");
        lua_pushlstring(L, (char *) dict->name.data, dict->name.len);

        if (threaded) {
            ngx_pdn_shm_push_view(L, dict);

        } else {
            lua_pushlightuserdata(L, dict);
        }

        lua_rawset(L, -3);
        lua_pop(L, 1);
    }
}


/* Pushes a table of `pdn`, which is made at the first time.  [-0, +1, e] */
static void
ngx_pdn_shm_table(lua_State *L, const char *name)
{
    lua_getfield(L, 2, name);

    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, 2, name);
    }
}


ngx_shm_zone_t *
ngx_pdn_shm_zone_find(u_char *name, size_t len)
{
    ngx_uint_t i;
    ngx_array_t *zones;
    ngx_shm_zone_t **zone;

    zones = &ngx_pdn_conf((ngx_cycle_t *) ngx_cycle)->zones;
    zone = zones->elts;

    for (i = 0; i < zones->nelts; i++) {
        if (zone[i]->shm.name.len == len
            && ngx_strncmp(zone[i]->shm.name.data, name, len) == 0)
        {
            return zone[i];
        }
    }

    return NULL;
}
