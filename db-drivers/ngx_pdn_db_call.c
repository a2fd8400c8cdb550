/*
 * SPDX-License-Identifier: MIT
 *
 * A call of Lua: a wait of the engine around an operation of the pool.
 */

#include "ngx_pdn_db_lua.h"
#include "pdn_lua_db.h"


typedef struct {
    ngx_pdn_wait_t wait;
    ngx_pdn_db_op_t op;
    ngx_pdn_host_t *host;
    ngx_pdn_db_lease_t *lease; /* of a statement in a transaction */
    unsigned suspended : 1;
    unsigned finished : 1;
} ngx_pdn_db_call_t;


static ngx_pdn_db_pool_t *ngx_pdn_db_call_choose(lua_State *L,
                                                 ngx_pdn_db_kind_e kind);
static int ngx_pdn_db_call_misuse(lua_State *L, ngx_pdn_db_call_t *call);
static void ngx_pdn_db_call_done(ngx_pdn_db_op_t *op);
static int ngx_pdn_db_call_push(lua_State *L, ngx_pdn_wait_t *wait);
static int ngx_pdn_db_call_push_error(lua_State *L, ngx_pdn_db_op_t *op);
static void ngx_pdn_db_call_cancel(ngx_pdn_wait_t *wait);


int
ngx_pdn_db_call(lua_State *L, ngx_pdn_db_kind_e kind)
{
    ngx_pdn_host_t *host;
    ngx_pdn_db_call_t *call;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    call = ngx_calloc(sizeof(ngx_pdn_db_call_t), host->log);
    if (call == NULL) {
        return luaL_error(L, "no memory");
    }

    call->host = host;
    call->lease = ngx_pdn_db_lease_get(L, 1);
    call->op.done = ngx_pdn_db_call_done;
    call->op.data = call;
    call->op.host = host;
    call->op.keep = kind == NGX_PDN_DB_BEGIN;

    if (call->lease == NULL) {
        call->op.pool = ngx_pdn_db_call_choose(L, kind);

    } else if (call->lease->conn == NULL || call->lease->busy
               || call->lease->host != host)
    {
        lua_pushliteral(L, "the transaction cannot be used here");
        return ngx_pdn_db_call_misuse(L, call);

    } else {
        call->op.pool = call->lease->conn->pool;
    }

    if (kind == NGX_PDN_DB_QUERY) {
        call->op.request = pdn_lua_request(L, 2,
                                           call->op.pool->driver->dialect);

    } else {
        call->op.request = pdn_lua_script(L, 2);
    }

    if (call->op.request == NULL) {
        return ngx_pdn_db_call_misuse(L, call);
    }

    if (call->lease != NULL) {
        call->lease->busy = 1;
        ngx_pdn_db_run(&call->op, call->lease->conn);

    } else {
        ngx_pdn_db_submit(&call->op);
    }

    if (call->finished) {
        return ngx_pdn_db_call_push(L, &call->wait);
    }

    call->suspended = 1;
    call->wait.push = ngx_pdn_db_call_push;
    call->wait.cancel = ngx_pdn_db_call_cancel;

    return ngx_pdn_suspend(L, &call->wait);
}


/* With SQLite, what looks like writing goes to the writer at once. */
static ngx_pdn_db_pool_t *
ngx_pdn_db_call_choose(lua_State *L, ngx_pdn_db_kind_e kind)
{
    size_t len;
    const char *sql;
    ngx_pdn_db_pool_t *pool = lua_touserdata(L, 1);

    if (pool->writer == NULL) {
        return pool;
    }

    sql = lua_tolstring(L, 2, &len);

    return kind == NGX_PDN_DB_QUERY && pdn_db_looks_readonly(sql, len)
               ? pool
               : pool->writer;
}


/* With the description on top of the stack. */
static int
ngx_pdn_db_call_misuse(lua_State *L, ngx_pdn_db_call_t *call)
{
    ngx_free(call);

    lua_pushboolean(L, 0);
    lua_insert(L, -2);

    return 2;
}


static void
ngx_pdn_db_call_done(ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_call_t *call = op->data;

    if (call->lease != NULL) {
        call->lease->busy = 0;

        /* the deadline took it away */
        if (op->conn == NULL) {
            ngx_pdn_db_lease_forget(call->lease);
        }
    }

    call->finished = 1;

    if (call->suspended) {
        ngx_pdn_wake(&call->wait);
    }
}


static int
ngx_pdn_db_call_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_db_call_t *call = (ngx_pdn_db_call_t *) wait;
    ngx_pdn_db_op_t *op = &call->op;

    n = 1;

    if (op->error.code != NULL) {
        n = ngx_pdn_db_call_push_error(L, op);

    } else if (op->keep) {
        if (ngx_pdn_db_lease_push(L, call->host, op->conn) == NULL) {
            pdn_db_fail(&op->error, "error", "no memory");
            n = ngx_pdn_db_call_push_error(L, op);
        }

    } else if (op->pool->driver->dialect == PDN_DB_POSTGRES) {
        pdn_lua_push_pg(L, op->result, op->pool->options.int64);

    } else {
        pdn_lua_push_results(L, op->result, op->pool->options.int64);
    }

    ngx_pdn_db_op_release(op);
    ngx_free(call);

    return n;
}


static int
ngx_pdn_db_call_push_error(lua_State *L, ngx_pdn_db_op_t *op)
{
    if (op->misused) {
        lua_pushboolean(L, 0);
        lua_pushstring(L, op->error.text);
        return 2;
    }

    lua_pushnil(L);
    lua_pushstring(L, op->error.text);
    lua_pushstring(L, op->error.code);

    if (op->error.server[0] == '\0') {
        return 3;
    }

    lua_pushstring(L, op->error.server);

    return 4;
}


/* The task dies: nobody will use its transaction either. */
static void
ngx_pdn_db_call_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_db_call_t *call = (ngx_pdn_db_call_t *) wait;

    if (call->lease != NULL) {
        call->lease->busy = 0;
        ngx_pdn_db_lease_forget(call->lease);
    }

    ngx_pdn_db_abandon(&call->op);
    ngx_pdn_db_op_release(&call->op);
    ngx_free(call);
}
