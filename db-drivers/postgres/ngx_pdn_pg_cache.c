/*
 * SPDX-License-Identifier: MIT
 *
 * Statements of one connection to PostgreSQL.  A statement that comes for the
 * second time is worth a name on the server; the least used one loses its.
 */

#include "ngx_pdn_pg.h"


#define NGX_PDN_PG_LOST     "26000"
#define NGX_PDN_PG_MISMATCH "42804"


static ngx_uint_t ngx_pdn_pg_cache_has_oid(const pdn_db_request_t *rq);
static size_t ngx_pdn_pg_cache_key(const pdn_db_request_t *rq, u_char *key);


ngx_pdn_pg_statement_t *
ngx_pdn_pg_cache_find(ngx_pdn_pg_t *c, const pdn_db_request_t *rq,
                      ngx_uint_t evict)
{
    size_t len;
    uint32_t hash;
    ngx_queue_t *q;
    ngx_pdn_pg_statement_t *st, *fresh;

    if (rq->script || c->conn.pool->options.statements == 0
        || ngx_pdn_pg_cache_has_oid(rq))
    {
        return NULL;
    }

    len = rq->nparams + 1 + rq->sql_len;

    fresh = ngx_alloc(sizeof(ngx_pdn_pg_statement_t) + len, ngx_cycle->log);
    if (fresh == NULL) {
        return NULL;
    }

    len = ngx_pdn_pg_cache_key(rq, fresh->key);
    hash = ngx_murmur_hash2(fresh->key, len);

    for (q = ngx_queue_head(&c->statements);
         q != ngx_queue_sentinel(&c->statements); q = ngx_queue_next(q))
    {
        st = ngx_queue_data(q, ngx_pdn_pg_statement_t, link);

        if (st->hash == hash && st->len == len
            && ngx_memcmp(st->key, fresh->key, len) == 0)
        {
            ngx_queue_remove(q);
            ngx_queue_insert_head(&c->statements, q);
            ngx_free(fresh);
            return st;
        }
    }

    if (c->nstatements >= c->conn.pool->options.statements) {
        if (!evict) {
            ngx_free(fresh);
            return NULL;
        }

        q = ngx_queue_last(&c->statements);
        st = ngx_queue_data(q, ngx_pdn_pg_statement_t, link);

        if (st->prepared) {
            c->doomed = st->number;
        }

        ngx_pdn_pg_cache_remove(c, st);
    }

    fresh->hash = hash;
    fresh->len = len;
    fresh->number = ++c->next_number;
    fresh->prepared = 0;

    ngx_queue_insert_head(&c->statements, &fresh->link);
    c->nstatements++;

    return NULL;
}


void
ngx_pdn_pg_cache_remove(ngx_pdn_pg_t *c, ngx_pdn_pg_statement_t *st)
{
    ngx_queue_remove(&st->link);
    c->nstatements--;

    if (c->statement == st) {
        c->statement = NULL;
    }

    ngx_free(st);
}


void
ngx_pdn_pg_cache_remove_number(ngx_pdn_pg_t *c, ngx_uint_t number)
{
    ngx_queue_t *q;
    ngx_pdn_pg_statement_t *st;

    for (q = ngx_queue_head(&c->statements);
         q != ngx_queue_sentinel(&c->statements); q = ngx_queue_next(q))
    {
        st = ngx_queue_data(q, ngx_pdn_pg_statement_t, link);

        if (st->number == number) {
            ngx_pdn_pg_cache_remove(c, st);
            return;
        }
    }
}


void
ngx_pdn_pg_name(char *name, ngx_uint_t number)
{
    snprintf(name, NGX_PDN_PG_NAME_LEN, "pdn_%lu", (unsigned long) number);
}


void
ngx_pdn_pg_cache_forget(ngx_pdn_pg_t *c, ngx_uint_t number,
                        const pdn_db_error_t *err)
{
    ngx_pdn_pg_cache_remove_number(c, number);

    if (ngx_strcmp(err->server, NGX_PDN_PG_LOST) != 0) {
        c->doomed = number;
    }
}


ngx_uint_t
ngx_pdn_pg_cache_lost(const pdn_db_error_t *err)
{
    return ngx_strcmp(err->server, NGX_PDN_PG_LOST) == 0
           || ngx_strcmp(err->server, NGX_PDN_PG_MISMATCH) == 0
           || (ngx_strcmp(err->server, "0A000") == 0
               && strstr(err->text, "cached plan") != NULL)
           || (ngx_strncmp(err->server, "22", 2) == 0
               && strstr(err->text, " for type ") != NULL);
}


void
ngx_pdn_pg_cache_release(ngx_pdn_pg_t *c)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(&c->statements)) {
        q = ngx_queue_head(&c->statements);
        ngx_pdn_pg_cache_remove(
            c, ngx_queue_data(q, ngx_pdn_pg_statement_t, link));
    }
}


/* The key has no room for types of the caller's own. */
static ngx_uint_t
ngx_pdn_pg_cache_has_oid(const pdn_db_request_t *rq)
{
    unsigned i;

    for (i = 0; i < rq->nparams; i++) {
        if (rq->params[i].type == PDN_DB_TEXT && rq->params[i].oid) {
            return 1;
        }
    }

    return 0;
}


/* What is sent with its type makes another statement. */
static size_t
ngx_pdn_pg_cache_key(const pdn_db_request_t *rq, u_char *key)
{
    u_char *p;
    unsigned i;

    p = key;

    for (i = 0; i < rq->nparams; i++) {
        *p++ = rq->raw                               ? '0' + rq->params[i].type
               : rq->params[i].type == PDN_DB_BINARY ? 'b'
                                                     : '.';
    }

    *p++ = '\0';
    p = ngx_cpymem(p, rq->sql, rq->sql_len);

    return p - key;
}
