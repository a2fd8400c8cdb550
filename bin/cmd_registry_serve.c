/* SPDX-License-Identifier: MIT */
/* `registry serve`: its folder by the nginx that Debian ships, as files. */

#include "cmd.h"
#include "pdn_nginx.h"
#include "pdn_pm.h"
#include "pdn_tpl.h"

#include <errno.h>
#include <ftw.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    pdn_pm_t pm;
    const pdn_cli_t *cli;
    char folder[PATH_MAX];
    char state[PATH_MAX];
    char conf[PATH_MAX + 16];
} pdn_serve_t;


static int
pdn_serve_folder(pdn_serve_t *s)
{
    char root[PATH_MAX];

    if (realpath(s->cli->words[0], s->folder) == NULL) {
        return pdn_error(&s->pm.err, 620, "cannot open '%s': %s",
                         s->cli->words[0], strerror(errno));
    }

    if (strpbrk(s->folder, "\"$\\\n") != NULL) {
        return pdn_error(&s->pm.err, 112, "nginx cannot serve '%s'", s->folder);
    }

    return pdn_fs_join(root, s->folder, "root.1.json") == 0
                   && pdn_fs_exists(root)
               ? 0
               : pdn_error(&s->pm.err, 402,
                           "'%s' is no registry: "
                           "`pandan registry init` makes one",
                           s->folder);
}


static int
pdn_serve_render(const pdn_serve_t *s, pdn_str_t *out, pdn_problem_t *problem)
{
    const char *host, *port, *user;
    char path[PATH_MAX];
    pdn_str_t text = { 0 };
    pdn_scope_t scope;
    struct passwd *pw;
    struct stat st;
    int rc;

    host = pdn_cli_given(s->cli, "host");
    port = pdn_cli_given(s->cli, "port");
    pw = geteuid() == 0 && stat(s->folder, &st) == 0 ? getpwuid(st.st_uid)
                                                     : NULL;
    user = pw != NULL ? pw->pw_name : "";

    const pdn_var_t vars[] = {
        { "user", user },
        { "state", s->state },
        { "folder", s->folder },
        { "host", host != NULL ? host : "127.0.0.1" },
        { "port", port != NULL ? port : "8081" },
        { NULL, NULL },
    };

    scope.vars = vars;
    scope.list = NULL;

    rc = pdn_fs_join(path, s->cli->home, "templates/nginx/registry.conf.tpl")
                     != 0
                 || pdn_fs_read(path, &text, problem) != 0
             ? -1
             : pdn_tpl_render(path, pdn_str_z(&text), text.len, &scope, out,
                              problem);
    pdn_str_release(&text);

    return rc;
}


static int
pdn_serve_write(pdn_serve_t *s)
{
    pdn_str_t conf = { 0 };
    pdn_problem_t problem;
    const char *base;
    int rc;

    base = getenv("TMPDIR");
    snprintf(s->state, sizeof(s->state), "%s/pandan-registry.XXXXXX",
             base != NULL && base[0] == '/' ? base : "/tmp");

    if (mkdtemp(s->state) == NULL) {
        s->state[0] = '\0';
        return pdn_error(&s->pm.err, 620, "cannot make a folder: %s",
                         strerror(errno));
    }

    problem.text[0] = '\0';
    snprintf(s->conf, sizeof(s->conf), "%s/nginx.conf", s->state);
    rc = pdn_serve_render(s, &conf, &problem) != 0
                 || pdn_fs_write(s->conf, pdn_str_z(&conf), conf.len, 0644,
                                 &problem)
                        != 0
             ? pdn_error(&s->pm.err, 620, "%s", problem.text)
             : 0;
    pdn_str_release(&conf);

    return rc;
}


/* Until nginx ends, or somebody wants it to. */
static int
pdn_serve_wait(pdn_serve_t *s, pid_t pid, const sigset_t *set)
{
    int signal, status, told;

    told = 0;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (sigwait(set, &signal) == 0 && signal != SIGCHLD) {
            kill(pid, SIGTERM);
            told = 1;
        }
    }

    return told || (WIFEXITED(status) && WEXITSTATUS(status) == 0)
               ? 0
               : pdn_error(&s->pm.err, 620,
                           "nginx does not serve it; it tells why above");
}


static int
pdn_serve_run(pdn_serve_t *s)
{
    char program[PATH_MAX];
    pdn_problem_t problem;
    sigset_t set, before;
    pid_t pid;
    int rc;

    if (pdn_nginx_find(program, &problem) != 0) {
        return pdn_error(&s->pm.err, 901, "%s", problem.text);
    }

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &before);
    fflush(stdout);

    pid = fork();

    if (pid == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execl(program, program, "-p", s->state, "-c", s->conf, "-e", "stderr",
              (char *) NULL);
        _exit(127);
    }

    rc = pid > 0 ? pdn_serve_wait(s, pid, &set)
                 : pdn_error(&s->pm.err, 620, "cannot start nginx: %s",
                             strerror(errno));
    sigprocmask(SIG_SETMASK, &before, NULL);

    return rc;
}


static int
pdn_serve_remove(const char *path, const struct stat *st, int type,
                 struct FTW *ftw)
{
    (void) st;
    (void) type;
    (void) ftw;

    remove(path);

    return 0;
}


pdn_exit_t
pdn_cmd_registry_serve(pdn_cli_t *cli)
{
    const char *host, *port;
    pdn_serve_t s;
    int rc;

    memset(&s, 0, sizeof(s));
    s.cli = cli;
    host = pdn_cli_given(cli, "host");
    port = pdn_cli_given(cli, "port");

    rc = pdn_pm_init(&s.pm, cli);
    rc = rc == 0 ? pdn_serve_folder(&s) : rc;

    if (rc == 0
        && ((port != NULL && port[strspn(port, "0123456789")] != '\0')
            || (host != NULL && strpbrk(host, " ;{}\"$\\\n") != NULL)))
    {
        rc = pdn_error(&s.pm.err, 112, "that is no host or no port");
    }

    rc = rc == 0 ? pdn_serve_write(&s) : rc;

    if (rc == 0 && !s.pm.settings.quiet) {
        printf("Serving %s at http://%s:%s/; Ctrl-C ends it.\n", s.folder,
               host != NULL ? host : "127.0.0.1", port != NULL ? port : "8081");
    }

    rc = rc == 0 ? pdn_serve_run(&s) : rc;

    if (s.state[0] != '\0') {
        nftw(s.state, pdn_serve_remove, 8, FTW_DEPTH | FTW_PHYS);
    }

    return pdn_pm_end(&s.pm, rc);
}
