/*
 * SPDX-License-Identifier: MIT
 *
 * One reading transaction for several brief statements.  To lock the file and
 * to unlock it are two system calls, which is as much as a short statement
 * costs.  It is never older than a statement may expect: the index of the log
 * lies in memory that all connections share, and its header changes with each
 * commit, of whatever process; SQLite itself compares no more than that.
 */

#include <string.h>

#include "pdn_sqlite.h"


#define PDN_SQLITE_WAL_REGION 32768 /* bytes, of the index; SQLite's */


static int pdn_sqlite_hold_state(pdn_sqlite_t *s, char *state);
static int pdn_sqlite_hold_run(pdn_sqlite_t *s, sqlite3_stmt **stmt,
                               const char *sql);


void
pdn_sqlite_hold(pdn_sqlite_t *s)
{
    char state[PDN_SQLITE_WAL_HEADER];

    if (!s->wal || !s->conf->readonly || !pdn_sqlite_hold_state(s, state)) {
        pdn_sqlite_unhold(s);
        return;
    }

    if (s->held && memcmp(state, s->state, sizeof(state)) == 0) {
        return;
    }

    pdn_sqlite_unhold(s);

    /*
     * The state is taken before the lock: a commit between the two makes the
     * next one begin anew, for nothing, but never see less than there is.
     */
    memcpy(s->state, state, sizeof(state));
    s->held = pdn_sqlite_hold_run(s, &s->begin, "BEGIN");
}


void
pdn_sqlite_unhold(pdn_sqlite_t *s)
{
    if (!s->held) {
        return;
    }

    s->held = 0;

    /* what failed may have ended it */
    if (!sqlite3_get_autocommit(s->db)
        && !pdn_sqlite_hold_run(s, &s->commit, "COMMIT"))
    {
        (void) sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    }
}


void
pdn_sqlite_hold_release(pdn_sqlite_t *s)
{
    pdn_sqlite_unhold(s);
    sqlite3_finalize(s->begin);
    sqlite3_finalize(s->commit);
    s->begin = NULL;
    s->commit = NULL;
}


static int
pdn_sqlite_hold_state(pdn_sqlite_t *s, char *state)
{
    sqlite3_file *file;
    volatile void *index;

    file = NULL;
    index = NULL;

    if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file)
            != SQLITE_OK
        || file == NULL || file->pMethods == NULL
        || file->pMethods->iVersion < 2
        || file->pMethods->xShmMap(file, 0, PDN_SQLITE_WAL_REGION, 0, &index)
               != SQLITE_OK
        || index == NULL)
    {
        return 0;
    }

    file->pMethods->xShmBarrier(file);
    memcpy(state, (const void *) index, PDN_SQLITE_WAL_HEADER);

    return 1;
}


static int
pdn_sqlite_hold_run(pdn_sqlite_t *s, sqlite3_stmt **stmt, const char *sql)
{
    int rc;

    if (*stmt == NULL
        && sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt,
                              NULL)
               != SQLITE_OK)
    {
        return 0;
    }

    rc = sqlite3_step(*stmt);
    (void) sqlite3_reset(*stmt);

    return rc == SQLITE_DONE;
}
