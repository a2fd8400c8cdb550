/*
 * SPDX-License-Identifier: MIT
 *
 * Sessions: a connection that Lua borrows for itself, without a transaction,
 * as the libraries of other drivers do.  It may do anything to it, so it is
 * closed afterwards unless the borrower says that it is as good as before.
 */

#include "ngx_pdn_db_lua.h"
#include "pdn_lua_db.h"


#define NGX_PDN_DB_ERROR 5 /* values of one, at most */


typedef struct {
    ngx_pdn_wait_t wait;
    ngx_pdn_host_t *host;
    ngx_pdn_db_lease_t *lease; /* NULL: it is being borrowed */
    unsigned suspended : 1;
    unsigned finished : 1;
    ngx_pdn_db_op_t op;
} ngx_pdn_db_session_t;


static int ngx_pdn_db_session_borrow(lua_State *L);
static int ngx_pdn_db_session_text(lua_State *L);
static int ngx_pdn_db_session_ask(lua_State *L);
static int ngx_pdn_db_session_hear(lua_State *L);
static int ngx_pdn_db_session_part(lua_State *L);
static int ngx_pdn_db_session_about(lua_State *L);
static ngx_pdn_db_session_t *ngx_pdn_db_session(lua_State *L);
static ngx_uint_t ngx_pdn_db_session_use(ngx_pdn_db_session_t *s,
                                         ngx_pdn_db_lease_t *lease);
static int ngx_pdn_db_session_run(lua_State *L, ngx_pdn_db_session_t *s);
static int ngx_pdn_db_session_await(lua_State *L, ngx_pdn_db_session_t *s);
static void ngx_pdn_db_session_done(ngx_pdn_db_op_t *op);
static int ngx_pdn_db_session_push(lua_State *L, ngx_pdn_wait_t *wait);
static int ngx_pdn_db_session_push_lease(lua_State *L, ngx_pdn_db_session_t *s);
static int ngx_pdn_db_session_push_heard(lua_State *L, ngx_pdn_db_op_t *op);
static void ngx_pdn_db_session_cancel(ngx_pdn_wait_t *wait);


static const luaL_Reg ngx_pdn_db_session_functions[] = {
    { "borrow", ngx_pdn_db_session_borrow },
    { "text", ngx_pdn_db_session_text },
    { "ask", ngx_pdn_db_session_ask },
    { "hear", ngx_pdn_db_session_hear },
    { "part", ngx_pdn_db_session_part },
    { "about", ngx_pdn_db_session_about },
    { NULL, NULL }
};


void
ngx_pdn_db_session_open(lua_State *L)
{
    luaL_register(L, NULL, ngx_pdn_db_session_functions);
}


/* Lua: borrow(pool, timeout?) -> lease | as query()  [-0, +n, e] */
static int
ngx_pdn_db_session_borrow(lua_State *L)
{
    ngx_pdn_db_session_t *s;

    s = ngx_pdn_db_session(L);
    s->op.pool = lua_touserdata(L, 1);
    s->op.keep = 1;
    s->op.timeout = (ngx_msec_t) luaL_optnumber(L, 2, 0);

    ngx_pdn_db_submit(&s->op);

    return ngx_pdn_db_session_await(L, s);
}


/*
 * Lua: text(lease, sql, timeout, compact) -> results
 *                                          | nil, err, code
 *                                          | false: the lease is over
 * In the database's text protocol.  A result is rows, by name or by number, or
 * { affected_rows, insert_id, server_status, warning_count, message }; the last
 * may be { errno, sqlstate, message }.  [-0, +n, e]
 */
static int
ngx_pdn_db_session_text(lua_State *L)
{
    size_t len;
    const char *sql;
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_db_session_t *s;

    lease = ngx_pdn_db_lease_get(L, 1);
    sql = luaL_checklstring(L, 2, &len);
    s = ngx_pdn_db_session(L);

    if (!ngx_pdn_db_session_use(s, lease)) {
        ngx_free(s);
        lua_pushboolean(L, 0);
        return 1;
    }

    s->op.timeout = (ngx_msec_t) luaL_optnumber(L, 3, 0);
    s->op.request = pdn_db_request_create(sql, len, 0, 0);

    if (s->op.request == NULL) {
        ngx_free(s);
        return luaL_error(L, "no memory");
    }

    s->op.request->script = 1;
    s->op.request->raw = lua_toboolean(L, 4) ? PDN_DB_RAW_ARRAYS
                                             : PDN_DB_RAW_NAMES;

    return ngx_pdn_db_session_run(L, s);
}


/*
 * Lua: ask(lease, timeout, plain, sql, ...) -> results
 *                                            | as query(), results before it
 *                                            | false, the caller's mistake
 * Of PostgreSQL; without values several statements.  A result is
 * { rows, names, types, command }; with `plain` all values are texts.
 * [-0, +n, e]
 */
static int
ngx_pdn_db_session_ask(lua_State *L)
{
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_db_session_t *s;

    lease = ngx_pdn_db_lease_get(L, 1);
    s = ngx_pdn_db_session(L);

    if (!ngx_pdn_db_session_use(s, lease)) {
        ngx_free(s);
        lua_pushboolean(L, 0);
        lua_pushliteral(L, "closed");
        return 2;
    }

    s->op.timeout = (ngx_msec_t) luaL_optnumber(L, 2, 0);
    s->op.request = lua_gettop(L) > 4 ? pdn_lua_request(L, 4, PDN_DB_POSTGRES)
                                      : pdn_lua_script(L, 4);

    if (s->op.request == NULL) {
        ngx_free(s);
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }

    s->op.request->raw = lua_toboolean(L, 3) ? PDN_DB_RAW_ARRAYS
                                             : PDN_DB_RAW_NAMES;

    return ngx_pdn_db_session_run(L, s);
}


/*
 * Lua: hear(lease, timeout) -> { event } | nil, err, code
 *                            | false: the lease is over
 * Of PostgreSQL: { channel, payload, pid }, what it has sent unasked first of
 * what was not heard of yet; "timeout" does no harm to the lease.  [-0, +n, e]
 */
static int
ngx_pdn_db_session_hear(lua_State *L)
{
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_db_session_t *s;

    lease = ngx_pdn_db_lease_get(L, 1);
    s = ngx_pdn_db_session(L);

    if (!ngx_pdn_db_session_use(s, lease)) {
        ngx_free(s);
        lua_pushboolean(L, 0);
        return 1;
    }

    s->op.listen = 1;
    s->op.patience = (ngx_msec_t) luaL_optnumber(
        L, 2, s->op.pool->options.query_timeout);

    return ngx_pdn_db_session_run(L, s);
}


/* Lua: part(lease, keep): it is closed unless `keep`  [-0, +0, -] */
static int
ngx_pdn_db_session_part(lua_State *L)
{
    ngx_pdn_db_lease_t *lease;

    lease = ngx_pdn_db_lease_get(L, 1);

    if (lease != NULL && lease->conn != NULL) {
        lease->conn->borrowed = !lua_toboolean(L, 2);
        ngx_pdn_db_lease_end(lease);
    }

    return 0;
}


/* Lua: about(lease) -> times it was lent before, server's version | nil */
static int
ngx_pdn_db_session_about(lua_State *L)
{
    ngx_pdn_db_lease_t *lease;

    lease = ngx_pdn_db_lease_get(L, 1);

    if (lease == NULL || lease->conn == NULL) {
        return 0;
    }

    lua_pushnumber(L, lease->conn->reused);
    lua_pushstring(L, lease->conn->server);

    return 2;
}


static ngx_pdn_db_session_t *
ngx_pdn_db_session(lua_State *L)
{
    ngx_pdn_host_t *host;
    ngx_pdn_db_session_t *s;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    s = ngx_calloc(sizeof(ngx_pdn_db_session_t), host->log);
    if (s == NULL) {
        luaL_error(L, "no memory");
        return NULL;
    }

    s->host = host;
    s->op.host = host;
    s->op.done = ngx_pdn_db_session_done;
    s->op.data = s;

    return s;
}


/* 0 when the lease is over, or is not to be used here and now. */
static ngx_uint_t
ngx_pdn_db_session_use(ngx_pdn_db_session_t *s, ngx_pdn_db_lease_t *lease)
{
    if (lease == NULL || lease->conn == NULL || lease->busy
        || lease->host != s->host)
    {
        return 0;
    }

    s->lease = lease;
    s->op.pool = lease->conn->pool;
    s->op.session = 1;

    return 1;
}


static int
ngx_pdn_db_session_run(lua_State *L, ngx_pdn_db_session_t *s)
{
    s->lease->busy = 1;
    ngx_pdn_db_run(&s->op, s->lease->conn);

    return ngx_pdn_db_session_await(L, s);
}


static int
ngx_pdn_db_session_await(lua_State *L, ngx_pdn_db_session_t *s)
{
    if (s->finished) {
        return ngx_pdn_db_session_push(L, &s->wait);
    }

    s->suspended = 1;
    s->wait.push = ngx_pdn_db_session_push;
    s->wait.cancel = ngx_pdn_db_session_cancel;

    return ngx_pdn_suspend(L, &s->wait);
}


static void
ngx_pdn_db_session_done(ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_session_t *s = op->data;

    if (s->lease != NULL) {
        s->lease->busy = 0;

        /* the deadline took it away */
        if (op->conn == NULL) {
            ngx_pdn_db_lease_forget(s->lease);
        }
    }

    s->finished = 1;

    if (s->suspended) {
        ngx_pdn_wake(&s->wait);
    }
}


static int
ngx_pdn_db_session_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_db_session_t *s = (ngx_pdn_db_session_t *) wait;
    ngx_pdn_db_op_t *op = &s->op;

    n = 1;

    if (op->error.code != NULL) {
        n = ngx_pdn_db_push_error(L, op);

        /* the results before */
        if (op->result != NULL && op->pool->driver->dialect == PDN_DB_POSTGRES)
        {
            lua_settop(L, lua_gettop(L) - n + NGX_PDN_DB_ERROR);
            pdn_lua_push_pg_results(L, op->result,
                                    op->request->raw == PDN_DB_RAW_ARRAYS);
            n = NGX_PDN_DB_ERROR + 1;
        }

    } else if (s->lease == NULL) {
        n = ngx_pdn_db_session_push_lease(L, s);

    } else if (op->listen) {
        n = ngx_pdn_db_session_push_heard(L, op);

    } else if (op->pool->driver->dialect == PDN_DB_POSTGRES) {
        pdn_lua_push_pg_results(L, op->result,
                                op->request->raw == PDN_DB_RAW_ARRAYS);

    } else {
        pdn_lua_push_raw(L, op->result);
    }

    ngx_pdn_db_op_release(op);
    ngx_free(s);

    return n;
}


static int
ngx_pdn_db_session_push_lease(lua_State *L, ngx_pdn_db_session_t *s)
{
    s->op.conn->borrowed = 1;

    if (ngx_pdn_db_lease_push(L, s->host, s->op.conn) != NULL) {
        return 1;
    }

    lua_pushnil(L);
    lua_pushliteral(L, "no memory");
    lua_pushliteral(L, "error");

    return 3;
}


static int
ngx_pdn_db_session_push_heard(lua_State *L, ngx_pdn_db_op_t *op)
{
    if (op->result != NULL) {
        ngx_pdn_db_push_result(L, op->pool, op->result);
        return 1;
    }

    lua_pushnil(L);
    lua_pushliteral(L, "nothing was sent");
    lua_pushliteral(L, "timeout");

    return 3;
}


/* The task dies, and with it the session. */
static void
ngx_pdn_db_session_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_db_session_t *s = (ngx_pdn_db_session_t *) wait;

    if (s->lease != NULL) {
        s->lease->busy = 0;
        ngx_pdn_db_lease_forget(s->lease);
    }

    ngx_pdn_db_abandon(&s->op);
    ngx_pdn_db_op_release(&s->op);
    ngx_free(s);
}
