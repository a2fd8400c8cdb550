/*
 * SPDX-License-Identifier: MIT
 *
 * What is taken in parts: rows one by one, COPY in both directions, and
 * notifications.  Between two parts nothing is read from the socket, so that
 * the server waits.
 */

#include "ngx_pdn_pg.h"


#define NGX_PDN_PG_PART 65536 /* bytes of COPY TO, about */


static ngx_int_t ngx_pdn_pg_copy_out(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_copy_in(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op);
static void ngx_pdn_pg_copy_refuse(ngx_pdn_pg_t *c, ExecStatusType status);


void
ngx_pdn_pg_more(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    if (op->session) {
        c->state = NGX_PDN_PG_BUSY;
        c->step = NGX_PDN_PG_LISTEN;
    }

    switch (c->step) {

    case NGX_PDN_PG_LISTEN:
        ngx_pdn_pg_notified(c);
        return;

    case NGX_PDN_PG_COPY_IN:
        ngx_pdn_pg_copy_in(c, op);
        return;

    default:
        /* libpq may hold rows that it has read already */
        ngx_pdn_pg_read(c);
        return;
    }
}


/*
 * The rows of those that nobody waits for, or who wants no more, are dropped
 * as they come.
 */
ngx_uint_t
ngx_pdn_pg_part(ngx_pdn_pg_t *c)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    if (op == NULL || op->discard || (op->stream && c->error.code != NULL)) {
        pdn_pg_answer_free(c->answer);
        c->answer = NULL;
        return 0;
    }

    if (!op->stream) {
        return 0;
    }

    if (op->listen || c->step == NGX_PDN_PG_COPY_IN) {
        pdn_pg_answer_free(c->answer);
        c->answer = NULL;

    } else if (c->answer == NULL) {
        return 0;
    }

    op->result = c->answer;
    c->answer = NULL;
    op->more = 1;

    /* a listener hears of its connection's end even when it does not wait */
    if (ngx_pdn_pg_watch(c, op->listen, 0, 0) != NGX_OK) {
        op->more = 0;
        ngx_pdn_pg_broken(c);
        return 1;
    }

    ngx_pdn_db_finish(op);

    return 1;
}


ngx_int_t
ngx_pdn_pg_copy_begin(ngx_pdn_pg_t *c, ExecStatusType status)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    if (op == NULL || !op->stream || op->discard) {
        ngx_pdn_pg_copy_refuse(c, status);
        return NGX_OK;
    }

    if (status == PGRES_COPY_OUT) {
        c->step = NGX_PDN_PG_COPY_OUT;
        return NGX_OK;
    }

    c->step = NGX_PDN_PG_COPY_IN;
    ngx_pdn_pg_part(c);

    return NGX_DONE;
}


ngx_int_t
ngx_pdn_pg_copy(ngx_pdn_pg_t *c)
{
    int rc;
    ngx_pdn_db_op_t *op = c->conn.op;

    if (c->step == NGX_PDN_PG_COPY_OUT) {
        return ngx_pdn_pg_copy_out(c);
    }

    /* nobody will bring the rest */
    if (op == NULL) {
        PQputCopyEnd(c->pg, "the client has gone");
        c->step = NGX_PDN_PG_EXECUTE;
        return NGX_OK;
    }

    rc = PQflush(c->pg);

    if (rc < 0 || PQstatus(c->pg) != CONNECTION_OK
        || ngx_pdn_pg_watch(c, 1, rc, 0) != NGX_OK)
    {
        ngx_pdn_pg_broken(c);
        return NGX_DONE;
    }

    if (rc > 0) {
        return NGX_AGAIN;
    }

    ngx_pdn_pg_part(c);

    return NGX_DONE;
}


void
ngx_pdn_pg_notified(ngx_pdn_pg_t *c)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    if (PQstatus(c->pg) != CONNECTION_OK) {
        c->conn.broken = 1;
        ngx_pdn_db_unwatch(&c->watch);

        if (op == NULL || op->stage == NGX_PDN_DB_RUNNING) {
            ngx_pdn_pg_broken(c);
        }

        return;
    }

    /* what was not asked for yet stays with libpq */
    if (op == NULL || op->stage != NGX_PDN_DB_RUNNING) {
        return;
    }

    if (!ngx_pdn_pg_hear(c, op->session ? 1 : NGX_MAX_INT_T_VALUE)) {
        pdn_db_fail(&c->error, "error", "no memory");
        ngx_pdn_pg_broken(c);
        return;
    }

    if (c->answer == NULL) {
        ngx_pdn_pg_flush(c);
        return;
    }

    c->answer->kind = PDN_PG_NOTIFY;
    op->result = c->answer;
    c->answer = NULL;
    op->more = !op->session;

    ngx_pdn_db_finish(op);
}


ngx_uint_t
ngx_pdn_pg_hear(ngx_pdn_pg_t *c, ngx_uint_t max)
{
    char pid[NGX_INT_T_LEN + 1];
    PGnotify *n;
    ngx_uint_t ok;

    for (ok = 1; ok && max > 0; max--) {
        n = PQnotifies(c->pg);

        if (n == NULL) {
            break;
        }

        if (c->answer == NULL) {
            c->answer = pdn_pg_answer_create();
        }

        snprintf(pid, sizeof(pid), "%d", n->be_pid);

        ok = c->answer != NULL
             && pdn_pg_text_add(&c->answer->text, n->relname,
                                ngx_strlen(n->relname) + 1)
             && pdn_pg_text_add(&c->answer->text, n->extra,
                                ngx_strlen(n->extra) + 1)
             && pdn_pg_text_add(&c->answer->text, pid, ngx_strlen(pid) + 1);

        PQfreemem(n);
    }

    return ok;
}


static ngx_int_t
ngx_pdn_pg_copy_out(ngx_pdn_pg_t *c)
{
    int n;
    char *text;
    ngx_uint_t ok;

    for (;;) {
        n = PQgetCopyData(c->pg, &text, 1);

        if (n <= 0) {
            break;
        }

        if (c->answer == NULL) {
            c->answer = pdn_pg_answer_create();
        }

        ok = c->answer != NULL && pdn_pg_text_add(&c->answer->text, text, n);
        PQfreemem(text);

        if (!ok) {
            pdn_db_fail(&c->error, "error", "no memory");
            ngx_pdn_pg_broken(c);
            return NGX_DONE;
        }

        c->answer->kind = PDN_PG_COPY;

        if (c->answer->text.len >= NGX_PDN_PG_PART && ngx_pdn_pg_part(c)) {
            return NGX_DONE;
        }
    }

    if (n < 0) {
        c->step = NGX_PDN_PG_EXECUTE;

        return c->answer != NULL && ngx_pdn_pg_part(c) ? NGX_DONE : NGX_OK;
    }

    if (PQstatus(c->pg) != CONNECTION_OK) {
        ngx_pdn_pg_broken(c);
        return NGX_DONE;
    }

    if (c->answer != NULL && ngx_pdn_pg_part(c)) {
        return NGX_DONE;
    }

    ngx_pdn_pg_flush(c);

    return NGX_AGAIN;
}


/* libpq copies the input, so the caller may forget it. */
static void
ngx_pdn_pg_copy_in(ngx_pdn_pg_t *c, ngx_pdn_db_op_t *op)
{
    const ngx_str_t *input = op->input;

    op->input = NULL;

    if (input != NULL && input->data != NULL && !op->discard
        && PQputCopyData(c->pg, (char *) input->data, input->len) == 1)
    {
        ngx_pdn_pg_read(c);
        return;
    }

    /* what fails now is told by the result */
    PQputCopyEnd(c->pg, input != NULL && !op->discard
                            ? NULL
                            : "the client has given it up");

    c->step = NGX_PDN_PG_EXECUTE;
    ngx_pdn_pg_read(c);
}


static void
ngx_pdn_pg_copy_refuse(ngx_pdn_pg_t *c, ExecStatusType status)
{
    if (status == PGRES_COPY_IN) {
        PQputCopyEnd(c->pg, "COPY needs a stream");

    } else {
        c->step = NGX_PDN_PG_COPY_OUT;
    }

    if (c->error.code == NULL && c->conn.op != NULL) {
        pdn_db_fail(&c->error, "error",
                    "COPY sends and takes rows in parts: use copy()");
    }
}
