/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.log() and print(): lines of error.log with the place that wrote them.
 */

#include "ngx_pdn_vm.h"
#include "ngx_pdn_parts.h"


static int ngx_pdn_log(lua_State *L);
static int ngx_pdn_print(lua_State *L);
static int ngx_pdn_log_write(lua_State *L, ngx_uint_t level, int first,
                             const char *who);
static void ngx_pdn_log_push_place(lua_State *L);
static void ngx_pdn_log_push_value(lua_State *L, int i, int arg,
                                   const char *who);


void
ngx_pdn_log_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_log);
    lua_setfield(L, 1, "log");

    lua_pushcfunction(L, ngx_pdn_print);
    lua_setglobal(L, "print");
}


/* Lua: log(level, ...)  [-n, +0, e] */
static int
ngx_pdn_log(lua_State *L)
{
    lua_Integer level;

    level = luaL_checkinteger(L, 1);

    if (level < NGX_LOG_STDERR || level > NGX_LOG_DEBUG) {
        return luaL_error(L, "bad log level: %d", (int) level);
    }

    return ngx_pdn_log_write(L, (ngx_uint_t) level, 2, "log");
}


/* Lua: print(...)  [-n, +0, e] */
static int
ngx_pdn_print(lua_State *L)
{
    return ngx_pdn_log_write(L, NGX_LOG_NOTICE, 1, "print");
}


static int
ngx_pdn_log_write(lua_State *L, ngx_uint_t level, int first, const char *who)
{
    int i, n;
    size_t len;
    ngx_log_t *log;
    ngx_str_t line;

    log = ngx_pdn_task ? ngx_pdn_task->host->log : ngx_cycle->log;

    if (level > log->log_level) {
        return 0;
    }

    n = lua_gettop(L);
    lua_checkstack(L, n + 8);

    ngx_pdn_log_push_place(L);

    for (i = first; i <= n; i++) {
        ngx_pdn_log_push_value(L, i, i - first + 1, who);
    }

    lua_concat(L, lua_gettop(L) - n);

    line.data = (u_char *) lua_tolstring(L, -1, &len);
    line.len = len;

    ngx_log_error(level, log, 0, "[lua] %V", &line);

    return 0;
}


/* "app.lua:7: save(): ", of the Lua function that logs. */
static void
ngx_pdn_log_push_place(lua_State *L)
{
    lua_Debug ar;
    const char *base;

    if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "nSl", &ar)) {
        lua_pushliteral(L, "");
        return;
    }

    base = strrchr(ar.short_src, '/');
    base = base ? base + 1 : ar.short_src;

    if (ar.name != NULL && *ar.name != '\0') {
        lua_pushfstring(L, "%s:%d: %s(): ", base, ar.currentline, ar.name);

    } else {
        lua_pushfstring(L, "%s:%d: ", base, ar.currentline);
    }
}


/* Errors name it `arg`: log(level, ...) counts from behind the level. */
static void
ngx_pdn_log_push_value(lua_State *L, int i, int arg, const char *who)
{
    switch (lua_type(L, i)) {

    case LUA_TNUMBER:
    case LUA_TSTRING:
        lua_pushvalue(L, i);
        (void) lua_tostring(L, -1);
        return;

    case LUA_TNIL:
        lua_pushliteral(L, "nil");
        return;

    case LUA_TBOOLEAN:
        lua_pushstring(L, lua_toboolean(L, i) ? "true" : "false");
        return;

    case LUA_TTABLE:
    case LUA_TUSERDATA:
        if (luaL_callmeta(L, i, "__tostring")) {
            if (lua_tostring(L, -1) == NULL) {
                luaL_argerror(L, arg, "'__tostring' must return a string");
            }

            return;
        }

        if (lua_type(L, i) == LUA_TTABLE) {
            luaL_argerror(L, arg,
                          "expected table to have __tostring metamethod");
        }

        break;

    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, i) == NULL) {
            lua_pushliteral(L, "null");
            return;
        }

        break;

    default:
        break;
    }

    (void) luaL_argerror(
        L, arg,
        lua_pushfstring(L,
                        "string, number, boolean, or nil expected, got %s "
                        "(%s)",
                        luaL_typename(L, i), who));
}
