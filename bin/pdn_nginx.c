/* SPDX-License-Identifier: MIT */
/* nginx as a child; see pdn_nginx.h. */

#include "pdn_nginx.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>


int
pdn_nginx_find(char out[PATH_MAX], pdn_problem_t *problem)
{
    const char *given, *path;
    char *copy, *rest, *folder;
    int found;

    given = getenv("PANDAN_NGINX");

    if (given != NULL && given[0] != '\0') {
        snprintf(out, PATH_MAX, "%s", given);
        return access(out, X_OK) == 0
                   ? 0
                   : pdn_problem(problem,
                                 "PANDAN_NGINX is '%s', which cannot "
                                 "be run",
                                 given);
    }

    path = getenv("PATH");
    copy = NULL;

    if (asprintf(&copy, "%s:/usr/sbin:/usr/local/sbin:/sbin",
                 path != NULL ? path : "/usr/bin")
        == -1)
    {
        return pdn_problem(problem, "no memory");
    }

    found = 0;
    rest = copy;

    while (!found && (folder = strsep(&rest, ":")) != NULL) {
        found = folder[0] != '\0' && pdn_fs_join(out, folder, "nginx") == 0
                && access(out, X_OK) == 0;
    }

    free(copy);

    return found ? 0
                 : pdn_problem(problem, "nginx is not installed: 'apt-get "
                                        "install nginx', or set PANDAN_NGINX");
}


static void
pdn_nginx_become(const pdn_server_t *s, const char *program,
                 const char *const *argv, int survives, int err)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    if (!survives) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    }

    if (chdir(s->cli->root) != 0) {
        _exit(126);
    }

    dup2(err, STDERR_FILENO);
    execv(program, (char *const *) argv);
    _exit(127);
}


pid_t
pdn_nginx_start(const pdn_server_t *s, const char *conf,
                const char *const *more, int survives, int *err,
                pdn_problem_t *problem)
{
    const char *argv[16];
    char program[PATH_MAX], prefix[PATH_MAX + 2];
    int ends[2], n;
    pid_t pid;

    if (pdn_nginx_find(program, problem) != 0) {
        return -1;
    }

    snprintf(prefix, sizeof(prefix), "%s/", s->cli->root);

    n = 0;
    argv[n++] = program;
    argv[n++] = "-p";
    argv[n++] = prefix;
    argv[n++] = "-c";
    argv[n++] = conf;
    argv[n++] = "-e";
    argv[n++] = "stderr";

    for (/* void */; more != NULL && *more != NULL; more++) {
        argv[n++] = *more;
    }
    argv[n] = NULL;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return pdn_problem(problem, "cannot make a pipe: %s", strerror(errno));
    }

    fflush(stdout);

    pid = fork();
    if (pid == 0) {
        pdn_nginx_become(s, program, argv, survives, ends[1]);
    }

    close(ends[1]);

    if (pid == -1) {
        close(ends[0]);
        return pdn_problem(problem, "cannot start nginx: %s", strerror(errno));
    }

    *err = ends[0];

    return pid;
}


int
pdn_nginx_test(const pdn_server_t *s, pdn_problem_t *problem)
{
    static const char *const words[] = { "-t", "-q", NULL };
    char conf[128], chunk[4096];
    pdn_str_t said = { 0 };
    int err, status;
    ssize_t n;
    pid_t pid;

    snprintf(conf, sizeof(conf), "%s/nginx.conf", s->folder);

    pid = pdn_nginx_start(s, conf, words, 0, &err, problem);
    if (pid == -1) {
        return -1;
    }

    while ((n = read(err, chunk, sizeof(chunk))) > 0) {
        pdn_str_add(&said, chunk, n);
    }

    close(err);

    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
        /* void */
    }

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        pdn_str_release(&said);
        return 0;
    }

    fputs(pdn_str_z(&said), stderr);
    pdn_str_release(&said);

    return pdn_problem(problem, "the application or its configuration is "
                                "broken (above)");
}


pid_t
pdn_nginx_pid(const pdn_server_t *s)
{
    char path[PATH_MAX + 96], name[64], text[32];
    ssize_t n;
    pid_t pid;
    int fd;

    snprintf(path, sizeof(path), "%s/%s/nginx.pid", s->cli->root, s->folder);

    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return 0;
    }

    n = read(fd, text, sizeof(text) - 1);
    close(fd);

    if (n <= 0) {
        return 0;
    }

    text[n] = '\0';
    pid = (pid_t) strtol(text, NULL, 10);

    /* a number that was left behind may be anybody's now */
    snprintf(path, sizeof(path), "/proc/%ld/comm", (long) pid);
    fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd == -1) {
        return 0;
    }

    n = read(fd, name, sizeof(name) - 1);
    close(fd);

    return n >= 5 && memcmp(name, "nginx", 5) == 0 ? pid : 0;
}
