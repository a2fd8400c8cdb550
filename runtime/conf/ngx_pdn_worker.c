/*
 * SPDX-License-Identifier: MIT
 *
 * Code of the configuration and of the worker, which has no request:
 * init_by_lua, init_worker_by_lua, exit_worker_by_lua.
 */

#include "ngx_pdn_settings.h"
#include "ngx_pdn_agent.h"


static ngx_int_t ngx_pdn_worker_init(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm,
                                     ngx_pdn_main_t *main);
static void ngx_pdn_worker_run(ngx_cycle_t *cycle, ngx_pdn_main_t *main,
                               ngx_pdn_chunk_t *chunk, ngx_pdn_like_t *like,
                               const ngx_pdn_phase_t *phase);


/* clang-format off */

static const ngx_pdn_phase_t  ngx_pdn_init_phase = {
    NGX_PDN_INIT, "init_by_lua*", "init"
};

static const ngx_pdn_phase_t  ngx_pdn_init_worker_phase = {
    NGX_PDN_INIT_WORKER, "init_worker_by_lua*", "init_worker"
};

static const ngx_pdn_phase_t  ngx_pdn_exit_worker_phase = {
    NGX_PDN_EXIT_WORKER, "exit_worker_by_lua*", "exit_worker"
};

/* clang-format on */


static const ngx_pdn_host_ops_t ngx_pdn_worker_no_ops = { .name = "worker" };


ngx_int_t
ngx_pdn_main_run_init(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm)
{
    ngx_uint_t i;
    ngx_pdn_conf_t *core;
    ngx_pdn_main_t **mains;

    core = ngx_pdn_conf(cycle);
    mains = core->mains.elts;

    for (i = 0; i < core->mains.nelts; i++) {
        if (mains[i]->init != NULL
            && ngx_pdn_worker_init(cycle, vm, mains[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_worker_init(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm, ngx_pdn_main_t *main)
{
    ngx_int_t rc;
    ngx_pdn_host_t host;

    if (ngx_pdn_chunk_push(main->init, vm, cycle->log) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_pdn_host_init(&host, &ngx_pdn_worker_no_ops, vm, cycle->pool,
                      cycle->log);
    host.subsystem = main->subsystem;

    rc = ngx_pdn_call(&host, &ngx_pdn_init_phase, 0, 0);

    ngx_pdn_host_release(&host);

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0,
                      "init_by_lua error: see above");
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_pdn_main_start(ngx_cycle_t *cycle, ngx_pdn_main_t *main,
                   ngx_pdn_like_t *like)
{
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE
        && !ngx_pdn_is_agent())
    {
        return;
    }

    ngx_pdn_restart_calls(cycle);

    ngx_pdn_worker_run(cycle, main, main->init_worker, like,
                       &ngx_pdn_init_worker_phase);
}


void
ngx_pdn_main_exit(ngx_cycle_t *cycle, ngx_pdn_main_t *main,
                  ngx_pdn_like_t *like)
{
    ngx_pdn_worker_run(cycle, main, main->exit_worker, like,
                       &ngx_pdn_exit_worker_phase);
}


static void
ngx_pdn_worker_run(ngx_cycle_t *cycle, ngx_pdn_main_t *main,
                   ngx_pdn_chunk_t *chunk, ngx_pdn_like_t *like,
                   const ngx_pdn_phase_t *phase)
{
    ngx_pdn_host_t *host;

    if (chunk == NULL) {
        return;
    }

    host = ngx_pdn_background_create(main->core->vm, like, NULL, NULL);
    if (host == NULL) {
        return;
    }

    if (ngx_pdn_chunk_push(chunk, host->vm, cycle->log) == NGX_OK) {
        (void) ngx_pdn_call(host, phase, 0, 0);
    }

    ngx_pdn_background_free(host);
}
