/*
 * SPDX-License-Identifier: MIT
 *
 * The nginx module of the database drivers: adds them to the Lua VM, keeps
 * the pools of the worker, and closes them at its end.
 */

#include "ngx_pandan_db_module.h"
#include "ngx_pdn_db_count.h"
#include "ngx_pdn_db_pool.h"
#include "ngx_pdn_db_lua.h"
#include "ngx_pdn_memcached.h"
#include "ngx_pdn_redis_lua.h"
#include "ngx_pdn_wire.h"
#include "ngx_pdn_vm.h"
#include "pdn_sqlite.h"


static void *ngx_pdn_db_create_conf(ngx_cycle_t *cycle);
static ngx_int_t ngx_pdn_db_add_shared(ngx_cycle_t *cycle,
                                       ngx_pdn_db_conf_t *conf);
static ngx_int_t ngx_pdn_db_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_pdn_db_init_process(ngx_cycle_t *cycle);
static void ngx_pdn_db_exit_process(ngx_cycle_t *cycle);
static void ngx_pdn_db_exit_master(ngx_cycle_t *cycle);


static ngx_core_module_t ngx_pandan_db_module_ctx = { ngx_string("pandan_db"),
                                                      ngx_pdn_db_create_conf,
                                                      NULL };


ngx_module_t ngx_pandan_db_module = {
    NGX_MODULE_V1,
    &ngx_pandan_db_module_ctx, /* module context */
    NULL,                      /* module directives */
    NGX_CORE_MODULE,           /* module type */
    NULL,                      /* init master */
    ngx_pdn_db_init_module,    /* init module */
    ngx_pdn_db_init_process,   /* init process */
    NULL,                      /* init thread */
    NULL,                      /* exit thread */
    ngx_pdn_db_exit_process,   /* exit process */
    ngx_pdn_db_exit_master,    /* exit master */
    NGX_MODULE_V1_PADDING
};


/* Blocking work runs on the first that the configuration has. */

static ngx_str_t ngx_pdn_db_thread_pools[] = { ngx_string("pandan_sqlite"),
                                               ngx_string("default"),
                                               ngx_null_string };


ngx_pdn_db_conf_t *
ngx_pdn_db_conf(void)
{
    return (ngx_pdn_db_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                              ngx_pandan_db_module);
}


ngx_queue_t *
ngx_pdn_db_pools(void)
{
    return &ngx_pdn_db_conf()->pools;
}


static void *
ngx_pdn_db_create_conf(ngx_cycle_t *cycle)
{
    ngx_pdn_db_conf_t *conf;

    conf = ngx_pcalloc(cycle->pool, sizeof(ngx_pdn_db_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    ngx_queue_init(&conf->pools);
    conf->shared_fd = -1;
    ngx_queue_init(&conf->tls);

    if (ngx_pdn_db_add_shared(cycle, conf) != NGX_OK
        || ngx_pdn_add_opener(cycle, ngx_pdn_db_lua_open) != NGX_OK
        || ngx_pdn_add_opener(cycle, ngx_pdn_redis_lua_open) != NGX_OK
        || ngx_pdn_add_opener(cycle, ngx_pdn_memcached_lua_open) != NGX_OK)
    {
        return NULL;
    }

    return conf;
}


/*
 * Thread pools are made when the configuration is read, so the default one is
 * asked for now; a `thread_pool` directive may still set its size.  So is
 * shared memory.
 */
static ngx_int_t
ngx_pdn_db_add_shared(ngx_cycle_t *cycle, ngx_pdn_db_conf_t *conf)
{
    ngx_conf_t cf;
    ngx_conf_file_t file;

    static ngx_str_t name = ngx_string("default");
    static u_char place[] = "ngx_pandan_db_module";

    ngx_memzero(&cf, sizeof(ngx_conf_t));
    ngx_memzero(&file, sizeof(ngx_conf_file_t));

    file.file.name.data = place;
    cf.cycle = cycle;
    cf.pool = cycle->pool;
    cf.log = cycle->log;
    cf.conf_file = &file;

    conf->counters = ngx_pdn_db_count_zone(&cf);

    return conf->counters && ngx_thread_pool_add(&cf, &name) ? NGX_OK
                                                             : NGX_ERROR;
}


static ngx_int_t
ngx_pdn_db_init_module(ngx_cycle_t *cycle)
{
    ngx_pdn_db_shared_init(cycle, (ngx_pdn_db_conf_t *) ngx_get_conf(
                                      cycle->conf_ctx, ngx_pandan_db_module));

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_db_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t i;
    ngx_pdn_db_conf_t *conf;

    conf = (ngx_pdn_db_conf_t *) ngx_get_conf(cycle->conf_ctx,
                                              ngx_pandan_db_module);

    pdn_sqlite_vfs_init();
    ngx_pdn_db_count_sweep();

    for (i = 0; conf->threads == NULL && ngx_pdn_db_thread_pools[i].len; i++) {
        conf->threads = ngx_thread_pool_get(cycle, &ngx_pdn_db_thread_pools[i]);
    }

    return NGX_OK;
}


/* nginx's thread pools have ended before: nothing runs any longer. */
static void
ngx_pdn_db_exit_process(ngx_cycle_t *cycle)
{
    ngx_pdn_db_conf_t *conf;

    conf = (ngx_pdn_db_conf_t *) ngx_get_conf(cycle->conf_ctx,
                                              ngx_pandan_db_module);

    ngx_pdn_db_pools_release(&conf->pools);
    ngx_pdn_db_calls_release(conf);
    ngx_pdn_wire_tls_release(&conf->tls);
    ngx_pdn_db_count_sweep();
}


static void
ngx_pdn_db_exit_master(ngx_cycle_t *cycle)
{
    ngx_pdn_db_shared_remove((ngx_pdn_db_conf_t *) ngx_get_conf(
        cycle->conf_ctx, ngx_pandan_db_module));
}
