/*
 * SPDX-License-Identifier: MIT
 *
 * A call of Lua that asks on a wire: a wait of the engine around an ask.
 * What the protocols' bindings share.
 */

#ifndef NGX_PDN_WIRE_CALL_H
#define NGX_PDN_WIRE_CALL_H


#include "ngx_pdn_db_lua.h"
#include "ngx_pdn_wire.h"


typedef struct ngx_pdn_wire_call_s ngx_pdn_wire_call_t;

struct ngx_pdn_wire_call_s {
    ngx_pdn_wire_ask_t ask; /* first: a block of the heap */
    ngx_pdn_wait_t wait;
    ngx_pdn_db_lease_t *lease; /* NULL: asked on the shared wire */

    /* Pushes the results of an answer, while its bytes live.  [-0, +n, m] */
    int (*push)(lua_State *L, ngx_pdn_wire_call_t *call);
    ngx_uint_t batch; /* the binding's: commands of a batch, or 0 */
    ngx_uint_t pairs; /* and: RESP2 lists what is a map, or flags are wanted */
};


/* Its deadline is the number at 2.  Raises without memory. */
ngx_pdn_wire_call_t *ngx_pdn_wire_call_create(lua_State *L,
                                              ngx_pdn_db_lease_t *lease);

/* Asks, and suspends; a C function returns the value of this at once. */
int ngx_pdn_wire_call_wait(lua_State *L, ngx_pdn_wire_t *wire,
                           ngx_pdn_wire_call_t *call);

/*
 * 0, or how many results say why nothing can be asked now: nil, err, code,
 * word, or false and the caller's mistake.
 */
int ngx_pdn_wire_call_refuse(lua_State *L, ngx_pdn_wire_t *wire,
                             ngx_pdn_db_lease_t *lease);

/* With what is wrong on top of the stack: false and that; frees `call`. */
int ngx_pdn_wire_call_misuse(lua_State *L, ngx_pdn_wire_call_t *call);

/* nil, err, code and the server's word, if any. */
int ngx_pdn_wire_call_error(lua_State *L, const pdn_db_error_t *error);


#endif /* NGX_PDN_WIRE_CALL_H */
