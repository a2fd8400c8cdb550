/*
 * SPDX-License-Identifier: MIT
 *
 * Prepared statements of one connection, the least used of which gives way.
 */

#include <string.h>

#include "pdn_sqlite.h"


static int pdn_sqlite_may_be_brief(pdn_sqlite_t *s, pdn_sqlite_cached_t *c);


/* FNV-1a */
static uint32_t
pdn_sqlite_hash(const char *sql, size_t len)
{
    size_t i;
    uint32_t h;

    h = 2166136261u;

    for (i = 0; i < len; i++) {
        h = (h ^ (unsigned char) sql[i]) * 16777619u;
    }

    return h;
}


static pdn_sqlite_cached_t *
pdn_sqlite_cache_slot(pdn_sqlite_t *s)
{
    unsigned i;
    pdn_sqlite_cached_t *oldest;

    if (s->ncached < PDN_SQLITE_CACHE) {
        return &s->cached[s->ncached++];
    }

    oldest = &s->cached[0];

    for (i = 1; i < s->ncached; i++) {
        if (s->cached[i].used < oldest->used) {
            oldest = &s->cached[i];
        }
    }

    sqlite3_finalize(oldest->stmt);

    return oldest;
}


pdn_sqlite_cached_t *
pdn_sqlite_cache_find(pdn_sqlite_t *s, const char *sql, size_t len)
{
    unsigned i;
    uint32_t hash;
    pdn_sqlite_cached_t *c;

    hash = pdn_sqlite_hash(sql, len);

    for (i = 0; i < s->ncached; i++) {
        c = &s->cached[i];

        if (c->hash == hash && c->len == len && memcmp(c->sql, sql, len) == 0) {
            c->used = ++s->clock;
            return c;
        }
    }

    return NULL;
}


pdn_sqlite_cached_t *
pdn_sqlite_cache_get(pdn_sqlite_t *s, const char *sql, size_t len,
                     const char **tail, int *rc)
{
    sqlite3_stmt *stmt;
    pdn_sqlite_cached_t *c;

    *rc = SQLITE_OK;
    c = pdn_sqlite_cache_find(s, sql, len);

    if (c != NULL) {
        *tail = sql + len;
        return c;
    }

    *rc = sqlite3_prepare_v3(s->db, sql, len + 1, SQLITE_PREPARE_PERSISTENT,
                             &stmt, tail);
    if (*rc != SQLITE_OK || stmt == NULL) {
        return NULL;
    }

    c = pdn_sqlite_cache_slot(s);
    memset(c, 0, sizeof(pdn_sqlite_cached_t));

    /*
     * A statement that is followed by more text is part of a script: its text
     * alone is shorter than `sql`, so it is found again only by itself.
     */
    c->stmt = stmt;
    c->sql = sqlite3_sql(stmt);
    c->len = strlen(c->sql);
    c->hash = pdn_sqlite_hash(c->sql, c->len);
    c->used = ++s->clock;
    c->brief = pdn_sqlite_may_be_brief(s, c);

    return c;
}


/* What is in memory may be written as it is read. */
static int
pdn_sqlite_may_be_brief(pdn_sqlite_t *s, pdn_sqlite_cached_t *c)
{
    if (sqlite3_stmt_isexplain(c->stmt)) {
        return 0;
    }

    if (sqlite3_stmt_readonly(c->stmt)) {
        return sqlite3_column_count(c->stmt) > 0
               && pdn_db_looks_selecting(c->sql, c->len);
    }

    return s->in_memory && !s->conf->readonly
           && pdn_db_looks_changing(c->sql, c->len);
}


void
pdn_sqlite_cache_put(pdn_sqlite_cached_t *cached)
{
    sqlite3_reset(cached->stmt);
    sqlite3_clear_bindings(cached->stmt);
}


void
pdn_sqlite_cache_release(pdn_sqlite_t *s)
{
    unsigned i;

    for (i = 0; i < s->ncached; i++) {
        sqlite3_finalize(s->cached[i].stmt);
    }

    s->ncached = 0;
}
