/*
 * SPDX-License-Identifier: MIT
 *
 * Runs statements on a connection to SQLite and collects their rows.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "pdn_sqlite.h"


#define PDN_SQLITE_BRIEF_TIME 300000 /* ns; slower ones are not brief */
#define PDN_SQLITE_SKIP_MAX   255


static pdn_sqlite_rc_e pdn_sqlite_run_one(pdn_sqlite_t *s, const char *sql,
                                          size_t len, const char **tail,
                                          const pdn_db_request_t *rq,
                                          pdn_db_rows_t *rows,
                                          pdn_db_error_t *err);
static pdn_sqlite_rc_e pdn_sqlite_run_cached(pdn_sqlite_t *s,
                                             pdn_sqlite_cached_t *c,
                                             const pdn_db_request_t *rq,
                                             pdn_db_rows_t *rows,
                                             pdn_db_error_t *err);
static pdn_sqlite_rc_e pdn_sqlite_step(pdn_sqlite_t *s, sqlite3_stmt *stmt,
                                       pdn_db_rows_t *rows,
                                       pdn_db_error_t *err);
static void pdn_sqlite_put_names(sqlite3_stmt *stmt, pdn_db_rows_t *rows);
static uint64_t pdn_sqlite_now(void);
static pdn_sqlite_rc_e pdn_sqlite_bind(sqlite3_stmt *stmt,
                                       const pdn_db_request_t *rq,
                                       pdn_db_error_t *err);
static int pdn_sqlite_bind_value(sqlite3_stmt *stmt, int i,
                                 const pdn_db_value_t *v);
static int pdn_sqlite_collect(sqlite3_stmt *stmt, pdn_db_rows_t *rows);
static int pdn_sqlite_put_column(sqlite3_stmt *stmt, int i,
                                 pdn_db_rows_t *rows);
static int pdn_sqlite_is_boolean(sqlite3_stmt *stmt, int i);
static pdn_sqlite_rc_e pdn_sqlite_fail(pdn_sqlite_t *s, int rc,
                                       pdn_db_error_t *err);


pdn_sqlite_rc_e
pdn_sqlite_run(pdn_sqlite_t *s, const pdn_db_request_t *rq, pdn_db_rows_t *rows,
               pdn_db_error_t *err)
{
    int64_t affected;
    const char *p, *end, *tail;
    pdn_sqlite_rc_e rc;

    p = rq->sql;
    end = p + rq->sql_len;
    affected = 0;

    do {
        pdn_db_rows_release(rows);

        rc = pdn_sqlite_run_one(s, p, end - p, &tail, rq, rows, err);
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

    if (rq->script || s->db == NULL || !sqlite3_get_autocommit(s->db)) {
        return PDN_SQLITE_WAITS;
    }

    c = pdn_sqlite_cache_find(s, rq->sql, rq->sql_len);

    if (c == NULL || !c->selects || c->ns == 0 || c->ns > PDN_SQLITE_BRIEF_TIME)
    {
        return PDN_SQLITE_WAITS;
    }

    if (c->skip) {
        c->skip--;
        return PDN_SQLITE_WAITS;
    }

    pdn_sqlite_vfs_brief(s);
    rc = pdn_sqlite_run_cached(s, c, rq, rows, err);
    pdn_sqlite_vfs_brief(NULL);

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
                   const char **tail, const pdn_db_request_t *rq,
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

    return pdn_sqlite_run_cached(s, c, rq, rows, err);
}


static pdn_sqlite_rc_e
pdn_sqlite_run_cached(pdn_sqlite_t *s, pdn_sqlite_cached_t *c,
                      const pdn_db_request_t *rq, pdn_db_rows_t *rows,
                      pdn_db_error_t *err)
{
    uint64_t start;
    pdn_sqlite_rc_e rc;

    start = pdn_sqlite_now();
    rc = pdn_sqlite_bind(c->stmt, rq, err);

    if (rc == PDN_SQLITE_OK) {
        rc = pdn_sqlite_step(s, c->stmt, rows, err);
    }

    pdn_sqlite_cache_put(c);
    c->ns = pdn_sqlite_now() - start;
    s->spent = c->ns;

    return rc;
}


static pdn_sqlite_rc_e
pdn_sqlite_step(pdn_sqlite_t *s, sqlite3_stmt *stmt, pdn_db_rows_t *rows,
                pdn_db_error_t *err)
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


static uint64_t
pdn_sqlite_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}


/* A placeholder is called "$1"; it may stand in many places. */
static pdn_sqlite_rc_e
pdn_sqlite_bind(sqlite3_stmt *stmt, const pdn_db_request_t *rq,
                pdn_db_error_t *err)
{
    int i, n;
    const char *name;
    unsigned long which;

    n = sqlite3_bind_parameter_count(stmt);

    for (i = 1; i <= n; i++) {
        name = sqlite3_bind_parameter_name(stmt, i);
        which = name && name[0] == '$' ? strtoul(name + 1, NULL, 10) : 0;

        if (which == 0 || which > rq->nparams) {
            pdn_db_fail(err, "error", "placeholder %s is not one of $1 to $%u",
                        name ? name : "?", rq->nparams);
            return PDN_SQLITE_MISUSED;
        }

        if (pdn_sqlite_bind_value(stmt, i, &rq->params[which - 1]) != SQLITE_OK)
        {
            pdn_db_fail(err, "error", "cannot bind parameter %lu: %s", which,
                        sqlite3_errmsg(sqlite3_db_handle(stmt)));
            return PDN_SQLITE_FAILED;
        }
    }

    return PDN_SQLITE_OK;
}


/* The request lives until the statement was reset, so nothing is copied. */
static int
pdn_sqlite_bind_value(sqlite3_stmt *stmt, int i, const pdn_db_value_t *v)
{
    switch (v->type) {

    case PDN_DB_INT:
    case PDN_DB_BOOL:
        return sqlite3_bind_int64(stmt, i, v->as.i);

    case PDN_DB_FLOAT:
        return sqlite3_bind_double(stmt, i, v->as.f);

    case PDN_DB_TEXT:
        return sqlite3_bind_text64(stmt, i, v->as.s.data, v->as.s.len,
                                   SQLITE_STATIC, SQLITE_UTF8);

    case PDN_DB_BINARY:
        return sqlite3_bind_blob64(stmt, i, v->as.s.data, v->as.s.len,
                                   SQLITE_STATIC);

    case PDN_DB_NULL:
    case PDN_DB_UINT: /* MySQL's alone */
        break;
    }

    return sqlite3_bind_null(stmt, i);
}


static int
pdn_sqlite_collect(sqlite3_stmt *stmt, pdn_db_rows_t *rows)
{
    int i, n;

    n = sqlite3_column_count(stmt);

    for (i = 0; i < n; i++) {
        if (!pdn_sqlite_put_column(stmt, i, rows)) {
            return 0;
        }
    }

    rows->nrows++;

    return 1;
}


static int
pdn_sqlite_put_column(sqlite3_stmt *stmt, int i, pdn_db_rows_t *rows)
{
    int64_t n;
    const void *data;

    switch (sqlite3_column_type(stmt, i)) {

    case SQLITE_INTEGER:
        n = sqlite3_column_int64(stmt, i);

        return pdn_db_rows_put_int(
            rows,
            (n == 0 || n == 1) && pdn_sqlite_is_boolean(stmt, i) ? PDN_DB_BOOL
                                                                 : PDN_DB_INT,
            n);

    case SQLITE_FLOAT:
        return pdn_db_rows_put_float(rows, sqlite3_column_double(stmt, i));

    case SQLITE_TEXT:
        data = sqlite3_column_text(stmt, i);
        return pdn_db_rows_put_text(rows, data, sqlite3_column_bytes(stmt, i));

    case SQLITE_BLOB:
        data = sqlite3_column_blob(stmt, i);
        return pdn_db_rows_put_text(rows, data, sqlite3_column_bytes(stmt, i));

    default:
        return pdn_db_rows_put_null(rows);
    }
}


/* SQLite has no booleans; a column declared so has, as far as it goes. */
static int
pdn_sqlite_is_boolean(sqlite3_stmt *stmt, int i)
{
    const char *type;

    type = sqlite3_column_decltype(stmt, i);

    return type != NULL && strncasecmp(type, "bool", 4) == 0;
}


static pdn_sqlite_rc_e
pdn_sqlite_fail(pdn_sqlite_t *s, int rc, pdn_db_error_t *err)
{
    const char *text;

    text = sqlite3_errmsg(s->db);

    pdn_db_fail(err, pdn_db_sqlite_code(rc, text), "%s", text);
    sqlite3_snprintf(sizeof(err->server), err->server, "%d", rc);

    return PDN_SQLITE_FAILED;
}
