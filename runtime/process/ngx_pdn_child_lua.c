/*
 * SPDX-License-Identifier: MIT
 *
 * Child processes as Lua values.  What users call is made of these in
 * runtime/lua/core/63_pipe.lua, which also checks what it is given.
 */

#include "ngx_pdn_child.h"
#include "ngx_pdn_parts.h"


static int ngx_pdn_child_lua_spawn(lua_State *L);
static char **ngx_pdn_child_lua_list(lua_State *L, int index);
static int ngx_pdn_child_lua_read(lua_State *L);
static int ngx_pdn_child_lua_write(lua_State *L);
static int ngx_pdn_child_lua_wait(lua_State *L);
static int ngx_pdn_child_lua_shutdown(lua_State *L);
static int ngx_pdn_child_lua_kill(lua_State *L);
static int ngx_pdn_child_lua_pid(lua_State *L);
static int ngx_pdn_child_lua_timeouts(lua_State *L);
static int ngx_pdn_child_lua_gc(lua_State *L);
static ngx_pdn_child_t *ngx_pdn_child_lua_get(lua_State *L);


/* The address keys the values' metatable in the registry. */
static char ngx_pdn_child_lua_key;


static const luaL_Reg ngx_pdn_child_lua_functions[] = {
    { "spawn", ngx_pdn_child_lua_spawn },
    { "read", ngx_pdn_child_lua_read },
    { "write", ngx_pdn_child_lua_write },
    { "wait", ngx_pdn_child_lua_wait },
    { "shutdown", ngx_pdn_child_lua_shutdown },
    { "kill", ngx_pdn_child_lua_kill },
    { "pid", ngx_pdn_child_lua_pid },
    { "set_timeouts", ngx_pdn_child_lua_timeouts },
    { NULL, NULL }
};


void
ngx_pdn_child_open(lua_State *L)
{
    lua_newtable(L);
    luaL_register(L, NULL, ngx_pdn_child_lua_functions);

    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, ngx_pdn_child_lua_gc);
    lua_setfield(L, -2, "__gc");

    lua_pushlightuserdata(L, &ngx_pdn_child_lua_key);
    lua_pushvalue(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);

    lua_setfield(L, -2, "metatable");
    lua_setfield(L, 2, "child");
}


/*
 * Lua: spawn(args, environ | nil, merge_stderr, buffer_size)
 *          -> child | nil, err  [-4, +2, e]
 */
static int
ngx_pdn_child_lua_spawn(lua_State *L)
{
    int code;
    const char *err;
    ngx_pdn_host_t *host;
    ngx_pdn_child_t **box;
    ngx_pdn_child_options_t options;

    host = ngx_pdn_check(L, ~NGX_PDN_INIT);

    options.argv = ngx_pdn_child_lua_list(L, 1);
    options.envp = lua_istable(L, 2) ? ngx_pdn_child_lua_list(L, 2) : NULL;
    options.merge_stderr = lua_toboolean(L, 3);
    options.buffer_size = (size_t) luaL_checknumber(L, 4);

    box = lua_newuserdata(L, sizeof(ngx_pdn_child_t *));
    *box = NULL;

    lua_pushlightuserdata(L, &ngx_pdn_child_lua_key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    lua_setmetatable(L, -2);

    *box = ngx_pdn_child_spawn(host, &options, &err, &code);

    if (*box != NULL) {
        return 1;
    }

    lua_pushnil(L);

    if (code != 0) {
        lua_pushfstring(L, "%s: %s", err, strerror(code));

    } else {
        lua_pushstring(L, err);
    }

    return 2;
}


/* A table of strings as C has it, kept on the stack.  [-0, +1, e] */
static char **
ngx_pdn_child_lua_list(lua_State *L, int index)
{
    char **list;
    size_t i, n;

    n = lua_objlen(L, index);
    list = lua_newuserdata(L, (n + 1) * sizeof(char *));

    for (i = 0; i < n; i++) {
        lua_rawgeti(L, index, (int) i + 1);
        list[i] = (char *) luaL_checkstring(L, -1);
        lua_pop(L, 1);
    }

    list[n] = NULL;

    return list;
}


/* Lua: read(child, end, kind, n) -> data | nil, err, partial [-4, +3, e] */
static int
ngx_pdn_child_lua_read(lua_State *L)
{
    lua_Integer which;
    ngx_pdn_child_t *child;

    child = ngx_pdn_child_lua_get(L);
    which = luaL_checkinteger(L, 2);

    (void) ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    if (child->merged && which == NGX_PDN_CHILD_STDERR) {
        lua_pushnil(L);
        lua_pushliteral(L, "merged to stdout");
        return 2;
    }

    return ngx_pdn_child_read(L, &child->ends[which],
                              (ngx_pdn_child_kind_e) luaL_checkinteger(L, 3),
                              (size_t) luaL_checknumber(L, 4));
}


/* Lua: write(child, data) -> bytes | nil, err  [-2, +2, e] */
static int
ngx_pdn_child_lua_write(lua_State *L)
{
    size_t len;
    const char *data;
    ngx_pdn_child_t *child;

    child = ngx_pdn_child_lua_get(L);
    data = luaL_checklstring(L, 2, &len);

    (void) ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    return ngx_pdn_child_write(L, &child->ends[NGX_PDN_CHILD_STDIN],
                               (const u_char *) data, len);
}


/* Lua: wait(child) -> ok, reason, status | nil, err  [-1, +3, e] */
static int
ngx_pdn_child_lua_wait(lua_State *L)
{
    ngx_pdn_child_t *child;

    child = ngx_pdn_child_lua_get(L);

    (void) ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    return ngx_pdn_child_wait(L, child);
}


/* Lua: shutdown(child, end) -> true | nil, err  [-2, +2, e] */
static int
ngx_pdn_child_lua_shutdown(lua_State *L)
{
    const char *err;
    ngx_pdn_child_t *child;
    ngx_pdn_child_end_t *end;

    child = ngx_pdn_child_lua_get(L);
    end = &child->ends[luaL_checkinteger(L, 2)];

    if (child->merged && end == &child->ends[NGX_PDN_CHILD_STDERR]) {
        err = "merged to stdout";

    } else if (end->c == NULL) {
        err = "closed";

    } else {
        ngx_pdn_child_close(end);
        lua_pushboolean(L, 1);
        return 1;
    }

    lua_pushnil(L);
    lua_pushstring(L, err);

    return 2;
}


/* Lua: kill(child, signal) -> true | nil, err  [-2, +2, e] */
static int
ngx_pdn_child_lua_kill(lua_State *L)
{
    const char *err;
    ngx_pdn_child_t *child;

    child = ngx_pdn_child_lua_get(L);

    if (child->watch == NULL) {
        err = "exited";

    } else if (kill(child->pid, (int) luaL_checkinteger(L, 2)) == 0) {
        lua_pushboolean(L, 1);
        return 1;

    } else {
        err = ngx_errno == EINVAL  ? "invalid signal"
              : ngx_errno == ESRCH ? "exited"
                                   : strerror(ngx_errno);
    }

    lua_pushnil(L);
    lua_pushstring(L, err);

    return 2;
}


/* Lua: pid(child) -> integer  [-1, +1, e] */
static int
ngx_pdn_child_lua_pid(lua_State *L)
{
    lua_pushinteger(L, ngx_pdn_child_lua_get(L)->pid);

    return 1;
}


/* Lua: set_timeouts(child, ms ...): stdin, stdout, stderr, wait [-5, +0, e] */
static int
ngx_pdn_child_lua_timeouts(lua_State *L)
{
    int i;
    ngx_msec_t ms;
    ngx_pdn_child_t *child;

    child = ngx_pdn_child_lua_get(L);

    for (i = 0; i <= NGX_PDN_CHILD_NENDS; i++) {
        if (lua_isnoneornil(L, i + 2)) {
            continue;
        }

        ms = (ngx_msec_t) luaL_checknumber(L, i + 2);

        if (i < NGX_PDN_CHILD_NENDS) {
            child->ends[i].timeout = ms;

        } else {
            child->timeout = ms;
        }
    }

    return 0;
}


/* Lua: __gc  [-1, +0, -] */
static int
ngx_pdn_child_lua_gc(lua_State *L)
{
    ngx_pdn_child_t **box = lua_touserdata(L, 1);

    if (*box != NULL) {
        ngx_pdn_child_destroy(*box);
        ngx_pdn_child_free(*box);
        *box = NULL;
    }

    return 0;
}


static ngx_pdn_child_t *
ngx_pdn_child_lua_get(lua_State *L)
{
    ngx_uint_t ours;
    ngx_pdn_child_t **box;

    box = lua_touserdata(L, 1);
    ours = 0;

    if (box != NULL && lua_getmetatable(L, 1)) {
        lua_pushlightuserdata(L, &ngx_pdn_child_lua_key);
        lua_rawget(L, LUA_REGISTRYINDEX);
        ours = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }

    if (!ours || *box == NULL) {
        (void) luaL_error(L, "not a process instance");
    }

    return *box;
}
