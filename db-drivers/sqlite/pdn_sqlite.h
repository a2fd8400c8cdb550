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


#define PDN_SQLITE_CACHE      64
#define PDN_SQLITE_BRIEF_TIME 300000 /* ns; slower statements are not brief */
#define PDN_SQLITE_VFS        "pandan"
#define PDN_SQLITE_WAL_HEADER 48


typedef struct {
    const char *path;            /* ":memory:" too */
    unsigned busy_timeout;       /* milliseconds */
    unsigned readonly;           /* lends itself to readers */
    unsigned existing;           /* no new file is made */
    unsigned shared;             /* by processes, as long as they live */
    uint64_t max_size;           /* bytes; 0: what the disk has */
    volatile sig_atomic_t *stop; /* the process must end */
} pdn_sqlite_conf_t;


typedef struct {
    sqlite3_stmt *stmt;
    const char *sql; /* the library's; ends with a zero */
    size_t len;
    uint32_t hash;
    uint64_t used;    /* when, in statements */
    uint64_t ns;      /* its last run took; 0: it never ran */
    unsigned skip;    /* runs until it may be brief again */
    unsigned penalty; /* what `skip` was last */
    unsigned brief;   /* may be so at all */
} pdn_sqlite_cached_t;


typedef struct {
    const pdn_sqlite_conf_t *conf;
    sqlite3 *db;                 /* NULL until opened */
    unsigned in_memory;          /* its pages never come from a disk */
    unsigned cancelled;          /* set by another thread, */
    const unsigned *left;        /* or this, if there is one */
    unsigned waited;             /* ms, for a lock */
    unsigned refused;            /* to wait, in the brief mode */
    unsigned reads;              /* of pages, in the brief mode */
    uint64_t began;              /* ns, the last statement */
    uint64_t spent;              /* ns, by it */
    pdn_sqlite_cached_t *cursor; /* has more rows */
    unsigned wal;                /* the file has a log */
    unsigned held;               /* a state of the file is */
    char state[PDN_SQLITE_WAL_HEADER];
    sqlite3_stmt *begin; /* NULL until needed */
    sqlite3_stmt *commit;
    uint64_t clock;
    unsigned ncached;
    pdn_sqlite_cached_t cached[PDN_SQLITE_CACHE];
} pdn_sqlite_t;


typedef enum {
    PDN_SQLITE_OK = 0,
    PDN_SQLITE_FAILED,  /* see `err` */
    PDN_SQLITE_WRITES,  /* nothing was done: this is not for a reader */
    PDN_SQLITE_MISUSED, /* the caller's mistake; see `err` */
    PDN_SQLITE_WAITS,   /* nothing was done: this may take long */
    PDN_SQLITE_MORE     /* rows are left; pdn_sqlite_more() gets them */
} pdn_sqlite_rc_e;


/* PDN_SQLITE_OK or PDN_SQLITE_FAILED; nothing is left open then. */
pdn_sqlite_rc_e pdn_sqlite_open(pdn_sqlite_t *s, const pdn_sqlite_conf_t *conf,
                                pdn_db_error_t *err);
void pdn_sqlite_close(pdn_sqlite_t *s);

/*
 * Runs the statement, or all statements of a script, to its end; the rows of
 * the last one are collected in `rows`, which the caller has emptied and
 * releases.  With `part`, that many bytes of them are enough: then it answers
 * PDN_SQLITE_MORE, and `rq` lives until the last of them was got, or _stop.
 */
pdn_sqlite_rc_e pdn_sqlite_run(pdn_sqlite_t *s, const pdn_db_request_t *rq,
                               size_t part, pdn_db_rows_t *rows,
                               pdn_db_error_t *err);
pdn_sqlite_rc_e pdn_sqlite_more(pdn_sqlite_t *s, size_t part,
                                pdn_db_rows_t *rows, pdn_db_error_t *err);

/* Nobody wants the rest; this does not block. */
void pdn_sqlite_stop(pdn_sqlite_t *s);

/*
 * Copies the database to a new file at `path`, which is there when it is
 * whole; others may write meanwhile, what they write is not in it.
 */
pdn_sqlite_rc_e pdn_sqlite_backup(pdn_sqlite_t *s, const char *path,
                                  pdn_db_error_t *err);

/*
 * Makes the present run end soon, with the code "timeout".  Valid until the
 * caller calls pdn_sqlite_resume(), which it does between two runs.
 */
void pdn_sqlite_interrupt(pdn_sqlite_t *s);
void pdn_sqlite_resume(pdn_sqlite_t *s);

/* Whether that was called, or the process must end. */
int pdn_sqlite_must_end(const pdn_sqlite_t *s);

/* Whether its path names another file now, or none; asks the system. */
int pdn_sqlite_lost(pdn_sqlite_t *s);

/* Whether a transaction is open. */
int pdn_sqlite_in_transaction(const pdn_sqlite_t *s);

/*
 * The same for who must not wait: PDN_SQLITE_WAITS when the statement was not
 * run, or not to its end, because it is new here, changes a file, was slow
 * before, needs a page from the disk or a lock, or takes too long.
 */
pdn_sqlite_rc_e pdn_sqlite_run_brief(pdn_sqlite_t *s,
                                     const pdn_db_request_t *rq,
                                     pdn_db_rows_t *rows, pdn_db_error_t *err);


/*
 * pdn_sqlite_hold.c: a reader that is to run several brief statements at once
 * holds one state of the file, as long as it is the newest one, and so locks it
 * once.  _unhold before it is idle, or runs anything else.
 */
void pdn_sqlite_hold(pdn_sqlite_t *s);
void pdn_sqlite_unhold(pdn_sqlite_t *s);
void pdn_sqlite_hold_release(pdn_sqlite_t *s);

/* Nanoseconds since some time. */
uint64_t pdn_sqlite_now(void);

/* Fills in the error of the library's code. */
pdn_sqlite_rc_e pdn_sqlite_fail(pdn_sqlite_t *s, int rc, pdn_db_error_t *err);


/* pdn_sqlite_values.c: all parameters; the row at hand, 0 without memory. */
pdn_sqlite_rc_e pdn_sqlite_bind(sqlite3_stmt *stmt, const pdn_db_request_t *rq,
                                pdn_db_error_t *err);
int pdn_sqlite_collect(sqlite3_stmt *stmt, pdn_db_rows_t *rows);


/*
 * pdn_sqlite_cache.c: the statement, to be bound, in the cache.  _find answers
 * NULL for one that was not prepared yet; _get prepares it, and answers NULL
 * with the library's code in `*rc`, or with SQLITE_OK for an empty statement.
 * Valid until the next one is prepared; _put makes it ready again.
 */
pdn_sqlite_cached_t *pdn_sqlite_cache_find(pdn_sqlite_t *s, const char *sql,
                                           size_t len);
pdn_sqlite_cached_t *pdn_sqlite_cache_get(pdn_sqlite_t *s, const char *sql,
                                          size_t len, const char **tail,
                                          int *rc);
void pdn_sqlite_cache_put(pdn_sqlite_cached_t *cached);
void pdn_sqlite_cache_release(pdn_sqlite_t *s);


/* pdn_sqlite_vfs.c: once for the process, before there are threads. */
void pdn_sqlite_vfs_init(void);

/* For opening; NULL: the library's own, and no brief mode. */
const char *pdn_sqlite_vfs_name(void);

/* Whether a file lies in memory, on tmpfs. */
int pdn_sqlite_vfs_in_memory(const char *path);

/* This thread runs a statement of `s` and must not wait; NULL ends that. */
void pdn_sqlite_vfs_brief(pdn_sqlite_t *s);

/* Whether that is so; the other one notes it in s->refused, too. */
int pdn_sqlite_vfs_is_brief(const pdn_sqlite_t *s);
int pdn_sqlite_vfs_refuse(pdn_sqlite_t *s);


#endif /* PDN_SQLITE_H */
