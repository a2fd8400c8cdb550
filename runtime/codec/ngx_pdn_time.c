/*
 * SPDX-License-Identifier: MIT
 *
 * Time as nginx keeps it, and ngx.config and ngx.worker.
 */

#include "ngx_pdn_codec.h"
#include "ngx_pdn_parts.h"

#include <nginx.h>


static int ngx_pdn_worker_exiting(lua_State *L);
static int ngx_pdn_worker_pid(lua_State *L);
static int ngx_pdn_worker_pids(lua_State *L);
static int ngx_pdn_worker_count(lua_State *L);
static int ngx_pdn_worker_id(lua_State *L);
static int ngx_pdn_config_prefix(lua_State *L);
static int ngx_pdn_config_configure(lua_State *L);


static const luaL_Reg ngx_pdn_worker_functions[] = {
    { "exiting", ngx_pdn_worker_exiting }, { "pid", ngx_pdn_worker_pid },
    { "pids", ngx_pdn_worker_pids },       { "count", ngx_pdn_worker_count },
    { "id", ngx_pdn_worker_id },           { NULL, NULL }
};


static const luaL_Reg ngx_pdn_config_functions[] = {
    { "prefix", ngx_pdn_config_prefix },
    { "nginx_configure", ngx_pdn_config_configure },
    { NULL, NULL }
};


double
ngx_pdn_now(void)
{
    ngx_time_t *tp;

    tp = ngx_timeofday();

    return (double) tp->sec + (double) tp->msec / 1000.0;
}


double
ngx_pdn_time(void)
{
    return (double) ngx_time();
}


void
ngx_pdn_update_time(void)
{
    ngx_time_update();
}


static size_t
ngx_pdn_write_date(u_char *dst, const ngx_tm_t *tm)
{
    return ngx_sprintf(dst, "%04d-%02d-%02d", tm->ngx_tm_year, tm->ngx_tm_mon,
                       tm->ngx_tm_mday)
           - dst;
}


static size_t
ngx_pdn_write_time(u_char *dst, const ngx_tm_t *tm)
{
    size_t n;

    n = ngx_pdn_write_date(dst, tm);

    return ngx_sprintf(dst + n, " %02d:%02d:%02d", tm->ngx_tm_hour,
                       tm->ngx_tm_min, tm->ngx_tm_sec)
           - dst;
}


static void
ngx_pdn_local(ngx_tm_t *tm)
{
    ngx_gmtime(ngx_time() + ngx_cached_time->gmtoff * 60, tm);
}


size_t
ngx_pdn_today(u_char *dst)
{
    ngx_tm_t tm;

    ngx_pdn_local(&tm);

    return ngx_pdn_write_date(dst, &tm);
}


size_t
ngx_pdn_localtime(u_char *dst)
{
    ngx_tm_t tm;

    ngx_pdn_local(&tm);

    return ngx_pdn_write_time(dst, &tm);
}


size_t
ngx_pdn_utctime(u_char *dst)
{
    ngx_tm_t tm;

    ngx_gmtime(ngx_time(), &tm);

    return ngx_pdn_write_time(dst, &tm);
}


size_t
ngx_pdn_cookie_time(u_char *dst, double t)
{
    return ngx_http_cookie_time(dst, (time_t) t) - dst;
}


size_t
ngx_pdn_http_time(u_char *dst, double t)
{
    return ngx_http_time(dst, (time_t) t) - dst;
}


double
ngx_pdn_parse_http_time(const u_char *src, size_t len)
{
    return (double) ngx_parse_http_time((u_char *) src, len);
}


void
ngx_pdn_codec_open(lua_State *L)
{
    lua_createtable(L, 0, 8);
    luaL_register(L, NULL, ngx_pdn_worker_functions);
    lua_setfield(L, 1, "worker");

    lua_createtable(L, 0, 8);
    luaL_register(L, NULL, ngx_pdn_config_functions);

    lua_pushliteral(L, "http");
    lua_setfield(L, -2, "subsystem");

#if (NGX_DEBUG)
    lua_pushboolean(L, 1);
#else
    lua_pushboolean(L, 0);
#endif
    lua_setfield(L, -2, "debug");

    lua_pushinteger(L, nginx_version);
    lua_setfield(L, -2, "nginx_version");
    lua_pushinteger(L, 10023);
    lua_setfield(L, -2, "ngx_lua_version");

    lua_setfield(L, 1, "config");
}


/* Lua: exiting() -> boolean  [-0, +1, -] */
static int
ngx_pdn_worker_exiting(lua_State *L)
{
    lua_pushboolean(L, ngx_exiting != 0);

    return 1;
}


/* Lua: pid() -> integer  [-0, +1, -] */
static int
ngx_pdn_worker_pid(lua_State *L)
{
    lua_pushinteger(L, ngx_pid);

    return 1;
}


/* Lua: pids() -> table of all workers' pids  [-0, +1, e] */
static int
ngx_pdn_worker_pids(lua_State *L)
{
    int n;
    ngx_int_t i;

    lua_newtable(L);
    n = 0;

    /*
     * A worker knows those forked before it and those it was told of; its
     * own row has its pid only in the master's copy.
     */

    for (i = 0; i < NGX_MAX_PROCESSES; i++) {

        if (i != ngx_process_slot && ngx_processes[i].pid <= 0) {
            continue;
        }

        if (i == ngx_process_slot && ngx_process == NGX_PROCESS_WORKER) {
            lua_pushinteger(L, ngx_pid);

        } else if (i < ngx_last_process && ngx_processes[i].pid > 0) {
            lua_pushinteger(L, ngx_processes[i].pid);

        } else {
            continue;
        }

        lua_rawseti(L, -2, ++n);
    }

    if (n == 0) {
        lua_pushinteger(L, ngx_pid);
        lua_rawseti(L, -2, 1);
    }

    return 1;
}


/* Lua: count() -> integer  [-0, +1, -] */
static int
ngx_pdn_worker_count(lua_State *L)
{
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    lua_pushinteger(L, ccf->master ? ccf->worker_processes : 1);

    return 1;
}


/* Lua: id() -> integer, nil outside of workers  [-0, +1, -] */
static int
ngx_pdn_worker_id(lua_State *L)
{
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        lua_pushnil(L);
        return 1;
    }

    lua_pushinteger(L, ngx_worker);

    return 1;
}


/* Lua: prefix() -> string  [-0, +1, e] */
static int
ngx_pdn_config_prefix(lua_State *L)
{
    lua_pushlstring(L, (char *) ngx_cycle->prefix.data, ngx_cycle->prefix.len);

    return 1;
}


/* Lua: nginx_configure() -> string  [-0, +1, e] */
static int
ngx_pdn_config_configure(lua_State *L)
{
    lua_pushliteral(L, NGX_CONFIGURE);

    return 1;
}
