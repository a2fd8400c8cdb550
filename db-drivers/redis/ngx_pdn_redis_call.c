/*
 * SPDX-License-Identifier: MIT
 *
 * A call of Lua: a wait of the engine around what is asked on a wire.
 */

#include "ngx_pdn_redis_lua.h"
#include "ngx_pdn_db_lua.h"
#include "pdn_lua_resp.h"


typedef struct {
    ngx_pdn_wire_ask_t ask; /* first: a block of the heap */
    ngx_pdn_wait_t wait;
    ngx_pdn_db_lease_t *lease; /* NULL: asked on the shared wire */
    ngx_uint_t batch;          /* commands of a batch, or 0 */
    ngx_uint_t pairs;          /* RESP2 lists what is a map */
} ngx_pdn_redis_call_t;


static ngx_pdn_wire_t *ngx_pdn_redis_target(lua_State *L,
                                            ngx_pdn_db_lease_t **lease);
static int ngx_pdn_redis_refuse(lua_State *L, ngx_pdn_wire_t *wire,
                                ngx_pdn_db_lease_t *lease);
static ngx_pdn_redis_call_t *
ngx_pdn_redis_call_create(lua_State *L, ngx_pdn_db_lease_t *lease);
static int ngx_pdn_redis_call_wait(lua_State *L, ngx_pdn_wire_t *wire,
                                   ngx_pdn_redis_call_t *call);
static int ngx_pdn_redis_call_misuse(lua_State *L, ngx_pdn_redis_call_t *call);
static int ngx_pdn_redis_call_closed(lua_State *L, const pdn_db_error_t *error);
static void ngx_pdn_redis_call_done(ngx_pdn_wire_ask_t *ask);
static int ngx_pdn_redis_call_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_redis_call_cancel(ngx_pdn_wait_t *wait);


/*
 * Lua: call(pool | lease, timeout, head, ...) -> reply | nil, err, code, word
 *                                              | false, the caller's mistake
 * [-0, +n, -]
 */
int
ngx_pdn_redis_lua_call(lua_State *L)
{
    int refused;
    size_t len;
    const char *head;
    ngx_pdn_wire_t *wire;
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_redis_call_t *call;

    static const char hgetall[] = "$7\r\nHGETALL\r\n";

    wire = ngx_pdn_redis_target(L, &lease);
    refused = ngx_pdn_redis_refuse(L, wire, lease);

    if (refused) {
        return refused;
    }

    call = ngx_pdn_redis_call_create(L, lease);

    if (ngx_pdn_redis_encode(L, 3, &wire->out) != NGX_OK) {
        return ngx_pdn_redis_call_misuse(L, call);
    }

    head = lua_tolstring(L, 3, &len);
    call->ask.replies = 1;
    call->pairs = len == sizeof(hgetall) - 1
                  && ngx_memcmp(head, hgetall, sizeof(hgetall) - 1) == 0;

    return ngx_pdn_redis_call_wait(L, wire, call);
}


/*
 * Lua: run(pool | lease, timeout, batch) -> replies, failed
 *                                         | nil, err, code, word
 * [-0, +n, -]
 */
int
ngx_pdn_redis_lua_run(lua_State *L)
{
    int refused;
    size_t len;
    ngx_pdn_wire_t *wire;
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_redis_call_t *call;
    ngx_pdn_redis_batch_t *batch;

    wire = ngx_pdn_redis_target(L, &lease);
    batch = luaL_checkudata(L, 3, NGX_PDN_REDIS_BATCH);

    if (batch->commands == 0) {
        lua_newtable(L);
        lua_pushinteger(L, 0);
        return 2;
    }

    refused = ngx_pdn_redis_refuse(L, wire, lease);

    if (refused) {
        return refused;
    }

    call = ngx_pdn_redis_call_create(L, lease);
    len = ngx_pdn_bytes_len(&batch->out);

    if (ngx_pdn_bytes_reserve(&wire->out, len) != NGX_OK) {
        ngx_free(call);
        return luaL_error(L, "no memory");
    }

    wire->out.last = ngx_cpymem(wire->out.last, batch->out.pos, len);
    call->batch = batch->commands;
    call->ask.replies = batch->commands;
    ngx_pdn_bytes_release(&batch->out);
    batch->commands = 0;

    return ngx_pdn_redis_call_wait(L, wire, call);
}


/* Lua: listen(lease, timeout) -> message | nil, err, code, word */
int
ngx_pdn_redis_lua_listen(lua_State *L)
{
    int refused;
    ngx_pdn_wire_t *wire;
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_redis_call_t *call;

    wire = ngx_pdn_redis_target(L, &lease);

    refused = ngx_pdn_redis_refuse(L, wire, lease);

    if (refused) {
        return refused;
    }

    call = ngx_pdn_redis_call_create(L, lease);
    wire->listening = 1;
    call->ask.replies = 1;
    call->ask.any = 1;

    return ngx_pdn_redis_call_wait(L, wire, call);
}


/*
 * Lua: tell(lease, head, ...) -> true | nil, err, code, word
 *                              | false, the caller's mistake
 * Its answer is a message that listen() gives.  [-0, +n, -]
 */
int
ngx_pdn_redis_lua_tell(lua_State *L)
{
    ngx_pdn_wire_t *wire;
    ngx_pdn_db_lease_t *lease;

    wire = ngx_pdn_redis_target(L, &lease);

    if (wire->state == NGX_PDN_WIRE_CLOSED) {
        return ngx_pdn_redis_call_closed(L, &wire->error);
    }

    if (ngx_pdn_redis_encode(L, 2, &wire->out) != NGX_OK) {
        return ngx_pdn_redis_call_misuse(L, NULL);
    }

    wire->listening = 1;
    ngx_pdn_wire_send(wire);
    lua_pushboolean(L, 1);

    return 1;
}


/* Where the pool or lease at 1 asks; raises when it cannot be used. */
static ngx_pdn_wire_t *
ngx_pdn_redis_target(lua_State *L, ngx_pdn_db_lease_t **lease)
{
    ngx_pdn_host_t *host;
    ngx_pdn_wire_t *wire;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    *lease = NULL;

    if (lua_islightuserdata(L, 1)) {
        wire = ngx_pdn_redis_shared(lua_touserdata(L, 1), host);

        if (wire == NULL) {
            luaL_error(L, "no memory");
        }

        return wire;
    }

    *lease = ngx_pdn_db_lease_get(L, 1);

    if (*lease == NULL || (*lease)->conn == NULL || (*lease)->host != host) {
        luaL_error(L, "the connection cannot be used here: it was given "
                      "back, or is another request's");
    }

    return ((ngx_pdn_redis_conn_t *) (*lease)->conn)->wire;
}


/* 0, or how many results say why nothing can be asked now. */
static int
ngx_pdn_redis_refuse(lua_State *L, ngx_pdn_wire_t *wire,
                     ngx_pdn_db_lease_t *lease)
{
    if (wire->state == NGX_PDN_WIRE_CLOSED) {
        return ngx_pdn_redis_call_closed(L, &wire->error);
    }

    if (lease != NULL && lease->busy) {
        lua_pushboolean(L, 0);
        lua_pushliteral(L, "another thread uses the connection already");
        return 2;
    }

    return 0;
}


static ngx_pdn_redis_call_t *
ngx_pdn_redis_call_create(lua_State *L, ngx_pdn_db_lease_t *lease)
{
    ngx_pdn_redis_call_t *call;

    call = ngx_alloc(sizeof(ngx_pdn_redis_call_t), ngx_cycle->log);
    if (call == NULL) {
        luaL_error(L, "no memory");
    }

    ngx_memzero(call, sizeof(ngx_pdn_redis_call_t));
    call->lease = lease;
    call->ask.timeout = (ngx_msec_t) lua_tonumber(L, 2);

    return call;
}


static int
ngx_pdn_redis_call_wait(lua_State *L, ngx_pdn_wire_t *wire,
                        ngx_pdn_redis_call_t *call)
{
    call->ask.done = ngx_pdn_redis_call_done;
    call->wait.push = ngx_pdn_redis_call_push;
    call->wait.cancel = ngx_pdn_redis_call_cancel;

    if (call->lease != NULL) {
        call->lease->busy = 1;
    }

    ngx_pdn_wire_ask(wire, &call->ask);

    return ngx_pdn_suspend(L, &call->wait);
}


/* With what is wrong on top of the stack. */
static int
ngx_pdn_redis_call_misuse(lua_State *L, ngx_pdn_redis_call_t *call)
{
    ngx_free(call);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);

    return 2;
}


static int
ngx_pdn_redis_call_closed(lua_State *L, const pdn_db_error_t *error)
{
    lua_pushnil(L);
    lua_pushstring(L, error->text);
    lua_pushstring(L, error->code);

    if (error->server[0] == '\0') {
        return 3;
    }

    lua_pushstring(L, error->server);

    return 4;
}


static void
ngx_pdn_redis_call_done(ngx_pdn_wire_ask_t *ask)
{
    ngx_pdn_redis_call_t *call = (ngx_pdn_redis_call_t *) ask;

    if (call->lease != NULL) {
        call->lease->busy = 0;
    }

    ngx_pdn_wake(&call->wait);
}


/* Called within done(), where the answer's bytes live. */
static int
ngx_pdn_redis_call_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_redis_call_t *call;

    call = ngx_queue_data(wait, ngx_pdn_redis_call_t, wait);

    if (call->ask.error != NULL) {
        n = ngx_pdn_redis_call_closed(L, call->ask.error);

    } else if (call->batch) {
        pdn_lua_resp_list(L, (char *) call->ask.data, call->ask.len,
                          call->batch);
        n = 2;

    } else {
        n = pdn_lua_resp(L, (char *) call->ask.data, call->ask.len,
                         call->pairs);
    }

    if (n == 3 && call->ask.error == NULL) {
        lua_pushnil(L);
        lua_insert(L, -4);
        n = 4;
    }

    /* one that is late has its place in the wire's queue */
    if (!call->ask.late) {
        ngx_free(call);
    }

    return n;
}


/* The task dies: nobody will use its connection either. */
static void
ngx_pdn_redis_call_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_redis_call_t *call;

    call = ngx_queue_data(wait, ngx_pdn_redis_call_t, wait);
    lease = call->lease;
    ngx_pdn_wire_forget(&call->ask);

    if (lease != NULL) {
        lease->busy = 0;
        ngx_pdn_db_lease_end(lease);
    }
}
