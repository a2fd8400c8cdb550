/*
 * SPDX-License-Identifier: MIT
 *
 * Values into a statement of SQLite and out of it.
 */

#include <stdlib.h>
#include <strings.h>

#include "pdn_sqlite.h"


static int pdn_sqlite_bind_value(sqlite3_stmt *stmt, int i,
                                 const pdn_db_value_t *v);
static int pdn_sqlite_put_column(sqlite3_stmt *stmt, int i,
                                 pdn_db_rows_t *rows);
static int pdn_sqlite_is_boolean(sqlite3_stmt *stmt, int i);


/* A placeholder is called "$1"; it may stand in many places. */
pdn_sqlite_rc_e
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


int
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


/*
 * The value is asked, not the statement: that looks it up once.  Nobody else
 * uses the connection, so it needs no protection.
 */
static int
pdn_sqlite_put_column(sqlite3_stmt *stmt, int i, pdn_db_rows_t *rows)
{
    int64_t n;
    const void *data;
    sqlite3_value *v = sqlite3_column_value(stmt, i);

    switch (sqlite3_value_type(v)) {

    case SQLITE_INTEGER:
        n = sqlite3_value_int64(v);

        return (n == 0 || n == 1) && pdn_sqlite_is_boolean(stmt, i)
                   ? pdn_db_rows_put_bool(rows, (int) n)
                   : pdn_db_rows_put_int(rows, n);

    case SQLITE_FLOAT:
        return pdn_db_rows_put_float(rows, sqlite3_value_double(v));

    case SQLITE_TEXT:
        data = sqlite3_value_text(v);
        return pdn_db_rows_put_text(rows, data, sqlite3_value_bytes(v));

    case SQLITE_BLOB:
        data = sqlite3_value_blob(v);
        return pdn_db_rows_put_text(rows, data, sqlite3_value_bytes(v));

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
