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


#define NGX_PDN_DB_LEASE  "pandan.db.lease"
#define NGX_PDN_DB_STREAM "pandan.db.stream"


typedef struct ngx_pdn_db_stream_s ngx_pdn_db_stream_t;


/*
 * A connection that Lua holds for a transaction; a userdata.  It comes back
 * by name, with the end of the host, or with the garbage, whichever is first.
 */
typedef struct {
    ngx_queue_t link; /* of the host's leases */
    ngx_pdn_host_t *host;
    ngx_pdn_db_conn_t *conn;     /* NULL when it is over */
    ngx_pdn_db_stream_t *stream; /* that is being read, or was left */
    unsigned busy : 1;
} ngx_pdn_db_lease_t;


/* An ngx_pdn_opener_pt. */
void ngx_pdn_db_lua_open(lua_State *L);


/* ngx_pdn_db_call.c */

typedef enum {
    NGX_PDN_DB_QUERY = 0,
    NGX_PDN_DB_SCRIPT,
    NGX_PDN_DB_BEGIN,
    NGX_PDN_DB_BATCH,
    NGX_PDN_DB_BACKUP
} ngx_pdn_db_kind_e;

/*
 * Runs the statement at 2 on the pool or lease at 1, with the values above,
 * or the batch at 2; a C function called by Lua returns the value of this at
 * once.
 *
 *     rows, or a lease from NGX_PDN_DB_BEGIN
 *     results, errors or nil, from NGX_PDN_DB_BATCH
 *     true, from NGX_PDN_DB_BACKUP
 *     nil, err, code, server_code, fields
 *     false, the caller's mistake
 */
int ngx_pdn_db_call(lua_State *L, ngx_pdn_db_kind_e kind);

/*
 * Makes `op` ready for the target at 1, a pool or a lease; answers the lease,
 * or NULL.  When the target cannot be used now op->pool is NULL, and why is
 * on the stack.  [-0, +0|1, -]
 */
ngx_pdn_db_lease_t *ngx_pdn_db_call_target(lua_State *L, ngx_pdn_host_t *host,
                                           ngx_pdn_db_op_t *op,
                                           ngx_pdn_db_kind_e kind);


/* ngx_pdn_db_push.c */

/* nil, err, code, server_code, fields; or false and text.  [-0, +n, m] */
int ngx_pdn_db_push_error(lua_State *L, const ngx_pdn_db_op_t *op);

/* What the driver gave.  [-0, +1, m] */
void ngx_pdn_db_push_result(lua_State *L, ngx_pdn_db_pool_t *pool,
                            void *result);

/* results, and errors or nil.  [-0, +2, m] */
int ngx_pdn_db_push_outcomes(lua_State *L, const ngx_pdn_db_op_t *op);


/* ngx_pdn_db_stream.c */

void ngx_pdn_db_stream_open(lua_State *L);

/*
 * Lua: stream(pool | lease, sql, ...) -> rows, stream or nil for no more
 *                                      | as query()
 */
int ngx_pdn_db_stream(lua_State *L);

/*
 * Lua: listen(pool, sql) -> true, stream | as query()
 * What the server sends afterwards is given by more().
 */
int ngx_pdn_db_stream_listen(lua_State *L);

/*
 * Lua: more(stream, [text | nil]) -> rows | nil for the end | as query()
 * COPY FROM takes text, or nil for the end; a listener milliseconds, then true
 * says that nothing came.
 */
int ngx_pdn_db_stream_more(lua_State *L);

/* Lua: stop(stream | lease) -> true | as query() */
int ngx_pdn_db_stream_stop(lua_State *L);

/* Nobody will read it, and nobody waits for it. */
void ngx_pdn_db_stream_leave(ngx_pdn_db_stream_t *stream);


/* ngx_pdn_db_session.c */

/* Adds its functions to the table on top of the stack.  [-0, +0, m] */
void ngx_pdn_db_session_open(lua_State *L);


/* ngx_pdn_db_marks.c */

int ngx_pdn_db_lua_mark(lua_State *L);
int ngx_pdn_db_lua_marked(lua_State *L);


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
