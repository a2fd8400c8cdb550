/*
 * SPDX-License-Identifier: MIT
 *
 * What the server answers: the results that count, the error, notices.
 */

#include "ngx_pdn_pg.h"


#define NGX_PDN_PG_NOTICES 65536 /* bytes, of one statement */


static void ngx_pdn_pg_note(ngx_pdn_pg_t *c, const PGresult *result,
                            const char *text);


/* A raw request wants the results of all its statements. */
static ngx_uint_t
ngx_pdn_pg_wants_all(ngx_pdn_pg_t *c)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    return op != NULL && op->request != NULL && op->request->raw;
}


/* The last result counts, or the first error; rows by one are gathered. */
void
ngx_pdn_pg_take(ngx_pdn_pg_t *c, PGresult *result)
{
    int ok;
    ExecStatusType status;

    status = PQresultStatus(result);

    switch (status) {

    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        if (c->error.code != NULL) {
            break;
        }

        if (c->answer == NULL) {
            c->answer = pdn_pg_answer_create();
        }

        if (c->answer == NULL) {
            pdn_db_fail(&c->error, "error", "no memory");
            break;
        }

        ok = status == PGRES_SINGLE_TUPLE || ngx_pdn_pg_wants_all(c)
                     || (c->answer->nresults > 0
                         && PQresultStatus(c->answer->results[0])
                                == PGRES_SINGLE_TUPLE)
                 ? pdn_pg_answer_add(c->answer, result)
                 : pdn_pg_answer_set(c->answer, result);

        if (!ok) {
            pdn_db_fail(&c->error, "error", "no memory");
        }

        return;

    default:
        if (c->error.code == NULL) {
            pdn_pg_error(&c->error, result);

            if (ngx_strcmp(c->error.code, "closed") == 0) {
                c->conn.broken = 1;
            }
        }

        break;
    }

    PQclear(result);
}


/*
 * A statement's own notices go to who has sent it, and beyond their limit to
 * nobody; others to the log.
 */
void
ngx_pdn_pg_notice(void *data, const PGresult *result)
{
    size_t len;
    const char *text;
    ngx_pdn_pg_t *c = data;

    text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (text == NULL) {
        text = PQresultErrorMessage(result);
    }

    if (c->state == NGX_PDN_PG_BUSY && c->conn.op != NULL) {
        ngx_pdn_pg_note(c, result, text);
        return;
    }

    len = ngx_strlen(text);

    while (len > 0 && text[len - 1] == '\n') {
        len--;
    }

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0, "PostgreSQL: %*s", len,
                  text);
}


/* A notice is kept whole, or not at all. */
static void
ngx_pdn_pg_note(ngx_pdn_pg_t *c, const PGresult *result, const char *text)
{
    size_t len;
    ngx_uint_t i;
    const char *value;

    static const int fields[] = { PG_DIAG_SEVERITY_NONLOCALIZED,
                                  PG_DIAG_SQLSTATE, PG_DIAG_MESSAGE_PRIMARY,
                                  PG_DIAG_MESSAGE_DETAIL,
                                  PG_DIAG_MESSAGE_HINT };

    len = c->notices.len;

    if (len + ngx_strlen(text) > NGX_PDN_PG_NOTICES) {
        return;
    }

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        value = fields[i] == PG_DIAG_MESSAGE_PRIMARY
                    ? text
                    : PQresultErrorField(result, fields[i]);
        value = value ? value : "";

        if (!pdn_pg_text_add(&c->notices, value, ngx_strlen(value) + 1)) {
            c->notices.len = len;
            return;
        }
    }
}
