/*
 * SPDX-License-Identifier: MIT
 *
 * A connection to MySQL or MariaDB: libmariadb's calls that start and go on,
 * driven by nginx's events.  The library owns the socket; nginx only watches
 * it.  A suspended call lives on a stack of the library's own.
 */

#ifndef NGX_PDN_MYSQL_H
#define NGX_PDN_MYSQL_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_thread_pool.h>

#include "ngx_pdn_db.h"
#include "ngx_pdn_db_watch.h"
#include "ngx_pdn_resolve.h"
#include "pdn_mysql.h"


#define NGX_PDN_MYSQL_PORT 3306


typedef struct ngx_pdn_mysql_cancel_s ngx_pdn_mysql_cancel_t;


typedef enum {
    NGX_PDN_MYSQL_CONNECTING = 0,
    NGX_PDN_MYSQL_READY,
    NGX_PDN_MYSQL_BUSY
} ngx_pdn_mysql_state_e;


typedef enum {
    NGX_PDN_MYSQL_PING = 0,
    NGX_PDN_MYSQL_FIND, /* the request's statement */
    NGX_PDN_MYSQL_PREPARE,
    NGX_PDN_MYSQL_EXECUTE,
    NGX_PDN_MYSQL_RECEIVE, /* what it answers */
    NGX_PDN_MYSQL_FETCH,   /* its rows */
    NGX_PDN_MYSQL_NEXT,    /* result of the statement */
    NGX_PDN_MYSQL_SCRIPT,
    NGX_PDN_MYSQL_FETCH_TEXT,
    NGX_PDN_MYSQL_NEXT_TEXT,
    NGX_PDN_MYSQL_WARNINGS,
    NGX_PDN_MYSQL_BATCH,
    NGX_PDN_MYSQL_RESET,   /* the session */
    NGX_PDN_MYSQL_CONNECT, /* no step among others */
    NGX_PDN_MYSQL_PART,    /* of a stream: its reader has its turn */
    NGX_PDN_MYSQL_END
} ngx_pdn_mysql_step_e;


typedef struct ngx_pdn_mysql_s ngx_pdn_mysql_t;
typedef ngx_pdn_mysql_step_e (*ngx_pdn_mysql_step_pt)(ngx_pdn_mysql_t *c);


/* What the library starts: each answers MYSQL_WAIT_*, 0 when it has ended. */

typedef struct {
    int (*start)(ngx_pdn_mysql_t *c);
    int (*cont)(ngx_pdn_mysql_t *c);
    ngx_pdn_mysql_step_e (*done)(ngx_pdn_mysql_t *c);
} ngx_pdn_mysql_call_t;


typedef struct {
    ngx_queue_t link; /* in statements, or doomed */
    MYSQL_STMT *stmt;
    uint32_t hash;
    unsigned marks;  /* question marks of the statement */
    unsigned *order; /* and which placeholder each is */
    size_t len;
    char *key; /* as it was given */
    unsigned prepared : 1;
} ngx_pdn_mysql_statement_t;


struct ngx_pdn_mysql_s {
    ngx_pdn_db_conn_t conn;
    MYSQL *mysql;
    ngx_pdn_db_watch_t watch;
    ngx_pdn_mysql_state_e state;
    ngx_pdn_mysql_step_e step;
    const ngx_pdn_mysql_call_t *call;
    int waits; /* MYSQL_WAIT_*, of the suspended call; 0 for none */

    /* Where the present call puts what it returns. */
    union {
        my_bool failed;
        MYSQL *mysql;
    } ret;

    struct st_mariadb_methods methods; /* the library's, but for one */
    const struct st_mariadb_methods *plain;

    ngx_pdn_resolve_t resolve;
    ngx_str_t name;     /* that is looked up */
    ngx_uint_t address; /* the one that is tried */
    char host[NGX_SOCKADDR_STRLEN + 1];
    ngx_thread_task_t task; /* that connects by TLS */

    ngx_event_t grace;              /* of an abandoned statement */
    ngx_pdn_mysql_cancel_t *cancel; /* under way, or NULL */
    pdn_db_request_t *requests;     /* taken from the operation */
    pdn_db_request_t *request;      /* of them, the one that is run */
    pdn_db_rows_t *rows;            /* the results so far */
    pdn_db_rows_t *last;            /* and where rows go; NULL: nowhere */
    MYSQL_RES *text;                /* being read */
    pdn_db_error_t error;

    ngx_queue_t statements; /* used last stands first */
    ngx_queue_t doomed;     /* to be closed */
    ngx_uint_t nstatements;
    ngx_pdn_mysql_statement_t *statement; /* being run */
    ngx_uint_t behind;                    /* those sent after it */
    unsigned repeated : 1;                /* the statement was lost once */
    unsigned threaded : 1;                /* a thread has the connection */
    unsigned misused : 1;                 /* c->error is the caller's mistake */
    unsigned in_transaction : 1;
    unsigned paused : 1;    /* at NGX_PDN_MYSQL_PART */
    unsigned cancelled : 1; /* the server was asked to end the statement */
    unsigned ended : 1;     /* but it ended before the asking did */
};


/* ngx_pdn_mysql_connect.c */

extern const ngx_pdn_mysql_call_t ngx_pdn_mysql_connect;

void ngx_pdn_mysql_open(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);

/* A new handle with the pool's options for it; NULL without memory. */
MYSQL *ngx_pdn_mysql_init(ngx_pdn_db_pool_t *pool);

/* What the library is to connect to: NULL is a unix socket. */
const char *ngx_pdn_mysql_host(ngx_pdn_mysql_t *c);

/* Whether double quotes name things, as they do in the other databases. */
#define NGX_PDN_MYSQL_ANSI_QUOTES                                              \
    "sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')"
ngx_uint_t ngx_pdn_mysql_has_ansi_quotes(ngx_pdn_db_pool_t *pool);

/* Port of the server. */
ngx_uint_t ngx_pdn_mysql_port(ngx_pdn_db_pool_t *pool);


/* ngx_pdn_mysql_cancel.c */

/*
 * Asks the server, on a thread and another connection, to end the statement
 * that this one runs.  While c->cancel is set the connection must not run
 * another one, which could be hit; ngx_pdn_mysql_cancel_over() tells the end.
 */
void ngx_pdn_mysql_cancel(ngx_pdn_mysql_t *c);

/* The connection goes: nothing is told to it any longer. */
void ngx_pdn_mysql_cancel_detach(ngx_pdn_mysql_t *c);


/* ngx_pdn_mysql.c */

/* Makes the steps from `step` on, as far as they do not wait. */
void ngx_pdn_mysql_go(ngx_pdn_mysql_t *c, ngx_pdn_mysql_step_e step);

/* Something happened to the socket. */
void ngx_pdn_mysql_event(ngx_pdn_db_conn_t *conn);

/* Notes an error of the library, if there is none yet. */
void ngx_pdn_mysql_fail(ngx_pdn_mysql_t *c, unsigned number, const char *text);


/* Whether c->error tells that the server does not know the statement. */
ngx_uint_t ngx_pdn_mysql_is_unknown(const ngx_pdn_mysql_t *c);

/* The request has ended: tells so, and forgets it. */
void ngx_pdn_mysql_end(ngx_pdn_mysql_t *c);
void ngx_pdn_mysql_clear(ngx_pdn_mysql_t *c);


/* ngx_pdn_mysql_leave.c */

void ngx_pdn_mysql_abandon(ngx_pdn_db_conn_t *conn, ngx_uint_t late);

/* What nobody waits for has ended. */
void ngx_pdn_mysql_end_abandoned(ngx_pdn_mysql_t *c);

/* What asked the server to end a statement has ended. */
void ngx_pdn_mysql_cancel_over(ngx_pdn_mysql_t *c);

/*
 * Ends the suspended call, whose memory lies on a stack of its own.  For
 * connections that are not used again, while their request still stands.
 */
void ngx_pdn_mysql_unwind(ngx_pdn_mysql_t *c);


/* ngx_pdn_mysql_work.c */

/* Makes steps beginning with c->step. */
extern const ngx_pdn_mysql_call_t ngx_pdn_mysql_work;

/* The same for a step among others, which has come to an end behind it. */
void ngx_pdn_mysql_walk(ngx_pdn_mysql_t *c, ngx_pdn_mysql_step_e step);


/* ngx_pdn_mysql_steps.c, ngx_pdn_mysql_script.c, and those named after one */

/* By step; each answers the next one. */
extern const ngx_pdn_mysql_step_pt ngx_pdn_mysql_steps[];

ngx_pdn_mysql_step_e ngx_pdn_mysql_prepare(ngx_pdn_mysql_t *c);
ngx_pdn_mysql_step_e ngx_pdn_mysql_script(ngx_pdn_mysql_t *c);
ngx_pdn_mysql_step_e ngx_pdn_mysql_fetch_text(ngx_pdn_mysql_t *c);
ngx_pdn_mysql_step_e ngx_pdn_mysql_next_text(ngx_pdn_mysql_t *c);
ngx_pdn_mysql_step_e ngx_pdn_mysql_warnings(ngx_pdn_mysql_t *c);
ngx_pdn_mysql_step_e ngx_pdn_mysql_batch(ngx_pdn_mysql_t *c);
ngx_pdn_mysql_step_e ngx_pdn_mysql_reset(ngx_pdn_mysql_t *c);

/* Sends c->statement, which is prepared, with its values; 0: it failed. */
ngx_uint_t ngx_pdn_mysql_send(ngx_pdn_mysql_t *c);

/* An empty result behind the others, in c->last; NULL when none is wanted. */
pdn_db_rows_t *ngx_pdn_mysql_result(ngx_pdn_mysql_t *c,
                                    pdn_db_rows_kind_e kind);

/* Whether rows go anywhere: else they are read and forgotten. */
ngx_uint_t ngx_pdn_mysql_wanted(const ngx_pdn_mysql_t *c);

/* The names of a statement's columns in a new result, for rows to come. */
void ngx_pdn_mysql_begin_rows(ngx_pdn_mysql_t *c, pdn_db_rows_kind_e kind);

void ngx_pdn_mysql_no_memory(ngx_pdn_mysql_t *c);

/* What follows the last result, and an error that the connection tells of. */
ngx_pdn_mysql_step_e ngx_pdn_mysql_last(ngx_pdn_mysql_t *c);
ngx_pdn_mysql_step_e ngx_pdn_mysql_failed(ngx_pdn_mysql_t *c);


/* ngx_pdn_mysql_cache.c */

/* The request's statement, prepared or not; NULL without memory. */
ngx_pdn_mysql_statement_t *ngx_pdn_mysql_cache_find(ngx_pdn_mysql_t *c);

/* It is closed by ngx_pdn_mysql_cache_forget(). */
void ngx_pdn_mysql_cache_remove(ngx_pdn_mysql_t *c,
                                ngx_pdn_mysql_statement_t *st);

/* Closes what was removed. */
void ngx_pdn_mysql_cache_forget(ngx_pdn_mysql_t *c);

/* After mysql_close(): frees everything. */
void ngx_pdn_mysql_cache_release(ngx_pdn_mysql_t *c);


#endif /* NGX_PDN_MYSQL_H */
