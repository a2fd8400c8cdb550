/*
 * SPDX-License-Identifier: MIT
 *
 * A connection to SQLite as the pool has it, shared by the files of its
 * driver.
 */

#ifndef NGX_PDN_SQLITE_H
#define NGX_PDN_SQLITE_H


#include "ngx_pandan_db_module.h"
#include "ngx_pdn_db.h"
#include "pdn_sqlite.h"


typedef enum {
    NGX_PDN_SQLITE_OPEN = 0,
    NGX_PDN_SQLITE_RUN,
    NGX_PDN_SQLITE_MORE,
    NGX_PDN_SQLITE_CLOSE
} ngx_pdn_sqlite_action_e;


/* A statement that a thread runs after that of the connection's operation. */

typedef struct {
    ngx_pdn_db_op_t *op; /* NULL: nobody waits for it any longer */
    pdn_db_request_t *request;
    pdn_db_rows_t *rows;
    pdn_db_error_t error;
    pdn_sqlite_rc_e rc;
    unsigned left;
} ngx_pdn_sqlite_rider_t;


typedef struct {
    ngx_pdn_db_conn_t conn;
    pdn_sqlite_conf_t conf;
    pdn_sqlite_t sqlite;
    ngx_thread_task_t task;
    ngx_pdn_sqlite_action_e action;
    char path[NGX_PDN_DB_SHARED_MAX]; /* of a shared database */
    pdn_db_request_t *request;        /* taken from the operation */
    pdn_db_rows_t rows;
    pdn_db_error_t error;
    pdn_sqlite_rc_e rc;
    size_t part;                    /* of a stream, else 0 */
    ngx_pdn_db_outcome_t *outcomes; /* of a batch, one for each request */
    ngx_uint_t noutcomes;
    ngx_pdn_sqlite_rider_t *riders; /* NULL until there was one */
    ngx_uint_t nriders;
    ngx_msec_t looked;
    ngx_msec_t last;      /* statement that was brief */
    ngx_event_t released; /* at the end of the turn: what is held */
    unsigned posted : 1;  /* a thread has it */
    unsigned look : 1;    /* it asks for its file */
    unsigned moves : 1;   /* what writes goes to another pool */
    unsigned lost : 1;    /* it has none */
} ngx_pdn_sqlite_conn_t;


/* Where the file is; NGX_ERROR with op->error when that cannot be told. */
ngx_int_t ngx_pdn_sqlite_locate(ngx_pdn_sqlite_conn_t *c, ngx_pdn_db_op_t *op);

/* Whether a reader should ask the system for its file again. */
ngx_uint_t ngx_pdn_sqlite_due(ngx_pdn_sqlite_conn_t *c);

/* A thread is done with `c`: what it has found out about the file. */
void ngx_pdn_sqlite_note(ngx_pdn_sqlite_conn_t *c);

/*
 * All statements of a batch, on a thread; c->rc and c->error say what befell
 * the batch as a whole.
 */
void ngx_pdn_sqlite_batch(ngx_pdn_sqlite_conn_t *c);

/* The same for `brief` of the driver. */
ngx_uint_t ngx_pdn_sqlite_batch_brief(ngx_pdn_sqlite_conn_t *c,
                                      ngx_pdn_db_op_t *op);

/*
 * Riders.  _load takes them from the queue, _run is for the thread, _unload
 * ends them all, with `err` if there was one for all; _leave: one is left.
 */
void ngx_pdn_sqlite_load(ngx_pdn_sqlite_conn_t *c);
void ngx_pdn_sqlite_ride(ngx_pdn_sqlite_conn_t *c);
void ngx_pdn_sqlite_unload(ngx_pdn_sqlite_conn_t *c, const pdn_db_error_t *err);
void ngx_pdn_sqlite_leave(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
void ngx_pdn_sqlite_riders_free(ngx_pdn_sqlite_conn_t *c);

/* Frees what `n` outcomes hold, and makes them zero. */
void ngx_pdn_sqlite_forget(ngx_pdn_db_outcome_t *outcomes, ngx_uint_t n);


#endif /* NGX_PDN_SQLITE_H */
