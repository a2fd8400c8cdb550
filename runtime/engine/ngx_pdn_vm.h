/*
 * SPDX-License-Identifier: MIT
 *
 * A Lua VM and how it is furnished.  One is made in the master for each
 * configuration and inherited by its workers; `lua_code_cache off` makes one
 * for each request.
 */

#ifndef NGX_PDN_VM_H
#define NGX_PDN_VM_H


#include "ngx_pdn_engine.h"
#include "pdn_heap.h"


/* A coroutine kept for the next task, anchored in the registry. */

typedef struct {
    lua_State *L;
    int ref;
} ngx_pdn_thread_t;


struct ngx_pdn_vm_s {
    lua_State *L;           /* the main thread; never resumed */
    pdn_heap_t *heap;       /* its memory */
    ngx_pdn_thread_t *idle; /* clean coroutines */
    ngx_uint_t nidle;
    ngx_uint_t max_idle;
    struct ngx_pdn_task_s **light; /* light threads by task->ref */
    ngx_uint_t nlight;
    int held_ref;          /* of the registry: see ngx_pdn_coroutine.c */
    ngx_uint_t refs;       /* hosts that use it, and its owner */
    ngx_uint_t generation; /* unique in this process */
    ngx_pdn_subsystem_e subsystem; /* whose host it was made for */
    unsigned threaded : 1;         /* its code runs beside the worker's */
};


/* How the configuration wants its VMs; kept by the core module's conf. */

typedef struct ngx_pdn_errlog_s ngx_pdn_errlog_t;
typedef struct ngx_pdn_bells_s ngx_pdn_bells_t;

typedef struct {
    ngx_str_t package_path;
    ngx_str_t package_cpath;
    ngx_array_t openers; /* ngx_pdn_opener_pt */
    ngx_array_t zones;   /* ngx_shm_zone_t *, shared dicts */
    ngx_array_t logs;    /* ngx_log_t *, that the ring below captures */
    ngx_pdn_errlog_t *errlog;
    ngx_pdn_bells_t *bells;    /* ngx_pdn_bell.h */
    ngx_pdn_vm_t **thread_vms; /* idle ones of ngx.run_worker_thread() */
    ngx_int_t nidle_thread_vms;
    ngx_int_t nthread_vms;
    ngx_int_t max_thread_vms;
    ngx_int_t agent_connections; /* 0: no privileged agent */
    ngx_pdn_vm_t *vm;
    ngx_array_t mains; /* ngx_pdn_main_t *, see ngx_pdn_settings.h */

    /* Runs the code of init_by_lua; NULL: there is none. */
    ngx_int_t (*init)(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm);

    ngx_int_t thread_cache_max_entries;
    ngx_int_t max_pending_timers;
    ngx_int_t max_running_timers;
    ngx_int_t regex_cache_max_entries;
    ngx_int_t regex_match_limit;
    ngx_flag_t sa_restart;
    ngx_msec_t watch;  /* lua_watch, or 0 */
    unsigned used : 1; /* some directive wants a VM */
} ngx_pdn_conf_t;


/*
 * A part of the runtime adds itself to a new VM: called with the `ngx` table
 * at stack index 1 and the private table `pdn` (shared by the C and Lua
 * halves, not seen by users) at 2.  [-0, +0, e]
 */
typedef void (*ngx_pdn_opener_pt)(lua_State *L);

/* Marks as not given what directives may give. */
void ngx_pdn_conf_unset(ngx_pdn_conf_t *conf);

/* The core module's configuration of this cycle. */
ngx_pdn_conf_t *ngx_pdn_conf(ngx_cycle_t *cycle);

/*
 * lua_sa_restart, for this process.  Whose init_process comes first, nginx
 * decides: so whoever runs Lua in his calls it too.
 */
void ngx_pdn_restart_calls(ngx_cycle_t *cycle);

/* Another nginx module's part; called from its create_conf or later. */
ngx_int_t ngx_pdn_add_opener(ngx_cycle_t *cycle, ngx_pdn_opener_pt opener);

/* NULL after logging why.  Its one reference is the caller's. */
ngx_pdn_vm_t *ngx_pdn_vm_create(ngx_cycle_t *cycle, ngx_pdn_conf_t *conf,
                                ngx_log_t *log);
void ngx_pdn_vm_release(ngx_pdn_vm_t *vm);

/*
 * One whose code runs on another thread, while this one keeps its hands off
 * it.  It shares nothing with others but shared memory.
 */
ngx_pdn_vm_t *ngx_pdn_vm_create_threaded(ngx_cycle_t *cycle,
                                         ngx_pdn_conf_t *conf, ngx_log_t *log);

/* Gives up a reference that another, a host say, has taken the place of. */
void ngx_pdn_vm_pass(ngx_pdn_vm_t *vm);

/* The VM that any of its threads belongs to. */
ngx_pdn_vm_t *ngx_pdn_vm_of(lua_State *L);

/* A coroutine for a task, and back; a `clean` one ended without an error. */
ngx_int_t ngx_pdn_vm_take_thread(ngx_pdn_vm_t *vm, ngx_pdn_thread_t *thread);
void ngx_pdn_vm_give_thread(ngx_pdn_vm_t *vm, ngx_pdn_thread_t *thread,
                            ngx_uint_t clean);


/* What require(name) runs: the function on top, which is popped.  [-1, +0, m]
 */
void ngx_pdn_vm_preload(lua_State *L, const char *name);


/* Lua modules embedded at build time (made from runtime/lua). */

typedef struct {
    const char *group; /* "core", "http", "preload" */
    const char *name;  /* "10_log" or "ngx.re" */
    const unsigned char *code;
    size_t size;
} ngx_pdn_embedded_t;

/*
 * Runs all modules of `group` in name order with (ngx, pdn) as arguments;
 * modules of group "preload" become package.preload entries instead.
 */
void ngx_pdn_vm_run_embedded(lua_State *L, const char *group);


#endif /* NGX_PDN_VM_H */
