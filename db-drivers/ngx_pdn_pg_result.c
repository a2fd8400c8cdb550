/*
 * SPDX-License-Identifier: MIT
 *
 * What the server answers: the result that counts, or the error.
 */

#include "ngx_pdn_pg.h"


static void ngx_pdn_pg_take_error(ngx_pdn_pg_t *c, PGresult *result);


/* The last result counts, or the first error. */
void
ngx_pdn_pg_take(ngx_pdn_pg_t *c, PGresult *result)
{
    switch (PQresultStatus(result)) {

    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        if (c->error.code == NULL) {
            PQclear(c->result);
            c->result = result;
            return;
        }

        break;

    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        pdn_db_fail(&c->error, "error", "COPY is not supported here");
        c->conn.broken = 1;
        break;

    default:
        if (c->error.code == NULL) {
            ngx_pdn_pg_take_error(c, result);
        }

        break;
    }

    PQclear(result);
}


static void
ngx_pdn_pg_take_error(ngx_pdn_pg_t *c, PGresult *result)
{
    char *state, *text, *detail, *hint, *where;

    state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    where = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);

    /* without a state libpq itself has made it: the connection is gone */
    if (state == NULL) {
        text = PQresultErrorMessage(result);
        pdn_db_fail(&c->error, "closed", "%.*s", (int) strcspn(text, "\n"),
                    text);
        return;
    }

    pdn_db_fail(&c->error, pdn_db_sqlstate_code(state), "%s%s%s%s%s%s%s",
                text ? text : "unknown error", where ? " at character " : "",
                where ? where : "", detail ? "; " : "", detail ? detail : "",
                hint ? "; hint: " : "", hint ? hint : "");

    ngx_cpystrn((u_char *) c->error.server, (u_char *) state,
                sizeof(c->error.server));

    if (ngx_strcmp(c->error.code, "closed") == 0) {
        c->conn.broken = 1;
    }
}
