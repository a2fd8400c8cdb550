/*
 * SPDX-License-Identifier: MIT
 *
 * Requests and errors.  Knows no database.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pdn_db.h"


pdn_db_request_t *
pdn_db_request_create(const char *sql, size_t len, unsigned nparams,
                      size_t bytes)
{
    size_t head;
    pdn_db_request_t *rq;

    head = sizeof(pdn_db_request_t) + nparams * sizeof(pdn_db_value_t);

    /* each text ends with a zero */
    rq = malloc(head + len + 1 + bytes + nparams);
    if (rq == NULL) {
        return NULL;
    }

    memset(rq, 0, head);

    rq->params = (pdn_db_value_t *) (rq + 1);
    rq->nparams = nparams;
    rq->sql = (char *) rq + head;
    rq->sql_len = len;
    memcpy(rq->sql, sql, len);
    rq->sql[len] = '\0';
    rq->free = rq->sql + len + 1;

    return rq;
}


void
pdn_db_request_free(pdn_db_request_t *rq)
{
    pdn_db_request_t *next;

    for (/* void */; rq != NULL; rq = next) {
        next = rq->next;
        free(rq);
    }
}


void
pdn_db_request_set_text(pdn_db_request_t *rq, unsigned i, pdn_db_type_e type,
                        const char *data, size_t len)
{
    pdn_db_value_t *v = &rq->params[i];

    v->type = type;
    v->oid = 0;
    v->as.s.data = rq->free;
    v->as.s.len = len;

    memcpy(rq->free, data, len);
    rq->free[len] = '\0';
    rq->free += len + 1;
}


void
pdn_db_fail(pdn_db_error_t *err, const char *code, const char *fmt, ...)
{
    int n;
    char *p, *to;
    va_list args;

    err->code = code;
    err->fields_len = 0;

    va_start(args, fmt);
    n = vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);

    if (n < 0) {
        err->text[0] = '\0';
        return;
    }

    /* client libraries write several lines; a log line is one */
    for (p = to = err->text; *p != '\0'; p++) {
        if (*p != '\n' && *p != '\t') {
            *to++ = *p;

        } else if (to > err->text && to[-1] != ' ') {
            *to++ = ' ';
        }
    }

    while (to > err->text && to[-1] == ' ') {
        to--;
    }

    *to = '\0';
}


/* One that has no room is left out. */
void
pdn_db_error_field(pdn_db_error_t *err, const char *name, const char *value)
{
    size_t nlen, vlen;
    char *p;

    if (value == NULL) {
        return;
    }

    nlen = strlen(name) + 1;
    vlen = strlen(value) + 1;

    if (nlen + vlen > sizeof(err->fields) - err->fields_len) {
        return;
    }

    p = err->fields + err->fields_len;
    memcpy(p, name, nlen);
    memcpy(p + nlen, value, vlen);
    err->fields_len += nlen + vlen;
}
