/* SPDX-License-Identifier: MIT */
/* Whether a port is free, and who has it if not, as far as /proc tells. */

#include "pdn_nginx.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PDN_TCP_LISTEN 0x0a


/* The inode of a socket that listens on the port, 0 if there is none. */
static unsigned long
pdn_port_inode(const char *table, unsigned port)
{
    unsigned local, state;
    unsigned long inode;
    char line[512];
    FILE *file;

    file = fopen(table, "re");
    if (file == NULL) {
        return 0;
    }

    inode = 0;

    while (inode == 0 && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line,
                   " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x "
                   "%*x:%*x %*x %*u %*u %lu",
                   &local, &state, &inode)
                != 3
            || local != port || state != PDN_TCP_LISTEN)
        {
            inode = 0;
        }
    }

    fclose(file);

    return inode;
}


static int
pdn_port_has(const char *pid, const char *socket)
{
    char folder[64], path[PATH_MAX], target[64];
    struct dirent *e;
    ssize_t n;
    DIR *dir;
    int found;

    snprintf(folder, sizeof(folder), "/proc/%.20s/fd", pid);

    dir = opendir(folder);
    if (dir == NULL) {
        return 0;
    }

    found = 0;

    while (!found && (e = readdir(dir)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        n = readlink(path, target, sizeof(target) - 1);
        if (n > 0) {
            target[n] = '\0';
            found = strcmp(target, socket) == 0;
        }
    }

    closedir(dir);

    return found;
}


static void
pdn_port_name(const char *pid, char *out, size_t size)
{
    char path[64], name[64];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
    name[0] = '\0';

    file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(name, sizeof(name), file) != NULL) {
            name[strcspn(name, "\n")] = '\0';
        }
        fclose(file);
    }

    snprintf(out, size, " by %s, process %.20s", name, pid);
}


/* " by nginx, process 12" or nothing. */
static void
pdn_port_owner(unsigned port, char *out, size_t size)
{
    unsigned long inode;
    struct dirent *e;
    char socket[64];
    DIR *dir;

    out[0] = '\0';

    inode = pdn_port_inode("/proc/net/tcp", port);
    if (inode == 0) {
        inode = pdn_port_inode("/proc/net/tcp6", port);
    }

    dir = inode != 0 ? opendir("/proc") : NULL;
    if (dir == NULL) {
        return;
    }

    snprintf(socket, sizeof(socket), "socket:[%lu]", inode);

    while (out[0] == '\0' && (e = readdir(dir)) != NULL) {
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9'
            && pdn_port_has(e->d_name, socket))
        {
            pdn_port_name(e->d_name, out, size);
        }
    }

    closedir(dir);
}


int
pdn_nginx_port_free(const pdn_server_t *s, pdn_problem_t *problem)
{
    struct addrinfo hints, *list;
    char owner[128];
    int error, fd, on, rc;

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;

    rc = getaddrinfo(strcmp(s->host, "*") == 0 ? NULL : s->host, s->port,
                     &hints, &list);
    if (rc != 0) {
        return pdn_problem(problem, "cannot listen on '%s': %s", s->host,
                           gai_strerror(rc));
    }

    on = 1;
    error = 0;
    fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd == -1
        || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
        || bind(fd, list->ai_addr, list->ai_addrlen) != 0 || listen(fd, 1) != 0)
    {
        error = errno;
    }

    if (fd != -1) {
        close(fd);
    }
    freeaddrinfo(list);

    if (error == EADDRINUSE) {
        pdn_port_owner((unsigned) strtoul(s->port, NULL, 10), owner,
                       sizeof(owner));
        return pdn_problem(problem,
                           "port %s is in use%s; take another one "
                           "with --port, or in config/application.lua",
                           s->port, owner);
    }

    if (error != 0) {
        return pdn_problem(problem, "cannot listen on %s port %s: %s", s->host,
                           s->port, strerror(error));
    }

    return 0;
}
