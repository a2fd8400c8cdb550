/*
 * SPDX-License-Identifier: MIT
 *
 * Which phase runs, and what it allows.
 */

#include "ngx_pdn_engine.h"


ngx_int_t
ngx_pdn_allowed(ngx_uint_t phases)
{
    if (ngx_pdn_task == NULL) {
        return NGX_PDN_NO_REQUEST;
    }

    return ngx_pdn_task->host->phase->bit & phases ? NGX_OK
                                                   : NGX_PDN_BAD_CONTEXT;
}


ngx_pdn_host_t *
ngx_pdn_check(lua_State *L, ngx_uint_t phases)
{
    switch (ngx_pdn_allowed(phases)) {

    case NGX_OK:
        return ngx_pdn_task->host;

    case NGX_PDN_NO_REQUEST:
        (void) luaL_error(L, "no request found");
        return NULL;

    default:
        (void) luaL_error(L, "API disabled in the context of %s",
                          ngx_pdn_task->host->phase->label);
        return NULL;
    }
}


const char *
ngx_pdn_phase_label(void)
{
    return ngx_pdn_task ? ngx_pdn_task->host->phase->label : NULL;
}


const char *
ngx_pdn_phase_name(void)
{
    return ngx_pdn_task ? ngx_pdn_task->host->phase->name : NULL;
}
