/*
 * SPDX-License-Identifier: MIT
 *
 * SQLite's way to its files, which can refuse to wait: while a thread is in
 * the brief mode, a page that the system does not hold in memory is not read,
 * nothing is written and nothing slept.  The statement then fails and is run
 * again where it may wait.
 */

#define _GNU_SOURCE /* preadv2() */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "pdn_sqlite.h"


#define PDN_SQLITE_BRIEF_READS 64 /* pages that one statement may copy */


typedef int (*pdn_sqlite_open_pt)(const char *path, int flags, int mode);
typedef int (*pdn_sqlite_sleep_pt)(sqlite3_vfs *vfs, int us);


typedef struct {
    const char *name; /* in a table of the library; it has one of a pair */
    sqlite3_syscall_ptr fn;
} pdn_sqlite_hook_t;


static ssize_t pdn_sqlite_vfs_pread(int fd, void *buf, size_t n, off64_t at);
static ssize_t pdn_sqlite_vfs_pwrite(int fd, const void *buf, size_t n,
                                     off64_t at);
static int pdn_sqlite_vfs_open(const char *path, int flags, int mode);
static int pdn_sqlite_vfs_sleep(sqlite3_vfs *vfs, int us);


/* Small, so that access costs nothing (initial-exec). */
static __thread pdn_sqlite_t *pdn_sqlite_brief_now
    __attribute__((tls_model("initial-exec")));

/* The library is one for the process, and so is what we put before it. */
static struct {
    sqlite3_vfs vfs;
    pdn_sqlite_open_pt open;
    pdn_sqlite_sleep_pt sleep;
    int ready;
} pdn_sqlite_vfs;

static const pdn_sqlite_hook_t pdn_sqlite_hooks[] = {
    { "open", (sqlite3_syscall_ptr) pdn_sqlite_vfs_open },
    { "pread", (sqlite3_syscall_ptr) pdn_sqlite_vfs_pread },
    { "pread64", (sqlite3_syscall_ptr) pdn_sqlite_vfs_pread },
    { "pwrite", (sqlite3_syscall_ptr) pdn_sqlite_vfs_pwrite },
    { "pwrite64", (sqlite3_syscall_ptr) pdn_sqlite_vfs_pwrite },
    { NULL, NULL }
};


void
pdn_sqlite_vfs_init(void)
{
    int found;
    sqlite3_vfs *vfs;
    const pdn_sqlite_hook_t *h;

    if (pdn_sqlite_vfs.ready) {
        return;
    }

    /* counting memory takes a lock at each allocation */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);

    vfs = sqlite3_initialize() == SQLITE_OK ? sqlite3_vfs_find("unix") : NULL;

    if (vfs == NULL || vfs->iVersion < 3) {
        return;
    }

    pdn_sqlite_vfs.vfs = *vfs;
    pdn_sqlite_vfs.vfs.zName = PDN_SQLITE_VFS;
    pdn_sqlite_vfs.vfs.xSleep = pdn_sqlite_vfs_sleep;
    pdn_sqlite_vfs.sleep = vfs->xSleep;
    pdn_sqlite_vfs.open = (pdn_sqlite_open_pt) vfs->xGetSystemCall(vfs, "open");

    found = 0;

    for (h = pdn_sqlite_hooks; h->name; h++) {
        if (vfs->xGetSystemCall(vfs, h->name) != NULL
            && vfs->xSetSystemCall(vfs, h->name, h->fn) == SQLITE_OK)
        {
            found++;
        }
    }

    /* open, and one of each pair: else it reads in a way we do not know */
    pdn_sqlite_vfs.ready = found == 3
                           && sqlite3_vfs_register(&pdn_sqlite_vfs.vfs, 0)
                                  == SQLITE_OK;
}


const char *
pdn_sqlite_vfs_name(void)
{
    return pdn_sqlite_vfs.ready ? PDN_SQLITE_VFS : NULL;
}


int
pdn_sqlite_vfs_in_memory(const char *path)
{
    struct statfs fs;

    return statfs(path, &fs) == 0
           && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}


void
pdn_sqlite_vfs_brief(pdn_sqlite_t *s)
{
    if (s != NULL) {
        s->refused = 0;
        s->reads = 0;
    }

    pdn_sqlite_brief_now = s;
}


int
pdn_sqlite_vfs_is_brief(const pdn_sqlite_t *s)
{
    return pdn_sqlite_brief_now == s;
}


int
pdn_sqlite_vfs_refuse(pdn_sqlite_t *s)
{
    if (pdn_sqlite_brief_now != s) {
        return 0;
    }

    s->refused = 1;

    return 1;
}


/*
 * What the system holds in memory is copied; of tmpfs this is all, and it
 * does not know the flag.
 */
static ssize_t
pdn_sqlite_vfs_pread(int fd, void *buf, size_t n, off64_t at)
{
    ssize_t got;
    struct iovec to = { buf, n };
    pdn_sqlite_t *s = pdn_sqlite_brief_now;

    if (s == NULL || s->in_memory) {
        return pread64(fd, buf, n, at);
    }

    errno = EAGAIN;

    got = s->reads++ < PDN_SQLITE_BRIEF_READS
              ? preadv2(fd, &to, 1, at, RWF_NOWAIT)
              : -1;

    if (got < 0) {
        s->refused = 1;
    }

    return got;
}


/* The library knows one way in which there is no room. */
static ssize_t
pdn_sqlite_vfs_pwrite(int fd, const void *buf, size_t n, off64_t at)
{
    ssize_t written;
    pdn_sqlite_t *s = pdn_sqlite_brief_now;

    if (s == NULL || s->in_memory) {
        written = pwrite64(fd, buf, n, at);

        if (written < 0 && (errno == EFBIG || errno == EDQUOT)) {
            errno = ENOSPC;
        }

        return written;
    }

    s->refused = 1;
    errno = EAGAIN;

    return -1;
}


/* For a temporary file, or for the log of a connection's first reading. */
static int
pdn_sqlite_vfs_open(const char *path, int flags, int mode)
{
    if (pdn_sqlite_brief_now == NULL) {
        return pdn_sqlite_vfs.open(path, flags, mode);
    }

    pdn_sqlite_brief_now->refused = 1;
    errno = EACCES;

    return -1;
}


static int
pdn_sqlite_vfs_sleep(sqlite3_vfs *vfs, int us)
{
    if (pdn_sqlite_brief_now == NULL) {
        return pdn_sqlite_vfs.sleep(vfs, us);
    }

    pdn_sqlite_brief_now->refused = 1;

    return 0;
}
