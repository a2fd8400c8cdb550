/*
 * SPDX-License-Identifier: MIT
 *
 * What nginx's processes are, for ngx.worker and the module `ngx.process`.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_agent.h"


/* For Lua's FFI. */

int ngx_pdn_ffi_process_type(void);
int ngx_pdn_ffi_process_master(void);
void ngx_pdn_ffi_process_quit(void);

int ngx_pdn_ffi_worker_exiting(void);
int ngx_pdn_ffi_worker_pid(void);
int ngx_pdn_ffi_worker_id(void);
int ngx_pdn_ffi_worker_count(void);
int ngx_pdn_ffi_worker_pids(int *pids, int max);


/* NGX_PROCESS_SINGLE ..., or NGX_PDN_PROCESS_AGENT. */
int
ngx_pdn_ffi_process_type(void)
{
    ngx_core_conf_t *ccf;

    if (ngx_process == NGX_PROCESS_SINGLE) {

        /* A master that has not made its workers yet says the same. */

        ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                               ngx_core_module);
        if (ccf->master) {
            return NGX_PROCESS_MASTER;
        }
    }

    return ngx_pdn_is_agent() ? NGX_PDN_PROCESS_AGENT : (int) ngx_process;
}


int
ngx_pdn_ffi_process_master(void)
{
    return (int) (ngx_process == NGX_PROCESS_SINGLE ? ngx_pid : ngx_parent);
}


/* This process ends once its requests have. */
void
ngx_pdn_ffi_process_quit(void)
{
    ngx_quit = 1;
}


int
ngx_pdn_ffi_worker_exiting(void)
{
    return ngx_exiting != 0;
}


int
ngx_pdn_ffi_worker_pid(void)
{
    return (int) ngx_pid;
}


/* -1 outside of workers. */
int
ngx_pdn_ffi_worker_id(void)
{
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return -1;
    }

    return (int) ngx_worker;
}


int
ngx_pdn_ffi_worker_count(void)
{
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    return ccf->master ? (int) ccf->worker_processes : 1;
}


/*
 * A worker knows those forked before it and those it was told of; its own
 * row has its pid only in the master's copy.
 */
int
ngx_pdn_ffi_worker_pids(int *pids, int max)
{
    int n;
    ngx_int_t i;

    n = 0;

    for (i = 0; i < NGX_MAX_PROCESSES && n < max; i++) {

        if (i == ngx_process_slot && ngx_process == NGX_PROCESS_WORKER) {
            pids[n++] = (int) ngx_pid;

        } else if (i < ngx_last_process && ngx_processes[i].pid > 0) {
            pids[n++] = (int) ngx_processes[i].pid;
        }
    }

    if (n == 0) {
        pids[n++] = (int) ngx_pid;
    }

    return n;
}
