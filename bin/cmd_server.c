/* SPDX-License-Identifier: MIT */
/*
 * `start`, `stop`, `restart`, `reload`, `status` and `config nginx`: the
 * server in the background. Each waits for what it asked for, and tells it.
 */

#include "cmd.h"
#include "pdn_nginx.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PDN_START_SECONDS 30
#define PDN_STOP_SECONDS  30
#define PDN_WORKERS_MAX   512


static double
pdn_serve_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return now.tv_sec + now.tv_nsec / 1e9;
}


/*
 * --host and --port of `start` hold until it is stopped, so that a reload does
 * not move the server: .pandan/ENV/address keeps them.
 */
static void
pdn_serve_address(const pdn_server_t *s, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.3900s/%s/address", s->cli->root, s->folder);
}


static void
pdn_serve_keep_address(const pdn_server_t *s)
{
    char path[PATH_MAX], text[300];
    pdn_problem_t problem;
    int n;

    pdn_serve_address(s, path);
    n = snprintf(text, sizeof(text), "%s %s\n", s->host, s->port);

    if (pdn_fs_write(path, text, n, 0644, &problem) != 0) {
        pdn_say_error("%s", problem.text);
    }
}


static void
pdn_serve_kept_address(pdn_server_t *s)
{
    char path[PATH_MAX], host[256], port[8];
    FILE *file;

    pdn_serve_address(s, path);

    file = pdn_nginx_pid(s) != 0 ? fopen(path, "re") : NULL;
    if (file == NULL) {
        return;
    }

    if (fscanf(file, "%255s %7s", host, port) == 2) {
        memcpy(s->host, host, sizeof(host));
        memcpy(s->port, port, sizeof(port));
    }

    fclose(file);
}


/* Asks `is_so` again and again; 0 when it never came true. */
static int
pdn_serve_wait(int (*is_so)(void *ctx), void *ctx, double seconds)
{
    struct timespec pause = { 0, 10 * 1000 * 1000 };
    double deadline;

    deadline = pdn_serve_clock() + seconds;

    while (!is_so(ctx)) {
        if (pdn_serve_clock() > deadline) {
            return 0;
        }
        nanosleep(&pause, NULL);
    }

    return 1;
}


static pdn_exit_t
pdn_serve_open(pdn_server_t *s, pdn_cli_t *cli)
{
    const char *env, *host, *port;
    pdn_problem_t problem;

    memset(s, 0, sizeof(pdn_server_t));

    env = cli->opts[PDN_SERVE_ENV];
    if (env == NULL) {
        env = getenv("PANDAN_ENV");
    }
    if (env == NULL || env[0] == '\0') {
        env = "production";
    }

    if (pdn_env_check(env) != 0) {
        return PDN_EXIT_USAGE;
    }

    /* status has other rows there */
    host = cli->cmd->run != pdn_cmd_status ? cli->opts[PDN_SERVE_HOST] : NULL;
    port = cli->cmd->run != pdn_cmd_status ? cli->opts[PDN_SERVE_PORT] : NULL;

    if (pdn_server_init(s, cli, env, host, port, &problem) != 0) {
        pdn_say_error("%s", problem.text);
        pdn_server_release(s);
        return PDN_EXIT_SETUP;
    }

    if (host == NULL && port == NULL) {
        pdn_serve_kept_address(s);
    }

    s->daemon = 1;

    return PDN_EXIT_OK;
}


static int
pdn_serve_accepts(void *ctx)
{
    const pdn_server_t *s = ctx;
    struct addrinfo hints, *list;
    const char *host;
    int fd, ok;

    if (pdn_nginx_pid(s) == 0) {
        return 0;
    }

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    host = strcmp(s->host, "*") == 0 ? "127.0.0.1" : s->host;

    if (getaddrinfo(host, s->port, &hints, &list) != 0) {
        return 0;
    }

    fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ok = fd != -1 && connect(fd, list->ai_addr, list->ai_addrlen) == 0;

    if (fd != -1) {
        close(fd);
    }
    freeaddrinfo(list);

    return ok;
}


static void
pdn_serve_last_words(const pdn_server_t *s)
{
    pdn_say_error("see logs/%s.log for what it said", s->env);
}


static pdn_exit_t
pdn_serve_start(pdn_server_t *s)
{
    char conf[128], url[300];
    pdn_log_t log = { .out = stderr };
    pdn_problem_t problem;
    int err, status;
    pid_t pid;

    if (pdn_nginx_port_free(s, &problem) != 0
        || pdn_server_write(s, &problem) != 0
        || pdn_nginx_test(s, &problem) != 0)
    {
        pdn_say_error("%s", problem.text);
        return PDN_EXIT_SETUP;
    }

    snprintf(conf, sizeof(conf), "%s/nginx.conf", s->folder);

    pid = pdn_nginx_start(s, conf, NULL, 1, &err, &problem);
    if (pid == -1) {
        pdn_say_error("%s", problem.text);
        return PDN_EXIT_SETUP;
    }

    /* it goes to the background when all is loaded and its ports are open */
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
        /* void */
    }

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        while (pdn_log_read(&log, err) > 0) {
            /* void */
        }
        close(err);
        pdn_say_error("nginx did not start (above)");
        return PDN_EXIT_SETUP;
    }

    close(err);

    if (!pdn_serve_wait(pdn_serve_accepts, s, PDN_START_SECONDS)) {
        pdn_say_error("nginx does not answer");
        pdn_serve_last_words(s);
        return PDN_EXIT_FAILED;
    }

    pdn_serve_keep_address(s);
    pdn_server_url(s, url);
    printf("started %s at %s (process %ld)\n", s->env, url,
           (long) pdn_nginx_pid(s));

    return PDN_EXIT_OK;
}


static int
pdn_serve_is_gone(void *ctx)
{
    return pdn_nginx_pid(ctx) == 0;
}


static pdn_exit_t
pdn_serve_stop(pdn_server_t *s, const char *timeout)
{
    double seconds;
    char *end;
    pid_t pid;

    seconds = PDN_STOP_SECONDS;

    if (timeout != NULL) {
        seconds = strtod(timeout, &end);
        if (end == timeout || *end != '\0' || seconds < 0) {
            pdn_say_error("'%s' is not a number of seconds", timeout);
            return PDN_EXIT_USAGE;
        }
    }

    pid = pdn_nginx_pid(s);

    if (kill(pid, SIGQUIT) != 0) {
        pdn_say_error("cannot stop process %ld: %s", (long) pid,
                      strerror(errno));
        return PDN_EXIT_FAILED;
    }

    if (pdn_serve_wait(pdn_serve_is_gone, s, seconds)) {
        printf("stopped %s\n", s->env);
        return PDN_EXIT_OK;
    }

    printf("requests did not end in %g seconds; stopping now\n", seconds);
    kill(pid, SIGTERM);

    if (!pdn_serve_wait(pdn_serve_is_gone, s, 10)) {
        pdn_say_error("process %ld does not end", (long) pid);
        return PDN_EXIT_FAILED;
    }

    printf("stopped %s\n", s->env);

    return PDN_EXIT_OK;
}


/* The children of nginx's master; their number. */
static int
pdn_serve_workers(pid_t master, long pids[PDN_WORKERS_MAX])
{
    char path[80];
    FILE *file;
    int n;

    snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long) master,
             (long) master);

    file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }

    n = 0;
    while (n < PDN_WORKERS_MAX && fscanf(file, "%ld", &pids[n]) == 1) {
        n++;
    }

    fclose(file);

    return n;
}

typedef struct {
    pid_t master;
    long before[PDN_WORKERS_MAX];
    int n;
} pdn_serve_workers_t;


/* nginx says in a worker's title that it takes no more requests. */
static int
pdn_serve_has_left(long pid)
{
    char path[64], title[256];
    FILE *file;
    size_t n;

    snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);

    file = fopen(path, "re");
    if (file == NULL) {
        return 1;
    }

    n = fread(title, 1, sizeof(title) - 1, file);
    fclose(file);
    title[n] = '\0';

    return n == 0 || strstr(title, "shutting down") != NULL;
}


/* New workers are there, and those from before take nothing any more. */
static int
pdn_serve_is_new(void *ctx)
{
    pdn_serve_workers_t *w = ctx;
    long now[PDN_WORKERS_MAX];
    int i;

    for (i = 0; i < w->n; i++) {
        if (!pdn_serve_has_left(w->before[i])) {
            return 0;
        }
    }

    return pdn_serve_workers(w->master, now) > 0;
}


static pdn_exit_t
pdn_serve_not_running(const pdn_server_t *s)
{
    pdn_say_error("the server does not run in %s; 'pandan start%s%s' starts "
                  "it",
                  s->env, strcmp(s->env, "production") ? " --env " : "",
                  strcmp(s->env, "production") ? s->env : "");

    return PDN_EXIT_NOT_RUNNING;
}


pdn_exit_t
pdn_cmd_start(pdn_cli_t *cli)
{
    pdn_server_t s;
    pdn_exit_t rc;
    pid_t pid;

    rc = pdn_serve_open(&s, cli);
    if (rc != PDN_EXIT_OK) {
        return rc;
    }

    pid = pdn_nginx_pid(&s);

    if (pid != 0) {
        pdn_say_error("the server runs already in %s (process %ld); 'pandan "
                      "reload' takes new code",
                      s.env, (long) pid);
        rc = PDN_EXIT_FAILED;
    } else {
        rc = pdn_serve_start(&s);
    }

    pdn_server_release(&s);

    return rc;
}


pdn_exit_t
pdn_cmd_stop(pdn_cli_t *cli)
{
    pdn_server_t s;
    pdn_exit_t rc;

    rc = pdn_serve_open(&s, cli);
    if (rc != PDN_EXIT_OK) {
        return rc;
    }

    rc = pdn_nginx_pid(&s) == 0
             ? pdn_serve_not_running(&s)
             : pdn_serve_stop(&s, cli->opts[PDN_SERVE_TIMEOUT]);
    pdn_server_release(&s);

    return rc;
}


pdn_exit_t
pdn_cmd_restart(pdn_cli_t *cli)
{
    pdn_problem_t problem;
    pdn_server_t s;
    pdn_exit_t rc;

    rc = pdn_serve_open(&s, cli);
    if (rc != PDN_EXIT_OK) {
        return rc;
    }

    /* what cannot start again is not stopped */
    if (pdn_server_write(&s, &problem) != 0
        || pdn_nginx_test(&s, &problem) != 0) {
        pdn_say_error("%s; the server was left as it is", problem.text);
        rc = PDN_EXIT_SETUP;
    } else if (pdn_nginx_pid(&s) != 0) {
        rc = pdn_serve_stop(&s, cli->opts[PDN_SERVE_TIMEOUT]);
    }

    if (rc == PDN_EXIT_OK) {
        rc = pdn_serve_start(&s);
    }

    pdn_server_release(&s);

    return rc;
}


pdn_exit_t
pdn_cmd_reload(pdn_cli_t *cli)
{
    pdn_serve_workers_t workers;
    pdn_problem_t problem;
    pdn_server_t s;
    pdn_exit_t rc;

    rc = pdn_serve_open(&s, cli);
    if (rc != PDN_EXIT_OK) {
        return rc;
    }

    workers.master = pdn_nginx_pid(&s);

    if (workers.master == 0) {
        rc = pdn_serve_not_running(&s);

    } else if (pdn_server_write(&s, &problem) != 0
               || pdn_nginx_test(&s, &problem) != 0)
    {
        pdn_say_error("%s; the old code goes on", problem.text);
        rc = PDN_EXIT_SETUP;

    } else {
        workers.n = pdn_serve_workers(workers.master, workers.before);
        kill(workers.master, SIGHUP);

        if (pdn_serve_wait(pdn_serve_is_new, &workers, PDN_START_SECONDS)) {
            printf("reloaded %s\n", s.env);
        } else {
            pdn_say_error("nginx kept the old configuration");
            pdn_serve_last_words(&s);
            rc = PDN_EXIT_FAILED;
        }
    }

    pdn_server_release(&s);

    return rc;
}


pdn_exit_t
pdn_cmd_status(pdn_cli_t *cli)
{
    long workers[PDN_WORKERS_MAX];
    char path[PATH_MAX + 96], url[300];
    struct stat st;
    pdn_server_t s;
    pdn_exit_t rc;
    long seconds;
    pid_t pid;
    int n;

    rc = pdn_serve_open(&s, cli);
    if (rc != PDN_EXIT_OK) {
        return rc;
    }

    pid = pdn_nginx_pid(&s);
    n = pid != 0 ? pdn_serve_workers(pid, workers) : 0;
    pdn_server_url(&s, url);

    snprintf(path, sizeof(path), "%s/%s/nginx.pid", cli->root, s.folder);
    seconds = pid != 0 && stat(path, &st) == 0
                  ? (long) (time(NULL) - st.st_mtime)
                  : 0;

    if (cli->opts[PDN_ENV_JSON] != NULL) {
        printf("{\"environment\":\"%s\",\"running\":%s,\"pid\":%ld,"
               "\"workers\":%d,\"seconds\":%ld,\"url\":\"%s\"}\n",
               s.env, pid ? "true" : "false", (long) pid, n, seconds, url);
    } else if (pid == 0) {
        printf("%s: not running\n", s.env);
    } else {
        printf("%s: running for %ld s at %s (process %ld, %d worker%s)\n",
               s.env, seconds, url, (long) pid, n, n == 1 ? "" : "s");
    }

    pdn_server_release(&s);

    return pid != 0 ? PDN_EXIT_OK : PDN_EXIT_NOT_RUNNING;
}


pdn_exit_t
pdn_cmd_config_nginx(pdn_cli_t *cli)
{
    pdn_problem_t problem;
    pdn_str_t text = { 0 };
    pdn_server_t s;
    pdn_exit_t rc;

    rc = pdn_serve_open(&s, cli);
    if (rc != PDN_EXIT_OK) {
        return rc;
    }

    if (pdn_server_render(&s, &text, &problem) != 0) {
        pdn_say_error("%s", problem.text);
        rc = PDN_EXIT_SETUP;
    } else {
        printf("%s", pdn_str_z(&text));
    }

    pdn_str_release(&text);
    pdn_server_release(&s);

    return rc;
}
