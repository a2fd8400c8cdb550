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
#include "pdn_pg.h"


typedef enum {
    NGX_PDN_PG_CONNECTING = 0,
    NGX_PDN_PG_READY,
    NGX_PDN_PG_BUSY
} ngx_pdn_pg_state_e;


/*
 * What a busy connection does.  FORGET and PREPARE come before EXECUTE, and
 * COPYs after it.
 */
typedef enum {
    NGX_PDN_PG_FORGET = 0, /* DEALLOCATE of a statement */
    NGX_PDN_PG_PREPARE,
    NGX_PDN_PG_EXECUTE,
    NGX_PDN_PG_BATCH, /* in libpq's pipeline mode */
    NGX_PDN_PG_COPY_OUT,
    NGX_PDN_PG_COPY_IN,
    NGX_PDN_PG_LISTEN /* all was read; waits for notifications */
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


/* One statement of a batch that is under way. */

typedef struct {
    ngx_uint_t index;    /* of its outcome */
    ngx_uint_t number;   /* of its prepared statement, 0 for none */
    ngx_uint_t commands; /* that it still has in the pipeline */
    unsigned exists : 1; /* prepared on the server */
} ngx_pdn_pg_item_t;


typedef struct ngx_pdn_pg_cancel_s ngx_pdn_pg_cancel_t;


typedef struct {
    ngx_pdn_db_conn_t conn;
    PGconn *pg;
    ngx_pdn_db_watch_t watch; /* of PQsocket(pg) */
    ngx_pdn_pg_state_e state;
    ngx_pdn_pg_step_e step;

    ngx_pdn_resolve_t resolve;
    ngx_uint_t host; /* of several, that is looked up */
    ngx_str_t hosts; /* and addresses, as libpq wants them, so far */
    ngx_str_t addrs;
    ngx_str_t ports;

    ngx_event_t grace; /* of an abandoned statement */
    ngx_pdn_pg_cancel_t *cancel;
    pdn_pg_answer_t *answer;
    pdn_pg_text_t notices;
    pdn_db_error_t error; /* of the present step */

    ngx_queue_t statements; /* used last stands first */
    ngx_uint_t nstatements;
    ngx_uint_t next_number;
    ngx_uint_t doomed;                 /* to be deallocated, or 0 */
    ngx_pdn_pg_statement_t *statement; /* being run */

    ngx_pdn_pg_item_t *items; /* of a batch */
    ngx_uint_t nitems;
    ngx_uint_t item;      /* whose result comes next */
    ngx_uint_t nsyncs;    /* that were sent and not answered */
    ngx_uint_t cancelled; /* at which item the server was asked last */

    unsigned repeated : 1; /* the statement was lost once */
    unsigned joined : 1;   /* one Sync for all of a batch */
    unsigned aborted : 1;  /* the item was not run for another's failure */
    unsigned checking : 1; /* runs no operation's request */
    unsigned drained : 1;  /* all was read, but a cancellation runs */
} ngx_pdn_pg_t;


/* ngx_pdn_pg_connect.c */

void ngx_pdn_pg_open(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
void ngx_pdn_pg_connect_event(ngx_pdn_pg_t *c);


/* ngx_pdn_pg_cancel.c */

/* As the driver's `abandon`. */
void ngx_pdn_pg_abandon(ngx_pdn_db_conn_t *conn, ngx_uint_t late);

/*
 * An abandoned statement has ended; gives the connection back once no
 * cancellation can hit the next one.
 */
void ngx_pdn_pg_drained(ngx_pdn_pg_t *c);

/* A statement of an abandoned batch has ended. */
void ngx_pdn_pg_cancel_again(ngx_pdn_pg_t *c);

/* The connection goes away: a cancellation must not look at it. */
void ngx_pdn_pg_cancel_detach(ngx_pdn_pg_t *c);


/* ngx_pdn_pg.c */

/* Something happened to the socket. */
void ngx_pdn_pg_event(ngx_pdn_db_conn_t *conn);

/* As ngx_pdn_db_watch(), for libpq's socket. */
ngx_int_t ngx_pdn_pg_watch(ngx_pdn_pg_t *c, ngx_uint_t read, ngx_uint_t write,
                           ngx_uint_t changed);

/* Sends what waits to be sent, and watches.  May end the operation. */
void ngx_pdn_pg_flush(ngx_pdn_pg_t *c);

/* The statement is over, as c->answer or c->error tell. */
void ngx_pdn_pg_end(ngx_pdn_pg_t *c);

/* Nothing can be read any more, or nothing that makes sense. */
void ngx_pdn_pg_broken(ngx_pdn_pg_t *c);

/* Forgets answer and error of the last step, and its grace. */
void ngx_pdn_pg_clear(ngx_pdn_pg_t *c);


/* ngx_pdn_pg_steps.c: the steps of one statement */

void ngx_pdn_pg_begin(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op);
void ngx_pdn_pg_read(ngx_pdn_pg_t *c);


/* ngx_pdn_pg_stream.c */

/* As the driver's `more`. */
void ngx_pdn_pg_more(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);

/* Whether the operation gets what there is now as a part: then it did. */
ngx_uint_t ngx_pdn_pg_part(ngx_pdn_pg_t *c);

/*
 * Reads a COPY on.  NGX_OK: it is over, results follow; NGX_AGAIN;
 * NGX_DONE: the operation got a part, or has ended.
 */
ngx_int_t ngx_pdn_pg_copy(ngx_pdn_pg_t *c);

/* The server has said that a COPY begins; NGX_DONE as above, or NGX_OK. */
ngx_int_t ngx_pdn_pg_copy_begin(ngx_pdn_pg_t *c, ExecStatusType status);

/* Gives what the server sent unasked, if the operation waits for it. */
void ngx_pdn_pg_notified(ngx_pdn_pg_t *c);

/*
 * Adds what the server sent unasked to c->answer, at most `max` of it, making
 * the answer if there is something.  0 without memory.
 */
ngx_uint_t ngx_pdn_pg_hear(ngx_pdn_pg_t *c, ngx_uint_t max);


/* ngx_pdn_pg_batch.c */

void ngx_pdn_pg_batch(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op);
void ngx_pdn_pg_batch_read(ngx_pdn_pg_t *c);


/* ngx_pdn_pg_send.c: 1 when sent, as libpq's functions answer. */

int ngx_pdn_pg_send_params(ngx_pdn_pg_t *c, const pdn_db_request_t *rq,
                           const char *name);
int ngx_pdn_pg_send_prepare(ngx_pdn_pg_t *c, const pdn_db_request_t *rq,
                            const char *name);

/*
 * Whether libpq would cut a text off at a zero byte; then what is wrong is in
 * `err`.
 */
ngx_uint_t ngx_pdn_pg_has_zero(const pdn_db_request_t *rq, pdn_db_error_t *err);


/* ngx_pdn_pg_result.c */

/*
 * Takes over a result of the present step: it goes to c->answer, or becomes
 * an error in c->error, then with conn.broken when nothing more can be done.
 */
void ngx_pdn_pg_take(ngx_pdn_pg_t *c, PGresult *result);

/* libpq's receiver of notices, whose data is the connection. */
void ngx_pdn_pg_notice(void *data, const PGresult *result);


/* ngx_pdn_pg_cache.c */

/* The name of a statement on the server, in `name`. */
#define NGX_PDN_PG_NAME_LEN (sizeof("pdn_") + NGX_INT64_LEN)

void ngx_pdn_pg_name(char *name, ngx_uint_t number);

/*
 * The request's statement, noted now if it was not known: then, or without
 * memory or a cache, it is not worth to be prepared and this answers NULL.
 * Another may have to go for it, which becomes c->doomed; not without `evict`.
 */
ngx_pdn_pg_statement_t *ngx_pdn_pg_cache_find(ngx_pdn_pg_t *c,
                                              const pdn_db_request_t *rq,
                                              ngx_uint_t evict);
void ngx_pdn_pg_cache_remove(ngx_pdn_pg_t *c, ngx_pdn_pg_statement_t *st);
void ngx_pdn_pg_cache_remove_number(ngx_pdn_pg_t *c, ngx_uint_t number);
void ngx_pdn_pg_cache_release(ngx_pdn_pg_t *c);

/*
 * Whether the error may mean that a prepared statement was lost or is stale:
 * its table has changed, or the types of its values.
 */
ngx_uint_t ngx_pdn_pg_cache_lost(const pdn_db_error_t *err);

/* That one: the server forgets it too, before the next statement. */
void ngx_pdn_pg_cache_forget(ngx_pdn_pg_t *c, ngx_uint_t number,
                             const pdn_db_error_t *err);


#endif /* NGX_PDN_PG_H */
