/* SPDX-License-Identifier: MIT */
/* Commands that run inside the application; see pdn_job.h. */

#include "pdn_job.h"

#include "pdn_nginx.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>


int
pdn_job_start(pdn_job_run_t *run, const pdn_cli_t *cli, const char *env,
              pdn_problem_t *problem)
{
    char path[PATH_MAX + 128];
    pdn_str_t text = { 0 };
    pdn_job_t *job;
    int rc;

    job = &run->job;
    run->pid = -1;
    run->err = -1;

    if (pdn_server_init(&run->server, cli, env, NULL, NULL, problem) != 0) {
        return -1;
    }

    snprintf(job->id, sizeof(job->id), "%ld", (long) getpid());
    snprintf(job->status, sizeof(job->status), "%s/job-%s.status",
             run->server.folder, job->id);
    snprintf(run->conf, sizeof(run->conf), "%s/job-%s.conf", run->server.folder,
             job->id);
    snprintf(path, sizeof(path), "%s/%s", cli->root, run->conf);

    rc = pdn_job_render(&run->server, job, &text, problem);
    if (rc == 0) {
        rc = pdn_fs_write(path, pdn_str_z(&text), text.len, 0600, problem);
    }

    pdn_str_release(&text);

    if (rc != 0) {
        return -1;
    }

    /* the terminal's interrupt is the job's; we tell of its end */
    signal(SIGINT, SIG_IGN);

    run->pid = pdn_nginx_start(&run->server, run->conf, NULL, 0, &run->err,
                               problem);

    return run->pid == -1 ? -1 : 0;
}


/* The number in the status file, -1 when the job did not get that far. */
static int
pdn_job_status(const pdn_job_run_t *run)
{
    char path[PATH_MAX + 128];
    pdn_str_t text = { 0 };
    pdn_problem_t problem;
    int code;

    snprintf(path, sizeof(path), "%s/%s", run->server.cli->root,
             run->job.status);

    code = -1;
    if (pdn_fs_exists(path) && pdn_fs_read(path, &text, &problem) == 0) {
        code = (int) strtol(pdn_str_z(&text), NULL, 10);
    }

    pdn_str_release(&text);

    return code;
}


static void
pdn_job_clean(const pdn_job_run_t *run)
{
    static const char *const ends[] = { "conf", "status", "pid" };
    char path[PATH_MAX + 128];
    size_t i;

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s/job-%s.%s", run->server.cli->root,
                 run->server.folder, run->job.id, ends[i]);
        unlink(path);
    }
}


pdn_exit_t
pdn_job_wait(pdn_job_run_t *run)
{
    pdn_log_t log = { .out = stderr };
    int code, status;

    log.colour = isatty(STDERR_FILENO);

    while (run->err != -1 && pdn_log_read(&log, run->err) != 0) {
        /* void: read to the end */
    }

    if (run->err != -1) {
        close(run->err);
    }

    pdn_str_release(&log.rest);

    status = 0;

    while (run->pid > 0 && waitpid(run->pid, &status, 0) == -1
           && errno == EINTR) {
        /* void */
    }

    signal(SIGINT, SIG_DFL);

    code = pdn_job_status(run);
    pdn_job_clean(run);
    pdn_server_release(&run->server);

    if (code >= 0) {
        return (pdn_exit_t) code;
    }

    if (WIFSIGNALED(status)) {
        pdn_say_error("nginx was ended by signal %d (%s) while '%s' ran",
                      WTERMSIG(status), strsignal(WTERMSIG(status)),
                      run->job.name);
        return PDN_EXIT_FAILED;
    }

    if (WEXITSTATUS(status) == 0) {
        /* a quiet end without an answer: it was interrupted */
        return PDN_EXIT_INTERRUPT;
    }

    pdn_say_error("the application cannot be loaded (above)");

    return PDN_EXIT_FAILED;
}


pdn_exit_t
pdn_job_run(const pdn_cli_t *cli, const char *env, const char *name,
            char *const *args, int n)
{
    pdn_problem_t problem;
    pdn_job_run_t run;

    if (pdn_env_check(env) != 0) {
        return PDN_EXIT_USAGE;
    }

    memset(&run, 0, sizeof(run));
    run.job.name = name;
    run.job.args = args;
    run.job.n = n;

    if (pdn_job_start(&run, cli, env, &problem) != 0) {
        pdn_say_error("%s", problem.text);
        pdn_job_clean(&run);
        pdn_server_release(&run.server);
        return PDN_EXIT_SETUP;
    }

    return pdn_job_wait(&run);
}
