/* SPDX-License-Identifier: MIT */
/* Commands that run inside the application: one nginx process, then its end. */

#ifndef PDN_JOB_H
#define PDN_JOB_H

#include "pdn_server.h"

/*
 * Runs the job in the foreground: standard input and output are the job's
 * own. Returns its exit code; tells what happened when it has none.
 */
pdn_exit_t pdn_job_run(const pdn_cli_t *cli, const char *env, const char *name,
                       char *const *args, int n);

/* The pieces, for the console: starts it, and waits for its end. */
typedef struct {
    pdn_server_t server;
    pdn_job_t job;
    char conf[96];
    pid_t pid;
    int err; /* its standard error, -1 once read to the end */
} pdn_job_run_t;

int pdn_job_start(pdn_job_run_t *run, const pdn_cli_t *cli, const char *env,
                  pdn_problem_t *problem);
pdn_exit_t pdn_job_wait(pdn_job_run_t *run);

#endif /* PDN_JOB_H */
