/*
 * SPDX-License-Identifier: MIT
 *
 * Makes and furnishes Lua VMs, and lends their coroutines.  It knows which
 * parts the runtime has, but not what they do.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_parts.h"


extern const ngx_pdn_embedded_t ngx_pdn_embedded[];


static ngx_pdn_vm_t *ngx_pdn_vm_make(ngx_cycle_t *cycle, ngx_pdn_conf_t *conf,
                                     ngx_log_t *log, ngx_uint_t threaded);
static int ngx_pdn_vm_furnish(lua_State *L);
static void ngx_pdn_vm_set_path(lua_State *L, const char *field,
                                ngx_str_t *path);
static int ngx_pdn_vm_panic(lua_State *L);


/* The address is the key of the VM in its registry. */
static char ngx_pdn_vm_key;

static ngx_uint_t ngx_pdn_vm_generation;


ngx_pdn_vm_t *
ngx_pdn_vm_create(ngx_cycle_t *cycle, ngx_pdn_conf_t *conf, ngx_log_t *log)
{
    return ngx_pdn_vm_make(cycle, conf, log, 0);
}


ngx_pdn_vm_t *
ngx_pdn_vm_create_threaded(ngx_cycle_t *cycle, ngx_pdn_conf_t *conf,
                           ngx_log_t *log)
{
    return ngx_pdn_vm_make(cycle, conf, log, 1);
}


static ngx_pdn_vm_t *
ngx_pdn_vm_make(ngx_cycle_t *cycle, ngx_pdn_conf_t *conf, ngx_log_t *log,
                ngx_uint_t threaded)
{
    lua_State *L;
    ngx_pdn_vm_t *vm;

    vm = ngx_calloc(sizeof(ngx_pdn_vm_t), log);
    if (vm == NULL) {
        return NULL;
    }

    vm->max_idle = conf->thread_cache_max_entries;
    vm->idle = ngx_alloc((vm->max_idle + 1) * sizeof(ngx_pdn_thread_t), log);

    vm->heap = pdn_heap_create();

    L = vm->heap ? lua_newstate(pdn_heap_realloc, vm->heap) : NULL;

    if (vm->idle == NULL || L == NULL) {
        ngx_log_error(NGX_LOG_EMERG, log, 0, "cannot create a Lua VM");
        goto failed;
    }

    vm->L = L;
    vm->refs = 1;
    vm->generation = ++ngx_pdn_vm_generation;
    vm->threaded = threaded;

    lua_atpanic(L, ngx_pdn_vm_panic);

    lua_pushcfunction(L, ngx_pdn_vm_furnish);
    lua_pushlightuserdata(L, vm);
    lua_pushlightuserdata(L, conf);
    lua_pushlightuserdata(L, cycle);

    if (lua_pcall(L, 3, 0, 0) != 0) {
        ngx_log_error(NGX_LOG_EMERG, log, 0, "cannot furnish a Lua VM: %s",
                      lua_tostring(L, -1));
        goto failed;
    }

    return vm;

failed:

    if (L != NULL) {
        lua_close(L);
    }

    if (vm->heap != NULL) {
        pdn_heap_free(vm->heap);
    }

    if (vm->idle != NULL) {
        ngx_free(vm->idle);
    }

    ngx_free(vm);

    return NULL;
}


void
ngx_pdn_vm_release(ngx_pdn_vm_t *vm)
{
    ngx_log_debug2(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "%slua decrementing the reference count for Lua VM: %ui",
                   ngx_pdn_said_by(vm->subsystem), vm->refs);

    if (--vm->refs > 0) {
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "%slua close the global Lua VM %p",
                   ngx_pdn_said_by(vm->subsystem), vm->L);

    lua_close(vm->L);
    pdn_heap_free(vm->heap);
    ngx_free(vm->idle);

    if (vm->light != NULL) {
        ngx_free(vm->light);
    }

    ngx_free(vm);
}


void
ngx_pdn_vm_pass(ngx_pdn_vm_t *vm)
{
    vm->refs--;
}


ngx_pdn_vm_t *
ngx_pdn_vm_of(lua_State *L)
{
    ngx_pdn_vm_t *vm;

    lua_pushlightuserdata(L, &ngx_pdn_vm_key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    vm = lua_touserdata(L, -1);
    lua_pop(L, 1);

    return vm;
}


ngx_int_t
ngx_pdn_vm_take_thread(ngx_pdn_vm_t *vm, ngx_pdn_thread_t *thread)
{
    if (vm->nidle > 0) {
        *thread = vm->idle[--vm->nidle];

        ngx_log_debug2(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                       "lua reusing cached lua thread %p (ref %d)", thread->L,
                       thread->ref);

        return NGX_OK;
    }

    thread->L = lua_newthread(vm->L);
    if (thread->L == NULL) {
        return NGX_ERROR;
    }

    thread->ref = luaL_ref(vm->L, LUA_REGISTRYINDEX);

    return NGX_OK;
}


void
ngx_pdn_vm_give_thread(ngx_pdn_vm_t *vm, ngx_pdn_thread_t *thread,
                       ngx_uint_t clean)
{
    if (clean && vm->nidle < vm->max_idle) {
        ngx_log_debug2(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                       "lua caching unused lua thread %p (ref %d)", thread->L,
                       thread->ref);

        lua_settop(thread->L, 0);
        vm->idle[vm->nidle++] = *thread;
        return;
    }

    luaL_unref(vm->L, LUA_REGISTRYINDEX, thread->ref);
}


/* Lua: furnish(vm, conf, cycle), protected.  [-0, +0, e] */
static int
ngx_pdn_vm_furnish(lua_State *L)
{
    ngx_uint_t i;
    ngx_pdn_vm_t *vm;
    ngx_pdn_conf_t *conf;
    ngx_pdn_opener_pt *openers;

    vm = lua_touserdata(L, 1);
    conf = lua_touserdata(L, 2);

    luaL_openlibs(L);

    lua_pushlightuserdata(L, &ngx_pdn_vm_key);
    lua_pushlightuserdata(L, vm);
    lua_rawset(L, LUA_REGISTRYINDEX);

    ngx_pdn_vm_set_path(L, "path", &conf->package_path);
    ngx_pdn_vm_set_path(L, "cpath", &conf->package_cpath);

    lua_settop(L, 0);
    lua_createtable(L, 0, 128); /* 1: ngx */
    lua_createtable(L, 0, 32);  /* 2: pdn */

    lua_pushvalue(L, 1);
    lua_setglobal(L, "ngx");

    lua_getglobal(L, "package");
    lua_getfield(L, -1, "loaded");
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "ngx");
    lua_settop(L, 2);

    for (i = 0; ngx_pdn_parts[i] != NULL; i++) {
        ngx_pdn_parts[i](L);
        lua_settop(L, 2);
    }

    ngx_pdn_vm_run_embedded(L, "core");

    openers = conf->openers.elts;

    for (i = 0; i < conf->openers.nelts; i++) {
        openers[i](L);
        lua_settop(L, 2);
    }

    return 0;
}


/* In a configured path, ";;" stands for LuaJIT's own. */
static void
ngx_pdn_vm_set_path(lua_State *L, const char *field, ngx_str_t *path)
{
    const char *own;

    if (path->len == 0) {
        return;
    }

    lua_getglobal(L, "package");
    lua_getfield(L, -1, field);
    own = lua_tostring(L, -1);

    lua_pushlstring(L, (char *) path->data, path->len);
    luaL_gsub(L, lua_tostring(L, -1), ";;", ";\1;");
    luaL_gsub(L, lua_tostring(L, -1), "\1", own);
    luaL_gsub(L, lua_tostring(L, -1), ";;", ";");
    lua_setfield(L, -6, field);

    lua_pop(L, 5);
}


void
ngx_pdn_vm_preload(lua_State *L, const char *name)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, name);
    lua_pop(L, 3);
}


void
ngx_pdn_vm_run_embedded(lua_State *L, const char *group)
{
    int core;
    char name[128];
    const ngx_pdn_embedded_t *e;

    core = ngx_strcmp(group, "core") == 0;

    for (e = ngx_pdn_embedded; e->name != NULL; e++) {

        if (core && ngx_strcmp(e->group, "preload") == 0) {
            if (luaL_loadbuffer(L, (const char *) e->code, e->size, e->name)) {
                lua_error(L);
            }

            ngx_pdn_vm_preload(L, e->name);
            continue;
        }

        if (ngx_strcmp(e->group, group) != 0) {
            continue;
        }

        (void) ngx_snprintf((u_char *) name, sizeof(name), "=%s%Z", e->name);

        if (luaL_loadbuffer(L, (const char *) e->code, e->size, name)) {
            lua_error(L);
        }

        lua_pushvalue(L, 1);
        lua_pushvalue(L, 2);
        lua_call(L, 2, 0);
    }
}


/*
 * Only an allocation that fails outside of protected code comes here.  The
 * VM is beyond repair: say so, and let nginx start a new worker.
 */
static int
ngx_pdn_vm_panic(lua_State *L)
{
    const char *msg;

    msg = lua_tostring(L, -1);

    ngx_log_error(NGX_LOG_EMERG, ngx_cycle->log, 0,
                  "lua atpanic: Lua VM crashed, reason: %s",
                  msg ? msg : "unknown");

    return 0;
}
