/*
 * SPDX-License-Identifier: MIT
 *
 * The calls of a request in the text protocol: several statements without
 * values, and what the driver asks for itself.
 */

#include "ngx_pdn_mysql.h"


static ngx_pdn_mysql_step_e ngx_pdn_mysql_answer(ngx_pdn_mysql_t *c,
                                                 pdn_db_rows_kind_e kind);
static ngx_pdn_mysql_step_e ngx_pdn_mysql_more_text(ngx_pdn_mysql_t *c);


ngx_pdn_mysql_step_e
ngx_pdn_mysql_script(ngx_pdn_mysql_t *c)
{
    if (mysql_real_query(c->mysql, c->request->sql, c->request->sql_len)) {
        return ngx_pdn_mysql_failed(c);
    }

    return ngx_pdn_mysql_answer(c, PDN_DB_ROWS_RESULT);
}


ngx_pdn_mysql_step_e
ngx_pdn_mysql_next_text(ngx_pdn_mysql_t *c)
{
    return mysql_next_result(c->mysql)
               ? ngx_pdn_mysql_failed(c)
               : ngx_pdn_mysql_answer(c, PDN_DB_ROWS_RESULT);
}


ngx_pdn_mysql_step_e
ngx_pdn_mysql_warnings(ngx_pdn_mysql_t *c)
{
    static const char sql[] = "SHOW WARNINGS";

    return mysql_real_query(c->mysql, sql, sizeof(sql) - 1)
               ? ngx_pdn_mysql_failed(c)
               : ngx_pdn_mysql_answer(c, PDN_DB_ROWS_WARNINGS);
}


/* Rows, or what a statement without any has done. */
static ngx_pdn_mysql_step_e
ngx_pdn_mysql_answer(ngx_pdn_mysql_t *c, pdn_db_rows_kind_e kind)
{
    unsigned n;
    pdn_db_rows_t *rows;

    n = mysql_field_count(c->mysql);

    if (n > 0) {
        c->text = mysql_use_result(c->mysql);

        if (c->text == NULL) {
            return ngx_pdn_mysql_failed(c);
        }
    }

    rows = ngx_pdn_mysql_result(c, kind);

    if (rows != NULL) {
        rows->affected = n ? 0 : mysql_affected_rows(c->mysql);
        rows->insert_id = n ? 0 : mysql_insert_id(c->mysql);
        rows->warnings = n ? 0 : mysql_warning_count(c->mysql);
        rows->status = c->mysql->server_status;

        if (n == 0 && rows->raw && mysql_info(c->mysql) != NULL
            && !pdn_db_rows_put_text(rows, mysql_info(c->mysql),
                                     ngx_strlen(mysql_info(c->mysql))))
        {
            ngx_pdn_mysql_no_memory(c);
        }

        if (n && !pdn_mysql_take_names(rows, mysql_fetch_fields(c->text), n)) {
            ngx_pdn_mysql_no_memory(c);
        }
    }

    return n ? NGX_PDN_MYSQL_FETCH_TEXT : ngx_pdn_mysql_more_text(c);
}


ngx_pdn_mysql_step_e
ngx_pdn_mysql_fetch_text(ngx_pdn_mysql_t *c)
{
    MYSQL_ROW row;

    while ((row = mysql_fetch_row(c->text)) != NULL) {
        if (ngx_pdn_mysql_wanted(c)
            && (!pdn_mysql_take_text(c->last, c->text, row)
                || !pdn_mysql_take_ahead(
                    c->last, c->mysql, mysql_fetch_fields(c->text),
                    mysql_num_fields(c->text), pdn_mysql_text_packet)))
        {
            ngx_pdn_mysql_no_memory(c);
        }
    }

    mysql_free_result(c->text);
    c->text = NULL;

    if (mysql_errno(c->mysql)) {
        /* rows that are not all are none */
        if (c->last != NULL && c->request->raw) {
            pdn_db_rows_release(c->last);
            c->last->kind = PDN_DB_ROWS_ERROR;
        }

        return ngx_pdn_mysql_failed(c);
    }

    if (c->last != NULL) {
        c->last->warnings = mysql_warning_count(c->mysql);
    }

    return ngx_pdn_mysql_more_text(c);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_more_text(ngx_pdn_mysql_t *c)
{
    return mysql_more_results(c->mysql) ? NGX_PDN_MYSQL_NEXT_TEXT
                                        : ngx_pdn_mysql_last(c);
}
