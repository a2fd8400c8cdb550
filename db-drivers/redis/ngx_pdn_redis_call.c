/*
 * SPDX-License-Identifier: MIT
 *
 * A call of Lua: a wait of the engine around what is asked on a wire.
 */

#include "ngx_pdn_redis_lua.h"
#include "ngx_pdn_wire_call.h"
#include "pdn_lua_resp.h"


static ngx_pdn_wire_t *ngx_pdn_redis_target(lua_State *L,
                                            ngx_pdn_db_lease_t **lease);
static int ngx_pdn_redis_push(lua_State *L, ngx_pdn_wire_call_t *call);
static int ngx_pdn_redis_push_list(lua_State *L, ngx_pdn_wire_call_t *call);


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
    ngx_pdn_wire_call_t *call;

    static const char hgetall[] = "$7\r\nHGETALL\r\n";

    wire = ngx_pdn_redis_target(L, &lease);
    refused = ngx_pdn_wire_call_refuse(L, wire, lease);

    if (refused) {
        return refused;
    }

    call = ngx_pdn_wire_call_create(L, lease);

    if (ngx_pdn_redis_encode(L, 3, &wire->out) != NGX_OK) {
        return ngx_pdn_wire_call_misuse(L, call);
    }

    head = lua_tolstring(L, 3, &len);
    call->push = ngx_pdn_redis_push;
    call->ask.replies = 1;
    call->pairs = len == sizeof(hgetall) - 1
                  && ngx_memcmp(head, hgetall, sizeof(hgetall) - 1) == 0;

    return ngx_pdn_wire_call_wait(L, wire, call);
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
    ngx_pdn_wire_call_t *call;
    ngx_pdn_redis_batch_t *batch;

    wire = ngx_pdn_redis_target(L, &lease);
    batch = luaL_checkudata(L, 3, NGX_PDN_REDIS_BATCH);

    if (batch->commands == 0) {
        lua_newtable(L);
        lua_pushinteger(L, 0);
        return 2;
    }

    refused = ngx_pdn_wire_call_refuse(L, wire, lease);

    if (refused) {
        return refused;
    }

    call = ngx_pdn_wire_call_create(L, lease);
    len = ngx_pdn_bytes_len(&batch->out);

    if (ngx_pdn_bytes_reserve(&wire->out, len) != NGX_OK) {
        ngx_free(call);
        return luaL_error(L, "no memory");
    }

    wire->out.last = ngx_cpymem(wire->out.last, batch->out.pos, len);
    call->push = ngx_pdn_redis_push_list;
    call->batch = batch->commands;
    call->ask.replies = batch->commands;
    ngx_pdn_bytes_release(&batch->out);
    batch->commands = 0;

    return ngx_pdn_wire_call_wait(L, wire, call);
}


/* Lua: listen(lease, timeout) -> message | nil, err, code, word */
int
ngx_pdn_redis_lua_listen(lua_State *L)
{
    int refused;
    ngx_pdn_wire_t *wire;
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_wire_call_t *call;

    wire = ngx_pdn_redis_target(L, &lease);

    refused = ngx_pdn_wire_call_refuse(L, wire, lease);

    if (refused) {
        return refused;
    }

    call = ngx_pdn_wire_call_create(L, lease);
    wire->listening = 1;
    call->push = ngx_pdn_redis_push;
    call->ask.replies = 1;
    call->ask.any = 1;

    return ngx_pdn_wire_call_wait(L, wire, call);
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
        return ngx_pdn_wire_call_error(L, &wire->error);
    }

    if (ngx_pdn_redis_encode(L, 2, &wire->out) != NGX_OK) {
        return ngx_pdn_wire_call_misuse(L, NULL);
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


static int
ngx_pdn_redis_push(lua_State *L, ngx_pdn_wire_call_t *call)
{
    int n;

    n = pdn_lua_resp(L, (char *) call->ask.data, call->ask.len, call->pairs);

    if (n == 3) {
        lua_pushnil(L);
        lua_insert(L, -4);
        n = 4;
    }

    return n;
}


static int
ngx_pdn_redis_push_list(lua_State *L, ngx_pdn_wire_call_t *call)
{
    pdn_lua_resp_list(L, (char *) call->ask.data, call->ask.len, call->batch);

    return 2;
}
