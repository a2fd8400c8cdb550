/* SPDX-License-Identifier: MIT */
/* `init`: the manifest of a project that has none, from the template that
 * `new` uses. */

#include "cmd.h"
#include "pdn_luadata.h"
#include "pdn_pm.h"
#include "pdn_tpl.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>


static int
pdn_init_write(pdn_pm_t *pm, const pdn_cli_t *cli, const char *path)
{
    pdn_str_t template = { 0 }, text = { 0 };
    const char *name;
    pdn_problem_t problem;
    char from[PATH_MAX];
    int rc;

    name = pdn_cli_given(cli, "name");
    const pdn_var_t vars[] = { { "package", name != NULL ? name : "" },
                               { NULL, NULL } };
    const pdn_scope_t scope = { vars, NULL };

    problem.text[0] = '\0';
    rc = pdn_fs_join(from, cli->home, "templates/new/" PDN_MANIFEST_NAME ".tpl")
                     != 0
                 || pdn_fs_read(from, &template, &problem) != 0
                 || pdn_tpl_render(from, pdn_str_z(&template), template.len,
                                   &scope, &text, &problem)
                        != 0
                 || pdn_fs_write(path, pdn_str_z(&text), text.len, 0644,
                                 &problem)
                        != 0
             ? pdn_error(&pm->err, 108, "%s", problem.text)
             : 0;

    pdn_str_release(&template);
    pdn_str_release(&text);

    return rc;
}


pdn_exit_t
pdn_cmd_init(pdn_cli_t *cli)
{
    char path[PATH_MAX];
    const char *name;
    pdn_pm_t pm;
    pdn_id_t id;

    if (pdn_pm_init(&pm, cli) != 0) {
        return pdn_pm_end(&pm, -1);
    }

    name = pdn_cli_given(cli, "name");

    if (name != NULL && pdn_pm_id(&pm, name, strlen(name), &id) != 0) {
        return pdn_pm_end(&pm, -1);
    }

    if (pdn_fs_join(path, pdn_pm_folder(cli), PDN_MANIFEST_NAME) != 0) {
        return pdn_pm_end(&pm, pdn_error(&pm.err, 108, "the path is too long"));
    }

    if (pdn_fs_exists(path)) {
        pdn_error(&pm.err, 109, "there is a %s already", PDN_MANIFEST_NAME);
        return pdn_pm_end(&pm, -1);
    }

    if (pdn_init_write(&pm, cli, path) != 0) {
        return pdn_pm_end(&pm, -1);
    }

    if (pm.settings.json) {
        pdn_jsonl_open(&pm.out, '{');
        pdn_jsonl_field(&pm.out, "type", "created");
        pdn_jsonl_field(&pm.out, "path", path);
        pdn_jsonl_close(&pm.out, '}');
        pdn_pm_print(&pm);
    } else if (!pm.settings.quiet) {
        printf("create %s\n", PDN_MANIFEST_NAME);
    }

    return pdn_pm_end(&pm, 0);
}
