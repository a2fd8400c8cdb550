/* SPDX-License-Identifier: MIT */
/* Programs beside lua_modules/: `path`, `env`, `exec`. */

#include "cmd.h"
#include "pdn_pm.h"
#include "pdn_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    const char *form; /* %1$s: the tree, %2$s: what was there before */
    const char *otherwise;
} pdn_exec_variables[] = {
    { "LUA_PATH", "%1$s/share/lua/5.1/?.lua;%1$s/share/lua/5.1/?/init.lua;%2$s",
      ";" },
    { "LUA_CPATH", "%1$s/lib/lua/5.1/?.so;%2$s", ";" },
    { "PATH", "%1$s/bin:%2$s", "/usr/bin:/bin" },
};

#define PDN_EXEC_VARIABLES 3


static int
pdn_exec_value(pdn_pm_t *pm, int i, pdn_str_t *out)
{
    char tree[PATH_MAX + 16];
    const char *before;

    snprintf(tree, sizeof(tree), "%s/%s", pm->project.root, PDN_TREE_NAME);
    before = getenv(pdn_exec_variables[i].name);
    before = before != NULL ? before : pdn_exec_variables[i].otherwise;
    out->len = 0;
    pdn_str_printf(out, pdn_exec_variables[i].form, tree, before);

    return out->failed ? pdn_error_memory(&pm->err) : 0;
}


/* What a shell reads back as the same text. */
static void
pdn_exec_quote(pdn_str_t *out, const char *text)
{
    pdn_str_puts(out, "'");

    for (/* void */; *text != '\0'; text++) {
        if (*text == '\'') {
            pdn_str_puts(out, "'\\''");
        } else {
            pdn_str_add(out, text, 1);
        }
    }

    pdn_str_puts(out, "'");
}


pdn_exit_t
pdn_cmd_env(pdn_cli_t *cli)
{
    pdn_str_t value = { 0 };
    pdn_pm_t pm;
    int i, rc;

    rc = pdn_pm_open(&pm, cli);

    for (i = 0; rc == 0 && i < PDN_EXEC_VARIABLES; i++) {
        rc = pdn_exec_value(&pm, i, &value);
        if (rc == 0
            && !pdn_pm_object(&pm, "variable", "name",
                              pdn_exec_variables[i].name, "value",
                              pdn_str_z(&value), NULL))
        {
            pdn_str_printf(&pm.out, "export %s=", pdn_exec_variables[i].name);
            pdn_exec_quote(&pm.out, pdn_str_z(&value));
            pdn_pm_print(&pm);
        }
    }

    pdn_str_release(&value);

    return pdn_pm_end(&pm, rc);
}


pdn_exit_t
pdn_cmd_path(pdn_cli_t *cli)
{
    char path[PATH_MAX + 16];
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_open(&pm, cli);
    snprintf(path, sizeof(path), "%s/%s", pm.project.root, PDN_TREE_NAME);

    if (rc == 0 && !pdn_pm_object(&pm, "path", "path", path, NULL)) {
        printf("%s\n", path);
    }

    return pdn_pm_end(&pm, rc);
}


pdn_exit_t
pdn_cmd_exec(pdn_cli_t *cli)
{
    pdn_str_t value = { 0 };
    pdn_pm_t pm;
    int i, rc;

    rc = pdn_pm_open(&pm, cli);

    for (i = 0; rc == 0 && i < PDN_EXEC_VARIABLES; i++) {
        rc = pdn_exec_value(&pm, i, &value);
        if (rc == 0) {
            setenv(pdn_exec_variables[i].name, pdn_str_z(&value), 1);
        }
    }

    pdn_str_release(&value);

    if (rc == 0) {
        fflush(NULL);
        cli->words[cli->n] = NULL;
        execvp(cli->words[0], cli->words);
        rc = pdn_error(&pm.err, 112, "cannot run '%s': %s", cli->words[0],
                       strerror(errno));
    }

    return pdn_pm_end(&pm, rc);
}
