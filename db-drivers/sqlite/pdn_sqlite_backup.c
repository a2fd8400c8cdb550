/*
 * SPDX-License-Identifier: MIT
 *
 * A copy of a database that is in use.  One reading transaction holds its
 * state, so the copy needs not begin anew when others write.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pdn_sqlite.h"


#define PDN_SQLITE_BACKUP_PAGES  256 /* between two looks */
#define PDN_SQLITE_BACKUP_SUFFIX ".XXXXXX"


static char *pdn_sqlite_backup_create(const char *path, pdn_db_error_t *err);
static int pdn_sqlite_backup_used(const char *path);
static pdn_sqlite_rc_e pdn_sqlite_backup_to(pdn_sqlite_t *s, const char *path,
                                            pdn_db_error_t *err);
static int pdn_sqlite_backup_steps(pdn_sqlite_t *s, sqlite3_backup *backup);
static pdn_sqlite_rc_e pdn_sqlite_backup_fail(sqlite3 *to, const char *path,
                                              int rc, pdn_db_error_t *err);


/* It grows under another name, and is renamed when it is whole. */
pdn_sqlite_rc_e
pdn_sqlite_backup(pdn_sqlite_t *s, const char *path, pdn_db_error_t *err)
{
    char *part;
    pdn_sqlite_rc_e rc;

    part = pdn_sqlite_backup_create(path, err);
    if (part == NULL) {
        return PDN_SQLITE_FAILED;
    }

    rc = pdn_sqlite_backup_to(s, part, err);

    if (rc == PDN_SQLITE_OK && rename(part, path) != 0) {
        pdn_db_fail(err, "error", "cannot rename '%s' to '%s': %s", part, path,
                    strerror(errno));
        rc = PDN_SQLITE_FAILED;
    }

    if (rc != PDN_SQLITE_OK) {
        (void) unlink(part);
    }

    free(part);

    return rc;
}


/* An empty file beside `path`, which nobody else has; its name, or NULL. */
static char *
pdn_sqlite_backup_create(const char *path, pdn_db_error_t *err)
{
    int fd;
    char *part;
    size_t len;

    if (pdn_sqlite_backup_used(path)) {
        pdn_db_fail(err, "busy", "cannot copy to '%s': it is in use", path);
        return NULL;
    }

    len = strlen(path) + sizeof(PDN_SQLITE_BACKUP_SUFFIX);

    part = malloc(len);
    if (part == NULL) {
        pdn_db_fail(err, "error", "no memory");
        return NULL;
    }

    snprintf(part, len, "%s%s", path, PDN_SQLITE_BACKUP_SUFFIX);

    fd = mkstemp(part);
    if (fd == -1) {
        pdn_db_fail(err, "connect_failed", "cannot copy to '%s': %s", path,
                    strerror(errno));
        free(part);
        return NULL;
    }

    (void) close(fd);

    return part;
}


/* What is in the log of a database would be taken for the new file's. */
static int
pdn_sqlite_backup_used(const char *path)
{
    int i, used;
    char *name;
    size_t len;

    static const char *const logs[] = { "-wal", "-journal" };

    len = strlen(path) + sizeof("-journal");

    name = malloc(len);
    if (name == NULL) {
        return 1;
    }

    used = 0;

    for (i = 0; i < 2; i++) {
        snprintf(name, len, "%s%s", path, logs[i]);
        used = used || access(name, F_OK) == 0;
    }

    free(name);

    return used;
}


static pdn_sqlite_rc_e
pdn_sqlite_backup_to(pdn_sqlite_t *s, const char *path, pdn_db_error_t *err)
{
    int rc, held;
    sqlite3 *to;
    sqlite3_backup *backup;
    pdn_sqlite_rc_e answer;

    answer = PDN_SQLITE_OK;
    backup = NULL;

    rc = sqlite3_open_v2(
        path, &to,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

    held = sqlite3_get_autocommit(s->db);

    if (rc == SQLITE_OK && held) {
        rc = sqlite3_exec(s->db, "BEGIN; SELECT count(*) FROM sqlite_schema",
                          NULL, NULL, NULL);
        if (rc != SQLITE_OK) {
            answer = pdn_sqlite_fail(s, rc, err);
            goto done;
        }
    }

    if (rc == SQLITE_OK) {
        backup = sqlite3_backup_init(to, "main", s->db, "main");
        rc = backup ? pdn_sqlite_backup_steps(s, backup)
                    : sqlite3_extended_errcode(to);
    }

    if (backup != NULL && rc == SQLITE_OK) {
        rc = sqlite3_backup_finish(backup);
        backup = NULL;
    }

    if (rc != SQLITE_OK) {
        answer = pdn_sqlite_backup_fail(to, path, rc, err);
    }

done:

    if (backup != NULL) {
        (void) sqlite3_backup_finish(backup);
    }

    if (held && !sqlite3_get_autocommit(s->db)) {
        (void) sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    }

    (void) sqlite3_close_v2(to);

    return answer;
}


static int
pdn_sqlite_backup_steps(pdn_sqlite_t *s, sqlite3_backup *backup)
{
    int rc;

    do {
        if (pdn_sqlite_must_end(s)) {
            return SQLITE_INTERRUPT;
        }

        rc = sqlite3_backup_step(backup, PDN_SQLITE_BACKUP_PAGES);
    } while (rc == SQLITE_OK);

    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}


static pdn_sqlite_rc_e
pdn_sqlite_backup_fail(sqlite3 *to, const char *path, int rc,
                       pdn_db_error_t *err)
{
    const char *text;

    text = to != NULL && sqlite3_errcode(to) != SQLITE_OK ? sqlite3_errmsg(to)
                                                          : sqlite3_errstr(rc);

    pdn_db_fail(err, pdn_db_sqlite_code(rc, text), "cannot copy to '%s': %s",
                path, text);
    sqlite3_snprintf(sizeof(err->server), err->server, "%d", rc);

    return PDN_SQLITE_FAILED;
}
