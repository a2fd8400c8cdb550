/* SPDX-License-Identifier: MIT */
/* `generate` and `destroy`: one way in two directions. */

#include "cmd.h"
#include "pdn_config.h"
#include "pdn_generate.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


static const pdn_generator_t *
pdn_generate_find(const char *name)
{
    const pdn_generator_t *g;
    const char *names[16], *near;
    size_t n;

    for (g = pdn_generators(), n = 0; g->name != NULL; g++) {
        if (strcmp(g->name, name) == 0) {
            return g;
        }
        names[n++] = g->name;
    }

    near = pdn_nearest(name, names, n);

    if (near != NULL) {
        pdn_say_error("cannot generate '%s'; did you mean '%s'?", name, near);
    } else {
        pdn_say_error("cannot generate '%s'; see 'pandan help generate'", name);
    }

    return NULL;
}


/* Does config/application.lua say `api = true`? */
static int
pdn_generate_is_api(const pdn_cli_t *cli)
{
    pdn_problem_t problem;
    pdn_config_t *config;
    int api;

    config = pdn_config_open(cli->root, "development", &problem);
    if (config == NULL) {
        return 0;
    }

    api = pdn_config_true(config, "application", "api");
    pdn_config_close(config);

    return api;
}


pdn_exit_t
pdn_cmd_generate(pdn_cli_t *cli)
{
    pdn_str_t next = { 0 }, notes = { 0 };
    char templates[PATH_MAX];
    pdn_plan_how_t how;
    pdn_plan_t plan;
    pdn_generate_t g;
    pdn_problem_t problem;
    pdn_plan_rc_t rc;

    memset(&plan, 0, sizeof(plan));
    memset(&g, 0, sizeof(g));
    memset(&how, 0, sizeof(how));

    g.generator = pdn_generate_find(cli->words[0]);
    if (g.generator == NULL) {
        return PDN_EXIT_USAGE;
    }

    if (pdn_fs_join(templates, cli->home, "templates") != 0) {
        return PDN_EXIT_SETUP;
    }

    g.templates = templates;
    g.root = cli->root;
    g.name = cli->words[1];
    g.words = cli->words + 2;
    g.n = cli->n - 2;
    g.now = time(NULL);
    g.api = cli->opts[PDN_GEN_API] != NULL || pdn_generate_is_api(cli);
    g.destroy = strcmp(cli->cmd->name, "destroy") == 0;

    how.root = cli->root;
    how.dry_run = cli->opts[PDN_GEN_DRY_RUN] != NULL;
    how.force = cli->opts[PDN_GEN_FORCE] != NULL;
    how.ask = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);

    if (pdn_generate(&g, &plan, &next, &notes, &problem) != 0) {
        pdn_say_error("%s", problem.text);
        rc = PDN_PLAN_FAILED;
        goto done;
    }

    rc = g.destroy ? pdn_plan_undo(&plan, &how, &problem)
                   : pdn_plan_write(&plan, &how, &problem);

    if (rc != PDN_PLAN_DONE) {
        pdn_say_error("%s", problem.text);
        goto done;
    }

    if (notes.len != 0) {
        printf("\n%s", notes.data);
    }

    if (next.len != 0 && !g.destroy && !how.dry_run) {
        printf("\nNext: %s\n", next.data);
    }

done:

    pdn_plan_release(&plan);
    pdn_str_release(&next);
    pdn_str_release(&notes);

    return rc == PDN_PLAN_DONE         ? PDN_EXIT_OK
           : rc == PDN_PLAN_IN_THE_WAY ? PDN_EXIT_IN_THE_WAY
                                       : PDN_EXIT_FAILED;
}
