/* SPDX-License-Identifier: MIT */
/*
 * `dev`: serves in the foreground with one worker, shows what the application
 * logs, and loads changed code. Code that does not compile is not loaded: the
 * old one lives on, and .pandan/development/broken.json has the framework show
 * the error in the browser.
 */

#include "cmd.h"
#include "pdn_nginx.h"
#include "pdn_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* An editor's save is several events; they are waited for. */
#define PDN_DEV_SETTLE 50 /* ms */

typedef struct {
    pdn_server_t server;
    pdn_watch_t watch;
    pdn_log_t log;
    char *broken[PDN_WATCH_FILES]; /* files that do not compile */
    int n_broken;
    int err; /* what nginx says */
    int signals;
    pid_t pid;
    unsigned told : 1; /* the URL was printed */
    unsigned stopping : 1;
} pdn_dev_t;

static const char *const pdn_dev_folders[] = {
    "application", "config", "lib", "db/migrations", ".", NULL,
};


static void
pdn_dev_broken_path(const pdn_dev_t *d, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%.4000s/.pandan/development/broken.json",
             d->server.cli->root);
}


/* JSON of { file, line, message }. */
static void
pdn_dev_write_broken(pdn_dev_t *d, const char *file, int line,
                     const char *message)
{
    char path[PATH_MAX];
    pdn_problem_t problem;
    pdn_str_t text = { 0 };
    const char *p;

    pdn_str_printf(&text, "{\"file\":\"%s\",\"line\":%d,\"message\":\"", file,
                   line);

    for (p = message; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            pdn_str_printf(&text, "\\%c", *p);
        } else if ((unsigned char) *p < 0x20) {
            pdn_str_printf(&text, "\\u%04x", *p);
        } else {
            pdn_str_add(&text, p, 1);
        }
    }

    pdn_str_puts(&text, "\"}\n");
    pdn_dev_broken_path(d, path);

    if (pdn_fs_write(path, pdn_str_z(&text), text.len, 0644, &problem) != 0) {
        pdn_say_error("%s", problem.text);
    }

    pdn_str_release(&text);
}


static int
pdn_dev_is_lua(const char *path)
{
    size_t n;

    n = strlen(path);

    return n > 4 && strcmp(path + n - 4, ".lua") == 0;
}


/* Those of the list that (still) do not compile; the first is shown. */
static void
pdn_dev_compile(pdn_dev_t *d, char *const *files, int n)
{
    pdn_problem_t problem;
    char full[PATH_MAX];
    int i, j, line;

    for (i = 0; i < n && d->n_broken < PDN_WATCH_FILES; i++) {
        if (!pdn_dev_is_lua(files[i])
            || pdn_fs_join(full, d->server.cli->root, files[i]) != 0
            || !pdn_fs_exists(full)
            || pdn_config_compiles(full, files[i], &line, &problem) == 0)
        {
            continue;
        }

        for (j = 0; j < d->n_broken; j++) {
            if (strcmp(d->broken[j], files[i]) == 0) {
                break;
            }
        }

        if (j < d->n_broken) {
            continue;
        }

        pdn_say_error("%s", problem.text);

        if (d->n_broken == 0) {
            pdn_dev_write_broken(d, files[i], line, problem.text);
        }

        d->broken[d->n_broken] = strdup(files[i]);
        d->n_broken += d->broken[d->n_broken] != NULL;
    }
}


/* Views are read anew by the framework; all other files need a reload. */
static int
pdn_dev_needs_reload(const pdn_watch_t *w)
{
    static const char views[] = "application/views/";
    int i;

    for (i = 0; i < w->n; i++) {
        if (strncmp(w->files[i], views, sizeof(views) - 1) != 0
            && strncmp(w->files[i], "db/", 3) != 0)
        {
            return 1;
        }
    }

    return w->other;
}


static void
pdn_dev_changed(pdn_dev_t *d)
{
    char *before[PDN_WATCH_FILES], path[PATH_MAX];
    pdn_problem_t problem;
    int i, n_before;

    n_before = d->n_broken;
    memcpy(before, d->broken, sizeof(before));
    d->n_broken = 0;

    pdn_dev_compile(d, before, n_before);
    pdn_dev_compile(d, d->watch.files, d->watch.n);

    for (i = 0; i < n_before; i++) {
        free(before[i]);
    }

    if (d->n_broken != 0) {
        fprintf(stderr, "not reloaded: the code before this error goes on\n");

    } else if (n_before != 0 || pdn_dev_needs_reload(&d->watch)) {
        if (pdn_server_write(&d->server, &problem) != 0) {
            pdn_say_error("%s", problem.text);
        }

        pdn_dev_broken_path(d, path);
        unlink(path);
        kill(d->pid, SIGHUP);
        printf("reloaded%s%s\n", d->watch.n ? ": " : "",
               d->watch.n ? d->watch.files[0] : "");
        fflush(stdout);
    }

    pdn_watch_reset(&d->watch);
}


static void
pdn_dev_signal(pdn_dev_t *d)
{
    struct signalfd_siginfo info;

    while (read(d->signals, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGCHLD) {
            continue;
        }

        /* the second time it is meant */
        kill(d->pid, d->stopping ? SIGKILL : SIGTERM);
        d->stopping = 1;
    }
}


/* nginx writes its pid once the configuration is loaded and ports are open. */
static void
pdn_dev_tell(pdn_dev_t *d)
{
    char url[300];

    if (d->told || pdn_nginx_pid(&d->server) != d->pid) {
        return;
    }

    d->told = 1;
    pdn_server_url(&d->server, url);
    printf("Serving %s at %s (%s); Ctrl-C ends it.\n",
           pdn_config_text(d->server.config, "application", "name", "app"), url,
           d->server.env);
    fflush(stdout);
}


/* Goes on until nginx has ended. */
static int
pdn_dev_loop(pdn_dev_t *d)
{
    struct pollfd fds[3];
    int changed, n, status, timeout;

    fds[0] = (struct pollfd){ .fd = d->err, .events = POLLIN };
    fds[1] = (struct pollfd){ .fd = d->watch.fd, .events = POLLIN };
    fds[2] = (struct pollfd){ .fd = d->signals, .events = POLLIN };
    changed = 0;

    for (;;) {
        timeout = changed ? PDN_DEV_SETTLE : d->told ? -1 : 10;
        n = poll(fds, 3, timeout);

        if (n == -1 && errno != EINTR) {
            return 1;
        }

        if (fds[2].revents != 0) {
            pdn_dev_signal(d);
        }

        if (fds[0].revents != 0 && pdn_log_read(&d->log, d->err) == 0) {
            fds[0].fd = -1;
        }

        if (fds[1].revents != 0 && pdn_watch_read(&d->watch)) {
            changed = 1;
        } else if (n == 0 && changed) {
            changed = 0;
            pdn_dev_changed(d);
        }

        if (waitpid(d->pid, &status, WNOHANG) == d->pid) {
            return status;
        }

        pdn_dev_tell(d);
    }
}


/* Two servers would write the same files, and one could not be stopped. */
static int
pdn_dev_alone(pdn_dev_t *d, pdn_problem_t *problem)
{
    pid_t pid;

    pid = pdn_nginx_pid(&d->server);
    if (pid == 0) {
        return 0;
    }

    return pdn_problem(problem,
                       "the app is served already in %s (process %ld); "
                       "'pandan stop --env %s' ends that",
                       d->server.env, (long) pid, d->server.env);
}


static int
pdn_dev_open(pdn_dev_t *d, const pdn_cli_t *cli, pdn_problem_t *problem)
{
    const char *env;
    char conf[128], path[PATH_MAX];
    sigset_t set;

    env = cli->opts[PDN_SERVE_ENV] != NULL ? cli->opts[PDN_SERVE_ENV]
                                           : "development";

    if (pdn_server_init(&d->server, cli, env, cli->opts[PDN_SERVE_HOST],
                        cli->opts[PDN_SERVE_PORT], problem)
            != 0
        || pdn_nginx_port_free(&d->server, problem) != 0
        || pdn_dev_alone(d, problem) != 0
        || pdn_server_write(&d->server, problem) != 0
        || pdn_watch_init(&d->watch, cli->root, pdn_dev_folders, problem) != 0)
    {
        return -1;
    }

    pdn_dev_broken_path(d, path);
    unlink(path);
    snprintf(path, sizeof(path), "%.3900s/%s/nginx.pid", cli->root,
             d->server.folder);
    unlink(path);

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);

    d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (d->signals == -1) {
        return pdn_problem(problem, "cannot wait for signals: %s",
                           strerror(errno));
    }

    snprintf(conf, sizeof(conf), "%s/nginx.conf", d->server.folder);
    d->pid = pdn_nginx_start(&d->server, conf, NULL, 0, &d->err, problem);
    if (d->pid == -1) {
        return -1;
    }

    fcntl(d->err, F_SETFL, O_NONBLOCK);

    return 0;
}


static pdn_exit_t
pdn_dev_end(pdn_dev_t *d, int status)
{
    char path[PATH_MAX];

    fcntl(d->err, F_SETFL, 0);
    while (pdn_log_read(&d->log, d->err) != 0) {
        /* void: its last words */
    }

    pdn_dev_broken_path(d, path);
    unlink(path);

    if (d->stopping) {
        printf("\nstopped\n");
        return PDN_EXIT_OK;
    }

    if (WIFSIGNALED(status)) {
        pdn_say_error("nginx was ended by signal %d (%s)", WTERMSIG(status),
                      strsignal(WTERMSIG(status)));
        return PDN_EXIT_FAILED;
    }

    if (WEXITSTATUS(status) != 0) {
        pdn_say_error("nginx ended with code %d (its reason is above)",
                      WEXITSTATUS(status));
        return d->told ? PDN_EXIT_FAILED : PDN_EXIT_SETUP;
    }

    /* somebody else told it to end */
    printf("stopped\n");

    return PDN_EXIT_OK;
}


pdn_exit_t
pdn_cmd_dev(pdn_cli_t *cli)
{
    pdn_problem_t problem;
    pdn_exit_t rc;
    pdn_dev_t *d;

    if (cli->opts[PDN_SERVE_ENV] != NULL
        && pdn_env_check(cli->opts[PDN_SERVE_ENV]) != 0)
    {
        return PDN_EXIT_USAGE;
    }

    d = calloc(1, sizeof(pdn_dev_t));
    if (d == NULL) {
        return PDN_EXIT_FAILED;
    }

    d->log.out = stdout;
    d->log.colour = isatty(STDOUT_FILENO);
    d->signals = -1;
    d->err = -1;

    if (pdn_dev_open(d, cli, &problem) != 0) {
        pdn_say_error("%s", problem.text);
        rc = PDN_EXIT_SETUP;
    } else {
        rc = pdn_dev_end(d, pdn_dev_loop(d));
    }

    pdn_watch_release(&d->watch);
    pdn_str_release(&d->log.rest);
    pdn_server_release(&d->server);
    free(d);

    return rc;
}
