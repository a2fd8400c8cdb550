/* SPDX-License-Identifier: MIT */
/* `setup`: what an application from version control does not bring. */

#include "cmd.h"
#include "pdn_env_file.h"
#include "pdn_lock.h"
#include "pdn_plan.h"

#include <stdio.h>
#include <string.h>


/* The .env there is, or else its example, or nothing. */
static int
pdn_setup_read(const char *root, pdn_str_t *text, int *anew,
               pdn_problem_t *problem)
{
    char path[PATH_MAX];

    *anew = 0;

    if (pdn_fs_join(path, root, PDN_ENV_FILE) == 0 && pdn_fs_exists(path)) {
        return pdn_fs_read(path, text, problem);
    }

    *anew = 1;

    if (pdn_fs_join(path, root, PDN_ENV_EXAMPLE) == 0 && pdn_fs_exists(path)) {
        return pdn_fs_read(path, text, problem);
    }

    return 0;
}


static void
pdn_setup_next(const char *root)
{
    char path[PATH_MAX];

    printf("\nNext: ");

    if (pdn_fs_join(path, root, PDN_LOCK_NAME) == 0 && pdn_fs_exists(path)) {
        printf("pandan install\n      ");
    }

    printf("pandan db migrate\n      pandan dev\n");
}


pdn_exit_t
pdn_cmd_setup(pdn_cli_t *cli)
{
    int anew;
    pdn_str_t text = { 0 }, content = { 0 };
    pdn_plan_t plan;
    pdn_exit_t rc;
    pdn_plan_how_t how;
    pdn_problem_t problem;
    pdn_plan_file_t *file;

    rc = PDN_EXIT_FAILED;
    problem.text[0] = '\0';
    memset(&plan, 0, sizeof(plan));
    memset(&how, 0, sizeof(how));
    how.root = cli->root;
    how.dry_run = cli->opts[PDN_SETUP_DRY_RUN] != NULL;

    if (pdn_setup_read(cli->root, &text, &anew, &problem) != 0
        || pdn_env_file_fill(&content, pdn_str_z(&text), anew, &problem) != 0)
    {
        goto done;
    }

    file = pdn_plan_add(&plan, PDN_ENV_FILE, &content);
    if (file == NULL) {
        pdn_problem(&problem, "no memory");
        goto done;
    }

    file->changes = 1;

    if (pdn_plan_write(&plan, &how, &problem) != PDN_PLAN_DONE) {
        goto done;
    }

    if (anew && !how.dry_run) {
        pdn_setup_next(cli->root);
    }

    rc = PDN_EXIT_OK;

done:

    if (rc != PDN_EXIT_OK) {
        pdn_say_error("%s", problem.text);
    }

    pdn_plan_release(&plan);
    pdn_str_release(&content);
    pdn_str_release(&text);

    return rc;
}
