/*
 * SPDX-License-Identifier: MIT
 *
 * A request in the form that libpq takes it: all values as text, whose types
 * the server infers, but bytes as they are.
 */

#include "ngx_pdn_pg.h"


#define NGX_PDN_PG_NUMBER 32 /* characters, at most */


typedef struct {
    Oid *types;
    const char **values;
    int *lengths;
    int *formats;
    char *numbers; /* NGX_PDN_PG_NUMBER each */
} ngx_pdn_pg_params_t;


static void *
ngx_pdn_pg_params_create(ngx_pdn_pg_params_t *ps, unsigned n)
{
    char *block;

    block = ngx_alloc(
        n * (sizeof(char *) + sizeof(Oid) + 2 * sizeof(int) + NGX_PDN_PG_NUMBER)
            + 1,
        ngx_cycle->log);
    if (block == NULL) {
        return NULL;
    }

    ps->values = (const char **) block;
    ps->types = (Oid *) (ps->values + n);
    ps->lengths = (int *) (ps->types + n);
    ps->formats = ps->lengths + n;
    ps->numbers = (char *) (ps->formats + n);

    return block;
}


/* What strtod() and PostgreSQL both read back as the same number. */
static const char *
ngx_pdn_pg_float(char *p, double f)
{
    if (f != f) {
        return "NaN";
    }

    if (f - f != 0) {
        return f > 0 ? "Infinity" : "-Infinity";
    }

    snprintf(p, NGX_PDN_PG_NUMBER, "%.17g", f);

    return p;
}


/* Those who ask for raw results do not leave types to the server. */
static Oid
ngx_pdn_pg_type(pdn_db_type_e type)
{
    switch (type) {

    case PDN_DB_INT:
    case PDN_DB_FLOAT:
        return PDN_PG_NUMERIC;

    case PDN_DB_BOOL:
        return PDN_PG_BOOL;

    case PDN_DB_TEXT:
        return PDN_PG_TEXT;

    default:
        return 0;
    }
}


static void
ngx_pdn_pg_params_fill(ngx_pdn_pg_params_t *ps, const pdn_db_request_t *rq)
{
    char *p;
    unsigned i;
    const pdn_db_value_t *v;

    for (i = 0; i < rq->nparams; i++) {
        v = &rq->params[i];
        p = ps->numbers + i * NGX_PDN_PG_NUMBER;

        ps->types[i] = 0;
        ps->lengths[i] = 0;
        ps->formats[i] = 0;
        ps->values[i] = NULL;

        if (rq->raw) {
            ps->types[i] = ngx_pdn_pg_type(v->type);
        }

        switch (v->type) {

        case PDN_DB_INT:
            snprintf(p, NGX_PDN_PG_NUMBER, "%lld", (long long) v->as.i);
            ps->values[i] = p;
            break;

        case PDN_DB_FLOAT:
            ps->values[i] = ngx_pdn_pg_float(p, v->as.f);
            break;

        case PDN_DB_BOOL:
            ps->values[i] = v->as.i ? "t" : "f";
            break;

        case PDN_DB_TEXT:
            ps->types[i] = v->oid ? v->oid : ps->types[i];
            ps->values[i] = v->as.s.data;
            break;

        case PDN_DB_BINARY:
            ps->types[i] = PDN_PG_BYTEA;
            ps->values[i] = v->as.s.data;
            ps->lengths[i] = v->as.s.len;
            ps->formats[i] = 1;
            break;

        case PDN_DB_NULL:
        case PDN_DB_UINT: /* MySQL's alone */
            break;
        }
    }
}


int
ngx_pdn_pg_send_params(ngx_pdn_pg_t *c, const pdn_db_request_t *rq,
                       const char *name)
{
    int rc;
    void *block;
    ngx_pdn_pg_params_t ps;

    if (rq->script) {
        return PQsendQuery(c->pg, rq->sql);
    }

    block = ngx_pdn_pg_params_create(&ps, rq->nparams);
    if (block == NULL) {
        return 0;
    }

    ngx_pdn_pg_params_fill(&ps, rq);

    if (name != NULL) {
        rc = PQsendQueryPrepared(c->pg, name, rq->nparams, ps.values,
                                 ps.lengths, ps.formats, 0);

    } else {
        rc = PQsendQueryParams(c->pg, rq->sql, rq->nparams, ps.types, ps.values,
                               ps.lengths, ps.formats, 0);
    }

    ngx_free(block);

    return rc;
}


int
ngx_pdn_pg_send_prepare(ngx_pdn_pg_t *c, const pdn_db_request_t *rq,
                        const char *name)
{
    int rc;
    void *block;
    ngx_pdn_pg_params_t ps;

    block = ngx_pdn_pg_params_create(&ps, rq->nparams);
    if (block == NULL) {
        return 0;
    }

    ngx_pdn_pg_params_fill(&ps, rq);

    rc = PQsendPrepare(c->pg, name, rq->sql, rq->nparams, ps.types);

    ngx_free(block);

    return rc;
}


ngx_uint_t
ngx_pdn_pg_has_zero(const pdn_db_request_t *rq, pdn_db_error_t *err)
{
    unsigned i;
    const pdn_db_value_t *v;

    for (i = 0; i < rq->nparams; i++) {
        v = &rq->params[i];

        if (v->type == PDN_DB_TEXT
            && memchr(v->as.s.data, '\0', v->as.s.len) != NULL) {
            pdn_db_fail(err, "error",
                        "a text with a zero byte cannot be "
                        "stored by PostgreSQL; send it as binary");
            ngx_memcpy(err->server, "22021", sizeof("22021"));
            return 1;
        }
    }

    return 0;
}
