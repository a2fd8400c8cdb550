/*
 * SPDX-License-Identifier: MIT
 *
 * The folder of databases that all workers share: on /dev/shm, private to
 * this nginx, kept over reloads by its master, which removes it when it ends.
 * A lock on the folder tells the living from what a killed master has left.
 */

#include "ngx_pandan_db_module.h"

#include <sys/file.h>


#define NGX_PDN_DB_SHM    "/dev/shm"
#define NGX_PDN_DB_PREFIX "pandan-db-"
#define NGX_PDN_DB_TRIES  5


static ngx_int_t ngx_pdn_db_shared_make(ngx_cycle_t *cycle,
                                        ngx_pdn_db_conf_t *conf);
static void ngx_pdn_db_shared_sweep(ngx_cycle_t *cycle, uid_t user);
static void ngx_pdn_db_shared_empty(int fd);
static uid_t ngx_pdn_db_shared_user(ngx_cycle_t *cycle);


/* What fails here is told to those who open such a database. */
void
ngx_pdn_db_shared_init(ngx_cycle_t *cycle, ngx_pdn_db_conf_t *conf)
{
    ngx_uint_t i;
    ngx_pdn_db_conf_t *old;

    conf->shared_fd = -1;

    old = cycle->old_cycle && cycle->old_cycle->conf_ctx
              ? (ngx_pdn_db_conf_t *) ngx_get_conf(cycle->old_cycle->conf_ctx,
                                                   ngx_pandan_db_module)
              : NULL;

    if (old != NULL && old->shared_fd != -1) {
        conf->shared_fd = old->shared_fd;
        ngx_memcpy(conf->shared, old->shared, sizeof(conf->shared));
        return;
    }

    if (ngx_test_config) {
        return;
    }

    ngx_pdn_db_shared_sweep(cycle, ngx_pdn_db_shared_user(cycle));

    for (i = 0; i < NGX_PDN_DB_TRIES && conf->shared_fd == -1; i++) {
        if (ngx_pdn_db_shared_make(cycle, conf) != NGX_OK) {
            ngx_log_error(NGX_LOG_WARN, cycle->log, ngx_errno,
                          "no folder for shared databases in " NGX_PDN_DB_SHM);
            return;
        }
    }
}


void
ngx_pdn_db_shared_remove(ngx_pdn_db_conf_t *conf)
{
    if (conf->shared_fd != -1) {
        ngx_pdn_db_shared_empty(conf->shared_fd);
        (void) rmdir(conf->shared);
        (void) close(conf->shared_fd);
        conf->shared_fd = -1;
    }
}


/*
 * NGX_OK with conf->shared_fd still -1: another nginx that was starting took
 * the new folder for an old one.
 */
static ngx_int_t
ngx_pdn_db_shared_make(ngx_cycle_t *cycle, ngx_pdn_db_conf_t *conf)
{
    int fd;
    uid_t user;
    struct stat st;

    ngx_memcpy(conf->shared, NGX_PDN_DB_SHM "/" NGX_PDN_DB_PREFIX "XXXXXX",
               sizeof(NGX_PDN_DB_SHM "/" NGX_PDN_DB_PREFIX "XXXXXX"));

    if (mkdtemp(conf->shared) == NULL) {
        return NGX_ERROR;
    }

    fd = open(conf->shared, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1) {
        return NGX_ERROR;
    }

    user = ngx_pdn_db_shared_user(cycle);

    if (flock(fd, LOCK_EX | LOCK_NB) == -1 || fstat(fd, &st) == -1
        || st.st_nlink == 0)
    {
        (void) close(fd);
        return NGX_OK;
    }

    if (user != geteuid() && fchown(fd, user, (gid_t) -1) == -1) {
        (void) rmdir(conf->shared);
        (void) close(fd);
        return NGX_ERROR;
    }

    conf->shared_fd = fd;

    return NGX_OK;
}


/* Folders that nobody holds: their masters were killed. */
static void
ngx_pdn_db_shared_sweep(ngx_cycle_t *cycle, uid_t user)
{
    int fd;
    DIR *dir;
    struct stat st;
    struct dirent *entry;
    u_char path[NGX_PDN_DB_SHARED_MAX];

    dir = opendir(NGX_PDN_DB_SHM);
    if (dir == NULL) {
        return;
    }

    while ((entry = readdir(dir)) != NULL) {
        if (ngx_strncmp(entry->d_name, NGX_PDN_DB_PREFIX,
                        sizeof(NGX_PDN_DB_PREFIX) - 1)
                != 0
            || ngx_strlen(entry->d_name) != sizeof(NGX_PDN_DB_PREFIX) + 5)
        {
            continue;
        }

        ngx_sprintf(path, "%s/%s%Z", NGX_PDN_DB_SHM, entry->d_name);

        fd = open((char *) path,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd == -1) {
            continue;
        }

        if (fstat(fd, &st) == 0 && (st.st_uid == user || st.st_uid == geteuid())
            && flock(fd, LOCK_EX | LOCK_NB) == 0)
        {
            ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                          "removing \"%s\" of an nginx that was killed", path);
            ngx_pdn_db_shared_empty(fd);
            (void) rmdir((char *) path);
        }

        (void) close(fd);
    }

    (void) closedir(dir);
}


/* It holds files only. */
static void
ngx_pdn_db_shared_empty(int fd)
{
    DIR *dir;
    int copy;
    struct dirent *entry;

    copy = dup(fd);
    dir = copy == -1 ? NULL : fdopendir(copy);

    if (dir == NULL) {
        return;
    }

    rewinddir(dir);

    while ((entry = readdir(dir)) != NULL) {
        (void) unlinkat(fd, entry->d_name, 0);
    }

    (void) closedir(dir);
}


/* Whom workers run as. */
static uid_t
ngx_pdn_db_shared_user(ngx_cycle_t *cycle)
{
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    return geteuid() == 0 ? (uid_t) ccf->user : geteuid();
}
