/* SPDX-License-Identifier: MIT */
/* `pack`: the project as a package; `login`, `logout`: tokens. */

#include "cmd.h"
#include "pdn_fs.h"
#include "pdn_pack.h"
#include "pdn_pm.h"
#include "pdn_token.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>


pdn_exit_t
pdn_cmd_pack(pdn_cli_t *cli)
{
    char name[PDN_ID_MAX + 160];
    pdn_str_t out = { 0 };
    pdn_problem_t problem;
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_open(&pm, cli);
    rc = rc == 0 ? pdn_pack(&pm.project, &out, &pm.err) : rc;

    if (rc == 0) {
        pdn_pack_name(&pm.project.manifest, name, sizeof(name));
        rc = pdn_fs_write(name, pdn_str_z(&out), out.len, 0644, &problem) == 0
                 ? 0
                 : pdn_error(&pm.err, 620, "%s", problem.text);
    }

    if (rc == 0 && !pm.settings.quiet) {
        puts(name);
    }

    pdn_str_release(&out);

    return pdn_pm_end(&pm, rc);
}


/* The token comes by standard input: command lines are everybody's to see. */
pdn_exit_t
pdn_cmd_login(pdn_cli_t *cli)
{
    char token[PDN_TOKEN_MAX + 2];
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_init(&pm, cli);

    if (rc == 0 && isatty(STDIN_FILENO)) {
        fputs("Token: ", stderr);
    }

    if (rc == 0 && fgets(token, sizeof(token), stdin) == NULL) {
        rc = pdn_error(&pm.err, 403, "no token on standard input");
    }

    if (rc == 0) {
        token[strcspn(token, "\r\n")] = '\0';
        rc = pdn_token_keep(cli->words[0], token, &pm.err);
    }

    return pdn_pm_end(&pm, rc);
}


pdn_exit_t
pdn_cmd_logout(pdn_cli_t *cli)
{
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_init(&pm, cli);
    rc = rc == 0 ? pdn_token_keep(cli->words[0], NULL, &pm.err) : rc;

    return pdn_pm_end(&pm, rc);
}
