/*
 * SPDX-License-Identifier: MIT
 *
 * The library's calls that make up a request, each with what follows it.
 */

#include "ngx_pdn_mysql.h"


/* No code of the library: a value could not be bound, as c->error tells. */
#define NGX_PDN_MYSQL_UNBOUND (-2)

/* Of a stream: about so many bytes of rows are given at once. */
#define NGX_PDN_MYSQL_PART_SIZE 65536

/* The first byte of: 254, warnings (2), status (2). */
#define NGX_PDN_MYSQL_EOF 0xfe


static unsigned ngx_pdn_mysql_eof(ngx_pdn_mysql_t *c);
static ngx_pdn_mysql_step_e ngx_pdn_mysql_more(ngx_pdn_mysql_t *c);
static ngx_pdn_mysql_step_e ngx_pdn_mysql_failed_statement(ngx_pdn_mysql_t *c);


static int
ngx_pdn_mysql_ping_start(ngx_pdn_mysql_t *c)
{
    return mysql_ping_start(&c->ret.rc, c->mysql);
}


static int
ngx_pdn_mysql_ping_cont(ngx_pdn_mysql_t *c)
{
    return mysql_ping_cont(&c->ret.rc, c->mysql, c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_ping_done(ngx_pdn_mysql_t *c)
{
    return c->ret.rc ? ngx_pdn_mysql_failed(c) : NGX_PDN_MYSQL_END;
}


static ngx_pdn_mysql_statement_t *
ngx_pdn_mysql_first_doomed(ngx_pdn_mysql_t *c)
{
    return ngx_queue_data(ngx_queue_head(&c->doomed), ngx_pdn_mysql_statement_t,
                          link);
}


static int
ngx_pdn_mysql_forget_start(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_close_start(&c->ret.failed,
                                  ngx_pdn_mysql_first_doomed(c)->stmt);
}


static int
ngx_pdn_mysql_forget_cont(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_close_cont(&c->ret.failed,
                                 ngx_pdn_mysql_first_doomed(c)->stmt, c->waits);
}


/* What could not be closed shows at the next call. */
static ngx_pdn_mysql_step_e
ngx_pdn_mysql_forget_done(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_statement_t *st = ngx_pdn_mysql_first_doomed(c);

    ngx_queue_remove(&st->link);
    ngx_pdn_mysql_cache_free(st);

    if (!ngx_queue_empty(&c->doomed)) {
        return NGX_PDN_MYSQL_FORGET;
    }

    if (c->request->script) {
        return NGX_PDN_MYSQL_SCRIPT;
    }

    return c->statement->prepared ? NGX_PDN_MYSQL_EXECUTE
                                  : NGX_PDN_MYSQL_PREPARE;
}


/* The library copies the text before it waits; `order` is filled here. */
static int
ngx_pdn_mysql_prepare_start(ngx_pdn_mysql_t *c)
{
    char *sql;
    size_t len;
    ngx_pdn_mysql_statement_t *st = c->statement;

    sql = (char *) c->request->sql;

    st->marks = pdn_db_question_marks(st->key, st->len, sql, &len, st->order);
    sql[len] = '\0';

    return mysql_stmt_prepare_start(&c->ret.rc, st->stmt, sql, len);
}


static int
ngx_pdn_mysql_prepare_cont(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_prepare_cont(&c->ret.rc, c->statement->stmt, c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_prepare_done(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_statement_t *st = c->statement;

    if (c->ret.rc) {
        return ngx_pdn_mysql_failed_statement(c);
    }

    st->prepared = 1;

    if (mysql_stmt_param_count(st->stmt) != st->marks) {
        pdn_db_fail(&c->error, "error",
                    "a placeholder is $1, not a question mark");
        c->misused = 1;
        ngx_pdn_mysql_cache_remove(c, st);
        return NGX_PDN_MYSQL_END;
    }

    return c->conn.op ? NGX_PDN_MYSQL_EXECUTE : NGX_PDN_MYSQL_END;
}


/*
 * The library keeps the columns that it knows from before, and breaks off
 * when another number of them comes, for a table may be altered: it is made
 * to forget them.
 */
static int
ngx_pdn_mysql_execute_start(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_statement_t *st = c->statement;

    c->ret.rc = NGX_PDN_MYSQL_UNBOUND;

    if (!pdn_mysql_bind(st->stmt, c->request, st->marks, st->order, &c->error))
    {
        return 0;
    }

    st->stmt->field_count = 0;

    return mysql_stmt_execute_start(&c->ret.rc, st->stmt);
}


static int
ngx_pdn_mysql_execute_cont(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_execute_cont(&c->ret.rc, c->statement->stmt, c->waits);
}


/* Rows, or what a statement without any has done. */
static ngx_pdn_mysql_step_e
ngx_pdn_mysql_execute_done(ngx_pdn_mysql_t *c)
{
    unsigned n;
    MYSQL_STMT *stmt = c->statement->stmt;

    if (c->ret.rc == NGX_PDN_MYSQL_UNBOUND) {
        return NGX_PDN_MYSQL_END;
    }

    if (c->ret.rc) {
        return ngx_pdn_mysql_failed_statement(c);
    }

    n = mysql_stmt_field_count(stmt);

    /* what ends a procedure does not count when it gave rows */
    if (n == 0 && c->rows != NULL
        && (c->rows->kind == PDN_DB_ROWS_RESULT || c->rows->next != NULL))
    {
        return ngx_pdn_mysql_more(c);
    }

    /* a stream is of one result: others are read and forgotten */
    if (c->conn.op != NULL && c->conn.op->stream
        && c->step == NGX_PDN_MYSQL_NEXT) {
        c->last = NULL;

    } else {
        ngx_pdn_mysql_begin_rows(c,
                                 c->mysql->server_status & SERVER_PS_OUT_PARAMS
                                     ? PDN_DB_ROWS_OUT
                                     : PDN_DB_ROWS_RESULT);
    }

    if (c->last != NULL && n == 0) {
        c->last->affected = mysql_stmt_affected_rows(stmt);
        c->last->insert_id = mysql_stmt_insert_id(stmt);
        c->last->warnings = stmt->upsert_status.warning_count;
    }

    return n ? NGX_PDN_MYSQL_FETCH : ngx_pdn_mysql_more(c);
}


static int
ngx_pdn_mysql_fetch_start(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_fetch_start(&c->ret.rc, c->statement->stmt);
}


static int
ngx_pdn_mysql_fetch_cont(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_fetch_cont(&c->ret.rc, c->statement->stmt, c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_fetch_done(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_statement_t *st = c->statement;

    if (c->ret.rc == 0) {
        if (ngx_pdn_mysql_wanted(c) && !pdn_mysql_take_row(c->last, st->stmt)) {
            ngx_pdn_mysql_no_memory(c);
        }

        return ngx_pdn_mysql_wanted(c) && c->conn.op->stream
                       && c->last->len >= NGX_PDN_MYSQL_PART_SIZE
                   ? NGX_PDN_MYSQL_PART
                   : NGX_PDN_MYSQL_FETCH;
    }

    if (c->ret.rc != MYSQL_NO_DATA) {
        return ngx_pdn_mysql_failed_statement(c);
    }

    if (c->last != NULL) {
        c->last->warnings = ngx_pdn_mysql_eof(c);

        /* what RETURNING tells of was changed */
        if (pdn_db_looks_changing(st->key, st->len)) {
            c->last->affected = c->last->nrows;
        }
    }

    return ngx_pdn_mysql_more(c);
}


/*
 * What ends the rows of a statement tells of warnings and of the transaction,
 * but the library does not look into it.
 */
static unsigned
ngx_pdn_mysql_eof(ngx_pdn_mysql_t *c)
{
    const u_char *p = c->mysql->net.read_pos;

    if (p == NULL || p[0] != NGX_PDN_MYSQL_EOF) {
        return 0;
    }

    c->mysql->server_status = p[3] | p[4] << 8;

    return p[1] | p[2] << 8;
}


static int
ngx_pdn_mysql_next_start(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_next_result_start(&c->ret.rc, c->statement->stmt);
}


static int
ngx_pdn_mysql_next_cont(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_next_result_cont(&c->ret.rc, c->statement->stmt,
                                       c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_more(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_more_results(c->statement->stmt) ? NGX_PDN_MYSQL_NEXT
                                                       : ngx_pdn_mysql_last(c);
}


/* An error between the rows is noted with the connection. */
static ngx_pdn_mysql_step_e
ngx_pdn_mysql_failed_statement(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_statement_t *st = c->statement;

    if (mysql_stmt_errno(st->stmt)) {
        ngx_pdn_mysql_fail(c, mysql_stmt_errno(st->stmt),
                           mysql_stmt_error(st->stmt));

    } else {
        (void) ngx_pdn_mysql_failed(c);
    }

    if (!st->prepared) {
        ngx_pdn_mysql_cache_remove(c, st);
    }

    return NGX_PDN_MYSQL_END;
}


/* Also for what is no error of the statement but of the connection. */
ngx_pdn_mysql_step_e
ngx_pdn_mysql_failed(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_fail(c, mysql_errno(c->mysql), mysql_error(c->mysql));

    return NGX_PDN_MYSQL_END;
}


ngx_pdn_mysql_step_e
ngx_pdn_mysql_last(ngx_pdn_mysql_t *c)
{
    if (!ngx_pdn_mysql_wanted(c) || !c->conn.pool->options.warnings
        || c->last->warnings == 0 || c->last->kind == PDN_DB_ROWS_WARNINGS)
    {
        return NGX_PDN_MYSQL_END;
    }

    return NGX_PDN_MYSQL_WARNINGS;
}


ngx_uint_t
ngx_pdn_mysql_wanted(const ngx_pdn_mysql_t *c)
{
    return c->conn.op != NULL && c->error.code == NULL && c->last != NULL;
}


pdn_db_rows_t *
ngx_pdn_mysql_result(ngx_pdn_mysql_t *c, pdn_db_rows_kind_e kind)
{
    pdn_db_rows_t *rows;

    if (c->conn.op == NULL || c->error.code != NULL) {
        c->last = NULL;
        return NULL;
    }

    /* of statements in a row without any rows the last one counts */
    if (c->last != NULL && c->last->ncols == 0 && kind == PDN_DB_ROWS_RESULT
        && !c->request->raw)
    {
        pdn_db_rows_release(c->last);
        rows = c->last;

    } else {
        rows = pdn_db_rows_create();

        if (rows == NULL) {
            ngx_pdn_mysql_no_memory(c);
            return NULL;
        }

        *(c->last != NULL ? &c->last->next : &c->rows) = rows;
        c->last = rows;
    }

    rows->kind = kind;
    rows->raw = c->request->raw;
    c->rows->last = c->request->script;

    return rows;
}


void
ngx_pdn_mysql_begin_rows(ngx_pdn_mysql_t *c, pdn_db_rows_kind_e kind)
{
    pdn_db_rows_t *rows;
    MYSQL_STMT *stmt = c->statement->stmt;

    rows = ngx_pdn_mysql_result(c, kind);

    if (rows != NULL
        && !pdn_mysql_take_names(rows, stmt->fields,
                                 mysql_stmt_field_count(stmt)))
    {
        ngx_pdn_mysql_no_memory(c);
    }
}


void
ngx_pdn_mysql_no_memory(ngx_pdn_mysql_t *c)
{
    pdn_db_fail(&c->error, "error", "no memory for the rows");
}


static const ngx_pdn_mysql_call_t ngx_pdn_mysql_ping = {
    ngx_pdn_mysql_ping_start, ngx_pdn_mysql_ping_cont, ngx_pdn_mysql_ping_done
};

static const ngx_pdn_mysql_call_t ngx_pdn_mysql_forget = {
    ngx_pdn_mysql_forget_start, ngx_pdn_mysql_forget_cont,
    ngx_pdn_mysql_forget_done
};

static const ngx_pdn_mysql_call_t ngx_pdn_mysql_prepare = {
    ngx_pdn_mysql_prepare_start, ngx_pdn_mysql_prepare_cont,
    ngx_pdn_mysql_prepare_done
};

static const ngx_pdn_mysql_call_t ngx_pdn_mysql_execute = {
    ngx_pdn_mysql_execute_start, ngx_pdn_mysql_execute_cont,
    ngx_pdn_mysql_execute_done
};

static const ngx_pdn_mysql_call_t ngx_pdn_mysql_fetch = {
    ngx_pdn_mysql_fetch_start, ngx_pdn_mysql_fetch_cont,
    ngx_pdn_mysql_fetch_done
};

static const ngx_pdn_mysql_call_t ngx_pdn_mysql_next = {
    ngx_pdn_mysql_next_start, ngx_pdn_mysql_next_cont,
    ngx_pdn_mysql_execute_done
};

const ngx_pdn_mysql_call_t *const ngx_pdn_mysql_calls[] = {
    [NGX_PDN_MYSQL_CONNECT] = &ngx_pdn_mysql_connect,
    [NGX_PDN_MYSQL_PING] = &ngx_pdn_mysql_ping,
    [NGX_PDN_MYSQL_FORGET] = &ngx_pdn_mysql_forget,
    [NGX_PDN_MYSQL_PREPARE] = &ngx_pdn_mysql_prepare,
    [NGX_PDN_MYSQL_EXECUTE] = &ngx_pdn_mysql_execute,
    [NGX_PDN_MYSQL_FETCH] = &ngx_pdn_mysql_fetch,
    [NGX_PDN_MYSQL_NEXT] = &ngx_pdn_mysql_next,
    [NGX_PDN_MYSQL_SCRIPT] = &ngx_pdn_mysql_script,
    [NGX_PDN_MYSQL_FETCH_TEXT] = &ngx_pdn_mysql_fetch_text,
    [NGX_PDN_MYSQL_NEXT_TEXT] = &ngx_pdn_mysql_next_text,
    [NGX_PDN_MYSQL_WARNINGS] = &ngx_pdn_mysql_warnings,
    [NGX_PDN_MYSQL_RESET] = &ngx_pdn_mysql_reset,
    [NGX_PDN_MYSQL_SELECT_DB] = &ngx_pdn_mysql_select_db,
    [NGX_PDN_MYSQL_RENEW] = &ngx_pdn_mysql_renew
};
