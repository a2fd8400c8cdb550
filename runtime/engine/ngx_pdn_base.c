/*
 * SPDX-License-Identifier: MIT
 *
 * What every VM begins with: constants, and what the Lua half asks of the
 * engine.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_task.h"
#include "ngx_pdn_parts.h"


typedef struct {
    const char *name;
    lua_Integer value;
} ngx_pdn_constant_t;


/* For Lua's FFI. */

void *ngx_pdn_ffi_request(void);
int ngx_pdn_ffi_phase_bit(void);
int ngx_pdn_ffi_subsystem(void);
double ngx_pdn_ffi_monotonic_msec(void);


static int ngx_pdn_base_counters(lua_State *L);


static const ngx_pdn_constant_t ngx_pdn_constants[] = {
    { "OK", NGX_OK },
    { "ERROR", NGX_ERROR },
    { "AGAIN", NGX_AGAIN },
    { "DONE", NGX_DONE },
    { "DECLINED", NGX_DECLINED },
    { "STDERR", NGX_LOG_STDERR },
    { "EMERG", NGX_LOG_EMERG },
    { "ALERT", NGX_LOG_ALERT },
    { "CRIT", NGX_LOG_CRIT },
    { "ERR", NGX_LOG_ERR },
    { "WARN", NGX_LOG_WARN },
    { "NOTICE", NGX_LOG_NOTICE },
    { "INFO", NGX_LOG_INFO },
    { "DEBUG", NGX_LOG_DEBUG },
    { NULL, 0 }
};


void
ngx_pdn_base_open(lua_State *L)
{
    const ngx_pdn_constant_t *c;

    for (c = ngx_pdn_constants; c->name != NULL; c++) {
        lua_pushinteger(L, c->value);
        lua_setfield(L, 1, c->name);
    }

    /* The same null as in lua-cjson. */
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, 1, "null");

    lua_pushcfunction(L, ngx_pdn_base_counters);
    lua_setfield(L, 2, "counters");
}


void *
ngx_pdn_host_request(ngx_pdn_host_t *host)
{
    if (host->phase != NULL && host->phase->bit & NGX_PDN_INIT) {
        return NULL;
    }

    return host->data != NULL ? host->data : host;
}


void *
ngx_pdn_ffi_request(void)
{
    return ngx_pdn_task ? ngx_pdn_host_request(ngx_pdn_task->host) : NULL;
}


/* 0 outside of any. */
int
ngx_pdn_ffi_phase_bit(void)
{
    return ngx_pdn_task ? (int) ngx_pdn_task->host->phase->bit : 0;
}


/* ngx_pdn_subsystem_e of the code that runs. */
int
ngx_pdn_ffi_subsystem(void)
{
    return ngx_pdn_task ? (int) ngx_pdn_task->host->subsystem : NGX_PDN_OF_HTTP;
}


/* As of the beginning of this turn of the event loop. */
double
ngx_pdn_ffi_monotonic_msec(void)
{
    return (double) ngx_current_msec;
}


/* Lua: counters() -> table  [-0, +1, e] */
static int
ngx_pdn_base_counters(lua_State *L)
{
    lua_createtable(L, 0, 6);

    lua_pushinteger(L, ngx_pdn_counters.hosts);
    lua_setfield(L, -2, "hosts");
    lua_pushinteger(L, ngx_pdn_counters.tasks);
    lua_setfield(L, -2, "tasks");
    lua_pushinteger(L, ngx_pdn_counters.waits);
    lua_setfield(L, -2, "waits");
    lua_pushinteger(L, ngx_pdn_counters.timers);
    lua_setfield(L, -2, "timers");
    lua_pushinteger(L, ngx_pdn_counters.sockets);
    lua_setfield(L, -2, "sockets");
    lua_pushnumber(L, (lua_Number) ngx_pdn_counters.resumes);
    lua_setfield(L, -2, "resumes");

    return 1;
}
