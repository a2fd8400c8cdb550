/*
 * SPDX-License-Identifier: MIT
 *
 * What nginx's processes are, for the module `ngx.process`.
 */

#include "ngx_pdn_vm.h"


/* For Lua's FFI. */

ngx_int_t ngx_pdn_ffi_process_type(void);
ngx_int_t ngx_pdn_ffi_process_master(void);
void ngx_pdn_ffi_process_quit(void);


/* NGX_PROCESS_SINGLE ... */
ngx_int_t
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

    return (ngx_int_t) ngx_process;
}


ngx_int_t
ngx_pdn_ffi_process_master(void)
{
    return (ngx_int_t) (ngx_process == NGX_PROCESS_SINGLE ? ngx_pid
                                                          : ngx_parent);
}


/* This process ends once its requests have. */
void
ngx_pdn_ffi_process_quit(void)
{
    ngx_quit = 1;
}
