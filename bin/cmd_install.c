/* SPDX-License-Identifier: MIT */
/* `install`, `update` and `rollback`: the tree of the project. */

#include "cmd.h"
#include "pdn_install.h"
#include "pdn_pm.h"

#include <stdio.h>
#include <string.h>


/* --locked and --frozen. */
static pdn_lock_mode_t
pdn_install_mode(const pdn_cli_t *cli)
{
    return pdn_cli_given(cli, "frozen") != NULL   ? PDN_LOCK_FROZEN
           : pdn_cli_given(cli, "locked") != NULL ? PDN_LOCK_LOCKED
                                                  : PDN_LOCK_WRITE;
}


static void
pdn_install_how(const pdn_cli_t *cli, pdn_install_how_t *how)
{
    memset(how, 0, sizeof(pdn_install_how_t));
    how->mode = pdn_install_mode(cli);
    how->no_dev = pdn_cli_given(cli, "no-dev") != NULL;
    how->force = pdn_cli_given(cli, "force") != NULL;
    how->dry_run = pdn_cli_given(cli, "dry-run") != NULL;
    how->copy = pdn_cli_given(cli, "copy") != NULL;
    how->no_sandbox = pdn_cli_given(cli, "no-sandbox") != NULL;
}


pdn_exit_t
pdn_cmd_install(pdn_cli_t *cli)
{
    pdn_install_how_t how;
    pdn_pm_t pm;
    int rc;

    pdn_install_how(cli, &how);

    if (cli->n != 0 && how.mode == PDN_LOCK_WRITE) {
        return pdn_cmd_add(cli);
    }

    rc = pdn_pm_open(&pm, cli);

    if (rc == 0 && cli->n != 0) {
        rc = pdn_error(&pm.err, 112,
                       "--locked and --frozen add no packages: '%s'",
                       cli->words[0]);
    }

    return pdn_pm_end(&pm,
                      rc == 0 ? pdn_install(&pm.project, &how, &pm.err) : -1);
}


pdn_exit_t
pdn_cmd_update(pdn_cli_t *cli)
{
    pdn_install_how_t how;
    pdn_pm_t pm;
    pdn_id_t *ids;
    int i, rc;

    pdn_install_how(cli, &how);
    rc = pdn_pm_open(&pm, cli);
    ids = rc == 0
              ? pdn_arena_array(&pm.project.arena, cli->n + 1, sizeof(pdn_id_t))
              : NULL;

    if (rc == 0 && ids == NULL) {
        rc = pdn_error_memory(&pm.err);
    }

    for (i = 0; rc == 0 && i < cli->n; i++) {
        rc = pdn_pm_id(&pm, cli->words[i], strlen(cli->words[i]), &ids[i]);

        if (rc == 0 && pdn_lock_find(&pm.project.lock, &ids[i]) == NULL) {
            rc = pdn_error(&pm.err, 110, "the project does not have '%s'",
                           cli->words[i]);
        }
    }

    how.resolve.update = ids;
    how.resolve.n_update = cli->n;
    how.resolve.update_all = cli->n == 0;

    return pdn_pm_end(&pm,
                      rc == 0 ? pdn_install(&pm.project, &how, &pm.err) : -1);
}
