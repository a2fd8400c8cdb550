/*
 * SPDX-License-Identifier: MIT
 *
 * Statements of one connection to MySQL: each is prepared, for nothing else
 * takes values; the least used one is closed.
 */

#include "ngx_pdn_mysql.h"


static ngx_pdn_mysql_statement_t *ngx_pdn_mysql_statement(ngx_pdn_mysql_t *c);
static void ngx_pdn_mysql_cache_free(ngx_pdn_mysql_statement_t *st);


ngx_pdn_mysql_statement_t *
ngx_pdn_mysql_cache_find(ngx_pdn_mysql_t *c)
{
    uint32_t hash;
    ngx_queue_t *q;
    ngx_pdn_mysql_statement_t *st;
    ngx_uint_t limit = c->conn.pool->options.statements;
    pdn_db_request_t *rq = c->request;

    hash = ngx_murmur_hash2((u_char *) rq->sql, rq->sql_len);

    for (q = ngx_queue_head(&c->statements);
         limit && q != ngx_queue_sentinel(&c->statements);
         q = ngx_queue_next(q))
    {
        st = ngx_queue_data(q, ngx_pdn_mysql_statement_t, link);

        if (st->hash == hash && st->len == rq->sql_len
            && ngx_memcmp(st->key, rq->sql, st->len) == 0)
        {
            ngx_queue_remove(q);
            ngx_queue_insert_head(&c->statements, q);
            return st;
        }
    }

    /* without a cache the last one is still there */
    if (c->nstatements && c->nstatements >= limit) {
        q = ngx_queue_last(&c->statements);
        ngx_pdn_mysql_cache_remove(
            c, ngx_queue_data(q, ngx_pdn_mysql_statement_t, link));
    }

    st = ngx_pdn_mysql_statement(c);

    if (st != NULL) {
        st->hash = hash;
        ngx_queue_insert_head(&c->statements, &st->link);
        c->nstatements++;
    }

    return st;
}


void
ngx_pdn_mysql_cache_remove(ngx_pdn_mysql_t *c, ngx_pdn_mysql_statement_t *st)
{
    ngx_queue_remove(&st->link);
    c->nstatements--;
    ngx_queue_insert_tail(&c->doomed, &st->link);

    if (c->statement == st) {
        c->statement = NULL;
    }
}


void
ngx_pdn_mysql_cache_forget(ngx_pdn_mysql_t *c)
{
    ngx_queue_t *q;
    ngx_pdn_mysql_statement_t *st;

    while (!ngx_queue_empty(&c->doomed)) {
        q = ngx_queue_head(&c->doomed);
        st = ngx_queue_data(q, ngx_pdn_mysql_statement_t, link);
        ngx_queue_remove(q);
        mysql_stmt_close(st->stmt);
        ngx_pdn_mysql_cache_free(st);
    }
}


void
ngx_pdn_mysql_cache_release(ngx_pdn_mysql_t *c)
{
    ngx_queue_t *q;

    while (c->nstatements) {
        q = ngx_queue_head(&c->statements);
        ngx_pdn_mysql_cache_remove(
            c, ngx_queue_data(q, ngx_pdn_mysql_statement_t, link));
    }

    ngx_pdn_mysql_cache_forget(c);
}


static ngx_pdn_mysql_statement_t *
ngx_pdn_mysql_statement(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_statement_t *st;
    pdn_db_request_t *rq = c->request;

    st = ngx_calloc(sizeof(ngx_pdn_mysql_statement_t), ngx_cycle->log);
    if (st == NULL) {
        return NULL;
    }

    st->len = rq->sql_len;
    st->key = ngx_alloc(st->len + 1, ngx_cycle->log);
    st->order = ngx_alloc((st->len / 2 + 1) * sizeof(unsigned), ngx_cycle->log);
    st->stmt = mysql_stmt_init(c->mysql);

    if (st->key == NULL || st->order == NULL || st->stmt == NULL) {
        if (st->stmt != NULL) {
            mysql_stmt_close(st->stmt);
        }

        ngx_pdn_mysql_cache_free(st);
        return NULL;
    }

    ngx_memcpy(st->key, rq->sql, st->len);

    return st;
}


/* But for the library's handle. */
static void
ngx_pdn_mysql_cache_free(ngx_pdn_mysql_statement_t *st)
{
    ngx_free(st->order);
    ngx_free(st->key);
    ngx_free(st);
}
