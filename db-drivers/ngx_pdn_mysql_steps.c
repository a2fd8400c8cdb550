/*
 * SPDX-License-Identifier: MIT
 *
 * The library's calls that make up a request, each with what follows it.
 */

#include "ngx_pdn_mysql.h"


static ngx_pdn_mysql_step_e ngx_pdn_mysql_failed(ngx_pdn_mysql_t *c);
static ngx_pdn_mysql_step_e ngx_pdn_mysql_failed_statement(ngx_pdn_mysql_t *c);
static pdn_db_rows_t *ngx_pdn_mysql_rows(ngx_pdn_mysql_t *c);


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
    int waits;
    char *sql;
    size_t len;
    ngx_pdn_mysql_statement_t *st = c->statement;

    sql = (char *) c->request->sql;

    st->marks = pdn_db_question_marks(st->key, st->len, sql, &len, st->order);
    sql[len] = '\0';

    waits = mysql_stmt_prepare_start(&c->ret.rc, st->stmt, sql, len);

    return waits;
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


static int
ngx_pdn_mysql_execute_start(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_statement_t *st = c->statement;

    c->ret.rc = 0;

    if (!pdn_mysql_bind(st->stmt, c->request, st->marks, st->order, &c->error))
    {
        return 0;
    }

    return mysql_stmt_execute_start(&c->ret.rc, st->stmt);
}


static int
ngx_pdn_mysql_execute_cont(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_execute_cont(&c->ret.rc, c->statement->stmt, c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_execute_done(ngx_pdn_mysql_t *c)
{
    pdn_db_rows_t *rows;
    MYSQL_STMT *stmt = c->statement->stmt;

    if (c->error.code != NULL) {
        return NGX_PDN_MYSQL_END;
    }

    if (c->ret.rc) {
        return ngx_pdn_mysql_failed_statement(c);
    }

    if (mysql_stmt_field_count(stmt) > 0) {
        return NGX_PDN_MYSQL_STORE;
    }

    /* the end of a procedure does not hide the rows that it gave */
    if (c->rows == NULL || c->rows->ncols == 0) {
        rows = ngx_pdn_mysql_rows(c);

        if (rows != NULL) {
            rows->affected = mysql_stmt_affected_rows(stmt);
            rows->insert_id = mysql_stmt_insert_id(stmt);
        }
    }

    return mysql_stmt_more_results(stmt) ? NGX_PDN_MYSQL_NEXT
                                         : NGX_PDN_MYSQL_END;
}


static int
ngx_pdn_mysql_store_start(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_store_result_start(&c->ret.rc, c->statement->stmt);
}


static int
ngx_pdn_mysql_store_cont(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_store_result_cont(&c->ret.rc, c->statement->stmt,
                                        c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_store_done(ngx_pdn_mysql_t *c)
{
    pdn_db_rows_t *rows;
    ngx_pdn_mysql_statement_t *st = c->statement;

    if (c->ret.rc) {
        return ngx_pdn_mysql_failed_statement(c);
    }

    rows = ngx_pdn_mysql_rows(c);

    if (rows != NULL && !pdn_mysql_take_rows(st->stmt, rows)) {
        pdn_db_fail(&c->error, "error", "no memory for the rows");
    }

    /* what RETURNING tells of was changed */
    if (rows != NULL && pdn_db_looks_changing(st->key, st->len)) {
        rows->affected = rows->nrows;
    }

    if (mysql_stmt_more_results(st->stmt)) {
        return NGX_PDN_MYSQL_NEXT;
    }

    mysql_stmt_free_result(st->stmt);

    return NGX_PDN_MYSQL_END;
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


static int
ngx_pdn_mysql_script_start(ngx_pdn_mysql_t *c)
{
    return mysql_real_query_start(&c->ret.rc, c->mysql, c->request->sql,
                                  c->request->sql_len);
}


static int
ngx_pdn_mysql_script_cont(ngx_pdn_mysql_t *c)
{
    return mysql_real_query_cont(&c->ret.rc, c->mysql, c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_script_done(ngx_pdn_mysql_t *c)
{
    pdn_db_rows_t *rows;

    if (c->ret.rc) {
        return ngx_pdn_mysql_failed(c);
    }

    if (mysql_field_count(c->mysql) > 0) {
        return NGX_PDN_MYSQL_STORE_TEXT;
    }

    rows = ngx_pdn_mysql_rows(c);

    if (rows != NULL) {
        rows->affected = mysql_affected_rows(c->mysql);
        rows->insert_id = mysql_insert_id(c->mysql);
    }

    return mysql_more_results(c->mysql) ? NGX_PDN_MYSQL_NEXT_TEXT
                                        : NGX_PDN_MYSQL_END;
}


static int
ngx_pdn_mysql_store_text_start(ngx_pdn_mysql_t *c)
{
    return mysql_store_result_start(&c->ret.result, c->mysql);
}


static int
ngx_pdn_mysql_store_text_cont(ngx_pdn_mysql_t *c)
{
    return mysql_store_result_cont(&c->ret.result, c->mysql, c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_store_text_done(ngx_pdn_mysql_t *c)
{
    pdn_db_rows_t *rows;

    if (c->ret.result == NULL) {
        return ngx_pdn_mysql_failed(c);
    }

    rows = ngx_pdn_mysql_rows(c);

    if (rows != NULL && !pdn_mysql_take_text(c->ret.result, rows)) {
        pdn_db_fail(&c->error, "error", "no memory for the rows");
    }

    mysql_free_result(c->ret.result);

    return mysql_more_results(c->mysql) ? NGX_PDN_MYSQL_NEXT_TEXT
                                        : NGX_PDN_MYSQL_END;
}


static int
ngx_pdn_mysql_next_text_start(ngx_pdn_mysql_t *c)
{
    return mysql_next_result_start(&c->ret.rc, c->mysql);
}


static int
ngx_pdn_mysql_next_text_cont(ngx_pdn_mysql_t *c)
{
    return mysql_next_result_cont(&c->ret.rc, c->mysql, c->waits);
}


/* Also for what is no error of the statement but of the connection. */
static ngx_pdn_mysql_step_e
ngx_pdn_mysql_failed(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_fail(c, mysql_errno(c->mysql), mysql_error(c->mysql));

    return NGX_PDN_MYSQL_END;
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_failed_statement(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_statement_t *st = c->statement;

    ngx_pdn_mysql_fail(c, mysql_stmt_errno(st->stmt),
                       mysql_stmt_error(st->stmt));

    if (!st->prepared) {
        ngx_pdn_mysql_cache_remove(c, st);
    }

    return NGX_PDN_MYSQL_END;
}


/* Empty ones: the last result counts. */
static pdn_db_rows_t *
ngx_pdn_mysql_rows(ngx_pdn_mysql_t *c)
{
    if (c->rows != NULL) {
        pdn_db_rows_release(c->rows);

    } else {
        c->rows = pdn_db_rows_create();
    }

    if (c->rows == NULL) {
        pdn_db_fail(&c->error, "error", "no memory for the rows");
    }

    return c->rows;
}


#define STEP(name)                                                             \
    {                                                                          \
        ngx_pdn_mysql_##name##_start, ngx_pdn_mysql_##name##_cont,             \
            ngx_pdn_mysql_##name##_done                                        \
    }

#define NEXT(name, as)                                                         \
    {                                                                          \
        ngx_pdn_mysql_##name##_start, ngx_pdn_mysql_##name##_cont,             \
            ngx_pdn_mysql_##as##_done                                          \
    }

const ngx_pdn_mysql_call_t ngx_pdn_mysql_calls[] = {
    [NGX_PDN_MYSQL_CONNECT] = STEP(connect),
    [NGX_PDN_MYSQL_PING] = STEP(ping),
    [NGX_PDN_MYSQL_FORGET] = STEP(forget),
    [NGX_PDN_MYSQL_PREPARE] = STEP(prepare),
    [NGX_PDN_MYSQL_EXECUTE] = STEP(execute),
    [NGX_PDN_MYSQL_STORE] = STEP(store),
    [NGX_PDN_MYSQL_NEXT] = NEXT(next, execute),
    [NGX_PDN_MYSQL_SCRIPT] = STEP(script),
    [NGX_PDN_MYSQL_STORE_TEXT] = STEP(store_text),
    [NGX_PDN_MYSQL_NEXT_TEXT] = NEXT(next_text, script),
};
