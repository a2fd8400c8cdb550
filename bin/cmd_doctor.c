/* SPDX-License-Identifier: MIT */
/* `doctor`: is everything here that the package manager needs? */

#include "cmd.h"
#include "pdn_build.h"
#include "pdn_confine.h"
#include "pdn_curl.h"
#include "pdn_libarchive.h"
#include "pdn_pm.h"
#include "pdn_store.h"
#include "pdn_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>


/* One line; -1 counts as something found. */
static size_t
pdn_doctor_line(pdn_pm_t *pm, int ok, const char *what, const char *help)
{
    if (pm->settings.json) {
        pdn_jsonl_open(&pm->out, '{');
        pdn_jsonl_field(&pm->out, "type", "check");
        pdn_jsonl_field(&pm->out, "check", what);
        pdn_jsonl_key(&pm->out, "ok");
        pdn_jsonl_boolean(&pm->out, ok);
        pdn_jsonl_field(&pm->out, "help", ok ? NULL : help);
        pdn_jsonl_close(&pm->out, '}');
    } else {
        pdn_str_printf(&pm->out, "%s %s%s%s", ok ? "ok     " : "missing", what,
                       ok ? "" : ": ", ok ? "" : help);
    }

    pdn_pm_print(pm);

    return !ok;
}


static int
pdn_doctor_program(const char *name)
{
    const char *path, *end;
    char file[PATH_MAX];

    path = getenv("PATH");

    for (path = path != NULL ? path : ""; *path != '\0';
         path = *end != '\0' ? end + 1 : end)
    {
        end = path + strcspn(path, ":");
        if (snprintf(file, sizeof(file), "%.*s/%s", (int) (end - path), path,
                     name)
                < (int) sizeof(file)
            && access(file, X_OK) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* Tried in a child: it cannot be taken back. */
static int
pdn_doctor_sandbox(const char *folder)
{
    int status;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        _exit(pdn_confine_build(folder) != 0);
    }

    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status)
           && WEXITSTATUS(status) == 0;
}


static size_t
pdn_doctor_tree(pdn_pm_t *pm, const pdn_cli_t *cli)
{
    pdn_installed_t installed;
    pdn_pm_t project;
    size_t found;
    int rc;

    rc = pdn_pm_open(&project, cli);
    found = 0;

    /* outside of a project there is nothing to look at */
    if (rc == 0) {
        found += pdn_doctor_line(pm, pdn_project_is_fresh(&project.project),
                                 "the lock fits the manifest", "'pandan lock'");
        found += pdn_doctor_line(
            pm,
            pdn_tree_read(project.project.root, &project.project.arena,
                          &installed)
                && pdn_tree_is_whole(project.project.root, &installed),
            "lua_modules/ is whole", "'pandan install'");
    }

    pdn_project_release(&project.project);
    pdn_error_release(&project.err);
    pdn_str_release(&project.out);

    return found;
}


pdn_exit_t
pdn_cmd_doctor(pdn_cli_t *cli)
{
    pdn_error_t ignored = { 0 };
    char header[PATH_MAX];
    pdn_store_t store;
    size_t found;
    pdn_pm_t pm;
    int rc, has_store;

    rc = pdn_pm_init(&pm, cli);
    if (rc != 0) {
        return pdn_pm_end(&pm, rc);
    }

    has_store = pdn_store_open(&store, &ignored) == 0;
    snprintf(header, sizeof(header), "%s/lua.h", pdn_build_lua_include());

    found = pdn_doctor_line(&pm, has_store, "the store can be written",
                            pdn_str_z(&ignored.text));
    found += pdn_doctor_line(&pm, pdn_curl_load(&ignored) != NULL,
                             "libcurl, to fetch", "apt-get install libcurl4");
    found += pdn_doctor_line(&pm, pdn_libarchive_load(&ignored) != NULL,
                             "libarchive, to unpack",
                             "apt-get install libarchive13");
    found += pdn_doctor_line(&pm, pdn_doctor_program("git"),
                             "git, for packages of repositories",
                             "apt-get install git");
    found += pdn_doctor_line(&pm, pdn_doctor_program(pdn_build_cc()),
                             "a compiler, for packages in C",
                             "apt-get install gcc libc6-dev");
    found += pdn_doctor_line(&pm, access(header, R_OK) == 0,
                             "LuaJIT's headers, for packages in C",
                             "apt-get install libluajit2-5.1-dev");

    /* not every system has them, and nobody can install them */
    (void) pdn_doctor_line(&pm, has_store && pdn_doctor_sandbox(store.cache),
                           "namespaces, to keep builds in",
                           "builds run with limits only");
    found += pdn_doctor_tree(&pm, cli);

    if (has_store) {
        pdn_store_release(&store);
    }

    pdn_error_release(&ignored);

    return pdn_pm_end(
        &pm, found == 0
                 ? 0
                 : pdn_error(&pm.err, 802, "%zu of these need a look", found));
}
