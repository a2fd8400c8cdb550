/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: counts what a program changes on disk, and at the N-th
 * change of all kills it, or has the disk be full from there on.
 *
 *   PANDAN_FAULT_AT=N  PANDAN_FAULT=kill|full  PANDAN_FAULT_COUNT=FILE
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define real(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

static long fault_at;
static long fault_seen;
static int fault_full;


__attribute__((constructor)) static void
fault_init(void)
{
    const char *text;

    text = getenv("PANDAN_FAULT_AT");
    fault_at = text != NULL ? strtol(text, NULL, 10) : 0;
    text = getenv("PANDAN_FAULT");
    fault_full = text != NULL && strcmp(text, "full") == 0;
}


__attribute__((destructor)) static void
fault_tell(void)
{
    const char *path;
    FILE *f;

    path = getenv("PANDAN_FAULT_COUNT");
    f = path != NULL ? fopen(path, "w") : NULL;

    if (f != NULL) {
        fprintf(f, "%ld\n", fault_seen);
        fclose(f);
    }
}


/* One change more; not 0 when it is to fail. */
static int
fault_change(int needs_room)
{
    long n;

    n = __atomic_add_fetch(&fault_seen, 1, __ATOMIC_SEQ_CST);

    if (fault_at == 0 || n < fault_at) {
        return 0;
    }

    if (!fault_full) {
        raise(SIGKILL);
    }

    errno = ENOSPC;

    return needs_room;
}


ssize_t
write(int fd, const void *data, size_t n)
{
    if (fd > STDERR_FILENO && fault_change(1)) {
        return -1;
    }

    return real(write)(fd, data, n);
}


int
open(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);

    return (flags & O_CREAT) != 0 && fault_change(1)
               ? -1
               : real(open)(path, flags, mode);
}


int
openat(int folder, const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);

    return (flags & O_CREAT) != 0 && fault_change(1)
               ? -1
               : real(openat)(folder, path, flags, mode);
}


int
mkdir(const char *path, mode_t mode)
{
    return fault_change(1) ? -1 : real(mkdir)(path, mode);
}


int
mkdirat(int folder, const char *path, mode_t mode)
{
    return fault_change(1) ? -1 : real(mkdirat)(folder, path, mode);
}


int
linkat(int from, const char *a, int to, const char *b, int flags)
{
    return fault_change(1) ? -1 : real(linkat)(from, a, to, b, flags);
}


int
rename(const char *a, const char *b)
{
    return fault_change(0) ? -1 : real(rename)(a, b);
}


int
renameat(int from, const char *a, int to, const char *b)
{
    return fault_change(0) ? -1 : real(renameat)(from, a, to, b);
}


int
renameat2(int from, const char *a, int to, const char *b, unsigned flags)
{
    return fault_change(0) ? -1 : real(renameat2)(from, a, to, b, flags);
}


int
unlink(const char *path)
{
    return fault_change(0) ? -1 : real(unlink)(path);
}


int
unlinkat(int folder, const char *path, int flags)
{
    return fault_change(0) ? -1 : real(unlinkat)(folder, path, flags);
}
