/*
 * SPDX-License-Identifier: MIT
 *
 * The binding of the drivers to Lua: package.preload["pandan.db.native"],
 * upon which framework/pandan/db.lua stands.
 */

#ifndef NGX_PDN_DB_LUA_H
#define NGX_PDN_DB_LUA_H


#include "ngx_pdn_engine.h"
#include "ngx_pdn_db.h"


#define NGX_PDN_DB_LEASE "pandan.db.lease"


/*
 * A connection that Lua holds for a transaction; a userdata.  It comes back
 * by name, with the end of the host, or with the garbage, whichever is first.
 */
typedef struct {
    ngx_queue_t link; /* of the host's leases */
    ngx_pdn_host_t *host;
    ngx_pdn_db_conn_t *conn; /* NULL when it is over */
    unsigned busy : 1;
} ngx_pdn_db_lease_t;


/* An ngx_pdn_opener_pt. */
void ngx_pdn_db_lua_open(lua_State *L);


/* ngx_pdn_db_call.c */

typedef enum {
    NGX_PDN_DB_QUERY = 0,
    NGX_PDN_DB_SCRIPT,
    NGX_PDN_DB_BEGIN
} ngx_pdn_db_kind_e;

/*
 * Runs the statement at 2 on the pool or lease at 1, with the values above;
 * a C function called by Lua returns the value of this at once.
 *
 *     rows, or a lease from NGX_PDN_DB_BEGIN
 *     nil, err, code, server_code
 *     false, the caller's mistake
 */
int ngx_pdn_db_call(lua_State *L, ngx_pdn_db_kind_e kind);


/* ngx_pdn_db_lease.c */

void ngx_pdn_db_lease_open(lua_State *L);

/*
 * Takes over a kept connection; NULL without memory, then it was given back.
 * [-0, +0|1, m]
 */
ngx_pdn_db_lease_t *ngx_pdn_db_lease_push(lua_State *L, ngx_pdn_host_t *host,
                                          ngx_pdn_db_conn_t *conn);

/* The lease at `index`, or NULL when there is something else. */
ngx_pdn_db_lease_t *ngx_pdn_db_lease_get(lua_State *L, int index);

/* The connection has gone another way. */
void ngx_pdn_db_lease_forget(ngx_pdn_db_lease_t *lease);

/* Gives the connection back, if it is still held. */
void ngx_pdn_db_lease_end(ngx_pdn_db_lease_t *lease);


#endif /* NGX_PDN_DB_LUA_H */
