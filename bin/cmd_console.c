/* SPDX-License-Identifier: MIT */
/*
 * `console`: owns the terminal (lines, history) and sends each piece of Lua
 * to the application, which runs in an nginx of its own and answers over a
 * unix socket. What is not complete yet asks for one line more.
 */

#include "cmd.h"
#include "pdn_job.h"
#include "pdn_nginx.h"

#include <editline/readline.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    pdn_job_run_t run;
    char socket[96];
    char history[PATH_MAX];
    int is_tty;
} pdn_console_t;


static int
pdn_console_connect(const pdn_console_t *c)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    /* we are in the app's folder, so the name is short */
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", c->socket);

    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1) {
        return -1;
    }

    if (connect(fd, (struct sockaddr *) &address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }

    return fd;
}


/* Until nginx has loaded the application, or has ended over it. */
static int
pdn_console_ready(pdn_console_t *c)
{
    struct timespec pause = { 0, 10 * 1000 * 1000 };
    siginfo_t info;
    int fd;

    for (;;) {
        fd = pdn_console_connect(c);
        if (fd != -1) {
            close(fd);
            return 0;
        }

        info.si_pid = 0;
        if (waitid(P_PID, c->run.pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0
            || info.si_pid != 0)
        {
            return -1;
        }

        nanosleep(&pause, NULL);
    }
}


static int
pdn_console_send(int fd, const char *data, size_t len)
{
    ssize_t n;

    while (len > 0) {
        n = send(fd, data, len, MSG_NOSIGNAL);
        if (n == -1 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return -1;
        }
        data += n;
        len -= n;
    }

    return 0;
}


/* The whole answer; HTTP/1.0, so it ends with the connection. */
static int
pdn_console_ask(const pdn_console_t *c, const char *path, const char *text,
                pdn_str_t *answer)
{
    pdn_str_t request = { 0 };
    char chunk[8192];
    ssize_t n;
    int fd, rc;

    fd = pdn_console_connect(c);
    if (fd == -1) {
        return -1;
    }

    pdn_str_printf(&request,
                   "POST %s HTTP/1.0\r\nHost: console\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   path, strlen(text), text);

    rc = pdn_console_send(fd, pdn_str_z(&request), request.len);
    pdn_str_release(&request);

    n = 0;
    while (rc == 0 && (n = read(fd, chunk, sizeof(chunk))) > 0) {
        pdn_str_add(answer, chunk, n);
    }

    close(fd);

    return rc == 0 && n == 0 ? 0 : -1;
}


/* Prints the answer: 1 when one line more is wanted, -1 on a dead server. */
static int
pdn_console_evaluate(pdn_console_t *c, const char *text, int last)
{
    pdn_str_t answer = { 0 };
    const char *body;
    int more;

    if (pdn_console_ask(c, "/", text, &answer) != 0) {
        pdn_str_release(&answer);
        pdn_say_error("the application has ended");
        return -1;
    }

    body = strstr(pdn_str_z(&answer), "\r\n\r\n");
    more = body != NULL
           && memmem(answer.data, body - answer.data + 2, "X-Pandan: more\r\n",
                     16)
                  != NULL;

    if (body != NULL && (!more || last)) {
        fputs(body + 4, stdout);
        fflush(stdout);
    }

    pdn_str_release(&answer);

    return more && !last;
}


static char *
pdn_console_line(const pdn_console_t *c, int more)
{
    size_t size;
    ssize_t n;
    char *line;

    if (c->is_tty) {
        return readline(more ? "   > " : "lua> ");
    }

    line = NULL;
    size = 0;
    n = getline(&line, &size, stdin);

    if (n <= 0) {
        free(line);
        return NULL;
    }

    if (line[n - 1] == '\n') {
        line[n - 1] = '\0';
    }

    return line;
}


static void
pdn_console_loop(pdn_console_t *c)
{
    pdn_str_t text = { 0 };
    char *line;
    int more;

    more = 0;

    while (more != -1 && (line = pdn_console_line(c, more)) != NULL) {
        if (!more && (strcmp(line, "exit") == 0 || strcmp(line, "quit") == 0)) {
            free(line);
            break;
        }

        pdn_str_printf(&text, "%s%s", text.len ? "\n" : "", line);
        free(line);

        if (text.data[strspn(text.data, " \t\n")] == '\0') {
            text.len = 0;
            continue;
        }

        more = pdn_console_evaluate(c, text.data, 0);

        if (more != 1) {
            if (c->is_tty) {
                add_history(text.data);
            }
            text.len = 0;
        }
    }

    if (more == 1) {
        /* the end came in the middle: say what was missing */
        pdn_console_evaluate(c, pdn_str_z(&text), 1);
    }

    pdn_str_release(&text);
}


/* What the application writes to standard error, while we wait for lines. */
static void *
pdn_console_log(void *ctx)
{
    pdn_console_t *c = ctx;
    pdn_log_t log = { .out = stderr };

    log.colour = isatty(STDERR_FILENO);

    while (pdn_log_read(&log, c->run.err) != 0) {
        /* void */
    }

    pdn_str_release(&log.rest);

    return NULL;
}


static void
pdn_console_terminal(pdn_console_t *c)
{
    const char *home;

    c->is_tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (!c->is_tty) {
        return;
    }

    home = getenv("HOME");
    snprintf(c->history, PATH_MAX, "%.4000s/.pandan_history",
             home != NULL ? home : ".");

    using_history();
    stifle_history(1000);
    read_history(c->history);
    printf("Pandan %s console (%s); exit or Ctrl-D ends it.\n", PDN_VERSION,
           c->run.server.env);
}


pdn_exit_t
pdn_cmd_console(pdn_cli_t *cli)
{
    pdn_str_t answer = { 0 };
    pdn_problem_t problem;
    pdn_console_t c;
    const char *env;
    pthread_t thread;
    int threaded;

    memset(&c, 0, sizeof(c));

    env = cli->opts[PDN_ENV_ENV];
    if (env == NULL) {
        env = getenv("PANDAN_ENV");
    }
    if (env == NULL || env[0] == '\0') {
        env = "development";
    }

    if (pdn_env_check(env) != 0) {
        return PDN_EXIT_USAGE;
    }

    snprintf(c.socket, sizeof(c.socket), ".pandan/%s/console-%ld.sock", env,
             (long) getpid());
    c.run.job.name = "console";
    c.run.job.socket = c.socket;

    if (chdir(cli->root) != 0 || pdn_job_start(&c.run, cli, env, &problem) != 0)
    {
        pdn_say_error("%s", problem.text);
        pdn_server_release(&c.run.server);
        return PDN_EXIT_SETUP;
    }

    threaded = pthread_create(&thread, NULL, pdn_console_log, &c) == 0;

    if (pdn_console_ready(&c) == 0) {
        pdn_console_terminal(&c);
        pdn_console_loop(&c);
        pdn_console_ask(&c, "/quit", "", &answer);
        pdn_str_release(&answer);

        if (c.is_tty) {
            write_history(c.history);
        }
    }

    if (threaded) {
        pthread_join(thread, NULL);
        close(c.run.err);
        c.run.err = -1;
    }

    unlink(c.socket);

    return pdn_job_wait(&c.run);
}
