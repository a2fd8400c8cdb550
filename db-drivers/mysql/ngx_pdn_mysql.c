/*
 * SPDX-License-Identifier: MIT
 *
 * MySQL and MariaDB as a driver of the pool.  What a request is made of
 * stands in ngx_pdn_mysql_steps.c.
 */

#include "ngx_pdn_mysql.h"


#define NGX_PDN_MYSQL_ROLLED_BACK  1213 /* a deadlock ends the transaction */
#define NGX_PDN_MYSQL_UNKNOWN_STMT 1243
#define NGX_PDN_MYSQL_CLIENT_FIRST 2000 /* the library's own errors */
#define NGX_PDN_MYSQL_CLIENT_LAST  2999


static void ngx_pdn_mysql_run(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static void ngx_pdn_mysql_more_rows(ngx_pdn_db_conn_t *conn,
                                    ngx_pdn_db_op_t *op);
static void ngx_pdn_mysql_check(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static ngx_uint_t ngx_pdn_mysql_dirty(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_mysql_close(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_mysql_part(ngx_pdn_mysql_t *c);
static ngx_uint_t ngx_pdn_mysql_wait(ngx_pdn_mysql_t *c, int waits);
static ngx_uint_t ngx_pdn_mysql_again(ngx_pdn_mysql_t *c);
static void ngx_pdn_mysql_settle(ngx_pdn_mysql_t *c);
static void ngx_pdn_mysql_settle_raw(ngx_pdn_mysql_t *c);


const ngx_pdn_db_driver_t ngx_pdn_mysql_driver = {
    .name = "mysql",
    .dialect = PDN_DB_MYSQL,
    .conn_size = sizeof(ngx_pdn_mysql_t),
    .open = ngx_pdn_mysql_open,
    .run = ngx_pdn_mysql_run,
    .more = ngx_pdn_mysql_more_rows,
    .check = ngx_pdn_mysql_check,
    .abandon = ngx_pdn_mysql_abandon,
    .dirty = ngx_pdn_mysql_dirty,
    .reset = "",
    .close = ngx_pdn_mysql_close,
    .free_result = pdn_db_rows_free,
    .batches = 1
};


static void
ngx_pdn_mysql_run(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_mysql_step_e step;
    ngx_pdn_mysql_t *c = (ngx_pdn_mysql_t *) conn;

    /* a suspended call points into it, whether someone waits or not */
    c->requests = op->request;
    c->request = op->request;
    op->request = NULL;

    c->state = NGX_PDN_MYSQL_BUSY;
    c->repeated = 0;

    /* not by a statement, but by a command that resets more */
    if (op == &conn->reset && conn->session != PDN_DB_SESSION_SAME) {
        step = NGX_PDN_MYSQL_RESET;

    } else if (conn->broken) {
        /* it ended while its borrower did something else */
        pdn_db_fail(&c->error, "closed", "the connection was lost");
        step = NGX_PDN_MYSQL_END;

    } else if (op->outcomes != NULL) {
        step = NGX_PDN_MYSQL_BATCH;

    } else {
        step = c->request->script ? NGX_PDN_MYSQL_SCRIPT : NGX_PDN_MYSQL_FIND;
    }

    ngx_pdn_mysql_go(c, step);
}


static void
ngx_pdn_mysql_more_rows(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_mysql_t *c = (ngx_pdn_mysql_t *) conn;

    c->paused = 0;

    if (!op->discard) {
        ngx_pdn_mysql_begin_rows(c, PDN_DB_ROWS_RESULT);
    }

    ngx_pdn_mysql_go(c, NGX_PDN_MYSQL_FETCH);
}


static void
ngx_pdn_mysql_check(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_mysql_t *c = (ngx_pdn_mysql_t *) conn;

    (void) op;

    c->state = NGX_PDN_MYSQL_BUSY;
    ngx_pdn_mysql_go(c, NGX_PDN_MYSQL_PING);
}


static ngx_uint_t
ngx_pdn_mysql_dirty(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_mysql_t *c = (ngx_pdn_mysql_t *) conn;

    return c->in_transaction;
}


/*
 * The library says goodbye to the server, and reads what is left of a result:
 * on a connection that is broken or amid something it finds the socket shut.
 */
static void
ngx_pdn_mysql_close(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_mysql_t *c = (ngx_pdn_mysql_t *) conn;

    ngx_pdn_resolve_release(&c->resolve);
    ngx_pdn_db_unwatch(&c->watch);
    ngx_pdn_mysql_cancel_detach(c);

    if (c->mysql != NULL && (conn->broken || c->state != NGX_PDN_MYSQL_READY)) {
        ngx_pdn_mysql_unwind(c);
    }

    ngx_pdn_mysql_clear(c);

    if (c->mysql != NULL) {
        mysql_free_result(c->text);
        mysql_close(c->mysql);
        ngx_pdn_mysql_cache_release(c);
    }

    ngx_free(c);
}


void
ngx_pdn_mysql_go(ngx_pdn_mysql_t *c, ngx_pdn_mysql_step_e step)
{
    while (step != NGX_PDN_MYSQL_END) {
        if (step == NGX_PDN_MYSQL_PART) {
            ngx_pdn_mysql_part(c);
            return;
        }

        c->step = step;
        c->call = step == NGX_PDN_MYSQL_CONNECT ? &ngx_pdn_mysql_connect
                                                : &ngx_pdn_mysql_work;

        if (ngx_pdn_mysql_wait(c, c->call->start(c))) {
            return;
        }

        step = c->conn.broken ? NGX_PDN_MYSQL_END : c->call->done(c);
    }

    ngx_pdn_mysql_end(c);
}


/* The socket is left alone meanwhile: the server waits when it is full. */
static void
ngx_pdn_mysql_part(ngx_pdn_mysql_t *c)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    if (ngx_pdn_db_watch(&c->watch, mysql_get_socket(c->mysql), 0, 0, 0)
        != NGX_OK) {
        pdn_db_fail(&c->error, "closed", "cannot watch the connection");
        c->conn.broken = 1;
        ngx_pdn_mysql_end(c);
        return;
    }

    op->result = c->rows;
    op->more = 1;
    c->rows = NULL;
    c->last = NULL;
    c->paused = 1;

    ngx_pdn_db_finish(op);
}


/* What comes at rest is the end of the connection, or tells of it. */
void
ngx_pdn_mysql_event(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_mysql_t *c = (ngx_pdn_mysql_t *) conn;

    if (!c->waits) {
        /* a transaction may keep it: the end must not be told again */
        ngx_pdn_db_unwatch(&c->watch);
        c->in_transaction = 0;
        ngx_pdn_db_lost(conn);
        return;
    }

    if (ngx_pdn_mysql_wait(c, c->call->cont(c))) {
        return;
    }

    ngx_pdn_mysql_go(c, conn->broken ? NGX_PDN_MYSQL_END : c->call->done(c));
}


void
ngx_pdn_mysql_fail(ngx_pdn_mysql_t *c, unsigned number, const char *text)
{
    const char *code;

    code = pdn_db_mysql_code(number);

    if (c->state == NGX_PDN_MYSQL_CONNECTING) {
        if (ngx_strcmp(code, "error") == 0 || ngx_strcmp(code, "closed") == 0) {
            code = "connect_failed";
        }

    } else if (number >= NGX_PDN_MYSQL_CLIENT_FIRST
               && number <= NGX_PDN_MYSQL_CLIENT_LAST)
    {
        code = "closed";
    }

    if (ngx_strcmp(code, "closed") == 0) {
        c->conn.broken = 1;
    }

    if (number == NGX_PDN_MYSQL_ROLLED_BACK) {
        c->mysql->server_status &= ~SERVER_STATUS_IN_TRANS;
    }

    if (c->error.code == NULL) {
        pdn_db_fail(&c->error, code, "%s", text[0] ? text : "unknown error");
        snprintf(c->error.server, sizeof(c->error.server), "%u", number);
        pdn_db_error_field(&c->error, "sqlstate", mysql_sqlstate(c->mysql));
    }
}


/*
 * Whether the call waits: its deadline is the pool's, so MYSQL_WAIT_TIMEOUT
 * is not looked at.
 */
static ngx_uint_t
ngx_pdn_mysql_wait(ngx_pdn_mysql_t *c, int waits)
{
    c->waits = waits & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);

    if (waits == 0) {
        return 0;
    }

    if (ngx_pdn_db_watch(&c->watch, mysql_get_socket(c->mysql),
                         waits & MYSQL_WAIT_READ, waits & MYSQL_WAIT_WRITE,
                         c->state == NGX_PDN_MYSQL_CONNECTING)
        == NGX_OK)
    {
        return 1;
    }

    pdn_db_fail(&c->error, "closed", "cannot watch the connection");
    c->conn.broken = 1;

    return 0;
}


ngx_uint_t
ngx_pdn_mysql_is_unknown(const ngx_pdn_mysql_t *c)
{
    return c->error.code != NULL
           && ngx_atoi((u_char *) c->error.server, ngx_strlen(c->error.server))
                  == NGX_PDN_MYSQL_UNKNOWN_STMT;
}


/* A statement that the server knows no longer is prepared once more. */
static ngx_uint_t
ngx_pdn_mysql_again(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_statement_t *st = c->statement;

    if (st == NULL || c->repeated || c->conn.op == NULL
        || !ngx_pdn_mysql_is_unknown(c))
    {
        return 0;
    }

    st->prepared = 0;
    c->repeated = 1;
    c->error.code = NULL;
    c->error.server[0] = '\0';

    return 1;
}


void
ngx_pdn_mysql_end(ngx_pdn_mysql_t *c)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    if (!c->conn.broken) {
        if (ngx_pdn_mysql_again(c)) {
            ngx_pdn_mysql_go(c, NGX_PDN_MYSQL_PREPARE);
            return;
        }

        c->in_transaction = (c->mysql->server_status & SERVER_STATUS_IN_TRANS)
                            != 0;

        if (ngx_pdn_db_watch(&c->watch, mysql_get_socket(c->mysql), 1, 0,
                             c->state == NGX_PDN_MYSQL_CONNECTING)
            != NGX_OK)
        {
            pdn_db_fail(&c->error, "closed", "cannot watch the connection");
            c->conn.broken = 1;
        }
    }

    if (c->conn.broken) {
        ngx_pdn_db_unwatch(&c->watch);
        c->in_transaction = 0;
    }

    if (c->state != NGX_PDN_MYSQL_CONNECTING || c->error.code == NULL) {
        c->state = NGX_PDN_MYSQL_READY;
    }

    if (op == NULL) {
        ngx_pdn_mysql_end_abandoned(c);
        return;
    }

    ngx_pdn_mysql_settle(c);
    ngx_pdn_mysql_clear(c);
    ngx_pdn_db_finish(op);
}


/* Hands over what was found to the operation. */
static void
ngx_pdn_mysql_settle(ngx_pdn_mysql_t *c)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    if (c->requests != NULL) {
        op->request = c->requests;
        c->requests = NULL;
    }

    if (c->error.code != NULL && op->request != NULL && op->request->raw
        && !c->conn.broken)
    {
        ngx_pdn_mysql_settle_raw(c);
    }

    if (c->error.code != NULL) {
        op->error = c->error;
        op->misused = c->misused;
        return;
    }

    op->result = c->rows;
    c->rows = NULL;
}


/* An error of the server is the last result, behind those before it. */
static void
ngx_pdn_mysql_settle_raw(ngx_pdn_mysql_t *c)
{
    const char *state;
    pdn_db_rows_t **last, *rows;

    last = &c->rows;

    while (*last != NULL && (*last)->kind != PDN_DB_ROWS_ERROR) {
        last = &(*last)->next;
    }

    if (*last == NULL) {
        *last = pdn_db_rows_create();
    }

    rows = *last;

    if (rows == NULL) {
        return;
    }

    rows->kind = PDN_DB_ROWS_ERROR;
    rows->affected = ngx_atoi((u_char *) c->error.server,
                              ngx_strlen(c->error.server));

    state = mysql_sqlstate(c->mysql);

    if (pdn_db_rows_put_text(rows, state, ngx_strlen(state))
        && pdn_db_rows_put_text(rows, c->error.text, ngx_strlen(c->error.text)))
    {
        c->error.code = NULL;
    }
}


void
ngx_pdn_mysql_clear(ngx_pdn_mysql_t *c)
{
    if (c->rows != NULL) {
        pdn_db_rows_free(c->rows);
        c->rows = NULL;
    }

    pdn_db_request_free(c->requests);
    c->requests = NULL;
    c->request = NULL;
    c->last = NULL;
    c->statement = NULL;
    c->paused = 0;
    c->cancelled = 0;
    c->ended = 0;
    c->error.code = NULL;
    c->error.server[0] = '\0';
    c->misused = 0;

    if (c->grace.timer_set) {
        ngx_del_timer(&c->grace);
    }
}
