/*
 * SPDX-License-Identifier: MIT
 *
 * Results that Lua takes in parts: an operation that outlives the call which
 * began it.  It ends when all was read, by name, with the end of the host, or
 * with the garbage, whichever is first; within a transaction, with that.
 */

#include "ngx_pdn_db_lua.h"
#include "pdn_lua_db.h"


struct ngx_pdn_db_stream_s {
    ngx_pdn_wait_t wait;
    ngx_queue_t link; /* of the host's streams */
    ngx_pdn_host_t *host;
    ngx_pdn_db_lease_t *lease; /* of a statement in a transaction */
    ngx_pdn_db_stream_t **box; /* Lua's userdata; NULL: it has none */
    unsigned running : 1;      /* `op` is under way, a task waits */
    unsigned suspended : 1;
    ngx_pdn_db_op_t op; /* the last member */
};


static int ngx_pdn_db_stream_start(lua_State *L, ngx_uint_t listen);
static int ngx_pdn_db_stream_misuse(lua_State *L, ngx_pdn_db_stream_t *stream);
static ngx_queue_t *ngx_pdn_db_streams(ngx_pdn_host_t *host);
static void ngx_pdn_db_streams_cleanup(void *data);
static ngx_pdn_db_stream_t *ngx_pdn_db_stream_get(lua_State *L, int index);
static int ngx_pdn_db_stream_await(lua_State *L, ngx_pdn_db_stream_t *stream);
static void ngx_pdn_db_stream_done(ngx_pdn_db_op_t *op);
static int ngx_pdn_db_stream_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_db_stream_box(lua_State *L, ngx_pdn_db_stream_t *stream);
static void ngx_pdn_db_stream_cancel(ngx_pdn_wait_t *wait);
static void ngx_pdn_db_stream_unbox(ngx_pdn_db_stream_t *stream);
static void ngx_pdn_db_stream_free(ngx_pdn_db_stream_t *stream);
static int ngx_pdn_db_stream_gc(lua_State *L);


void
ngx_pdn_db_stream_open(lua_State *L)
{
    luaL_newmetatable(L, NGX_PDN_DB_STREAM);
    lua_pushcfunction(L, ngx_pdn_db_stream_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}


int
ngx_pdn_db_stream(lua_State *L)
{
    return ngx_pdn_db_stream_start(L, 0);
}


int
ngx_pdn_db_stream_listen(lua_State *L)
{
    return ngx_pdn_db_stream_start(L, 1);
}


static int
ngx_pdn_db_stream_start(lua_State *L, ngx_uint_t listen)
{
    ngx_queue_t *streams;
    ngx_pdn_host_t *host;
    ngx_pdn_db_stream_t *stream;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    streams = ngx_pdn_db_streams(host);
    stream = ngx_alloc(sizeof(ngx_pdn_db_stream_t), host->log);

    if (stream == NULL || streams == NULL) {
        ngx_free(stream);
        return luaL_error(L, "no memory");
    }

    ngx_pdn_db_zero(stream, ngx_pdn_db_stream_t, op);
    ngx_queue_insert_tail(streams, &stream->link);

    stream->host = host;
    stream->op.done = ngx_pdn_db_stream_done;
    stream->op.data = stream;
    stream->op.stream = 1;
    stream->op.listen = listen;
    stream->lease = ngx_pdn_db_call_target(L, host, &stream->op,
                                           NGX_PDN_DB_QUERY);

    if (stream->op.pool == NULL) {
        return ngx_pdn_db_stream_misuse(L, stream);
    }

    stream->op.request = listen ? pdn_lua_script(L, 2)
                                : pdn_lua_request(
                                    L, 2, stream->op.pool->driver->dialect);

    if (stream->op.request == NULL) {
        return ngx_pdn_db_stream_misuse(L, stream);
    }

    stream->running = 1;

    if (stream->lease != NULL) {
        stream->lease->stream = stream;
        stream->lease->busy = 1;
        ngx_pdn_db_run(&stream->op, stream->lease->conn);

    } else {
        ngx_pdn_db_submit(&stream->op);
    }

    return ngx_pdn_db_stream_await(L, stream);
}


int
ngx_pdn_db_stream_more(lua_State *L)
{
    size_t len;
    ngx_str_t input;
    ngx_pdn_db_stream_t *stream;

    stream = ngx_pdn_db_stream_get(L, 1);

    if (stream == NULL) {
        return 0;
    }

    if (stream->running || ngx_pdn_task == NULL
        || ngx_pdn_task->host != stream->host)
    {
        lua_pushboolean(L, 0);
        lua_pushliteral(L, "the rows are being read elsewhere");
        return 2;
    }

    ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    if (stream->op.listen) {
        stream->op.patience = luaL_checknumber(L, 2);
    }

    input.data = (u_char *) lua_tolstring(L, 2, &len);
    input.len = input.data ? len : 0;
    stream->op.input = lua_gettop(L) > 1 ? &input : NULL;
    stream->running = 1;

    if (stream->lease != NULL) {
        stream->lease->busy = 1;
    }

    ngx_pdn_db_more(&stream->op);

    return ngx_pdn_db_stream_await(L, stream);
}


/*
 * Without a transaction the connection finds its own way back.  A transaction
 * goes on: what was not read is read now, and forgotten.
 */
int
ngx_pdn_db_stream_stop(lua_State *L)
{
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_db_stream_t *stream;

    lease = ngx_pdn_db_lease_get(L, 1);
    stream = lease ? lease->stream : ngx_pdn_db_stream_get(L, 1);

    if (stream == NULL || stream->running) {
        lua_pushboolean(L, 1);
        return 1;
    }

    if (stream->lease == NULL) {
        ngx_pdn_db_stream_leave(stream);
        lua_pushboolean(L, 1);
        return 1;
    }

    ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    stream->op.discard = 1;
    stream->op.input = NULL;
    stream->running = 1;
    stream->lease->busy = 1;

    ngx_pdn_db_more(&stream->op);

    return ngx_pdn_db_stream_await(L, stream);
}


/*
 * The connection may serve another at once, whose results collect garbage:
 * the stream's and the lease's objects must not lead here again.
 */
void
ngx_pdn_db_stream_leave(ngx_pdn_db_stream_t *stream)
{
    ngx_pdn_db_lease_t *lease = stream->lease;

    ngx_pdn_db_stream_unbox(stream);

    if (lease != NULL) {
        stream->lease = NULL;
        lease->stream = NULL;
        lease->busy = 0;
        ngx_pdn_db_lease_forget(lease);
    }

    ngx_pdn_db_abandon(&stream->op);
    ngx_pdn_db_stream_free(stream);
}


/* With the description on top of the stack. */
static int
ngx_pdn_db_stream_misuse(lua_State *L, ngx_pdn_db_stream_t *stream)
{
    stream->lease = NULL;
    ngx_pdn_db_stream_free(stream);

    lua_pushboolean(L, 0);
    lua_insert(L, -2);

    return 2;
}


static ngx_queue_t *
ngx_pdn_db_streams(ngx_pdn_host_t *host)
{
    ngx_queue_t *streams;
    ngx_pool_cleanup_t *cln;

    for (cln = host->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_pdn_db_streams_cleanup) {
            return cln->data;
        }
    }

    cln = ngx_pool_cleanup_add(host->pool, sizeof(ngx_queue_t));
    if (cln == NULL) {
        return NULL;
    }

    streams = cln->data;
    ngx_queue_init(streams);
    cln->handler = ngx_pdn_db_streams_cleanup;

    return streams;
}


/* One that a task waits for is left to its cancellation, as leases are. */
static void
ngx_pdn_db_streams_cleanup(void *data)
{
    ngx_queue_t *q, *streams = data;
    ngx_pdn_db_stream_t *stream;

    while (!ngx_queue_empty(streams)) {
        q = ngx_queue_head(streams);
        stream = ngx_queue_data(q, ngx_pdn_db_stream_t, link);

        ngx_queue_remove(q);
        ngx_queue_init(q);

        if (!stream->running) {
            ngx_pdn_db_stream_leave(stream);
        }
    }
}


static ngx_pdn_db_stream_t *
ngx_pdn_db_stream_get(lua_State *L, int index)
{
    ngx_pdn_db_stream_t **box;

    box = luaL_checkudata(L, index, NGX_PDN_DB_STREAM);

    return *box;
}


static int
ngx_pdn_db_stream_await(lua_State *L, ngx_pdn_db_stream_t *stream)
{
    if (!stream->running) {
        return ngx_pdn_db_stream_push(L, &stream->wait);
    }

    stream->suspended = 1;
    stream->wait.push = ngx_pdn_db_stream_push;
    stream->wait.cancel = ngx_pdn_db_stream_cancel;

    return ngx_pdn_suspend(L, &stream->wait);
}


static void
ngx_pdn_db_stream_done(ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_db_stream_t *stream = op->data;

    lease = stream->lease;

    if (lease != NULL) {
        lease->busy = 0;

        if (!op->more) {
            lease->stream = NULL;
        }

        /* the deadline took it away */
        if (op->conn == NULL) {
            ngx_pdn_db_lease_forget(lease);
        }
    }

    stream->running = 0;

    if (stream->suspended) {
        stream->suspended = 0;
        ngx_pdn_wake(&stream->wait);
    }
}


static int
ngx_pdn_db_stream_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_db_stream_t *stream = (ngx_pdn_db_stream_t *) wait;
    ngx_pdn_db_op_t *op = &stream->op;

    if (op->error.code != NULL) {
        n = ngx_pdn_db_push_error(L, op);
        ngx_pdn_db_stream_free(stream);
        return n;
    }

    ngx_pdn_db_push_result(L, op->pool, op->result);

    if (!op->more) {
        ngx_pdn_db_stream_free(stream);
        return 1;
    }

    if (op->result != NULL) {
        op->pool->driver->free_result(op->result);
        op->result = NULL;
    }

    if (stream->box != NULL) {
        return 1;
    }

    ngx_pdn_db_stream_box(L, stream);

    return 2;
}


static void
ngx_pdn_db_stream_box(lua_State *L, ngx_pdn_db_stream_t *stream)
{
    stream->box = lua_newuserdata(L, sizeof(ngx_pdn_db_stream_t *));
    *stream->box = stream;

    luaL_getmetatable(L, NGX_PDN_DB_STREAM);
    lua_setmetatable(L, -2);
}


/* The task dies: nobody will use its transaction either. */
static void
ngx_pdn_db_stream_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_db_stream_leave((ngx_pdn_db_stream_t *) wait);
}


/* Lua has it no longer, nor has the collector. */
static void
ngx_pdn_db_stream_unbox(ngx_pdn_db_stream_t *stream)
{
    if (stream->box != NULL) {
        *stream->box = NULL;
        stream->box = NULL;
    }
}


static void
ngx_pdn_db_stream_free(ngx_pdn_db_stream_t *stream)
{
    ngx_pdn_db_stream_unbox(stream);

    if (stream->lease != NULL) {
        stream->lease->stream = NULL;
    }

    ngx_queue_remove(&stream->link);
    ngx_pdn_db_op_release(&stream->op);
    ngx_free(stream);
}


/* Lua: __gc(stream)  [-0, +0, -] */
static int
ngx_pdn_db_stream_gc(lua_State *L)
{
    ngx_pdn_db_stream_t *stream, **box = lua_touserdata(L, 1);

    stream = *box;

    if (stream == NULL) {
        return 0;
    }

    stream->box = NULL;

    /* a transaction ends it when it goes on, or when it ends */
    if (!stream->running && stream->lease == NULL) {
        ngx_pdn_db_stream_leave(stream);
    }

    return 0;
}
