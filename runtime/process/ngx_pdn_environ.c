/*
 * SPDX-License-Identifier: MIT
 *
 * Variables that the `env` directive sets.  nginx puts them into a worker's
 * environment when it begins; init_by_lua, which runs before, finds them
 * here.
 */

#include "ngx_pdn_vm.h"


/* For Lua's FFI: the value, or NULL if `env` gives none. */
const char *ngx_pdn_ffi_conf_env(const char *name, size_t len);


const char *
ngx_pdn_ffi_conf_env(const char *name, size_t len)
{
    ngx_str_t *var;
    ngx_uint_t i;
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);
    var = ccf->env.elts;

    /* The length is that of the name; "=value" follows if there is one. */

    for (i = 0; i < ccf->env.nelts; i++) {
        if (var[i].len == len && var[i].data[len] == '='
            && ngx_strncmp(var[i].data, name, len) == 0)
        {
            return (const char *) var[i].data + len + 1;
        }
    }

    return NULL;
}
