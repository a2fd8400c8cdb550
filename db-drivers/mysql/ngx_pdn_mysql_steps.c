/*
 * SPDX-License-Identifier: MIT
 *
 * The calls of the library that a request is made of, each with what follows
 * it.  All of it runs on the library's stack.
 */

#include "ngx_pdn_mysql.h"


/* Of a stream: about so many bytes of rows are given at once. */
#define NGX_PDN_MYSQL_PART_SIZE 65536

/* The first byte of: 254, warnings (2), status (2). */
#define NGX_PDN_MYSQL_EOF 0xfe


static ngx_pdn_mysql_step_e ngx_pdn_mysql_begin(ngx_pdn_mysql_t *c);
static unsigned ngx_pdn_mysql_eof(ngx_pdn_mysql_t *c);
static ngx_pdn_mysql_step_e ngx_pdn_mysql_more(ngx_pdn_mysql_t *c);
static ngx_pdn_mysql_step_e ngx_pdn_mysql_failed_statement(ngx_pdn_mysql_t *c);


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_ping(ngx_pdn_mysql_t *c)
{
    return mysql_ping(c->mysql) ? ngx_pdn_mysql_failed(c) : NGX_PDN_MYSQL_END;
}


/*
 * Closes statements that are not needed, and finds the request's.  What could
 * not be closed shows at the next call.
 */
static ngx_pdn_mysql_step_e
ngx_pdn_mysql_find(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_cache_forget(c);

    c->statement = ngx_pdn_mysql_cache_find(c);

    if (c->statement == NULL) {
        pdn_db_fail(&c->error, "error", "no memory");
        return NGX_PDN_MYSQL_END;
    }

    return c->statement->prepared ? NGX_PDN_MYSQL_EXECUTE
                                  : NGX_PDN_MYSQL_PREPARE;
}


/* `order` is filled here. */
ngx_pdn_mysql_step_e
ngx_pdn_mysql_prepare(ngx_pdn_mysql_t *c)
{
    char *sql;
    size_t len;
    ngx_pdn_mysql_statement_t *st = c->statement;

    sql = (char *) c->request->sql;

    st->marks = pdn_db_question_marks(st->key, st->len, sql, &len, st->order);
    sql[len] = '\0';

    if (mysql_stmt_prepare(st->stmt, sql, len)) {
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


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_execute(ngx_pdn_mysql_t *c)
{
    return ngx_pdn_mysql_send(c) ? NGX_PDN_MYSQL_RECEIVE : NGX_PDN_MYSQL_END;
}


/* The first half of mysql_stmt_execute(): its answer is read apart. */
ngx_uint_t
ngx_pdn_mysql_send(ngx_pdn_mysql_t *c)
{
    int failed;
    size_t len;
    u_char *packet;
    ngx_pdn_mysql_statement_t *st = c->statement;
    const struct st_mariadb_methods *m = c->mysql->methods;

    if (!pdn_mysql_bind(st->stmt, c->request, st->marks, st->order, &c->error))
    {
        return 0;
    }

    packet = m->db_execute_generate_request(st->stmt, &len, 0);

    if (packet == NULL) {
        (void) ngx_pdn_mysql_failed_statement(c);
        return 0;
    }

    failed = m->db_command(c->mysql, COM_STMT_EXECUTE, (char *) packet, len, 1,
                           st->stmt);
    free(packet);

    if (failed) {
        (void) ngx_pdn_mysql_failed(c);
    }

    return !failed;
}


/*
 * The library keeps the columns that it knows from before, and breaks off
 * when another number of them comes, for a table may be altered: it is made
 * to forget them.
 */
static ngx_pdn_mysql_step_e
ngx_pdn_mysql_receive(ngx_pdn_mysql_t *c)
{
    MYSQL_STMT *stmt = c->statement->stmt;

    stmt->field_count = 0;

    return c->mysql->methods->db_read_execute_response(stmt)
               ? ngx_pdn_mysql_failed_statement(c)
               : ngx_pdn_mysql_begin(c);
}


/* Rows, or what a statement without any has done. */
static ngx_pdn_mysql_step_e
ngx_pdn_mysql_begin(ngx_pdn_mysql_t *c)
{
    unsigned n;
    MYSQL_STMT *stmt = c->statement->stmt;

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


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_fetch(ngx_pdn_mysql_t *c)
{
    int rc;
    ngx_pdn_mysql_statement_t *st = c->statement;

    while ((rc = mysql_stmt_fetch(st->stmt)) == 0) {
        if (!ngx_pdn_mysql_wanted(c)) {
            continue;
        }

        if (!pdn_mysql_take_row(c->last, st->stmt)
            || !pdn_mysql_take_ahead(c->last, c->mysql, st->stmt->fields,
                                     st->stmt->field_count,
                                     pdn_mysql_binary_packet))
        {
            ngx_pdn_mysql_no_memory(c);

        } else if (c->conn.op->stream
                   && pdn_db_rows_size(c->last) >= NGX_PDN_MYSQL_PART_SIZE)
        {
            return NGX_PDN_MYSQL_PART;
        }
    }

    if (rc != MYSQL_NO_DATA) {
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


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_next(ngx_pdn_mysql_t *c)
{
    return mysql_stmt_next_result(c->statement->stmt)
               ? ngx_pdn_mysql_failed_statement(c)
               : ngx_pdn_mysql_begin(c);
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


const ngx_pdn_mysql_step_pt ngx_pdn_mysql_steps[] = {
    [NGX_PDN_MYSQL_PING] = ngx_pdn_mysql_ping,
    [NGX_PDN_MYSQL_FIND] = ngx_pdn_mysql_find,
    [NGX_PDN_MYSQL_PREPARE] = ngx_pdn_mysql_prepare,
    [NGX_PDN_MYSQL_EXECUTE] = ngx_pdn_mysql_execute,
    [NGX_PDN_MYSQL_RECEIVE] = ngx_pdn_mysql_receive,
    [NGX_PDN_MYSQL_FETCH] = ngx_pdn_mysql_fetch,
    [NGX_PDN_MYSQL_NEXT] = ngx_pdn_mysql_next,
    [NGX_PDN_MYSQL_SCRIPT] = ngx_pdn_mysql_script,
    [NGX_PDN_MYSQL_FETCH_TEXT] = ngx_pdn_mysql_fetch_text,
    [NGX_PDN_MYSQL_NEXT_TEXT] = ngx_pdn_mysql_next_text,
    [NGX_PDN_MYSQL_WARNINGS] = ngx_pdn_mysql_warnings,
    [NGX_PDN_MYSQL_BATCH] = ngx_pdn_mysql_batch,
    [NGX_PDN_MYSQL_RESET] = ngx_pdn_mysql_reset
};
