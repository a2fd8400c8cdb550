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
static char *ngx_pdn_db_set_threads(ngx_conf_t *cf, ngx_command_t *cmd,
                                    void *data);
static ngx_int_t ngx_pdn_db_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_pdn_db_init_process(ngx_cycle_t *cycle);
static void ngx_pdn_db_exit_process(ngx_cycle_t *cycle);
static void ngx_pdn_db_exit_master(ngx_cycle_t *cycle);


static ngx_command_t ngx_pdn_db_commands[] = {
    { ngx_string("pandan_db_threads"),
      NGX_MAIN_CONF | NGX_DIRECT_CONF | NGX_CONF_TAKE123,
      ngx_pdn_db_set_threads, 0, 0, NULL },

    ngx_null_command
};


static ngx_core_module_t ngx_pandan_db_module_ctx = { ngx_string("pandan_db"),
                                                      ngx_pdn_db_create_conf,
                                                      NULL };


ngx_module_t ngx_pandan_db_module = {
    NGX_MODULE_V1,
    &ngx_pandan_db_module_ctx, /* module context */
    ngx_pdn_db_commands,       /* module directives */
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
    conf->threads_conf.limit = 32;
    conf->threads_conf.max_queue = 65536;
    conf->threads_conf.idle = 60000;
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


/* Shared memory is asked for when the configuration is read. */
static ngx_int_t
ngx_pdn_db_add_shared(ngx_cycle_t *cycle, ngx_pdn_db_conf_t *conf)
{
    ngx_conf_t cf;
    ngx_conf_file_t file;

    static u_char place[] = "ngx_pandan_db_module";

    ngx_memzero(&cf, sizeof(ngx_conf_t));
    ngx_memzero(&file, sizeof(ngx_conf_file_t));

    file.file.name.data = place;
    cf.cycle = cycle;
    cf.pool = cycle->pool;
    cf.log = cycle->log;
    cf.conf_file = &file;

    conf->counters = ngx_pdn_db_count_zone(&cf);

    return conf->counters ? NGX_OK : NGX_ERROR;
}


/* pandan_db_threads NUMBER [max_queue=NUMBER] [idle=TIME]; */
static char *
ngx_pdn_db_set_threads(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_int_t n;
    ngx_str_t *value, time;
    ngx_uint_t i;
    ngx_pdn_db_conf_t *conf = data;

    (void) cmd;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (i == 1) {
            n = ngx_atoi(value[i].data, value[i].len);
            conf->threads_conf.limit = n;
            n = n == 0 ? NGX_ERROR : n;

        } else if (ngx_strncmp(value[i].data, "max_queue=", 10) == 0) {
            n = ngx_atoi(value[i].data + 10, value[i].len - 10);
            conf->threads_conf.max_queue = n;

        } else if (ngx_strncmp(value[i].data, "idle=", 5) == 0) {
            time.data = value[i].data + 5;
            time.len = value[i].len - 5;
            n = ngx_parse_time(&time, 0);
            conf->threads_conf.idle = n;

        } else {
            n = NGX_ERROR;
        }

        if (n == NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid value \"%V\"",
                               &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
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
    (void) cycle;

    pdn_sqlite_vfs_init();
    ngx_pdn_db_count_sweep();

    return NGX_OK;
}


/* The threads end first: then nothing runs any longer. */
static void
ngx_pdn_db_exit_process(ngx_cycle_t *cycle)
{
    ngx_pdn_db_conf_t *conf;

    conf = (ngx_pdn_db_conf_t *) ngx_get_conf(cycle->conf_ctx,
                                              ngx_pandan_db_module);

    ngx_pdn_db_threads_free(conf->threads);
    conf->threads = NULL;

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
