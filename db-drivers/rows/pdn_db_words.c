/*
 * SPDX-License-Identifier: MIT
 *
 * What a statement does besides answering, as far as its words tell: it may
 * change something, or the session that it runs in.  Where they do not tell
 * enough the answer is the careful one.  What a function of the server does
 * inside is not seen.
 */

#include <string.h>
#include <strings.h>

#include "pdn_db.h"
#include "pdn_db_sql.h"


#define PDN_SQL_ALL 7 /* dialects, a bit each */
#define PDN_SQL_PG  (1 << PDN_DB_POSTGRES)
#define PDN_SQL_MY  (1 << PDN_DB_MYSQL)
#define PDN_SQL_LI  (1 << PDN_DB_SQLITE)


typedef struct {
    const char *word;
    unsigned dialects;
    unsigned first; /* only at the start of a statement */
    pdn_db_session_e session;
} pdn_sql_rule_t;


static const pdn_sql_rule_t pdn_sql_rules[] = {
    { "set", PDN_SQL_PG | PDN_SQL_MY, 1, PDN_DB_SESSION_CHANGED },
    { "do", PDN_SQL_PG, 1, PDN_DB_SESSION_CHANGED },
    { "listen", PDN_SQL_PG, 1, PDN_DB_SESSION_CHANGED },
    { "declare", PDN_SQL_PG, 1, PDN_DB_SESSION_CHANGED },
    { "load", PDN_SQL_PG, 1, PDN_DB_SESSION_SPOILT },
    { "prepare", PDN_SQL_PG | PDN_SQL_MY, 1, PDN_DB_SESSION_SPOILT },
    { "deallocate", PDN_SQL_PG, 1, PDN_DB_SESSION_SPOILT },
    { "discard", PDN_SQL_PG, 1, PDN_DB_SESSION_SPOILT },
    { "temp", PDN_SQL_ALL, 0, PDN_DB_SESSION_CHANGED },
    { "temporary", PDN_SQL_ALL, 0, PDN_DB_SESSION_CHANGED },
    { "pg_temp", PDN_SQL_PG, 0, PDN_DB_SESSION_CHANGED },
    { "set_config", PDN_SQL_PG, 0, PDN_DB_SESSION_CHANGED },
    { "setseed", PDN_SQL_PG, 0, PDN_DB_SESSION_CHANGED },
    { "pg_advisory_lock", PDN_SQL_PG, 0, PDN_DB_SESSION_CHANGED },
    { "pg_advisory_lock_shared", PDN_SQL_PG, 0, PDN_DB_SESSION_CHANGED },
    { "pg_try_advisory_lock", PDN_SQL_PG, 0, PDN_DB_SESSION_CHANGED },
    { "pg_try_advisory_lock_shared", PDN_SQL_PG, 0, PDN_DB_SESSION_CHANGED },
    { "use", PDN_SQL_MY, 1, PDN_DB_SESSION_CHANGED },
    { "lock", PDN_SQL_MY, 1, PDN_DB_SESSION_CHANGED },
    { "handler", PDN_SQL_MY, 1, PDN_DB_SESSION_CHANGED },
    { "get_lock", PDN_SQL_MY, 0, PDN_DB_SESSION_CHANGED },
    { "attach", PDN_SQL_LI, 1, PDN_DB_SESSION_CHANGED },
    { "detach", PDN_SQL_LI, 1, PDN_DB_SESSION_CHANGED },
    { "pragma", PDN_SQL_LI, 1, PDN_DB_SESSION_CHANGED },
    { NULL, 0, 0, PDN_DB_SESSION_SAME }
};


/* Words of a query that is more than one. */

static const char *const pdn_sql_writes[] = {
    "insert",   "update",    "delete",    "merge", "into",
    "share",    "nextval",   "setval",    "lock",  "set_config",
    "get_lock", "procedure", "pg_notify", NULL
};


/*
 * Functions that answer for a session, or may wait for another one: all of
 * PostgreSQL's own, which begin with pg_.
 */

static const char *const pdn_sql_own[] = { "currval",
                                           "lastval",
                                           "found_rows",
                                           "row_count",
                                           "sleep",
                                           "last_insert_id",
                                           "benchmark",
                                           "connection_id",
                                           "is_free_lock",
                                           "is_used_lock",
                                           "release_lock",
                                           "release_all_locks",
                                           "master_pos_wait",
                                           "master_gtid_wait",
                                           "dblink",
                                           "pg_*",
                                           NULL };


static int pdn_sql_mentions(const char *sql, size_t len,
                            pdn_db_dialect_e dialect, const char *const *known);
static int pdn_sql_is(const char *word, size_t len, const char *known);
static int pdn_sql_lasts(const pdn_sql_rule_t *rule, const pdn_sql_t *s);


pdn_db_session_e
pdn_db_session(const char *sql, size_t len, pdn_db_dialect_e dialect)
{
    int starts;
    size_t n;
    const char *word;
    pdn_sql_t s = { sql, sql + len, dialect, ' ', 0 };
    pdn_db_session_e session;
    const pdn_sql_rule_t *r;

    session = PDN_DB_SESSION_SAME;

    while ((n = pdn_sql_next_word(&s, &word, &starts)) != 0) {
        for (r = pdn_sql_rules; r->word; r++) {
            if ((*word | 0x20) == *r->word && (!r->first || starts)
                && (r->dialects & 1u << dialect) && pdn_sql_is(word, n, r->word)
                && r->session > session && pdn_sql_lasts(r, &s))
            {
                session = r->session;
            }
        }
    }

    return session;
}


int
pdn_db_only_reads(const char *sql, size_t len, pdn_db_dialect_e dialect)
{
    return pdn_db_looks_selecting(sql, len)
           && pdn_db_session(sql, len, dialect) == PDN_DB_SESSION_SAME
           && !pdn_sql_mentions(sql, len, dialect, pdn_sql_writes);
}


int
pdn_db_shares(const char *sql, size_t len, pdn_db_dialect_e dialect)
{
    return pdn_db_only_reads(sql, len, dialect)
           && !pdn_sql_mentions(sql, len, dialect, pdn_sql_own)
           && (dialect != PDN_DB_MYSQL || memchr(sql, '@', len) == NULL);
}


static int
pdn_sql_mentions(const char *sql, size_t len, pdn_db_dialect_e dialect,
                 const char *const *known)
{
    int starts;
    size_t n;
    const char *word, *const *k;
    pdn_sql_t s = { sql, sql + len, dialect, ' ', 0 };

    while ((n = pdn_sql_next_word(&s, &word, &starts)) != 0) {
        for (k = known; *k; k++) {
            if ((*word | 0x20) == **k && pdn_sql_is(word, n, *k)) {
                return 1;
            }
        }
    }

    return 0;
}


/* A known word may end with a star, for any end. */
static int
pdn_sql_is(const char *word, size_t len, const char *known)
{
    size_t i;

    for (i = 0; i < len && known[i] != '*'; i++) {
        if (known[i] == '\0' || strncasecmp(word + i, known + i, 1) != 0) {
            return 0;
        }
    }

    return known[i] == '*' || known[i] == '\0';
}


/*
 * SET LOCAL and SET TRANSACTION end with the transaction, and a pragma without
 * a value only asks.
 */
static int
pdn_sql_lasts(const pdn_sql_rule_t *rule, const pdn_sql_t *s)
{
    int starts;
    size_t n;
    const char *word;
    pdn_sql_t rest = *s;

    if (strcmp(rule->word, "pragma") == 0) {
        return memchr(s->p, '=', s->end - s->p) != NULL;
    }

    if (strcmp(rule->word, "set") != 0) {
        return 1;
    }

    word = "";
    n = pdn_sql_next_word(&rest, &word, &starts);

    return !pdn_sql_is(word, n, "local") && !pdn_sql_is(word, n, "transaction")
           && !pdn_sql_is(word, n, "constraints");
}
