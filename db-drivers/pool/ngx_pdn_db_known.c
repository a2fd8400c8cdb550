/*
 * SPDX-License-Identifier: MIT
 *
 * Statements that a pool has seen: a table with one place for each hash, which
 * the last one takes.
 */

#include "ngx_pdn_db_known.h"


#define NGX_PDN_DB_KNOWN   512  /* places */
#define NGX_PDN_DB_LONGEST 4096 /* bytes of a statement that is run again */


static ngx_uint_t ngx_pdn_db_known_set(ngx_pdn_db_known_t *known,
                                       ngx_pdn_db_pool_t *pool, const char *sql,
                                       size_t len, uint32_t hash);


void
ngx_pdn_db_know(ngx_pdn_db_op_t *op, const char *sql, size_t len)
{
    ngx_pdn_db_known_t *known;
    ngx_pdn_db_pool_t *pool = op->pool;

    if (len > NGX_PDN_DB_LONGEST) {
        return;
    }

    if (pool->known == NULL) {
        pool->known = ngx_calloc(NGX_PDN_DB_KNOWN * sizeof(ngx_pdn_db_known_t),
                                 ngx_cycle->log);
        if (pool->known == NULL) {
            return;
        }
    }

    op->hash = ngx_murmur_hash2((u_char *) sql, len);
    known = &pool->known[op->hash % NGX_PDN_DB_KNOWN];

    if ((known->hash == op->hash && known->sql.len == len
         && known->sql.data != NULL
         && ngx_memcmp(known->sql.data, sql, len) == 0)
        || ngx_pdn_db_known_set(known, pool, sql, len, op->hash))
    {
        op->known = known;
    }
}


/* Its place may be another's by now. */
ngx_pdn_db_known_t *
ngx_pdn_db_known(const ngx_pdn_db_op_t *op)
{
    return op->known && op->known->hash == op->hash ? op->known : NULL;
}


/*
 * What was quicker is believed at once, what was slower bit by bit: that may
 * be our own delay, or another's who was on the way with it.
 */
void
ngx_pdn_db_known_took(ngx_pdn_db_op_t *op, ngx_msec_t ms, ngx_uint_t n)
{
    uint32_t us;
    ngx_pdn_db_known_t *known;

    known = ngx_pdn_db_known(op);

    if (known == NULL) {
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
                     const char *sql, size_t len, uint32_t hash)
{
    u_char *text;
    pdn_db_dialect_e dialect = pool->driver->dialect;

    text = ngx_alloc(len + 1, ngx_cycle->log);
    if (text == NULL) {
        return 0;
    }

    ngx_memcpy(text, sql, len);
    ngx_free(known->sql.data);

    known->sql.data = text;
    known->sql.len = len;
    known->hash = hash;
    known->us = NGX_PDN_DB_UNKNOWN;
    known->placeholders = pdn_db_placeholders(sql, len, dialect);
    known->session = pdn_db_session(sql, len, dialect);
    known->shares = pool->options.share_reads == NGX_PDN_DB_SHARE_ALWAYS
                        ? pdn_db_only_reads(sql, len, dialect)
                        : pdn_db_shares(sql, len, dialect);

    return 1;
}
