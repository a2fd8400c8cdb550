/*
 * SPDX-License-Identifier: MIT
 *
 * Runs statements on a connection to SQLite and collects their rows.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pdn_sqlite.h"


#define PDN_SQLITE_SKIP_MAX 255


static pdn_sqlite_rc_e pdn_sqlite_run_one(pdn_sqlite_t *s, const char *sql,
                                          size_t len, const char **tail,
                                          const pdn_db_request_t *rq,
                                          size_t part, pdn_db_rows_t *rows,
                                          pdn_db_error_t *err);
static pdn_sqlite_rc_e pdn_sqlite_run_cached(pdn_sqlite_t *s,
                                             pdn_sqlite_cached_t *c,
                                             const pdn_db_request_t *rq,
                                             size_t part, pdn_db_rows_t *rows,
                                             pdn_db_error_t *err);
static pdn_sqlite_rc_e pdn_sqlite_step(pdn_sqlite_t *s, sqlite3_stmt *stmt,
                                       size_t part, pdn_db_rows_t *rows,
                                       pdn_db_error_t *err);
static void pdn_sqlite_put_names(sqlite3_stmt *stmt, pdn_db_rows_t *rows);


pdn_sqlite_rc_e
pdn_sqlite_run(pdn_sqlite_t *s, const pdn_db_request_t *rq, size_t part,
               pdn_db_rows_t *rows, pdn_db_error_t *err)
{
    int64_t affected;
    const char *p, *end, *tail;
    pdn_sqlite_rc_e rc;

    p = rq->sql;
    end = p + rq->sql_len;
    affected = 0;

    do {
        pdn_db_rows_release(rows);

        rc = pdn_sqlite_run_one(s, p, end - p, &tail, rq, part, rows, err);
        if (rc != PDN_SQLITE_OK) {
            return rc;
        }

        affected += rows->affected;
        p = tail;

        while (p < end && strchr(" \t\r\n;", *p) != NULL) {
            p++;
        }

    } while (rq->script && p < end);

    rows->affected = affected;

    return PDN_SQLITE_OK;
}


/*
 * A statement that was refused is spared the attempt for a while, the longer
 * the more often that happened.
 */
pdn_sqlite_rc_e
pdn_sqlite_run_brief(pdn_sqlite_t *s, const pdn_db_request_t *rq,
                     pdn_db_rows_t *rows, pdn_db_error_t *err)
{
    pdn_sqlite_rc_e rc;
    pdn_sqlite_cached_t *c;

    if (rq->script || rq->backup || s->db == NULL
        || pdn_sqlite_in_transaction(s)) {
        return PDN_SQLITE_WAITS;
    }

    c = pdn_sqlite_cache_find(s, rq->sql, rq->sql_len);

    if (c == NULL || !c->brief || c->ns == 0 || c->ns > PDN_SQLITE_BRIEF_TIME) {
        return PDN_SQLITE_WAITS;
    }

    if (c->skip) {
        c->skip--;
        return PDN_SQLITE_WAITS;
    }

    pdn_sqlite_vfs_brief(s);
    rc = pdn_sqlite_run_cached(s, c, rq, 0, rows, err);
    pdn_sqlite_vfs_brief(NULL);

    if (rc != PDN_SQLITE_OK) {
        pdn_sqlite_unhold(s);
    }

    if (rc == PDN_SQLITE_OK || !s->refused) {
        c->penalty = 0;
        return rc;
    }

    c->penalty = c->penalty < PDN_SQLITE_SKIP_MAX ? 2 * c->penalty + 1
                                                  : PDN_SQLITE_SKIP_MAX;
    c->skip = c->penalty;
    err->code = NULL;
    pdn_db_rows_release(rows);

    return PDN_SQLITE_WAITS;
}


static pdn_sqlite_rc_e
pdn_sqlite_run_one(pdn_sqlite_t *s, const char *sql, size_t len,
                   const char **tail, const pdn_db_request_t *rq, size_t part,
                   pdn_db_rows_t *rows, pdn_db_error_t *err)
{
    int rc;
    pdn_sqlite_cached_t *c;

    c = pdn_sqlite_cache_get(s, sql, len, tail, &rc);

    if (c == NULL) {
        return rc == SQLITE_OK ? PDN_SQLITE_OK : pdn_sqlite_fail(s, rc, err);
    }

    if (!rq->script && (*tail)[strspn(*tail, " \t\r\n;")] != '\0'
        && strncmp(*tail + strspn(*tail, " \t\r\n;"), "--", 2) != 0
        && strncmp(*tail + strspn(*tail, " \t\r\n;"), "/*", 2) != 0)
    {
        pdn_db_fail(err, "syntax_error",
                    "more than one statement; exec() runs several");
        return PDN_SQLITE_FAILED;
    }

    if (s->conf->readonly && !sqlite3_stmt_readonly(c->stmt)) {
        return PDN_SQLITE_WRITES;
    }

    return pdn_sqlite_run_cached(s, c, rq, part, rows, err);
}


static pdn_sqlite_rc_e
pdn_sqlite_run_cached(pdn_sqlite_t *s, pdn_sqlite_cached_t *c,
                      const pdn_db_request_t *rq, size_t part,
                      pdn_db_rows_t *rows, pdn_db_error_t *err)
{
    pdn_sqlite_rc_e rc;

    /* who writes does not stand in others' way until a loop has ended */
    if (!sqlite3_stmt_readonly(c->stmt)) {
        part = 0;
    }

    s->began = pdn_sqlite_now();
    rc = pdn_sqlite_bind(c->stmt, rq, err);

    if (rc == PDN_SQLITE_OK) {
        rc = pdn_sqlite_step(s, c->stmt, part, rows, err);
    }

    if (rc == PDN_SQLITE_MORE) {
        s->cursor = c;
        return rc;
    }

    pdn_sqlite_cache_put(c);
    c->ns = pdn_sqlite_now() - s->began;
    s->spent = c->ns;

    return rc;
}


pdn_sqlite_rc_e
pdn_sqlite_more(pdn_sqlite_t *s, size_t part, pdn_db_rows_t *rows,
                pdn_db_error_t *err)
{
    pdn_sqlite_rc_e rc;

    rc = pdn_sqlite_step(s, s->cursor->stmt, part, rows, err);

    if (rc != PDN_SQLITE_MORE) {
        pdn_sqlite_stop(s);
    }

    return rc;
}


void
pdn_sqlite_stop(pdn_sqlite_t *s)
{
    if (s->cursor != NULL) {
        pdn_sqlite_cache_put(s->cursor);
        s->cursor = NULL;
    }
}


/* `part`: so many bytes of rows are enough for now, 0 for all there are. */
static pdn_sqlite_rc_e
pdn_sqlite_step(pdn_sqlite_t *s, sqlite3_stmt *stmt, size_t part,
                pdn_db_rows_t *rows, pdn_db_error_t *err)
{
    int rc, before, reads;

    before = 0;
    reads = sqlite3_stmt_readonly(stmt);

    if (!reads) {
        before = sqlite3_total_changes(s->db);
        sqlite3_set_last_insert_rowid(s->db, 0);
    }

    rc = sqlite3_step(stmt);

    /* only now: the first step may have prepared it anew */
    pdn_sqlite_put_names(stmt, rows);

    while (rc == SQLITE_ROW && pdn_sqlite_collect(stmt, rows)) {
        if (part && pdn_db_rows_size(rows) >= part) {
            return PDN_SQLITE_MORE;
        }

        rc = sqlite3_step(stmt);
    }

    if (rows->failed) {
        pdn_db_fail(err, "error", "no memory for the rows");
        return PDN_SQLITE_FAILED;
    }

    if (rc != SQLITE_DONE) {
        return pdn_sqlite_fail(s, rc, err);
    }

    if (!reads && sqlite3_total_changes(s->db) != before) {
        rows->affected = sqlite3_changes(s->db);
        rows->insert_id = sqlite3_last_insert_rowid(s->db);
    }

    return PDN_SQLITE_OK;
}


static void
pdn_sqlite_put_names(sqlite3_stmt *stmt, pdn_db_rows_t *rows)
{
    int i, n;

    n = sqlite3_column_count(stmt);

    for (i = 0; i < n; i++) {
        pdn_db_rows_put_name(rows, sqlite3_column_name(stmt, i));
    }
}


uint64_t
pdn_sqlite_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}


pdn_sqlite_rc_e
pdn_sqlite_fail(pdn_sqlite_t *s, int rc, pdn_db_error_t *err)
{
    const char *text;

    text = sqlite3_errmsg(s->db);

    pdn_db_fail(err, pdn_db_sqlite_code(rc, text), "%s", text);
    sqlite3_snprintf(sizeof(err->server), err->server, "%d", rc);

    return PDN_SQLITE_FAILED;
}
