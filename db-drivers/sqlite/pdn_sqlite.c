/*
 * SPDX-License-Identifier: MIT
 *
 * One connection to a SQLite file: opening, interrupting, closing.
 */

#include <stdlib.h>
#include <string.h>

#include "pdn_sqlite.h"


#define PDN_SQLITE_STEPS    4000 /* of its machine, between two looks */
#define PDN_SQLITE_OPENINGS 50   /* tries to switch to WAL */


static int pdn_sqlite_wait_lock(void *data, int count);
static int pdn_sqlite_look(void *data);
static int pdn_sqlite_setup(pdn_sqlite_t *s);
static int pdn_sqlite_use_wal(pdn_sqlite_t *s);
static int pdn_sqlite_is_wal(void *data, int n, char **values, char **names);
static int pdn_sqlite_limit(pdn_sqlite_t *s);
static int pdn_sqlite_number(void *data, int n, char **values, char **names);


pdn_sqlite_rc_e
pdn_sqlite_open(pdn_sqlite_t *s, const pdn_sqlite_conf_t *conf,
                pdn_db_error_t *err)
{
    int rc;
    const char *code;

    s->conf = conf;

    rc = sqlite3_open_v2(conf->path, &s->db,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
                             | SQLITE_OPEN_PRIVATECACHE
                             | (conf->existing ? 0 : SQLITE_OPEN_CREATE),
                         pdn_sqlite_vfs_name());
    if (rc == SQLITE_OK) {
        rc = pdn_sqlite_setup(s);
    }

    if (rc == SQLITE_OK) {
        s->in_memory = strcmp(conf->path, ":memory:") == 0
                       || pdn_sqlite_vfs_in_memory(conf->path);
        return PDN_SQLITE_OK;
    }

    code = "connect_failed";

    if (s->db != NULL) {
        rc = sqlite3_extended_errcode(s->db);
        code = (rc & 0xff) == SQLITE_BUSY ? "busy" : code;
        pdn_db_fail(err, code, "cannot open '%s': %s", conf->path,
                    sqlite3_errmsg(s->db));

    } else {
        pdn_db_fail(err, code, "cannot open '%s': no memory", conf->path);
    }

    sqlite3_snprintf(sizeof(err->server), err->server, "%d", rc);
    pdn_sqlite_close(s);

    return PDN_SQLITE_FAILED;
}


void
pdn_sqlite_close(pdn_sqlite_t *s)
{
    s->cursor = NULL;
    pdn_sqlite_hold_release(s);
    pdn_sqlite_cache_release(s);
    sqlite3_close_v2(s->db);
    s->db = NULL;
}


void
pdn_sqlite_interrupt(pdn_sqlite_t *s)
{
    __atomic_store_n(&s->cancelled, 1, __ATOMIC_SEQ_CST);
}


void
pdn_sqlite_resume(pdn_sqlite_t *s)
{
    __atomic_store_n(&s->cancelled, 0, __ATOMIC_SEQ_CST);
}


int
pdn_sqlite_must_end(const pdn_sqlite_t *s)
{
    return __atomic_load_n(s->left ? s->left : &s->cancelled, __ATOMIC_SEQ_CST)
           || (s->conf->stop != NULL && *s->conf->stop);
}


int
pdn_sqlite_lost(pdn_sqlite_t *s)
{
    int moved;

    moved = 0;
    (void) sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);

    return moved;
}


int
pdn_sqlite_in_transaction(const pdn_sqlite_t *s)
{
    return s->db != NULL && !s->held && !sqlite3_get_autocommit(s->db);
}


static int
pdn_sqlite_setup(pdn_sqlite_t *s)
{
    int rc;

    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_handler(s->db, pdn_sqlite_wait_lock, s);
    sqlite3_progress_handler(s->db, PDN_SQLITE_STEPS, pdn_sqlite_look, s);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);

    /* a query in double quotes is a name, never silently a string */
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);

    rc = sqlite3_exec(s->db,
                      s->conf->shared ? "PRAGMA foreign_keys = on;"
                                        "PRAGMA synchronous = off;"
                                      : "PRAGMA foreign_keys = on;"
                                        "PRAGMA synchronous = normal;",
                      NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        return rc;
    }

    rc = pdn_sqlite_use_wal(s);
    if (rc != SQLITE_OK) {
        return rc;
    }

    if (s->conf->max_size) {
        rc = pdn_sqlite_limit(s);
        if (rc != SQLITE_OK) {
            return rc;
        }
    }

    if (s->conf->readonly) {
        return sqlite3_exec(s->db, "PRAGMA query_only = on", NULL, NULL, NULL);
    }

    return SQLITE_OK;
}


/*
 * Two processes that open a new file together may both want to switch it;
 * SQLite does not call the busy handler for that.  A file that cannot be
 * written stays as it is.
 */
static int
pdn_sqlite_use_wal(pdn_sqlite_t *s)
{
    int i, rc;

    for (i = 0; i < PDN_SQLITE_OPENINGS; i++) {
        rc = sqlite3_exec(s->db, "PRAGMA journal_mode = wal", pdn_sqlite_is_wal,
                          &s->wal, NULL);

        switch (rc & 0xff) {

        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            if (pdn_sqlite_look(s)) {
                return rc;
            }

            sqlite3_sleep(10);
            break;

        case SQLITE_READONLY:
            return SQLITE_OK;

        default:
            return rc;
        }
    }

    return rc;
}


static int
pdn_sqlite_is_wal(void *data, int n, char **values, char **names)
{
    (void) n;
    (void) names;

    *(unsigned *) data = strcmp(values[0], "wal") == 0;

    return 0;
}


/* SQLite counts pages, in the file and in the log alike. */
static int
pdn_sqlite_limit(pdn_sqlite_t *s)
{
    int rc;
    char sql[64];
    uint64_t size;

    size = 0;

    rc = sqlite3_exec(s->db, "PRAGMA page_size", pdn_sqlite_number, &size,
                      NULL);
    if (rc != SQLITE_OK || size == 0) {
        return rc;
    }

    sqlite3_snprintf(sizeof(sql), sql, "PRAGMA max_page_count = %llu",
                     (unsigned long long) (s->conf->max_size / size + 1));

    return sqlite3_exec(s->db, sql, NULL, NULL, NULL);
}


static int
pdn_sqlite_number(void *data, int n, char **values, char **names)
{
    (void) n;
    (void) names;

    *(uint64_t *) data = strtoull(values[0], NULL, 10);

    return 0;
}


/* Called when another process holds the lock: 0 gives up. */
static int
pdn_sqlite_wait_lock(void *data, int count)
{
    int ms;
    pdn_sqlite_t *s = data;

    if (pdn_sqlite_vfs_refuse(s)) {
        return 0;
    }

    if (count == 0) {
        s->waited = 0;
    }

    if (s->waited >= s->conf->busy_timeout || pdn_sqlite_look(s)) {
        return 0;
    }

    ms = count < 4 ? 1 << count : 10;
    sqlite3_sleep(ms);
    s->waited += ms;

    return 1;
}


/* Called now and then while a statement runs: 1 ends it. */
static int
pdn_sqlite_look(void *data)
{
    pdn_sqlite_t *s = data;

    if (pdn_sqlite_vfs_is_brief(s)) {
        return pdn_sqlite_now() - s->began > PDN_SQLITE_BRIEF_TIME
               && pdn_sqlite_vfs_refuse(s);
    }

    return pdn_sqlite_must_end(s);
}
