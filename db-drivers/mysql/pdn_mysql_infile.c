/*
 * SPDX-License-Identifier: MIT
 *
 * Files for LOAD DATA LOCAL.  The server names the file, and a bad one may
 * name any: only what lies in one folder is given.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pdn_mysql.h"


/* What the library itself says of a file that it cannot read. */
#define PDN_MYSQL_INFILE_ERROR 29


typedef struct {
    int fd;
    char error[MYSQL_ERRMSG_SIZE];
} pdn_mysql_infile_t;


static int
pdn_mysql_infile_open(pdn_mysql_infile_t *f, const char *name,
                      const char *folder)
{
    size_t len;
    struct stat st;
    char path[PATH_MAX], root[PATH_MAX];

    if (realpath(folder, root) == NULL || realpath(name, path) == NULL) {
        snprintf(f->error, sizeof(f->error), "cannot read '%s': %s", name,
                 strerror(errno));
        return 0;
    }

    len = strlen(root);

    if (strncmp(path, root, len) != 0 || path[len] != '/') {
        snprintf(f->error, sizeof(f->error),
                 "cannot read '%s': it does not lie in '%s'", name, folder);
        return 0;
    }

    /* no FIFO, which would block */
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (f->fd == -1 || fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        snprintf(f->error, sizeof(f->error), "cannot read '%s': %s", name,
                 f->fd == -1 ? strerror(errno) : "it is no file");
        return 0;
    }

    return 1;
}


/* The library calls the end also when this fails. */
static int
pdn_mysql_infile_init(void **file, const char *name, void *folder)
{
    pdn_mysql_infile_t *f;

    f = calloc(1, sizeof(pdn_mysql_infile_t));
    *file = f;

    if (f == NULL) {
        return 1;
    }

    f->fd = -1;

    return !pdn_mysql_infile_open(f, name, folder);
}


static int
pdn_mysql_infile_read(void *file, char *to, unsigned size)
{
    ssize_t n;
    pdn_mysql_infile_t *f = file;

    n = read(f->fd, to, size);

    if (n == -1) {
        snprintf(f->error, sizeof(f->error), "cannot read: %s",
                 strerror(errno));
    }

    return (int) n;
}


static void
pdn_mysql_infile_end(void *file)
{
    pdn_mysql_infile_t *f = file;

    if (f == NULL) {
        return;
    }

    if (f->fd != -1) {
        close(f->fd);
    }

    free(f);
}


static int
pdn_mysql_infile_error(void *file, char *text, unsigned size)
{
    pdn_mysql_infile_t *f = file;

    snprintf(text, size, "%s", f != NULL ? f->error : "no memory");

    return PDN_MYSQL_INFILE_ERROR;
}


void
pdn_mysql_allow_files(MYSQL *mysql, const char *folder)
{
    unsigned on = folder != NULL;

    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &on);

    if (folder != NULL) {
        mysql_set_local_infile_handler(
            mysql, pdn_mysql_infile_init, pdn_mysql_infile_read,
            pdn_mysql_infile_end, pdn_mysql_infile_error, (void *) folder);
    }
}
