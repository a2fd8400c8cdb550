/*
 * SPDX-License-Identifier: MIT
 *
 * The core module: keeps the engine's configuration, makes the VM of a cycle
 * once all shared memory is there, and runs init_by_lua in it.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_errlog.h"
#include "ngx_pdn_agent.h"
#include "ngx_pdn_bell.h"
#include "ngx_pdn_child.h"
#include "ngx_pdn_watch.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif


static void *ngx_pdn_create_conf(ngx_cycle_t *cycle);
static char *ngx_pdn_init_conf(ngx_cycle_t *cycle, void *conf);
static ngx_int_t ngx_pdn_zone_init(ngx_shm_zone_t *zone, void *data);
static void ngx_pdn_drop_vm(void *data);
static ngx_int_t ngx_pdn_init_process(ngx_cycle_t *cycle);
static void ngx_pdn_keep_freed_memory(void);
static void ngx_pdn_exit_process(ngx_cycle_t *cycle);


static ngx_core_module_t ngx_pandan_module_ctx = { ngx_string("pandan"),
                                                   ngx_pdn_create_conf,
                                                   ngx_pdn_init_conf };


ngx_module_t ngx_pandan_module = { NGX_MODULE_V1,
                                   &ngx_pandan_module_ctx, /* module context */
                                   NULL,                 /* module directives */
                                   NGX_CORE_MODULE,      /* module type */
                                   NULL,                 /* init master */
                                   ngx_pdn_agent_start,  /* init module */
                                   ngx_pdn_init_process, /* init process */
                                   NULL,                 /* init thread */
                                   NULL,                 /* exit thread */
                                   ngx_pdn_exit_process, /* exit process */
                                   NULL,                 /* exit master */
                                   NGX_MODULE_V1_PADDING };


ngx_pdn_conf_t *
ngx_pdn_conf(ngx_cycle_t *cycle)
{
    return (ngx_pdn_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_pandan_module);
}


ngx_int_t
ngx_pdn_add_opener(ngx_cycle_t *cycle, ngx_pdn_opener_pt opener)
{
    ngx_pdn_conf_t *conf;
    ngx_pdn_opener_pt *slot;

    conf = ngx_pdn_conf(cycle);
    if (conf == NULL) {
        return NGX_ERROR;
    }

    slot = ngx_array_push(&conf->openers);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = opener;

    return NGX_OK;
}


static void *
ngx_pdn_create_conf(ngx_cycle_t *cycle)
{
    ngx_pdn_conf_t *conf;

    conf = ngx_pcalloc(cycle->pool, sizeof(ngx_pdn_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&conf->openers, cycle->pool, 4,
                       sizeof(ngx_pdn_opener_pt))
            != NGX_OK
        || ngx_array_init(&conf->zones, cycle->pool, 4,
                          sizeof(ngx_shm_zone_t *))
               != NGX_OK
        || ngx_array_init(&conf->logs, cycle->pool, 4, sizeof(ngx_log_t *))
               != NGX_OK
        || ngx_array_init(&conf->mains, cycle->pool, 2, sizeof(void *))
               != NGX_OK)
    {
        return NULL;
    }

    ngx_pdn_conf_unset(conf);

    return conf;
}


void
ngx_pdn_conf_unset(ngx_pdn_conf_t *conf)
{
    conf->thread_cache_max_entries = NGX_CONF_UNSET;
    conf->max_pending_timers = NGX_CONF_UNSET;
    conf->max_running_timers = NGX_CONF_UNSET;
    conf->regex_cache_max_entries = NGX_CONF_UNSET;
    conf->regex_match_limit = NGX_CONF_UNSET;
    conf->max_thread_vms = NGX_CONF_UNSET;
    conf->sa_restart = NGX_CONF_UNSET;
    conf->watch = NGX_CONF_UNSET_MSEC;
}


/*
 * init_by_lua may use shared dictionaries, and its failure must fail the
 * configuration, not kill the master of a running server: nginx offers one
 * such moment, the initialisation of shared memory.  So a zone of our own,
 * added last, carries the VM's birth.
 */
static char *
ngx_pdn_init_conf(ngx_cycle_t *cycle, void *data)
{
    ngx_pdn_conf_t *conf = data;

    ngx_str_t name = ngx_string("pandan.cycle");
    ngx_conf_t cf;
    ngx_shm_zone_t *zone;

    ngx_conf_init_value(conf->thread_cache_max_entries, 1024);
    ngx_conf_init_value(conf->max_pending_timers, 1024);
    ngx_conf_init_value(conf->max_running_timers, 256);
    ngx_conf_init_value(conf->regex_cache_max_entries, 1024);
    ngx_conf_init_value(conf->regex_match_limit, 0);
    ngx_conf_init_value(conf->max_thread_vms, 100);
    ngx_conf_init_value(conf->sa_restart, 1);
    ngx_conf_init_msec_value(conf->watch, 0);

    if (!conf->used) {
        return NGX_CONF_OK;
    }

    ngx_memzero(&cf, sizeof(ngx_conf_t));
    cf.cycle = cycle;
    cf.pool = cycle->pool;
    cf.log = cycle->log;

    zone = ngx_shared_memory_add(&cf, &name, 8 * ngx_pagesize,
                                 &ngx_pandan_module);
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    zone->init = ngx_pdn_zone_init;
    zone->data = cycle;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_pdn_zone_init(ngx_shm_zone_t *zone, void *old)
{
    ngx_int_t rc;
    ngx_cycle_t *cycle;
    ngx_pdn_conf_t *conf;
    ngx_pool_cleanup_t *cln;
    volatile ngx_cycle_t *saved;

    cycle = zone->data;
    conf = ngx_pdn_conf(cycle);

    cln = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cln == NULL || ngx_pdn_errlog_install(cycle, conf) != NGX_OK
        || ngx_pdn_bells_create(cycle, old != NULL ? ngx_pdn_conf(old) : NULL)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* The code that runs now belongs to the cycle being made. */

    saved = ngx_cycle;
    ngx_cycle = cycle;
    rc = NGX_ERROR;

    conf->vm = ngx_pdn_vm_create(cycle, conf, cycle->log);

    if (conf->vm != NULL) {
        cln->handler = ngx_pdn_drop_vm;
        cln->data = conf->vm;

        rc = conf->init ? conf->init(cycle, conf->vm) : NGX_OK;
    }

    ngx_cycle = saved;

    return rc;
}


static void
ngx_pdn_drop_vm(void *data)
{
    ngx_pdn_vm_release(data);
}


/*
 * lua_sa_restart: a signal does not interrupt the system calls of libraries
 * that Lua uses, which seldom know what to do about it.
 */
void
ngx_pdn_restart_calls(ngx_cycle_t *cycle)
{
    ngx_uint_t i;
    ngx_pdn_conf_t *conf;
    struct sigaction act;

    static const int signals[] = {
        SIGHUP,  SIGUSR1, SIGUSR2, SIGWINCH, SIGTERM,
        SIGQUIT, SIGINT,  SIGALRM, SIGIO,    SIGCHLD
    };

    conf = ngx_pdn_conf(cycle);

    if (!conf->used || !conf->sa_restart) {
        return;
    }

    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {

        if (sigaction(signals[i], NULL, &act) != 0) {
            continue;
        }

        act.sa_flags |= SA_RESTART;

        if (sigaction(signals[i], &act, NULL) != 0) {
            ngx_log_error(NGX_LOG_WARN, cycle->log, ngx_errno,
                          "sigaction(%d) failed", signals[i]);
        }
    }
}


static ngx_int_t
ngx_pdn_init_process(ngx_cycle_t *cycle)
{
    ngx_pdn_conf_t *conf;

    conf = ngx_pdn_conf(cycle);

    if (!conf->used) {
        return NGX_OK;
    }

    ngx_pdn_restart_calls(cycle);

    if ((ngx_process == NGX_PROCESS_WORKER || ngx_process == NGX_PROCESS_SINGLE
         || ngx_pdn_is_agent())
        && ngx_pdn_bell_start(cycle) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    ngx_pdn_keep_freed_memory();

    return ngx_pdn_watch_start(cycle, conf->vm, conf->watch);
}


/*
 * A request's pools may exceed the 128 KB that the C library keeps of what
 * was freed at the end of the heap: then each request would ask the system
 * for memory and give it back.
 */
static void
ngx_pdn_keep_freed_memory(void)
{
#ifdef __GLIBC__
    if (getenv("MALLOC_TRIM_THRESHOLD_") == NULL) {
        (void) mallopt(M_TRIM_THRESHOLD, 2 * 1024 * 1024);
        (void) mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
    }
#endif
}


static void
ngx_pdn_exit_process(ngx_cycle_t *cycle)
{
    (void) cycle;

    ngx_pdn_children_end();
    ngx_pdn_watch_stop();
}
