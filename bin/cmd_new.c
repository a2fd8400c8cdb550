/* SPDX-License-Identifier: MIT */
/* `new`: an application, with a key of its own. */

#include "cmd.h"
#include "pdn_env_file.h"
#include "pdn_inflect.h"
#include "pdn_plan.h"

#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>


/* The first .env is made of its example, as those of clones will be. */
static int
pdn_new_env(pdn_plan_t *plan, pdn_problem_t *problem)
{
    size_t i;
    pdn_str_t content = { 0 };

    for (i = 0; i < plan->n; i++) {
        if (strcmp(plan->files[i].path, PDN_ENV_EXAMPLE) == 0) {
            break;
        }
    }

    if (i == plan->n) {
        return pdn_problem(problem, "no template of " PDN_ENV_EXAMPLE);
    }

    if (pdn_env_file_fill(&content, pdn_str_z(&plan->files[i].content), 1,
                          problem)
        != 0)
    {
        pdn_str_release(&content);
        return -1;
    }

    if (pdn_plan_add(plan, PDN_ENV_FILE, &content) == NULL) {
        pdn_str_release(&content);
        return pdn_problem(problem, "too many files");
    }

    return 0;
}


static int
pdn_new_plan(const pdn_cli_t *cli, const char *name, const char *db,
             pdn_plan_t *plan, pdn_problem_t *problem)
{
    char folder[PATH_MAX], snake[PDN_NAME_MAX], title[PDN_NAME_MAX];
    pdn_scope_t scope;
    int api, registry;

    if (pdn_name_check(name) != 0) {
        return pdn_problem(problem,
                           "'%s' cannot be the name of an application: a "
                           "letter, then letters, digits, _ and -, 40 at most",
                           name);
    }

    pdn_snake(snake, name);
    pdn_title(title, name);
    registry = cli->opts[PDN_NEW_REGISTRY] != NULL;
    api = registry || cli->opts[PDN_NEW_API] != NULL;

    const pdn_var_t vars[] = {
        { "name", name },
        { "snake", snake },
        { "title", title },
        { "db", db },
        { "api", api ? "1" : "" },
        { "registry", registry ? "1" : "" },
        { NULL, NULL },
    };

    scope.vars = vars;
    scope.list = NULL;

    if (pdn_fs_join(folder, cli->home, "templates/new") != 0
        || pdn_plan_add_folder(plan, folder, &scope, problem) != 0
        || pdn_new_env(plan, problem) != 0
        || pdn_fs_join(folder, cli->home,
                       api ? "templates/new-api" : "templates/new-html")
               != 0)
    {
        return -1;
    }

    if (pdn_plan_add_folder(plan, folder, &scope, problem) != 0) {
        return -1;
    }

    if (!registry) {
        return 0;
    }

    return pdn_fs_join(folder, cli->home, "templates/new-registry") != 0
               ? -1
               : pdn_plan_add_folder(plan, folder, &scope, problem);
}


/* What one does first in a new application. */
static void
pdn_new_next(const pdn_cli_t *cli)
{
    printf("\nNext: cd %s\n      %s\n      pandan db migrate\n"
           "      pandan %s\n",
           cli->words[0],
           cli->opts[PDN_NEW_REGISTRY] != NULL
               ? "pandan registry init pub --keys keys"
               : "pandan generate resource post title:string body:text "
                 "published:boolean",
           cli->opts[PDN_NEW_REGISTRY] != NULL ? "run bin/token.lua OWNER"
                                               : "dev");
}


pdn_exit_t
pdn_cmd_new(pdn_cli_t *cli)
{
    char copy[PATH_MAX];
    pdn_plan_how_t how;
    pdn_problem_t problem;
    pdn_plan_rc_t rc;
    pdn_plan_t plan;
    const char *db, *name;

    memset(&plan, 0, sizeof(plan));
    memset(&how, 0, sizeof(how));
    problem.text[0] = '\0';

    db = cli->opts[PDN_NEW_DB] != NULL ? cli->opts[PDN_NEW_DB] : "sqlite";

    if (strcmp(db, "sqlite") != 0 && strcmp(db, "postgres") != 0
        && strcmp(db, "mysql") != 0)
    {
        pdn_say_error("--db is sqlite, postgres or mysql, not '%s'", db);
        return PDN_EXIT_USAGE;
    }

    if (snprintf(copy, PATH_MAX, "%s", cli->words[0]) >= PATH_MAX) {
        pdn_say_error("the name is too long");
        return PDN_EXIT_USAGE;
    }

    name = basename(copy);

    if (pdn_new_plan(cli, name, db, &plan, &problem) != 0) {
        pdn_say_error("%s", problem.text);
        pdn_plan_release(&plan);
        return PDN_EXIT_FAILED;
    }

    how.root = cli->words[0];
    how.dry_run = cli->opts[PDN_NEW_DRY_RUN] != NULL;
    how.force = cli->opts[PDN_NEW_FORCE] != NULL;
    how.ask = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);

    rc = pdn_plan_write(&plan, &how, &problem);
    pdn_plan_release(&plan);

    if (rc != PDN_PLAN_DONE) {
        pdn_say_error("%s", problem.text);
        return rc == PDN_PLAN_IN_THE_WAY ? PDN_EXIT_IN_THE_WAY
                                         : PDN_EXIT_FAILED;
    }

    if (!how.dry_run) {
        pdn_new_next(cli);
    }

    return PDN_EXIT_OK;
}
