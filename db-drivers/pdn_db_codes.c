/*
 * SPDX-License-Identifier: MIT
 *
 * The names by which a program knows an error, for both databases.
 */

#include <string.h>

#include <sqlite3.h>

#include "pdn_db.h"


typedef struct {
    const char *state; /* five characters, or a class of two */
    const char *code;
} pdn_db_sqlstate_t;


typedef struct {
    int rc;
    const char *code;
} pdn_db_sqlite_rc_t;


static const pdn_db_sqlstate_t pdn_db_sqlstates[] = {
    { "23505", "unique_violation" },
    { "23503", "foreign_key_violation" },
    { "23502", "not_null_violation" },
    { "23514", "check_violation" },
    { "42601", "syntax_error" },
    { "42P01", "undefined_table" },
    { "42703", "undefined_column" },
    { "57014", "timeout" },        /* statement_timeout, or cancelled */
    { "57P01", "closed" },         /* admin shutdown */
    { "57P02", "closed" },         /* crash shutdown */
    { "57P05", "closed" },         /* idle session timeout */
    { "25P03", "closed" },         /* idle in transaction timeout */
    { "57P03", "connect_failed" }, /* starting up, shutting down */
    { "53300", "connect_failed" }, /* too many connections */
    { "3D000", "connect_failed" }, /* no such database */
    { "28", "auth_failed" },
    { "08", "closed" },
    { "40001", "serialization_failure" },
    { "40P01", "deadlock" },
    { "55P03", "busy" }, /* lock not available */
    { "25006", "read_only" },
    { NULL, NULL }
};


/* Extended codes first; then what remains by the primary one. */

static const pdn_db_sqlite_rc_t pdn_db_sqlite_rcs[] = {
    { SQLITE_CONSTRAINT_UNIQUE, "unique_violation" },
    { SQLITE_CONSTRAINT_PRIMARYKEY, "unique_violation" },
    { SQLITE_CONSTRAINT_ROWID, "unique_violation" },
    { SQLITE_CONSTRAINT_FOREIGNKEY, "foreign_key_violation" },
    { SQLITE_CONSTRAINT_NOTNULL, "not_null_violation" },
    { SQLITE_CONSTRAINT_CHECK, "check_violation" },
    { SQLITE_BUSY_SNAPSHOT, "serialization_failure" },
    { SQLITE_BUSY, "busy" },
    { SQLITE_LOCKED, "busy" },
    { SQLITE_READONLY, "read_only" },
    { SQLITE_INTERRUPT, "timeout" },
    { SQLITE_CANTOPEN, "connect_failed" },
    { SQLITE_NOTADB, "connect_failed" },
    { SQLITE_PERM, "connect_failed" },
    { SQLITE_AUTH, "auth_failed" },
    { 0, NULL }
};


const char *
pdn_db_sqlstate_code(const char *sqlstate)
{
    const pdn_db_sqlstate_t *s;

    if (sqlstate == NULL) {
        return "error";
    }

    for (s = pdn_db_sqlstates; s->state; s++) {
        if (strncmp(sqlstate, s->state, strlen(s->state)) == 0) {
            return s->code;
        }
    }

    return "error";
}


/* A statement that cannot be prepared has one code: only its text tells. */
const char *
pdn_db_sqlite_code(int rc, const char *message)
{
    const pdn_db_sqlite_rc_t *r;

    if (rc == SQLITE_ERROR) {
        if (strstr(message, "syntax error") != NULL
            || strstr(message, "incomplete input") != NULL
            || strstr(message, "unrecognized token") != NULL)
        {
            return "syntax_error";
        }

        if (strstr(message, "no such table") != NULL) {
            return "undefined_table";
        }

        if (strstr(message, "no such column") != NULL
            || strstr(message, "has no column named") != NULL)
        {
            return "undefined_column";
        }

        return "error";
    }

    for (r = pdn_db_sqlite_rcs; r->code; r++) {
        if (r->rc == rc) {
            return r->code;
        }
    }

    for (r = pdn_db_sqlite_rcs; r->code; r++) {
        if (r->rc == (rc & 0xff)) {
            return r->code;
        }
    }

    return "error";
}
