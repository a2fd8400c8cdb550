/*
 * SPDX-License-Identifier: MIT
 *
 * A call of Lua: a wait of the engine around an operation of the pool.
 */

#include "ngx_pandan_db_module.h"
#include "ngx_pdn_db_known.h"
#include "ngx_pdn_db_lua.h"
#include "pdn_lua_db.h"


#define NGX_PDN_DB_SPARES 64


typedef struct ngx_pdn_db_call_s ngx_pdn_db_call_t;

struct ngx_pdn_db_call_s {
    ngx_pdn_wait_t wait;
    ngx_pdn_db_call_t *next; /* of the spare ones */
    ngx_pdn_host_t *host;
    ngx_pdn_db_lease_t *lease; /* of a statement in a transaction */
    unsigned suspended : 1;
    unsigned finished : 1;
    ngx_pdn_db_op_t op; /* the last member */
};


static ngx_pdn_db_call_t *ngx_pdn_db_call_create(ngx_log_t *log);
static void ngx_pdn_db_call_free(ngx_pdn_db_call_t *call);
static ngx_pdn_db_pool_t *ngx_pdn_db_call_choose(lua_State *L,
                                                 ngx_pdn_db_kind_e kind);
static ngx_uint_t ngx_pdn_db_call_reads(lua_State *L, int list);
static pdn_db_request_t *ngx_pdn_db_call_request(lua_State *L,
                                                 ngx_pdn_db_call_t *call,
                                                 ngx_pdn_db_kind_e kind);
static int ngx_pdn_db_call_misuse(lua_State *L, ngx_pdn_db_call_t *call);
static void ngx_pdn_db_call_done(ngx_pdn_db_op_t *op);
static int ngx_pdn_db_call_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_db_call_cancel(ngx_pdn_wait_t *wait);


int
ngx_pdn_db_call(lua_State *L, ngx_pdn_db_kind_e kind)
{
    ngx_pdn_host_t *host;
    ngx_pdn_db_call_t *call;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    call = ngx_pdn_db_call_create(host->log);
    if (call == NULL) {
        return luaL_error(L, "no memory");
    }

    call->host = host;
    call->op.done = ngx_pdn_db_call_done;
    call->op.data = call;
    call->op.keep = kind == NGX_PDN_DB_BEGIN;
    call->lease = ngx_pdn_db_call_target(L, host, &call->op, kind);

    if (call->op.pool == NULL) {
        return ngx_pdn_db_call_misuse(L, call);
    }

    call->op.request = ngx_pdn_db_call_request(L, call, kind);

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


/* Some are kept: with the texts of its error each is a block of 4 KB. */
static ngx_pdn_db_call_t *
ngx_pdn_db_call_create(ngx_log_t *log)
{
    ngx_pdn_db_call_t *call;
    ngx_pdn_db_conf_t *conf = ngx_pdn_db_conf();

    call = conf->spares;

    if (call != NULL) {
        conf->spares = call->next;
        conf->nspares--;

    } else {
        call = ngx_alloc(sizeof(ngx_pdn_db_call_t), log);
    }

    if (call != NULL) {
        ngx_pdn_db_zero(call, ngx_pdn_db_call_t, op);
    }

    return call;
}


static void
ngx_pdn_db_call_free(ngx_pdn_db_call_t *call)
{
    ngx_pdn_db_conf_t *conf = ngx_pdn_db_conf();

    if (conf->nspares == NGX_PDN_DB_SPARES) {
        ngx_free(call);
        return;
    }

    call->next = conf->spares;
    conf->spares = call;
    conf->nspares++;
}


void
ngx_pdn_db_calls_release(ngx_pdn_db_conf_t *conf)
{
    ngx_pdn_db_call_t *call;

    while (conf->spares != NULL) {
        call = conf->spares;
        conf->spares = call->next;
        ngx_free(call);
    }
}


ngx_pdn_db_lease_t *
ngx_pdn_db_call_target(lua_State *L, ngx_pdn_host_t *host, ngx_pdn_db_op_t *op,
                       ngx_pdn_db_kind_e kind)
{
    ngx_pdn_db_lease_t *lease;

    op->host = host;
    lease = ngx_pdn_db_lease_get(L, 1);

    if (lease == NULL) {
        op->pool = ngx_pdn_db_call_choose(L, kind);

    } else if (lease->conn == NULL || lease->busy || lease->stream != NULL
               || lease->host != host)
    {
        lua_pushliteral(L, "the transaction cannot be used here");

    } else {
        op->pool = lease->conn->pool;
    }

    return lease;
}


static pdn_db_request_t *
ngx_pdn_db_call_request(lua_State *L, ngx_pdn_db_call_t *call,
                        ngx_pdn_db_kind_e kind)
{
    size_t len;
    unsigned n;
    const char *sql;
    pdn_db_request_t *rq;
    ngx_pdn_db_op_t *op = &call->op;
    pdn_db_dialect_e dialect = op->pool->driver->dialect;

    switch (kind) {

    case NGX_PDN_DB_QUERY:
        sql = lua_tolstring(L, 2, &len);
        ngx_pdn_db_know(op, sql, len);

        return op->known ? pdn_lua_known_request(L, 2, dialect,
                                                 op->known->placeholders)
                         : pdn_lua_request(L, 2, dialect);

    case NGX_PDN_DB_BATCH:
        rq = pdn_lua_batch(L, 2, dialect, &n);

        if (rq == NULL) {
            return NULL;
        }

        op->outcomes = ngx_calloc(n * sizeof(ngx_pdn_db_outcome_t),
                                  call->host->log);
        if (op->outcomes == NULL) {
            pdn_db_request_free(rq);
            lua_pushliteral(L, "no memory");
            return NULL;
        }

        op->noutcomes = n;

        return rq;

    case NGX_PDN_DB_BACKUP:
        rq = pdn_lua_script(L, 2);

        if (rq != NULL) {
            rq->script = 0;
            rq->backup = 1;
        }

        return rq;

    default:
        return pdn_lua_script(L, 2);
    }
}


/*
 * With SQLite, what looks like writing goes to the writer at once; a
 * transaction that does not say IMMEDIATE only reads.
 */
static ngx_pdn_db_pool_t *
ngx_pdn_db_call_choose(lua_State *L, ngx_pdn_db_kind_e kind)
{
    size_t len;
    const char *sql;
    ngx_pdn_db_pool_t *pool = lua_touserdata(L, 1);

    if (pool->writer == NULL) {
        return pool;
    }

    if (kind == NGX_PDN_DB_BACKUP
        || (kind == NGX_PDN_DB_BATCH && ngx_pdn_db_call_reads(L, 2)))
    {
        return pool;
    }

    if (kind != NGX_PDN_DB_QUERY && kind != NGX_PDN_DB_BEGIN) {
        return pool->writer;
    }

    sql = lua_tolstring(L, 2, &len);

    if (kind == NGX_PDN_DB_BEGIN) {
        return ngx_strcmp(sql, "BEGIN") == 0 ? pool : pool->writer;
    }

    return pdn_db_looks_readonly(sql, len) ? pool : pool->writer;
}


/* Whether all statements of a batch look like reading. */
static ngx_uint_t
ngx_pdn_db_call_reads(lua_State *L, int list)
{
    size_t i, n, len;
    const char *sql;
    ngx_uint_t reads;

    reads = 1;
    n = lua_objlen(L, list);

    for (i = 1; i <= n && reads; i++) {
        lua_rawgeti(L, list, i);
        lua_rawgeti(L, -1, 1);
        sql = lua_tolstring(L, -1, &len);
        reads = pdn_db_looks_readonly(sql, len);
        lua_pop(L, 2);
    }

    return reads;
}


/* With the description on top of the stack. */
static int
ngx_pdn_db_call_misuse(lua_State *L, ngx_pdn_db_call_t *call)
{
    ngx_pdn_db_call_free(call);

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
        n = ngx_pdn_db_push_error(L, op);

    } else if (op->keep) {
        if (ngx_pdn_db_lease_push(L, call->host, op->conn) == NULL) {
            pdn_db_fail(&op->error, "error", "no memory");
            n = ngx_pdn_db_push_error(L, op);
        }

    } else if (op->outcomes != NULL) {
        n = ngx_pdn_db_push_outcomes(L, op);

    } else {
        ngx_pdn_db_push_result(L, op->pool, op->result);
    }

    ngx_pdn_db_op_release(op);
    ngx_pdn_db_call_free(call);

    return n;
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
    ngx_pdn_db_call_free(call);
}
