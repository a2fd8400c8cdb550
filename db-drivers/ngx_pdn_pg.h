/*
 * SPDX-License-Identifier: MIT
 *
 * A connection to PostgreSQL: libpq, driven by nginx's events.  libpq owns
 * the socket; nginx only watches it.
 */

#ifndef NGX_PDN_PG_H
#define NGX_PDN_PG_H


#include <libpq-fe.h>

#include "ngx_pdn_db.h"
#include "ngx_pdn_db_watch.h"
#include "ngx_pdn_resolve.h"


typedef enum {
    NGX_PDN_PG_CONNECTING = 0,
    NGX_PDN_PG_READY,
    NGX_PDN_PG_BUSY
} ngx_pdn_pg_state_e;


/* What a busy connection does; steps that come first prepare the last one. */

typedef enum {
    NGX_PDN_PG_FORGET = 0, /* DEALLOCATE of a statement */
    NGX_PDN_PG_PREPARE,
    NGX_PDN_PG_EXECUTE
} ngx_pdn_pg_step_e;


/* A statement seen on this connection; prepared when it is seen again. */

typedef struct {
    ngx_queue_t link;
    uint32_t hash;
    ngx_uint_t number; /* its name is "pdn_NUMBER" */
    size_t len;
    unsigned prepared : 1;
    u_char key[1]; /* types, a zero, the text */
} ngx_pdn_pg_statement_t;


typedef struct {
    ngx_pdn_db_conn_t conn;
    PGconn *pg;
    ngx_pdn_db_watch_t watch; /* of PQsocket(pg) */
    ngx_pdn_pg_state_e state;
    ngx_pdn_pg_step_e step;

    ngx_pdn_resolve_t resolve;
    ngx_str_t name; /* that is looked up */

    ngx_event_t grace; /* of an abandoned statement */
    PGresult *result;
    pdn_db_error_t error; /* of the present step */

    ngx_queue_t statements; /* used last stands first */
    ngx_uint_t nstatements;
    ngx_uint_t next_number;
    ngx_uint_t doomed;                 /* to be deallocated, or 0 */
    ngx_pdn_pg_statement_t *statement; /* being run */
    unsigned repeated : 1;             /* the statement was lost once */
    unsigned checking : 1;             /* runs no operation's request */
} ngx_pdn_pg_t;


/* ngx_pdn_pg_connect.c */

void ngx_pdn_pg_open(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
void ngx_pdn_pg_connect_event(ngx_pdn_pg_t *c);


/* ngx_pdn_pg_cancel.c */

/* Asks the server, on a thread, to end what the connection runs. */
void ngx_pdn_pg_cancel(ngx_pdn_pg_t *c);


/* ngx_pdn_pg.c */

/* Something happened to the socket. */
void ngx_pdn_pg_event(ngx_pdn_db_conn_t *conn);

/* As ngx_pdn_db_watch(), for libpq's socket. */
ngx_int_t ngx_pdn_pg_watch(ngx_pdn_pg_t *c, ngx_uint_t read, ngx_uint_t write,
                           ngx_uint_t changed);

/* Forgets result and error of the last step, and its grace. */
void ngx_pdn_pg_clear(ngx_pdn_pg_t *c);


/* ngx_pdn_pg_send.c: 1 when sent, as libpq's functions answer. */

int ngx_pdn_pg_send_params(ngx_pdn_pg_t *c, const pdn_db_request_t *rq,
                           const char *name);
int ngx_pdn_pg_send_prepare(ngx_pdn_pg_t *c, const pdn_db_request_t *rq,
                            const char *name);

/* Whether libpq would cut a text off at a zero byte. */
ngx_uint_t ngx_pdn_pg_has_zero(const pdn_db_request_t *rq);


/* ngx_pdn_pg_result.c */

/*
 * Takes over a result of the present step: it becomes c->result, or an error
 * in c->error, then with conn.broken when nothing more can be done.
 */
void ngx_pdn_pg_take(ngx_pdn_pg_t *c, PGresult *result);


/* ngx_pdn_pg_cache.c */

/*
 * The request's statement, noted now if it was not known: then, or without
 * memory or a cache, it is not worth to be prepared and this answers NULL.
 */
ngx_pdn_pg_statement_t *ngx_pdn_pg_cache_find(ngx_pdn_pg_t *c,
                                              const pdn_db_request_t *rq);
void ngx_pdn_pg_cache_remove(ngx_pdn_pg_t *c, ngx_pdn_pg_statement_t *st);
void ngx_pdn_pg_cache_release(ngx_pdn_pg_t *c);


#endif /* NGX_PDN_PG_H */
