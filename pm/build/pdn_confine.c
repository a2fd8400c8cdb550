/* SPDX-License-Identifier: MIT */
/* Taking rights away; see pdn_confine.h. */

#include "pdn_confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define PDN_CONFINE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define PDN_CONFINE_ARCH AUDIT_ARCH_AARCH64
#endif

#define PDN_CONFINE_LOAD(field)                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define PDN_CONFINE_ALLOW(call)                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1),                    \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)


int
pdn_confine_compute(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return 0; /* ASan asks the system for more whenever an error unwinds */
#elif defined(PDN_CONFINE_ARCH)
    struct sock_filter filter[] = {
        PDN_CONFINE_LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PDN_CONFINE_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        PDN_CONFINE_LOAD(nr),
        PDN_CONFINE_ALLOW(write),
        PDN_CONFINE_ALLOW(exit_group),
        PDN_CONFINE_ALLOW(mmap),
        PDN_CONFINE_ALLOW(munmap),
        PDN_CONFINE_ALLOW(mremap),
        PDN_CONFINE_ALLOW(mprotect),
        PDN_CONFINE_ALLOW(madvise),
        PDN_CONFINE_ALLOW(brk),
        PDN_CONFINE_ALLOW(futex),
        PDN_CONFINE_ALLOW(getrandom),
        PDN_CONFINE_ALLOW(clock_gettime),
        PDN_CONFINE_ALLOW(rt_sigreturn),
        PDN_CONFINE_ALLOW(rt_sigprocmask),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return -1;
    }

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
#else
    return -1;
#endif
}


static int
pdn_confine_write(const char *path, const char *text)
{
    ssize_t n;
    int fd;

    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd == -1) {
        return -1;
    }

    n = write(fd, text, strlen(text));
    close(fd);

    return n == (ssize_t) strlen(text) ? 0 : -1;
}


/* Makes us the same user as before in a user namespace of our own. */
static int
pdn_confine_user(uid_t uid, gid_t gid)
{
    char map[64];

    if (pdn_confine_write("/proc/self/setgroups", "deny") != 0
        && errno != ENOENT) {
        return -1;
    }

    snprintf(map, sizeof(map), "%u %u 1", uid, uid);
    if (pdn_confine_write("/proc/self/uid_map", map) != 0) {
        return -1;
    }

    snprintf(map, sizeof(map), "%u %u 1", gid, gid);

    return pdn_confine_write("/proc/self/gid_map", map);
}


int
pdn_confine_build(const char *writable)
{
    struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
    uid_t uid;
    gid_t gid;

    uid = getuid();
    gid = getgid();

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) != 0
        || pdn_confine_user(uid, gid) != 0
        || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
        || mount(writable, writable, NULL, MS_BIND, NULL) != 0)
    {
        return -1;
    }

    /* all that is mounted, then the one folder back */
    if (syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &read_only,
                sizeof(read_only))
        != 0)
    {
        return -1;
    }

    read_only.attr_set = 0;
    read_only.attr_clr = MOUNT_ATTR_RDONLY;

    if (syscall(SYS_mount_setattr, AT_FDCWD, writable, 0, &read_only,
                sizeof(read_only))
        != 0)
    {
        return -1;
    }

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
