/* SPDX-License-Identifier: MIT */
/* What lies in lua_modules/: `files`, `which`, `verify`, `rollback`. */

#include "cmd.h"
#include "pdn_pm.h"
#include "pdn_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>


/* Opens the project and the list of what is installed. */
static int
pdn_files_open(pdn_pm_t *pm, const pdn_cli_t *cli, pdn_installed_t *installed)
{
    if (pdn_pm_open(pm, cli) != 0) {
        return -1;
    }

    if (pdn_tree_read(pm->project.root, &pm->project.arena, installed) != 1) {
        pdn_error(&pm->err, 801, "nothing is installed here");
        return pdn_error_help(&pm->err, "'pandan install' does it");
    }

    return 0;
}


pdn_exit_t
pdn_cmd_files(pdn_cli_t *cli)
{
    const pdn_tree_part_t *part;
    pdn_installed_t installed;
    pdn_pm_t pm;
    pdn_id_t id;
    size_t i, j;
    int rc, found;

    found = 0;
    rc = pdn_files_open(&pm, cli, &installed);
    rc = rc == 0 ? pdn_pm_id(&pm, cli->words[0], strlen(cli->words[0]), &id)
                 : rc;

    for (i = 0; rc == 0 && i < installed.n; i++) {
        part = &installed.parts[i];
        if (pdn_id_compare(&part->id, &id) != 0) {
            continue;
        }

        found = 1;

        for (j = 0; j < part->package.n; j++) {
            if (pm.settings.json) {
                pdn_jsonl_open(&pm.out, '{');
                pdn_jsonl_field(&pm.out, "type", "file");
                pdn_jsonl_field(&pm.out, "path", part->package.items[j].path);
                pdn_jsonl_field(&pm.out, "sha256", part->package.items[j].hash);
                pdn_jsonl_close(&pm.out, '}');
            } else {
                pdn_str_printf(&pm.out, "%s/%s", PDN_TREE_NAME,
                               part->package.items[j].path);
            }
            pdn_pm_print(&pm);
        }
    }

    if (rc == 0 && !found) {
        rc = pdn_error(&pm.err, 110, "'%s' is not installed", cli->words[0]);
    }

    return pdn_pm_end(&pm, rc);
}


/* Is the file what require finds for the module? */
static int
pdn_which_is(const char *path, const char *module)
{
    static const struct {
        const char *before;
        const char *after;
    } places[] = {
        { "share/lua/5.1/", ".lua" },
        { "share/lua/5.1/", "/init.lua" },
        { "lib/lua/5.1/", ".so" },
    };
    char name[1200], *p;
    size_t i, n;

    for (i = 0; i < 3; i++) {
        n = strlen(places[i].before);
        snprintf(name, sizeof(name), "%s%s%s", places[i].before, module,
                 places[i].after);

        for (p = name + n; p < name + n + strlen(module) && *p != '\0'; p++) {
            *p = *p == '.' ? '/' : *p;
        }

        if (strcmp(path, name) == 0) {
            return 1;
        }
    }

    return 0;
}


pdn_exit_t
pdn_cmd_which(pdn_cli_t *cli)
{
    const pdn_tree_part_t *part;
    pdn_installed_t installed;
    char id[PDN_ID_MAX + 1];
    pdn_pm_t pm;
    size_t i, j;
    int rc, found;

    found = 0;
    rc = pdn_files_open(&pm, cli, &installed);

    for (i = 0; rc == 0 && i < installed.n; i++) {
        part = &installed.parts[i];

        for (j = 0; j < part->package.n; j++) {
            if (!pdn_which_is(part->package.items[j].path, cli->words[0])) {
                continue;
            }

            found = 1;
            pdn_id_text(&part->id, id);

            if (pm.settings.json) {
                pdn_jsonl_open(&pm.out, '{');
                pdn_jsonl_field(&pm.out, "type", "module");
                pdn_jsonl_field(&pm.out, "id", id);
                pdn_jsonl_field(&pm.out, "version", part->version);
                pdn_jsonl_field(&pm.out, "path", part->package.items[j].path);
                pdn_jsonl_close(&pm.out, '}');
            } else {
                pdn_str_printf(&pm.out, "%s/%s (%s %s)", PDN_TREE_NAME,
                               part->package.items[j].path, id, part->version);
            }
            pdn_pm_print(&pm);
        }
    }

    if (rc == 0 && !found) {
        rc = pdn_error(&pm.err, 110, "no package here has the module '%s'",
                       cli->words[0]);
    }

    return pdn_pm_end(&pm, rc);
}


/* What is wrong with a file; NULL when nothing is. */
static const char *
pdn_verify_file(int tree, const pdn_stored_t *file, pdn_error_t *err)
{
    char hex[PDN_DIGEST_HEX + 1];
    pdn_digest_t sum;
    int fd, rc;

    fd = openat(tree, file->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1) {
        return errno == ENOENT ? "missing" : "unreadable";
    }

    rc = pdn_digest_fd(fd, &sum, err);
    close(fd);

    if (rc != 0) {
        return "unreadable";
    }

    pdn_digest_hex(&sum, hex);

    return strcmp(hex, file->hash) == 0 ? NULL : "changed";
}


/* All files of the tree; counts those that are not as they were. */
static size_t
pdn_verify_all(pdn_pm_t *pm, const pdn_installed_t *installed)
{
    const pdn_stored_t *file;
    const char *wrong;
    char path[PATH_MAX + 16], id[PDN_ID_MAX + 1];
    size_t i, j, bad;
    int tree;

    snprintf(path, sizeof(path), "%s/%s", pm->project.root, PDN_TREE_NAME);
    tree = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bad = 0;

    for (i = 0; i < installed->n; i++) {
        for (j = 0; j < installed->parts[i].package.n; j++) {
            file = &installed->parts[i].package.items[j];
            wrong = pdn_verify_file(tree, file, &pm->err);
            if (wrong == NULL) {
                continue;
            }

            bad++;
            pdn_id_text(&installed->parts[i].id, id);

            if (pm->settings.json) {
                pdn_jsonl_open(&pm->out, '{');
                pdn_jsonl_field(&pm->out, "type", "finding");
                pdn_jsonl_field(&pm->out, "finding", wrong);
                pdn_jsonl_field(&pm->out, "path", file->path);
                pdn_jsonl_field(&pm->out, "id", id);
                pdn_jsonl_close(&pm->out, '}');
            } else {
                pdn_str_printf(&pm->out, "%s %s/%s (%s)", wrong, PDN_TREE_NAME,
                               file->path, id);
            }
            pdn_pm_print(pm);
        }
    }

    if (tree != -1) {
        close(tree);
    }

    return bad;
}


/* Every package of the lock in the tree, and in the version of the lock? */
static size_t
pdn_verify_lock(pdn_pm_t *pm, const pdn_installed_t *installed)
{
    const pdn_lock_entry_t *entry;
    char id[PDN_ID_MAX + 1];
    size_t i, bad;

    bad = 0;

    for (i = 0; i < installed->n; i++) {
        entry = pdn_lock_find(&pm->project.lock, &installed->parts[i].id);
        if (entry != NULL
            && strcmp(entry->version, installed->parts[i].version) == 0) {
            continue;
        }

        bad++;
        pdn_str_printf(&pm->out, "not in the lock: %s %s",
                       pdn_id_text(&installed->parts[i].id, id),
                       installed->parts[i].version);
        pdn_pm_print(pm);
    }

    return bad;
}


pdn_exit_t
pdn_cmd_verify(pdn_cli_t *cli)
{
    pdn_installed_t installed;
    size_t bad, files, i;
    pdn_pm_t pm;
    int rc;

    rc = pdn_files_open(&pm, cli, &installed);

    if (rc == 0) {
        bad = pdn_verify_all(&pm, &installed);
        bad += pm.project.has_lock ? pdn_verify_lock(&pm, &installed) : 0;

        for (i = 0, files = 0; i < installed.n; i++) {
            files += installed.parts[i].package.n;
        }

        if (bad != 0) {
            rc = pdn_error(&pm.err, 801,
                           "%zu of %zu files are not as they "
                           "were installed",
                           bad, files);
            pdn_error_help(&pm.err, "'pandan install --force' puts them right");

        } else if (!pm.settings.quiet && !pm.settings.json) {
            printf("%zu files of %zu packages are as they were installed\n",
                   files, installed.n);
        }
    }

    return pdn_pm_end(&pm, rc);
}


/* Manifest and lock as they were when the tree was made. */
static int
pdn_rollback_file(pdn_pm_t *pm, const char *name)
{
    char from[PATH_MAX + 64], to[PATH_MAX + 64];
    pdn_str_t text = { 0 };
    pdn_problem_t problem;
    int rc;

    snprintf(from, sizeof(from), "%s/%s/.pandan/%s", pm->project.root,
             PDN_TREE_NAME, name);
    snprintf(to, sizeof(to), "%s/%s", pm->project.root, name);

    rc = pdn_fs_read(from, &text, &problem) != 0
         || pdn_fs_write(to, pdn_str_z(&text), text.len, 0644, &problem) != 0;
    pdn_str_release(&text);

    return rc == 0 ? 0 : pdn_error(&pm->err, 620, "%s", problem.text);
}


pdn_exit_t
pdn_cmd_rollback(pdn_cli_t *cli)
{
    pdn_tree_t tree;
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_open(&pm, cli);

    if (rc == 0) {
        rc = pdn_tree_open(&tree, pm.project.root, NULL, &pm.err);

        if (rc == 0) {
            rc = pdn_tree_rollback(&tree, &pm.err);
            rc = rc == 0 ? pdn_rollback_file(&pm, PDN_MANIFEST_NAME) : rc;
            rc = rc == 0 ? pdn_rollback_file(&pm, PDN_LOCK_NAME) : rc;
            pdn_tree_release(&tree);
        }
    }

    if (rc == 0 && !pm.settings.quiet && !pm.settings.json) {
        printf("lua_modules/, %s and %s are as they were before\n",
               PDN_MANIFEST_NAME, PDN_LOCK_NAME);
    }

    return pdn_pm_end(&pm, rc);
}
