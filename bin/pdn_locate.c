/* SPDX-License-Identifier: MIT */
/*
 * Where things are: Pandan's own files, from the program's place, and the
 * application, from the current folder upwards.
 */

#include "pdn_cli.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


static int
pdn_locate_is_home(const char *folder)
{
    char path[PATH_MAX];

    return pdn_fs_join(path, folder, "framework/pandan") == 0
           && pdn_fs_is_folder(path)
           && pdn_fs_join(path, folder, "templates") == 0
           && pdn_fs_is_folder(path);
}


/*
 * Built:     HOME/build/pandan, with modules/ and lib/ beside it
 * Installed: PREFIX/bin/pandan; PREFIX/lib/pandan/{framework,modules,lib...}
 */
static int
pdn_locate_home(pdn_cli_t *cli, pdn_problem_t *problem)
{
    char program[PATH_MAX], folder[PATH_MAX], up[PATH_MAX + 16];
    const char *given;
    ssize_t n;

    given = getenv("PANDAN_HOME");

    n = readlink("/proc/self/exe", program, PATH_MAX - 1);
    if (n == -1) {
        return pdn_problem(problem, "cannot read /proc/self/exe: %s",
                           strerror(errno));
    }

    program[n] = '\0';
    memcpy(folder, dirname(program), strlen(program) + 1);

    if (given != NULL && given[0] != '\0') {
        if (realpath(given, cli->home) == NULL
            || !pdn_locate_is_home(cli->home)) {
            return pdn_problem(
                problem, "PANDAN_HOME is '%s', where Pandan is not", given);
        }
    } else {
        snprintf(up, sizeof(up), "%s", folder);

        do {
            memcpy(cli->home, up, strlen(up) + 1);
            *strrchr(up, '/') = '\0';
        } while (!pdn_locate_is_home(cli->home) && up[0] != '\0');

        if (!pdn_locate_is_home(cli->home)) {
            snprintf(up, sizeof(up), "%s/../lib/pandan", folder);
            if (realpath(up, cli->home) == NULL
                || !pdn_locate_is_home(cli->home)) {
                return pdn_problem(problem,
                                   "cannot find Pandan's own files from '%s'; "
                                   "set PANDAN_HOME",
                                   folder);
            }
        }
    }

    /* in a build tree the modules lie beside the program */
    snprintf(up, sizeof(up), "%s/modules", folder);
    memcpy(cli->build, folder, strlen(folder) + 1);

    if (!pdn_fs_is_folder(up)) {
        snprintf(up, sizeof(up), "%s/modules", cli->home);
        if (pdn_fs_is_folder(up)) {
            memcpy(cli->build, cli->home, PATH_MAX);
        }
    }

    return 0;
}


static void
pdn_locate_root(pdn_cli_t *cli)
{
    char folder[PATH_MAX], config[PATH_MAX];
    char *slash;

    memcpy(folder, cli->cwd, PATH_MAX);

    for (;;) {
        if (pdn_fs_join(config, folder, "config/application.lua") == 0
            && pdn_fs_exists(config))
        {
            memcpy(cli->root, folder, PATH_MAX);
            return;
        }

        slash = strrchr(folder, '/');
        if (slash == NULL || folder[0] == '\0') {
            return;
        }
        *slash = '\0';
    }
}


int
pdn_cli_locate(pdn_cli_t *cli, pdn_problem_t *problem)
{
    if (getcwd(cli->cwd, PATH_MAX) == NULL) {
        return pdn_problem(problem, "cannot tell the current folder: %s",
                           strerror(errno));
    }

    if (pdn_locate_home(cli, problem) != 0) {
        return -1;
    }

    pdn_locate_root(cli);

    return 0;
}
