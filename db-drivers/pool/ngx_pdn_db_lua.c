/*
 * SPDX-License-Identifier: MIT
 *
 * Functions of pandan.db.native.  Arguments were checked by
 * framework/pandan/db.lua, except for what belongs to a statement.
 */

#include "ngx_pdn_db_count.h"
#include "ngx_pdn_db_lua.h"
#include "ngx_pdn_vm.h"
#include "pdn_lua_db.h"


#define NGX_PDN_DB_KEYWORDS 32


typedef struct {
    const char *name;
    size_t offset;
} ngx_pdn_db_field_t;


static int ngx_pdn_db_lua_module(lua_State *L);
static void ngx_pdn_db_lua_keep(lua_State *L, const char *module,
                                const char *name, const char *key);
static int ngx_pdn_db_lua_pool(lua_State *L);
static const ngx_pdn_db_driver_t *ngx_pdn_db_lua_driver(lua_State *L);
static int ngx_pdn_db_lua_query(lua_State *L);
static int ngx_pdn_db_lua_script(lua_State *L);
static int ngx_pdn_db_lua_begin(lua_State *L);
static int ngx_pdn_db_lua_backup(lua_State *L);
static int ngx_pdn_db_lua_batch(lua_State *L);
static int ngx_pdn_db_lua_batches(lua_State *L);
static int ngx_pdn_db_lua_finish(lua_State *L);
static int ngx_pdn_db_lua_state(lua_State *L);
static int ngx_pdn_db_lua_task(lua_State *L);
static int ngx_pdn_db_lua_stats(lua_State *L);
static int ngx_pdn_db_lua_drain(lua_State *L);
static int ngx_pdn_db_lua_clock(lua_State *L);
static int ngx_pdn_db_lua_only_reads(lua_State *L);
static int ngx_pdn_db_lua_counters(lua_State *L);
static void ngx_pdn_db_lua_push_counters(lua_State *L,
                                         ngx_pdn_db_counters_t *count);


static const luaL_Reg ngx_pdn_db_functions[] = {
    { "pool", ngx_pdn_db_lua_pool },
    { "query", ngx_pdn_db_lua_query },
    { "script", ngx_pdn_db_lua_script },
    { "begin", ngx_pdn_db_lua_begin },
    { "backup", ngx_pdn_db_lua_backup },
    { "batch", ngx_pdn_db_lua_batch },
    { "batches", ngx_pdn_db_lua_batches },
    { "stream", ngx_pdn_db_stream },
    { "listen", ngx_pdn_db_stream_listen },
    { "more", ngx_pdn_db_stream_more },
    { "stop", ngx_pdn_db_stream_stop },
    { "finish", ngx_pdn_db_lua_finish },
    { "state", ngx_pdn_db_lua_state },
    { "task", ngx_pdn_db_lua_task },
    { "stats", ngx_pdn_db_lua_stats },
    { "counters", ngx_pdn_db_lua_counters },
    { "drain", ngx_pdn_db_lua_drain },
    { "clock", ngx_pdn_db_lua_clock },
    { "mark", ngx_pdn_db_lua_mark },
    { "marked", ngx_pdn_db_lua_marked },
    { "only_reads", ngx_pdn_db_lua_only_reads },
    { NULL, NULL }
};


static const ngx_pdn_db_driver_t *const ngx_pdn_db_drivers[] = {
    &ngx_pdn_sqlite_driver, &ngx_pdn_pg_driver,        &ngx_pdn_mysql_driver,
    &ngx_pdn_redis_driver,  &ngx_pdn_memcached_driver, NULL
};


#define OPTION(name)                                                           \
    {                                                                          \
#name, offsetof(ngx_pdn_db_options_t, name)                            \
    }

/* clang-format off */
static const ngx_pdn_db_field_t ngx_pdn_db_options[] = {
    OPTION(limit),         OPTION(pool_timeout), OPTION(connect_timeout),
    OPTION(query_timeout), OPTION(idle_timeout), OPTION(lifetime),
    OPTION(check_after),   OPTION(busy_timeout), OPTION(statements),
    OPTION(readonly),      OPTION(int64),        OPTION(warnings),
    OPTION(max_size),      OPTION(lasting),      OPTION(numeric),
    OPTION(json),          OPTION(arrays),       OPTION(share_reads),
    { NULL, 0 }
};
/* clang-format on */

#undef OPTION


#define COUNT(name)                                                            \
    {                                                                          \
#name, offsetof(ngx_pdn_db_counters_t, name)                           \
    }

static const ngx_pdn_db_field_t ngx_pdn_db_counts[] = {
    COUNT(opened),   COUNT(closed), COUNT(queries),   COUNT(errors),
    COUNT(timeouts), COUNT(waited), COUNT(abandoned), COUNT(brief),
    COUNT(shared),   COUNT(resets), COUNT(idle),      COUNT(lent),
    COUNT(waiting),  COUNT(limit),  { NULL, 0 }
};

#undef COUNT


void
ngx_pdn_db_lua_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_db_lua_module);
    ngx_pdn_vm_preload(L, "pandan.db.native");
}


/* Lua: require("pandan.db.native") -> functions  [-0, +1, m] */
static int
ngx_pdn_db_lua_module(lua_State *L)
{
    static const char int64[] =
        "local ffi = require('ffi')\n"
        "return function(high, low, unsigned)\n"
        "    local n = ffi.cast('int64_t', high) * 4294967296LL + low\n"
        "    return unsigned and ffi.cast('uint64_t', n) or n\n"
        "end";

    ngx_pdn_db_lease_open(L);
    ngx_pdn_db_stream_open(L);

    if (luaL_loadbuffer(L, int64, sizeof(int64) - 1, "=pandan.db.native") != 0)
    {
        return lua_error(L);
    }

    lua_call(L, 0, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, PDN_LUA_DB_INT64);

    lua_newthread(L);
    lua_setfield(L, LUA_REGISTRYINDEX, PDN_LUA_DB_THREAD);

    ngx_pdn_db_lua_keep(L, "pandan.json", "decode", PDN_LUA_DB_JSON);
    ngx_pdn_db_lua_keep(L, "pandan.db.rows", "fill", PDN_LUA_DB_FILL);

    lua_newtable(L);
    luaL_register(L, NULL, ngx_pdn_db_functions);
    ngx_pdn_db_session_open(L);

    luaL_newmetatable(L, PDN_LUA_DB_BINARY);
    lua_setfield(L, -2, "binary");

    return 1;
}


/* A module's function, as `key` in the registry.  [-0, +0, e] */
static void
ngx_pdn_db_lua_keep(lua_State *L, const char *module, const char *name,
                    const char *key)
{
    lua_getglobal(L, "require");
    lua_pushstring(L, module);
    lua_call(L, 1, 1);
    lua_getfield(L, -1, name);
    lua_setfield(L, LUA_REGISTRYINDEX, key);
    lua_pop(L, 1);
}


/*
 * Lua: pool(driver, key, options, keywords, values, writer?, label?) -> pool
 * Options are numbers, all of them are given.  [-0, +1, e]
 */
static int
ngx_pdn_db_lua_pool(lua_State *L)
{
    size_t i, n;
    ngx_str_t key, label;
    const char *keywords[NGX_PDN_DB_KEYWORDS];
    const char *values[NGX_PDN_DB_KEYWORDS];
    ngx_pdn_db_pool_t *pool;
    ngx_pdn_db_options_t options;
    const ngx_pdn_db_field_t *f;
    const ngx_pdn_db_driver_t *driver;

    ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    driver = ngx_pdn_db_lua_driver(L);
    key.data = (u_char *) luaL_checklstring(L, 2, &key.len);

    for (f = ngx_pdn_db_options; f->name; f++) {
        lua_getfield(L, 3, f->name);
        *(ngx_uint_t *) ((char *) &options + f->offset) = luaL_checknumber(L,
                                                                           -1);
        lua_pop(L, 1);
    }

    n = lua_objlen(L, 4);
    luaL_argcheck(L, n <= NGX_PDN_DB_KEYWORDS, 4, "too many keywords");

    for (i = 0; i < n; i++) {
        lua_rawgeti(L, 4, i + 1);
        lua_rawgeti(L, 5, i + 1);
        keywords[i] = luaL_checkstring(L, -2);
        values[i] = luaL_checkstring(L, -1);

        /* both stay in their tables, and so where they are */
        lua_pop(L, 2);
    }
    label.data = (u_char *) luaL_optlstring(L, 7, "", &label.len);

    pool = ngx_pdn_db_pool(driver, &key, &label, &options, n, keywords, values);
    if (pool == NULL) {
        return luaL_error(L, "no memory");
    }

    pool->writer = lua_touserdata(L, 6);
    lua_pushlightuserdata(L, pool);

    return 1;
}


/* The one that is named at 1. */
static const ngx_pdn_db_driver_t *
ngx_pdn_db_lua_driver(lua_State *L)
{
    const char *name;
    const ngx_pdn_db_driver_t *const *d;

    name = luaL_checkstring(L, 1);

    for (d = ngx_pdn_db_drivers; *d; d++) {
        if (ngx_strcmp(name, (*d)->name) == 0) {
            break;
        }
    }

    luaL_argcheck(L, *d != NULL, 1, "no such driver");

    return *d;
}


/*
 * Lua: query(pool | lease, sql, ...) -> rows
 *                                     | nil, err, code, server_code
 *                                     | false, the caller's mistake
 * [-0, +n, -]
 */
static int
ngx_pdn_db_lua_query(lua_State *L)
{
    return ngx_pdn_db_call(L, NGX_PDN_DB_QUERY);
}


/* Lua: script(pool | lease, sql) -> as query()  [-0, +n, -] */
static int
ngx_pdn_db_lua_script(lua_State *L)
{
    return ngx_pdn_db_call(L, NGX_PDN_DB_SCRIPT);
}


/* Lua: begin(pool, sql) -> lease | as query()  [-0, +n, -] */
static int
ngx_pdn_db_lua_begin(lua_State *L)
{
    return ngx_pdn_db_call(L, NGX_PDN_DB_BEGIN);
}


/*
 * Lua: batch(pool | lease, { { sql, ... }, ... }) -> results, errors or nil
 *                                                  | as query()
 * Where batches() says so.  [-0, +n, -]
 */
static int
ngx_pdn_db_lua_batch(lua_State *L)
{
    return ngx_pdn_db_call(L, NGX_PDN_DB_BATCH);
}


/* Lua: batches(pool | lease) -> whether batch() is for it  [-0, +1, -] */
static int
ngx_pdn_db_lua_batches(lua_State *L)
{
    ngx_pdn_db_pool_t *pool;
    ngx_pdn_db_lease_t *lease;

    lease = ngx_pdn_db_lease_get(L, 1);

    if (lease == NULL) {
        pool = lua_touserdata(L, 1);

    } else {
        pool = lease->conn ? lease->conn->pool : NULL;
    }

    lua_pushboolean(L, pool != NULL && pool->driver->batches);

    return 1;
}


/* Lua: backup(pool, path) -> true | as query(); SQLite's  [-0, +n, -] */
static int
ngx_pdn_db_lua_backup(lua_State *L)
{
    return ngx_pdn_db_call(L, NGX_PDN_DB_BACKUP);
}


/* Lua: finish(lease): its connection goes back to the pool  [-0, +0, -] */
static int
ngx_pdn_db_lua_finish(lua_State *L)
{
    ngx_pdn_db_lease_end(ngx_pdn_db_lease_get(L, 1));

    return 0;
}


/*
 * Lua: state(lease) -> "open" | "ended" (by the server, or with finish())
 *                    | "busy" | "reading" (a stream was left)
 *                    | "foreign" (another host's)
 * [-0, +1, -]
 */
static int
ngx_pdn_db_lua_state(lua_State *L)
{
    const char *state;
    ngx_pdn_db_lease_t *lease;

    lease = ngx_pdn_db_lease_get(L, 1);

    if (lease == NULL || lease->conn == NULL) {
        state = "ended";

    } else if (ngx_pdn_task == NULL || lease->host != ngx_pdn_task->host) {
        state = "foreign";

    } else if (lease->busy) {
        state = "busy";

    } else if (lease->stream != NULL) {
        state = "reading";

    } else if (lease->conn->broken
               || !lease->conn->pool->driver->dirty(lease->conn))
    {
        state = "ended";

    } else {
        state = "open";
    }

    lua_pushstring(L, state);

    return 1;
}


/* Lua: task() -> the coroutine of the current task  [-0, +1, -] */
static int
ngx_pdn_db_lua_task(lua_State *L)
{
    if (ngx_pdn_task == NULL) {
        lua_pushnil(L);
        return 1;
    }

    lua_rawgeti(L, LUA_REGISTRYINDEX, ngx_pdn_task->ref);

    return 1;
}


/* Lua: stats(pool) -> counters; of the writer, too, in .writer  [-0, +1, m] */
static int
ngx_pdn_db_lua_stats(lua_State *L)
{
    ngx_pdn_db_pool_t *pool = lua_touserdata(L, 1);

    ngx_pdn_db_lua_push_counters(L, pool->count);

    if (pool->writer != NULL) {
        ngx_pdn_db_lua_push_counters(L, pool->writer->count);
        lua_setfield(L, -2, "writer");
    }

    return 1;
}


/* Lua: drain(pool)  [-0, +0, -] */
static int
ngx_pdn_db_lua_drain(lua_State *L)
{
    ngx_pdn_db_pool_t *pool = lua_touserdata(L, 1);

    ngx_pdn_db_pool_drain(pool);

    if (pool->writer != NULL) {
        ngx_pdn_db_pool_drain(pool->writer);
    }

    return 0;
}


/*
 * Lua: counters() -> list of counters with their `label`: one for each pool
 * of each worker, and for what pools did that are gone  [-0, +1, m]
 */
static int
ngx_pdn_db_lua_counters(lua_State *L)
{
    ngx_str_t label;
    ngx_uint_t i, n;
    ngx_pdn_db_counters_t count;

    lua_newtable(L);

    for (i = 0, n = 0; i < NGX_PDN_DB_COUNTERS; i++) {
        if (ngx_pdn_db_count_get(i, &label, &count) == NGX_OK) {
            ngx_pdn_db_lua_push_counters(L, &count);
            lua_pushlstring(L, (char *) label.data, label.len);
            lua_setfield(L, -2, "label");
            lua_rawseti(L, -2, ++n);
        }
    }

    return 1;
}


static void
ngx_pdn_db_lua_push_counters(lua_State *L, ngx_pdn_db_counters_t *count)
{
    const ngx_pdn_db_field_t *f;

    lua_createtable(L, 0, 16);

    for (f = ngx_pdn_db_counts; f->name; f++) {
        lua_pushnumber(L, *(ngx_uint_t *) ((char *) count + f->offset));
        lua_setfield(L, -2, f->name);
    }
}


/* Lua: clock() -> milliseconds since some time  [-0, +1, -] */
static int
ngx_pdn_db_lua_clock(lua_State *L)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    lua_pushnumber(L, ts.tv_sec * 1000.0 + ts.tv_nsec / 1e6);

    return 1;
}


/* Lua: only_reads(dialect, sql) -> boolean  [-0, +1, e] */
static int
ngx_pdn_db_lua_only_reads(lua_State *L)
{
    size_t len;
    const char *sql;
    const ngx_pdn_db_driver_t *driver;

    driver = ngx_pdn_db_lua_driver(L);
    sql = luaL_checklstring(L, 2, &len);
    lua_pushboolean(L, pdn_db_only_reads(sql, len, driver->dialect));

    return 1;
}
