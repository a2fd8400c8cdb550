/*
 * SPDX-License-Identifier: MIT
 *
 * Statements that a pool has seen: a table with one place for each hash, which
 * the last one takes.
 */

#include "ngx_pdn_db_known.h"


#define NGX_PDN_DB_KNOWN 512 /* places */


static ngx_uint_t ngx_pdn_db_known_set(ngx_pdn_db_known_t *known,
                                       ngx_pdn_db_pool_t *pool,
                                       const pdn_db_request_t *rq,
                                       uint32_t hash);


ngx_pdn_db_known_t *
ngx_pdn_db_known(ngx_pdn_db_pool_t *pool, const pdn_db_request_t *rq)
{
    uint32_t hash;
    ngx_pdn_db_known_t *known;

    if (pool->known == NULL) {
        pool->known = ngx_calloc(NGX_PDN_DB_KNOWN * sizeof(ngx_pdn_db_known_t),
                                 ngx_cycle->log);
        if (pool->known == NULL) {
            return NULL;
        }
    }

    hash = ngx_murmur_hash2((u_char *) rq->sql, rq->sql_len);
    known = &pool->known[hash % NGX_PDN_DB_KNOWN];

    if (known->hash == hash && known->sql.len == rq->sql_len
        && ngx_memcmp(known->sql.data, rq->sql, rq->sql_len) == 0)
    {
        return known;
    }

    return ngx_pdn_db_known_set(known, pool, rq, hash) ? known : NULL;
}


/*
 * What was quicker is believed at once, what was slower bit by bit: that may
 * be our own delay, or another's who was on the way with it.
 */
void
ngx_pdn_db_known_took(ngx_pdn_db_op_t *op, ngx_msec_t ms, ngx_uint_t n)
{
    uint32_t us;
    ngx_pdn_db_known_t *known = op->known;

    if (known == NULL || known->hash != op->hash) {
        return;
    }

    us = ngx_min(ms, 1000000) * 1000 / n;

    if (us < known->us) {
        known->us = us;

    } else {
        known->us += (us - known->us) / 8;
    }
}


void
ngx_pdn_db_known_release(ngx_pdn_db_pool_t *pool)
{
    ngx_uint_t i;

    for (i = 0; pool->known != NULL && i < NGX_PDN_DB_KNOWN; i++) {
        ngx_free(pool->known[i].sql.data);
    }

    ngx_free(pool->known);
    pool->known = NULL;
}


static ngx_uint_t
ngx_pdn_db_known_set(ngx_pdn_db_known_t *known, ngx_pdn_db_pool_t *pool,
                     const pdn_db_request_t *rq, uint32_t hash)
{
    u_char *text;
    int (*may)(const char *sql, size_t len, pdn_db_dialect_e dialect);

    may = pool->options.share_reads == NGX_PDN_DB_SHARE_ALWAYS
              ? pdn_db_only_reads
              : pdn_db_shares;

    text = ngx_alloc(rq->sql_len + 1, ngx_cycle->log);
    if (text == NULL) {
        return 0;
    }

    ngx_memcpy(text, rq->sql, rq->sql_len);
    ngx_free(known->sql.data);

    known->sql.data = text;
    known->sql.len = rq->sql_len;
    known->hash = hash;
    known->us = NGX_PDN_DB_UNKNOWN;
    known->shares = may(rq->sql, rq->sql_len, pool->driver->dialect);

    return 1;
}
