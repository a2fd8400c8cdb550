/*
 * SPDX-License-Identifier: MIT
 *
 * What a statement leaves in its session, and whether it only reads.
 */

#include <stdio.h>

#include "../../db-drivers/rows/pdn_db_sql.c"
#include "../../db-drivers/rows/pdn_db_words.c"


#define P PDN_DB_POSTGRES
#define S PDN_DB_SQLITE
#define M PDN_DB_MYSQL

#define SAME    PDN_DB_SESSION_SAME
#define CHANGED PDN_DB_SESSION_CHANGED
#define SPOILT  PDN_DB_SESSION_SPOILT


typedef struct {
    const char *sql;
    pdn_db_dialect_e dialect;
    int expected;
} case_t;


static const case_t sessions[] = {
    { "SELECT 1", P, SAME },
    { "UPDATE t SET a = 1", P, SAME },
    { "SELECT 'SET x', \"set_config\" -- LISTEN", P, SAME },
    { "SET search_path = x", P, CHANGED },
    { "/* a */ -- b\n set search_path = x", P, CHANGED },
    { "SET LOCAL search_path = x", P, SAME },
    { "SET TRANSACTION READ ONLY", P, SAME },
    { "SET CONSTRAINTS ALL DEFERRED", P, SAME },
    { "SET", P, CHANGED },
    { "BEGIN; SET a = 1; COMMIT", P, CHANGED },
    { "LISTEN jobs", P, CHANGED },
    { "CREATE TEMP TABLE t (a int)", P, CHANGED },
    { "CREATE TEMPORARY TABLE t (a int)", M, CHANGED },
    { "SELECT set_config('a', 'b', false)", P, CHANGED },
    { "SELECT pg_advisory_lock(1)", P, CHANGED },
    { "SELECT pg_advisory_xact_lock(1)", P, SAME },
    { "SELECT $$ a; SET b $$", P, SAME },
    { "PREPARE p AS SELECT 1", P, SPOILT },
    { "SET a = 1; PREPARE p AS SELECT 1", P, SPOILT },
    { "DISCARD ALL", P, SPOILT },
    { "SET @a = 1", M, CHANGED },
    { "USE other", M, CHANGED },
    { "LOCK TABLES t READ", M, CHANGED },
    { "SELECT GET_LOCK('a', 1)", M, CHANGED },
    { "PRAGMA foreign_keys", S, SAME },
    { "PRAGMA foreign_keys = off", S, CHANGED },
    { "ATTACH 'x' AS y", S, CHANGED },
    { "SELECT temperature, settle, used FROM t", S, SAME },
    { "", S, SAME },
};


static const case_t reads[] = {
    { "SELECT * FROM t", P, 1 },
    { "WITH a AS (SELECT 1) SELECT * FROM a", P, 1 },
    { "VALUES (1)", P, 1 },
    { "SELECT 'insert', \"update\" FROM t", P, 1 },
    { "SELECT * FROM t FOR UPDATE", P, 0 },
    { "SELECT * FROM t FOR NO KEY UPDATE", P, 0 },
    { "SELECT * FROM t FOR SHARE", P, 0 },
    { "SELECT * FROM t LOCK IN SHARE MODE", M, 0 },
    { "SELECT 1 INTO @a", M, 0 },
    { "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", P, 0 },
    { "SELECT nextval('s')", P, 0 },
    { "SELECT pg_advisory_lock(1)", P, 0 },
    { "INSERT INTO t VALUES (1)", P, 0 },
    { "SHOW TABLES", M, 0 },
    { "BEGIN", P, 0 },
};


static const case_t shares[] = {
    { "SELECT count(*), max(a) FROM t WHERE b = $1", P, 1 },
    { "SELECT 'pg_sleep @a currval' AS t", P, 1 },
    { "SELECT * FROM pages", P, 1 },
    { "SELECT a @> b FROM t", P, 1 },
    { "SELECT pg_sleep(1)", P, 0 },
    { "SELECT Pg_Backend_Pid()", P, 0 },
    { "SELECT currval('s')", P, 0 },
    { "SELECT last_insert_id()", M, 0 },
    { "SELECT FOUND_ROWS()", M, 0 },
    { "SELECT sleep(1)", M, 0 },
    { "SELECT @a", M, 0 },
    { "SELECT @@autocommit", M, 0 },
    { "SELECT * FROM t FOR UPDATE", M, 0 },
    { "UPDATE t SET a = 1", M, 0 },
};


int
main(void)
{
    size_t i;
    int got, failed;
    const case_t *c;

    failed = 0;

    for (i = 0; i < sizeof(sessions) / sizeof(case_t); i++) {
        c = &sessions[i];
        got = pdn_db_session(c->sql, strlen(c->sql), c->dialect);

        if (got != c->expected) {
            printf("session of '%s': %d, expected %d\n", c->sql, got,
                   c->expected);
            failed++;
        }
    }

    for (i = 0; i < sizeof(reads) / sizeof(case_t); i++) {
        c = &reads[i];
        got = pdn_db_only_reads(c->sql, strlen(c->sql), c->dialect);

        if (got != c->expected) {
            printf("'%s' only reads: %d\n", c->sql, got);
            failed++;
        }
    }

    for (i = 0; i < sizeof(shares) / sizeof(case_t); i++) {
        c = &shares[i];
        got = pdn_db_shares(c->sql, strlen(c->sql), c->dialect);

        if (got != c->expected) {
            printf("'%s' shares: %d\n", c->sql, got);
            failed++;
        }
    }

    return failed != 0;
}
