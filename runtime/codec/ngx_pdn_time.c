/*
 * SPDX-License-Identifier: MIT
 *
 * Time as nginx keeps it, and ngx.config.
 */

#include "ngx_pdn_codec.h"
#include "ngx_pdn_parts.h"

#include <nginx.h>


static int ngx_pdn_config_prefix(lua_State *L);
static int ngx_pdn_config_configure(lua_State *L);


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


/* Seconds since some point in the past; never set back, and exact. */
double
ngx_pdn_clock(void)
{
    struct timespec ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
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
    luaL_register(L, NULL, ngx_pdn_config_functions);

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
