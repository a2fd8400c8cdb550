/*
 * SPDX-License-Identifier: MIT
 *
 * The names by which a program knows an error, for all databases.
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
} pdn_db_number_t;


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
    { "53100", "disk_full" },
    { "XX001", "corrupt" },
    { "XX002", "corrupt" },
    { NULL, NULL }
};


/* Extended codes first; then what remains by the primary one. */

static const pdn_db_number_t pdn_db_sqlite_rcs[] = {
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
    { SQLITE_FULL, "disk_full" },
    { SQLITE_IOERR_SHMSIZE, "disk_full" },
    { SQLITE_CORRUPT, "corrupt" },
    { SQLITE_INTERRUPT, "timeout" },
    { SQLITE_CANTOPEN, "connect_failed" },
    { SQLITE_NOTADB, "connect_failed" },
    { SQLITE_PERM, "connect_failed" },
    { SQLITE_AUTH, "auth_failed" },
    { 0, NULL }
};


/* The server's numbers, then from 2000 on the client library's. */

static const pdn_db_number_t pdn_db_mysql_numbers[] = {
    { 1022, "unique_violation" },
    { 1062, "unique_violation" },
    { 1169, "unique_violation" },
    { 1586, "unique_violation" },
    { 1216, "foreign_key_violation" },
    { 1217, "foreign_key_violation" },
    { 1451, "foreign_key_violation" },
    { 1452, "foreign_key_violation" },
    { 1048, "not_null_violation" },
    { 1364, "not_null_violation" }, /* no value, and no default one */
    { 3819, "check_violation" },
    { 4025, "check_violation" },
    { 1064, "syntax_error" },
    { 1065, "syntax_error" }, /* an empty statement */
    { 1149, "syntax_error" },
    { 1051, "undefined_table" },
    { 1109, "undefined_table" },
    { 1146, "undefined_table" },
    { 1054, "undefined_column" },
    { 1317, "timeout" }, /* killed by KILL QUERY */
    { 1969, "timeout" }, /* max_statement_time */
    { 3024, "timeout" },
    { 1213, "deadlock" },
    { 1205, "busy" }, /* lock wait timeout, or NOWAIT */
    { 3572, "busy" },
    { 1021, "disk_full" },
    { 1114, "disk_full" },
    { 1034, "corrupt" },
    { 1194, "corrupt" },
    { 1290, "read_only" },
    { 1792, "read_only" },
    { 1836, "read_only" },
    { 1044, "auth_failed" },
    { 1045, "auth_failed" },
    { 1130, "auth_failed" }, /* not from this host */
    { 1251, "auth_failed" },
    { 1698, "auth_failed" },
    { 2059, "auth_failed" }, /* no such plugin */
    { 2061, "auth_failed" },
    { 1040, "connect_failed" }, /* too many connections */
    { 1049, "connect_failed" }, /* no such database */
    { 1203, "connect_failed" },
    { 1226, "connect_failed" },
    { 2002, "connect_failed" },
    { 2003, "connect_failed" },
    { 2005, "connect_failed" },
    { 2026, "connect_failed" }, /* TLS */
    { 1053, "closed" },         /* shutdown */
    { 1152, "closed" },
    { 1927, "closed" }, /* killed */
    { 2006, "closed" },
    { 2013, "closed" },
    { 2055, "closed" },
    { 5010, "auth_failed" }, /* a plugin that we do not allow */
    { 5013, "closed" },
    { 5014, "closed" },
    { 5015, "closed" },
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


const char *
pdn_db_mysql_code(unsigned number)
{
    const pdn_db_number_t *n;

    for (n = pdn_db_mysql_numbers; n->code; n++) {
        if (n->rc == (int) number) {
            return n->code;
        }
    }

    return "error";
}


/* A statement that cannot be prepared has one code: only its text tells. */
const char *
pdn_db_sqlite_code(int rc, const char *message)
{
    const pdn_db_number_t *r;

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
