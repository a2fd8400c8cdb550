/*
 * SPDX-License-Identifier: MIT
 *
 * Code of the configuration and of the worker, which has no request:
 * init_by_lua, init_worker_by_lua, exit_worker_by_lua.
 */

#include "ngx_http_pdn_phase.h"
#include "ngx_pdn_background.h"


/* clang-format off */

static const ngx_pdn_phase_t  ngx_http_pdn_init_phase = {
    NGX_PDN_INIT, "init_by_lua*", "init"
};

static const ngx_pdn_phase_t  ngx_http_pdn_init_worker_phase = {
    NGX_PDN_INIT_WORKER, "init_worker_by_lua*", "init_worker"
};

static const ngx_pdn_phase_t  ngx_http_pdn_exit_worker_phase = {
    NGX_PDN_EXIT_WORKER, "exit_worker_by_lua*", "exit_worker"
};

/* clang-format on */


static const ngx_pdn_host_ops_t ngx_http_pdn_no_ops = { .name = "worker" };


ngx_int_t
ngx_http_pdn_run_init(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm,
                      ngx_pdn_chunk_t *chunk)
{
    ngx_int_t rc;
    ngx_pdn_host_t host;

    if (ngx_pdn_chunk_push(chunk, vm, cycle->log) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_pdn_host_init(&host, &ngx_http_pdn_no_ops, vm, cycle->pool, cycle->log);

    rc = ngx_pdn_call(&host, &ngx_http_pdn_init_phase, 0, 0);

    ngx_pdn_host_release(&host);

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0,
                      "init_by_lua error: see above");
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_http_pdn_run_worker(ngx_cycle_t *cycle, ngx_http_pdn_main_conf_t *pmcf,
                        ngx_http_conf_ctx_t *ctx, ngx_uint_t starting)
{
    ngx_pdn_host_t *host;
    ngx_pdn_chunk_t *chunk;
    ngx_pdn_like_t like;

    chunk = starting ? pmcf->init_worker : pmcf->exit_worker;
    ngx_http_pdn_like_conf(ctx, cycle->log, &like);

    host = ngx_pdn_background_create(pmcf->core->vm, &like, NULL, NULL);
    if (host == NULL) {
        return;
    }

    if (ngx_pdn_chunk_push(chunk, host->vm, cycle->log) == NGX_OK) {
        (void) ngx_pdn_call(host,
                            starting ? &ngx_http_pdn_init_worker_phase
                                     : &ngx_http_pdn_exit_worker_phase,
                            0, 0);
    }

    ngx_pdn_background_free(host);
}


void
ngx_http_pdn_like_conf(ngx_http_conf_ctx_t *ctx, ngx_log_t *log,
                       ngx_pdn_like_t *like)
{
    ngx_http_pdn_loc_conf_t *plcf;
    ngx_http_core_loc_conf_t *clcf;

    plcf = ctx->loc_conf[ngx_http_pandan_module.ctx_index];
    clcf = ctx->loc_conf[ngx_http_core_module.ctx_index];

    ngx_memzero(like, sizeof(ngx_pdn_like_t));

    like->log = log;
    like->socket_conf = &plcf->socket;
    like->resolver_timeout = clcf->resolver_timeout;

    /* nginx gives a location without the directive a resolver of no names. */

    if (clcf->resolver != NULL && clcf->resolver->connections.nelts != 0) {
        like->resolver = clcf->resolver;
    }
}
