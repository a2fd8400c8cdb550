/*
 * SPDX-License-Identifier: MIT
 *
 * Calls of Lua around asks of wires.
 */

#include "ngx_pdn_wire_call.h"


static void ngx_pdn_wire_call_done(ngx_pdn_wire_ask_t *ask);
static int ngx_pdn_wire_call_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_pdn_wire_call_cancel(ngx_pdn_wait_t *wait);


ngx_pdn_wire_call_t *
ngx_pdn_wire_call_create(lua_State *L, ngx_pdn_db_lease_t *lease)
{
    ngx_pdn_wire_call_t *call;

    call = ngx_alloc(sizeof(ngx_pdn_wire_call_t), ngx_cycle->log);
    if (call == NULL) {
        luaL_error(L, "no memory");
    }

    ngx_memzero(call, sizeof(ngx_pdn_wire_call_t));
    call->lease = lease;
    call->ask.timeout = (ngx_msec_t) lua_tonumber(L, 2);

    return call;
}


int
ngx_pdn_wire_call_wait(lua_State *L, ngx_pdn_wire_t *wire,
                       ngx_pdn_wire_call_t *call)
{
    call->ask.done = ngx_pdn_wire_call_done;
    call->wait.push = ngx_pdn_wire_call_push;
    call->wait.cancel = ngx_pdn_wire_call_cancel;

    if (call->lease != NULL) {
        call->lease->busy = 1;
    }

    ngx_pdn_wire_ask(wire, &call->ask);

    return ngx_pdn_suspend(L, &call->wait);
}


int
ngx_pdn_wire_call_refuse(lua_State *L, ngx_pdn_wire_t *wire,
                         ngx_pdn_db_lease_t *lease)
{
    if (wire->state == NGX_PDN_WIRE_CLOSED) {
        return ngx_pdn_wire_call_error(L, &wire->error);
    }

    if (lease != NULL && lease->busy) {
        lua_pushboolean(L, 0);
        lua_pushliteral(L, "another thread uses the connection already");
        return 2;
    }

    return 0;
}


int
ngx_pdn_wire_call_misuse(lua_State *L, ngx_pdn_wire_call_t *call)
{
    ngx_free(call);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);

    return 2;
}


int
ngx_pdn_wire_call_error(lua_State *L, const pdn_db_error_t *error)
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
ngx_pdn_wire_call_done(ngx_pdn_wire_ask_t *ask)
{
    ngx_pdn_wire_call_t *call = (ngx_pdn_wire_call_t *) ask;

    if (call->lease != NULL) {
        call->lease->busy = 0;
    }

    ngx_pdn_wake(&call->wait);
}


/* Called within done(), where the answer's bytes live. */
static int
ngx_pdn_wire_call_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_wire_call_t *call;

    call = ngx_queue_data(wait, ngx_pdn_wire_call_t, wait);

    n = call->ask.error != NULL ? ngx_pdn_wire_call_error(L, call->ask.error)
                                : call->push(L, call);

    /* one that is late has its place in the wire's queue */
    if (!call->ask.late) {
        ngx_free(call);
    }

    return n;
}


/* The task dies: nobody will use its connection either. */
static void
ngx_pdn_wire_call_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_db_lease_t *lease;
    ngx_pdn_wire_call_t *call;

    call = ngx_queue_data(wait, ngx_pdn_wire_call_t, wait);
    lease = call->lease;
    ngx_pdn_wire_forget(&call->ask);

    if (lease != NULL) {
        lease->busy = 0;
        ngx_pdn_db_lease_end(lease);
    }
}
