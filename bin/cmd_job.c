/* SPDX-License-Identifier: MIT */
/* `routes`, `db`, `run`, `test`: what runs inside the application. */

#include "cmd.h"
#include "pdn_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PDN_JOB_WORDS 256
#define PDN_JOB_WORD  512


static const char *
pdn_job_env(const char *given, const char *otherwise)
{
    const char *env;

    if (given != NULL) {
        return given;
    }

    env = getenv("PANDAN_ENV");

    return env != NULL && env[0] != '\0' ? env : otherwise;
}


pdn_exit_t
pdn_cmd_routes(pdn_cli_t *cli)
{
    static char json[] = "--json";
    char *args[] = { json };

    return pdn_job_run(cli, pdn_job_env(cli->opts[PDN_ENV_ENV], "development"),
                       "routes", args, cli->opts[PDN_ENV_JSON] != NULL);
}


/* Options of ours go on to the job as --NAME or --NAME=VALUE; their number. */
static int
pdn_job_options(const pdn_cli_t *cli, const pdn_opt_t *o,
                char words[PDN_OPTS_MAX][PDN_JOB_WORD], char **args)
{
    int i, n;

    /* the first row is --env, which is ours */
    for (i = 1, n = 0; o[i].name != NULL; i++) {
        if (cli->opts[i] == NULL) {
            continue;
        }

        snprintf(words[n], PDN_JOB_WORD, "--%s%s%s", o[i].name,
                 o[i].arg != NULL ? "=" : "", cli->opts[i]);
        args[n] = words[n];
        n++;
    }

    return n;
}


pdn_exit_t
pdn_cmd_db(pdn_cli_t *cli)
{
    char name[32], words[PDN_OPTS_MAX][PDN_JOB_WORD], *args[PDN_OPTS_MAX];
    int n;

    snprintf(name, sizeof(name), "db.%s", cli->part->name);
    n = pdn_job_options(cli, cli->part->options, words, args);

    return pdn_job_run(cli, pdn_job_env(cli->opts[PDN_ENV_ENV], "development"),
                       name, args, n);
}


/* A file as it is named here, for a job that runs in the app's folder. */
static int
pdn_job_path(const char *word, char out[PATH_MAX])
{
    if (realpath(word, out) == NULL) {
        pdn_say_error("there is no file '%s'", word);
        return -1;
    }

    return 0;
}


pdn_exit_t
pdn_cmd_run(pdn_cli_t *cli)
{
    char path[PATH_MAX];

    if (pdn_job_path(cli->words[0], path) != 0) {
        return PDN_EXIT_USAGE;
    }

    cli->words[0] = path;

    return pdn_job_run(cli, pdn_job_env(cli->opts[PDN_ENV_ENV], "development"),
                       "run", cli->words, cli->n);
}


pdn_exit_t
pdn_cmd_test(pdn_cli_t *cli)
{
    char path[PATH_MAX], words[PDN_OPTS_MAX][PDN_JOB_WORD];
    char *args[PDN_JOB_WORDS];
    pdn_exit_t rc;
    int i, n, own;

    own = pdn_job_options(cli, cli->cmd->options, words, args);
    rc = PDN_EXIT_OK;

    for (i = 0, n = own; rc == PDN_EXIT_OK && i < cli->n; i++) {
        if (n == PDN_JOB_WORDS) {
            pdn_say_error("more than %d files", PDN_JOB_WORDS - own);
            rc = PDN_EXIT_USAGE;
        } else if (pdn_job_path(cli->words[i], path) != 0
                   || (args[n] = strdup(path)) == NULL)
        {
            rc = PDN_EXIT_USAGE;
        } else {
            n++;
        }
    }

    if (rc == PDN_EXIT_OK) {
        rc = pdn_job_run(cli,
                         cli->opts[PDN_ENV_ENV] != NULL ? cli->opts[PDN_ENV_ENV]
                                                        : "test",
                         "test", args, n);
    }

    while (n > own) {
        free(args[--n]);
    }

    return rc;
}
