/* SPDX-License-Identifier: MIT */
/*
 * What nginx and the application say on standard error, for people: the date
 * and the numbers in front of nginx's lines go, the rest stays as it is.
 */

#include "pdn_nginx.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>


/* 2026/07/01 12:00:00 [error] 12#12: *1 text -> "[error] ", "text" */
static const char *
pdn_log_text(const char *line, char level[16])
{
    const char *p, *q;
    int y, n;

    level[0] = '\0';
    n = 0;

    if (sscanf(line, "%4d/%*2d/%*2d %*2d:%*2d:%*2d [%15[a-z]] %*d#%*d: %n", &y,
               level, &n)
            < 2
        || n == 0)
    {
        level[0] = '\0';
        return line;
    }

    p = line + n;

    if (*p == '*') {
        q = p + 1 + strspn(p + 1, "0123456789");
        p = *q == ' ' ? q + 1 : p;
    }

    return p;
}


/* nginx tells how it was told to stop and such: of no interest here. */
static int
pdn_log_is_noise(const char *level)
{
    return strcmp(level, "notice") == 0 || strcmp(level, "info") == 0
           || strcmp(level, "debug") == 0;
}


static void
pdn_log_line(pdn_log_t *log, const char *line)
{
    const char *text, *colour;
    char level[16];

    text = pdn_log_text(line, level);

    if (level[0] == '\0') {
        fprintf(log->out, "%s\n", line);
        return;
    }

    if (pdn_log_is_noise(level)) {
        return;
    }

    colour = strcmp(level, "warn") == 0 ? "\033[33m" : "\033[31m";
    fprintf(log->out, "%s%s%s: %s\n", log->colour ? colour : "", level,
            log->colour ? "\033[0m" : "", text);
}


int
pdn_log_read(pdn_log_t *log, int fd)
{
    char chunk[8192], *line, *end;
    ssize_t n;

    n = read(fd, chunk, sizeof(chunk));

    if (n == -1) {
        return errno == EAGAIN || errno == EINTR ? -1 : 0;
    }

    if (n == 0 && log->rest.len != 0) {
        pdn_log_line(log, log->rest.data);
        pdn_str_release(&log->rest);
    }

    pdn_str_add(&log->rest, chunk, n);

    for (line = log->rest.data;
         line != NULL && (end = strchr(line, '\n')) != NULL; line = end + 1)
    {
        *end = '\0';
        pdn_log_line(log, line);
    }

    if (line != NULL && line != log->rest.data) {
        log->rest.len -= line - log->rest.data;
        memmove(log->rest.data, line, log->rest.len + 1);
    }

    fflush(log->out);

    return n > 0;
}
