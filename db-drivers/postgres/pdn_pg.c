/*
 * SPDX-License-Identifier: MIT
 *
 * Answers and errors of PostgreSQL.
 */

#include <stdlib.h>
#include <string.h>

#include "pdn_pg.h"


#define PDN_PG_TEXT_FIRST 4096
#define PDN_PG_FIRST      16


typedef struct {
    const char *name;
    int field;
} pdn_pg_field_t;


static const pdn_pg_field_t pdn_pg_fields[] = {
    { "message", PG_DIAG_MESSAGE_PRIMARY },
    { "severity", PG_DIAG_SEVERITY_NONLOCALIZED },
    { "detail", PG_DIAG_MESSAGE_DETAIL },
    { "hint", PG_DIAG_MESSAGE_HINT },
    { "position", PG_DIAG_STATEMENT_POSITION },
    { "internal_position", PG_DIAG_INTERNAL_POSITION },
    { "internal_query", PG_DIAG_INTERNAL_QUERY },
    { "schema", PG_DIAG_SCHEMA_NAME },
    { "table", PG_DIAG_TABLE_NAME },
    { "column", PG_DIAG_COLUMN_NAME },
    { "data_type", PG_DIAG_DATATYPE_NAME },
    { "constraint", PG_DIAG_CONSTRAINT_NAME },
    { "context", PG_DIAG_CONTEXT },
    { NULL, 0 }
};


pdn_pg_answer_t *
pdn_pg_answer_create(void)
{
    return calloc(1, sizeof(pdn_pg_answer_t));
}


void
pdn_pg_answer_free(void *data)
{
    size_t i;
    pdn_pg_answer_t *answer = data;

    if (answer == NULL) {
        return;
    }

    for (i = 0; i < answer->nresults; i++) {
        PQclear(answer->results[i]);
    }

    if (answer->results != &answer->single) {
        free(answer->results);
    }

    free(answer->text.data);
    free(answer->notices.data);
    free(answer);
}


int
pdn_pg_answer_add(pdn_pg_answer_t *answer, PGresult *result)
{
    size_t size;
    PGresult **results;

    if (answer->nresults == 0) {
        answer->results = &answer->single;
        answer->size = 1;

    } else if (answer->nresults == answer->size) {
        size = answer->size == 1 ? PDN_PG_FIRST : 2 * answer->size;
        results = answer->size == 1 ? NULL : answer->results;
        results = realloc(results, size * sizeof(PGresult *));

        if (results == NULL) {
            PQclear(result);
            return 0;
        }

        if (answer->size == 1) {
            results[0] = answer->single;
        }

        answer->results = results;
        answer->size = size;
    }

    answer->results[answer->nresults++] = result;

    return 1;
}


int
pdn_pg_answer_set(pdn_pg_answer_t *answer, PGresult *result)
{
    size_t i;

    for (i = 0; i < answer->nresults; i++) {
        PQclear(answer->results[i]);
    }

    if (answer->results != &answer->single) {
        free(answer->results);
    }

    answer->nresults = 0;

    return pdn_pg_answer_add(answer, result);
}


int
pdn_pg_text_add(pdn_pg_text_t *text, const char *data, size_t len)
{
    char *p;
    size_t size;

    if (text->size - text->len < len) {
        size = text->size ? text->size : PDN_PG_TEXT_FIRST;

        while (size - text->len < len) {
            if (size > SIZE_MAX / 2) {
                return 0;
            }

            size *= 2;
        }

        p = realloc(text->data, size);
        if (p == NULL) {
            return 0;
        }

        text->data = p;
        text->size = size;
    }

    memcpy(text->data + text->len, data, len);
    text->len += len;

    return 1;
}


/* Without a state libpq itself has made it: the connection is gone. */
void
pdn_pg_error(pdn_db_error_t *err, const PGresult *result)
{
    char *state, *text, *detail, *hint, *where;
    const pdn_pg_field_t *f;

    state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (state == NULL) {
        text = PQresultErrorMessage(result);
        pdn_db_fail(err, "closed", "%.*s", (int) strcspn(text, "\n"), text);
        return;
    }

    text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    where = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);

    pdn_db_fail(err, pdn_db_sqlstate_code(state), "%s%s%s%s%s%s%s",
                text ? text : "unknown error", where ? " at character " : "",
                where ? where : "", detail ? "; " : "", detail ? detail : "",
                hint ? "; hint: " : "", hint ? hint : "");

    strncpy(err->server, state, sizeof(err->server) - 1);

    for (f = pdn_pg_fields; f->name != NULL; f++) {
        pdn_db_error_field(err, f->name, PQresultErrorField(result, f->field));
    }
}
