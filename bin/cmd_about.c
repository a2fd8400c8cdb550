/* SPDX-License-Identifier: MIT */
/* `help`, `version` and `modules`: what Pandan tells about itself. */

#include "cmd.h"

#include <stdio.h>


pdn_exit_t
pdn_cmd_help(pdn_cli_t *cli)
{
    const pdn_cmd_t *cmd, *part;

    if (cli->n == 0) {
        pdn_cli_overview();
        return PDN_EXIT_OK;
    }

    cmd = pdn_cli_find(pdn_commands, cli->words[0]);
    if (cmd == NULL) {
        return pdn_cli_unknown(pdn_commands, "command", cli->words[0]);
    }

    part = NULL;

    if (cli->n > 1) {
        part = cmd->parts != NULL ? pdn_cli_find(cmd->parts, cli->words[1])
                                  : NULL;
        if (part == NULL) {
            pdn_say_error("'%s' has no command '%s'", cmd->name, cli->words[1]);
            return PDN_EXIT_USAGE;
        }
    }

    pdn_cli_help(cmd, part);

    return PDN_EXIT_OK;
}


pdn_exit_t
pdn_cmd_version(pdn_cli_t *cli)
{
    (void) cli;
    printf("pandan %s\n", PDN_VERSION);

    return PDN_EXIT_OK;
}


static pdn_exit_t
pdn_about_module(const pdn_cli_t *cli, const char *name)
{
    char path[PATH_MAX];

    if (snprintf(path, PATH_MAX, "%s/modules/%s", cli->build, name) >= PATH_MAX
        || !pdn_fs_exists(path))
    {
        pdn_say_error("'%s' is not built; run 'make build'", path);
        return PDN_EXIT_SETUP;
    }

    printf("%s\n", path);

    return PDN_EXIT_OK;
}


pdn_exit_t
pdn_cmd_modules(pdn_cli_t *cli)
{
    const char *const *name;
    pdn_exit_t rc, one;

    rc = PDN_EXIT_OK;

    for (name = pdn_modules; *name != NULL; name++) {
        one = pdn_about_module(cli, *name);
        rc = one != PDN_EXIT_OK ? one : rc;
    }

    one = pdn_about_module(cli, pdn_stream_module);

    return one != PDN_EXIT_OK ? one : rc;
}
