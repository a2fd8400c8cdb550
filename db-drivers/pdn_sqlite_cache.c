/*
 * SPDX-License-Identifier: MIT
 *
 * Prepared statements of one connection, the least used of which gives way.
 */

#include <string.h>

#include "pdn_sqlite.h"


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


sqlite3_stmt *
pdn_sqlite_cache_get(pdn_sqlite_t *s, const char *sql, size_t len,
                     const char **tail, int *rc)
{
    unsigned i;
    uint32_t hash;
    const char *text;
    sqlite3_stmt *stmt;
    pdn_sqlite_cached_t *slot;

    hash = pdn_sqlite_hash(sql, len);
    s->clock++;

    for (i = 0; i < s->ncached; i++) {
        if (s->cached[i].hash != hash) {
            continue;
        }

        text = sqlite3_sql(s->cached[i].stmt);

        if (strlen(text) == len && memcmp(text, sql, len) == 0) {
            s->cached[i].used = s->clock;
            *tail = sql + len;
            *rc = SQLITE_OK;
            return s->cached[i].stmt;
        }
    }

    *rc = sqlite3_prepare_v3(s->db, sql, len + 1, SQLITE_PREPARE_PERSISTENT,
                             &stmt, tail);
    if (*rc != SQLITE_OK || stmt == NULL) {
        return NULL;
    }

    /*
     * A statement that is followed by more text is part of a script: its text
     * alone is shorter than `sql`, so it is found again only by itself.
     */
    text = sqlite3_sql(stmt);

    slot = pdn_sqlite_cache_slot(s);
    slot->stmt = stmt;
    slot->hash = pdn_sqlite_hash(text, strlen(text));
    slot->used = s->clock;

    return stmt;
}


void
pdn_sqlite_cache_put(pdn_sqlite_t *s, sqlite3_stmt *stmt)
{
    (void) s;

    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
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
