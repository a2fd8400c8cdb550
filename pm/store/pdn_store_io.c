/* SPDX-License-Identifier: MIT */
/* Whole files; see pdn_store_io.h. */

#include "pdn_store_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


/* From the deepest one up, as mostly all but that one are there. */
int
pdn_io_folders(int folder, const char *name)
{
    const char *slash;
    char part[1400], *cut;
    size_t len;

    slash = strrchr(name, '/');
    len = slash != NULL ? slash - name : 0;

    if (len == 0) {
        return 0;
    }

    if (len >= sizeof(part)) {
        errno = ENAMETOOLONG;
        return -1;
    }

    memcpy(part, name, len);
    part[len] = '\0';

    while (mkdirat(folder, part, 0755) != 0 && errno != EEXIST) {
        cut = strrchr(part, '/');
        if (errno != ENOENT || cut == NULL) {
            return -1;
        }
        *cut = '\0';
    }

    while (strlen(part) < len) {
        part[strlen(part)] = '/';

        if (mkdirat(folder, part, 0755) != 0 && errno != EEXIST) {
            return -1;
        }
    }

    return 0;
}


static int
pdn_io_write(int fd, const char *data, size_t len)
{
    ssize_t n;

    while (len > 0) {
        n = write(fd, data, len);
        if (n == -1 && errno == EINTR) {
            continue;
        }
        if (n == -1) {
            return -1;
        }
        data += n;
        len -= n;
    }

    return 0;
}


/* A name that no other process and no other call of this one uses. */
static void
pdn_io_temp(char out[64])
{
    static unsigned counter;
    static pid_t pid;
    static uint64_t tag;

    /* a number alone may be that of a process that died here */
    if (pid != getpid()) {
        pid = getpid();
        if (getrandom(&tag, sizeof(tag), 0) < 0) {
            tag = (uint64_t) time(NULL);
        }
    }

    snprintf(out, 64, ".new-%ld-%llx-%u", (long) pid, (unsigned long long) tag,
             counter++);
}


int
pdn_io_put(int folder, const char *name, const char *data, size_t len,
           mode_t mode, pdn_error_t *err)
{
    char temp[64];
    int fd, failed;

    pdn_io_temp(temp);

    fd = openat(folder, temp,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd == -1) {
        return pdn_error(err, 620, "cannot write to the store: %s",
                         strerror(errno));
    }

    failed = pdn_io_write(fd, data, len) != 0 ? errno : 0;

    if (close(fd) != 0 && failed == 0) {
        failed = errno;
    }

    if (failed == 0 && renameat(folder, temp, folder, name) != 0) {
        failed = errno;

        if (failed == ENOENT) {
            failed = pdn_io_folders(folder, name) != 0
                             || renameat(folder, temp, folder, name) != 0
                         ? errno
                         : 0;
        }
    }

    if (failed != 0) {
        unlinkat(folder, temp, 0);
        return pdn_error(err, 620, "cannot write '%s' to the store: %s", name,
                         strerror(failed));
    }

    return 0;
}


int
pdn_io_get(int folder, const char *name, pdn_str_t *out)
{
    char chunk[65536];
    ssize_t n;
    int fd;

    fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1) {
        return 0;
    }

    while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
        pdn_str_add(out, chunk, n);
    }

    close(fd);

    return n == 0 && !out->failed;
}


int
pdn_io_copy(int fd, int folder, const char *name, mode_t mode, pdn_error_t *err)
{
    char chunk[65536];
    ssize_t n;
    int out;

    out = openat(folder, name,
                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (out == -1 || lseek(fd, 0, SEEK_SET) == -1) {
        goto failed;
    }

    while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
        if (pdn_io_write(out, chunk, n) != 0) {
            goto failed;
        }
    }

    if (n != 0 || close(out) != 0) {
        out = -1;
        goto failed;
    }

    return 0;

failed:

    pdn_error(err, 620, "cannot write '%s': %s", name, strerror(errno));

    if (out != -1) {
        close(out);
    }

    return -1;
}
