/* SPDX-License-Identifier: MIT */
/*
 * `pandan`: finds the command that was typed in the table of all commands and
 * runs it. To add a command: a file cmd_NAME.c, its row in cmd.h's list, its
 * paragraph in docs/book/cli.md.
 */

#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static pdn_exit_t
pandan_run(pdn_cli_t *cli, int argc, char **argv)
{
    const pdn_cmd_t *cmd;
    pdn_problem_t problem;
    pdn_exit_t rc;
    int done;

    done = 0;

    cli->cmd = pdn_cli_find(pdn_commands, argv[0]);
    if (cli->cmd == NULL) {
        return pdn_cli_unknown(pdn_commands, "command", argv[0]);
    }

    rc = pdn_cli_parse(cli, argc, argv, &done);
    if (rc != PDN_EXIT_OK || done) {
        return rc;
    }

    if (pdn_cli_locate(cli, &problem) != 0) {
        pdn_say_error("%s", problem.text);
        return PDN_EXIT_SETUP;
    }

    cmd = cli->part != NULL ? cli->part : cli->cmd;

    if (cmd->in_app && cli->root[0] == '\0') {
        pdn_say_error("'%s' is not in an application (no "
                      "config/application.lua here or above); 'pandan new "
                      "NAME' makes one",
                      cli->cwd);
        return PDN_EXIT_NO_APP;
    }

    return cmd->run(cli);
}


int
main(int argc, char **argv)
{
    static char help[] = "help", version[] = "version";
    pdn_cli_t cli;
    pdn_exit_t rc;

    memset(&cli, 0, sizeof(pdn_cli_t));

    argc--;
    argv++;

    if (argc == 0) {
        pdn_cli_overview();
        return PDN_EXIT_USAGE;
    }

    if (strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "--help") == 0) {
        argv[0] = help;
    }

    if (strcmp(argv[0], "-v") == 0 || strcmp(argv[0], "--version") == 0) {
        argv[0] = version;
    }

    rc = pandan_run(&cli, argc, argv);

    if (fflush(stdout) != 0 && rc == PDN_EXIT_OK) {
        rc = PDN_EXIT_FAILED;
    }

    return rc;
}
