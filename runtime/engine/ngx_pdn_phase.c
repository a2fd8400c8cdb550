/*
 * SPDX-License-Identifier: MIT
 *
 * Which phase runs, and what it allows.
 */

#include "ngx_pdn_engine.h"
#include "ngx_pdn_refusal.h"
#include "ngx_pdn_parts.h"


static int ngx_pdn_phase_refused(lua_State *L);


/*
 * What the call that ngx_pdn_allowed() refused last would have needed: the
 * Lua half raises for FFI functions after they have returned.
 */
static NGX_PDN_THREAD_LOCAL ngx_uint_t ngx_pdn_phases_needed;


void
ngx_pdn_phase_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_phase_refused);
    lua_setfield(L, 2, "refused");
}


ngx_int_t
ngx_pdn_allowed(ngx_uint_t phases)
{
    if (ngx_pdn_task == NULL) {
        return NGX_PDN_NO_REQUEST;
    }

    if (ngx_pdn_task->host->phase->bit & phases) {
        return NGX_OK;
    }

    ngx_pdn_phases_needed = phases;

    return NGX_PDN_BAD_CONTEXT;
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
        ngx_pdn_refusal_tell(L, phases);

        if (ngx_pdn_lacks_request()) {
            (void) luaL_error(L, "API disabled in the current context");
            return NULL;
        }

        (void) luaL_error(L, "API disabled in the context of %s",
                          ngx_pdn_task->host->phase->label);
        return NULL;
    }
}


/*
 * Whether what was refused last works with any request, but there is none:
 * ngx_lua has other words for that.
 */
int
ngx_pdn_lacks_request(void)
{
    return ngx_pdn_phases_needed == NGX_PDN_REQUEST;
}


/* Lua: refused(), before the Lua half raises.  [-0, +0, m] */
static int
ngx_pdn_phase_refused(lua_State *L)
{
    if (ngx_pdn_task != NULL) {
        ngx_pdn_refusal_tell(L, ngx_pdn_phases_needed);
    }

    return 0;
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
