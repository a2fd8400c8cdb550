/*
 * SPDX-License-Identifier: MIT
 *
 * One connection to a SQLite file.  Everything here blocks and so belongs on
 * a thread; only pdn_sqlite_interrupt() may be called from another one.
 */

#ifndef PDN_SQLITE_H
#define PDN_SQLITE_H


#include <signal.h>

#include <sqlite3.h>

#include "pdn_db.h"
#include "pdn_db_rows.h"


#define PDN_SQLITE_CACHE 64


typedef struct {
    const char *path;            /* ":memory:" too */
    unsigned busy_timeout;       /* milliseconds */
    unsigned readonly;           /* lends itself to readers */
    volatile sig_atomic_t *stop; /* the process must end */
} pdn_sqlite_conf_t;


typedef struct {
    sqlite3_stmt *stmt;
    uint32_t hash;
    uint64_t used; /* when, in statements */
} pdn_sqlite_cached_t;


typedef struct {
    const pdn_sqlite_conf_t *conf;
    sqlite3 *db;        /* NULL until opened */
    unsigned cancelled; /* set by another thread */
    unsigned waited;    /* ms, for a lock */
    uint64_t clock;
    unsigned ncached;
    pdn_sqlite_cached_t cached[PDN_SQLITE_CACHE];
} pdn_sqlite_t;


typedef enum {
    PDN_SQLITE_OK = 0,
    PDN_SQLITE_FAILED, /* see `err` */
    PDN_SQLITE_WRITES, /* nothing was done: this is not for a reader */
    PDN_SQLITE_MISUSED /* the caller's mistake; see `err` */
} pdn_sqlite_rc_e;


/* PDN_SQLITE_OK or PDN_SQLITE_FAILED; nothing is left open then. */
pdn_sqlite_rc_e pdn_sqlite_open(pdn_sqlite_t *s, const pdn_sqlite_conf_t *conf,
                                pdn_db_error_t *err);
void pdn_sqlite_close(pdn_sqlite_t *s);

/*
 * Runs the statement, or all statements of a script, to its end; the rows of
 * the last one are collected in `rows`, which the caller has emptied and
 * releases.
 */
pdn_sqlite_rc_e pdn_sqlite_run(pdn_sqlite_t *s, const pdn_db_request_t *rq,
                               pdn_db_rows_t *rows, pdn_db_error_t *err);

/*
 * Makes the present run end soon, with the code "timeout".  Valid until the
 * caller calls pdn_sqlite_resume(), which it does between two runs.
 */
void pdn_sqlite_interrupt(pdn_sqlite_t *s);
void pdn_sqlite_resume(pdn_sqlite_t *s);

/* Whether a transaction is open. */
int pdn_sqlite_in_transaction(const pdn_sqlite_t *s);

/*
 * A statement from the cache, ready to be bound; NULL with the library's code
 * in `*rc`, or with SQLITE_OK for an empty statement.  Given back by _put.
 */
sqlite3_stmt *pdn_sqlite_cache_get(pdn_sqlite_t *s, const char *sql, size_t len,
                                   const char **tail, int *rc);
void pdn_sqlite_cache_put(pdn_sqlite_t *s, sqlite3_stmt *stmt);
void pdn_sqlite_cache_release(pdn_sqlite_t *s);


#endif /* PDN_SQLITE_H */
