/* SPDX-License-Identifier: MIT */
/* `lock` and `outdated`: versions chosen, without touching lua_modules/. */

#include "cmd.h"
#include "pdn_install.h"
#include "pdn_pm.h"

#include <stdio.h>
#include <string.h>


static void
pdn_lock_tell(pdn_pm_t *pm, const pdn_lock_t *lock)
{
    char text[PDN_ID_MAX + 1];
    const pdn_lock_entry_t *entry, *old;
    size_t i;

    for (i = 0; i < lock->n && !pm->settings.quiet; i++) {
        entry = &lock->items[i];
        old = pm->project.has_lock
                  ? pdn_lock_find(&pm->project.lock, &entry->id)
                  : NULL;

        if (old != NULL && strcmp(old->version, entry->version) == 0) {
            continue;
        }

        pdn_id_text(&entry->id, text);

        if (pm->settings.json) {
            pdn_jsonl_open(&pm->out, '{');
            pdn_jsonl_field(&pm->out, "type", "locked");
            pdn_jsonl_field(&pm->out, "id", text);
            pdn_jsonl_field(&pm->out, "version", entry->version);
            pdn_jsonl_field(&pm->out, "was", old != NULL ? old->version : NULL);
            pdn_jsonl_close(&pm->out, '}');
        } else {
            pdn_str_printf(&pm->out, "%s %s%s%s%s", text,
                           old != NULL ? old->version : "",
                           old != NULL ? " → " : "", entry->version,
                           entry->dev ? " (dev)" : "");
        }

        pdn_pm_print(pm);
    }
}


static int
pdn_lock_run(pdn_pm_t *pm, pdn_lock_mode_t mode)
{
    pdn_provider_t *provider;
    pdn_resolve_how_t how;
    pdn_lock_t lock;
    int rc;

    provider = pdn_sources_create(&pm->project, &pm->err);
    if (provider == NULL) {
        return -1;
    }

    memset(&how, 0, sizeof(how));
    memset(&lock, 0, sizeof(lock));

    rc = pdn_project_lock(&pm->project, provider, mode, &how, &lock, &pm->err);

    if (rc == 0 && mode == PDN_LOCK_WRITE) {
        rc = pdn_fetch(&pm->project, provider, &lock, &pm->err) != 0
                     || pdn_project_save_lock(&pm->project, &lock, &pm->err)
                            != 0
                 ? -1
                 : 0;
    }

    if (rc == 0) {
        pdn_lock_tell(pm, &lock);
    }

    provider->free(provider);

    return rc;
}


pdn_exit_t
pdn_cmd_lock(pdn_cli_t *cli)
{
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_open(&pm, cli);

    if (rc == 0) {
        rc = pdn_lock_run(&pm, pdn_cli_given(cli, "check") != NULL
                                   ? PDN_LOCK_LOCKED
                                   : PDN_LOCK_WRITE);
    }

    return pdn_pm_end(&pm, rc);
}


/* The newest that is neither yanked nor a prerelease or branch. */
static int
pdn_outdated_newest(pdn_pm_t *pm, pdn_provider_t *provider, const pdn_id_t *id,
                    const char **newest)
{
    pdn_version_t *v, *best;
    pdn_version_err_t bad;
    pdn_versions_t list;
    pdn_rules_t rules;
    pdn_found_t found;
    size_t i;

    memset(&list, 0, sizeof(list));
    found = provider->versions(provider, id, "", &list, &pm->err);
    if (found == PDN_REFUSED) {
        return -1;
    }

    rules = pdn_manifest_rules(&pm->project.manifest, id);
    best = NULL;

    for (i = 0; found == PDN_FOUND && i < list.n; i++) {
        v = pdn_version_parse(&pm->project.arena, rules, list.items[i].version,
                              strlen(list.items[i].version), &bad);

        if (v != NULL && !list.items[i].yanked && !pdn_version_is_special(v)
            && (best == NULL || pdn_version_compare(v, best) > 0))
        {
            best = v;
            *newest = list.items[i].version;
        }
    }

    return 0;
}


/* One line when there is something newer; 1 then. */
static int
pdn_outdated_line(pdn_pm_t *pm, const pdn_lock_entry_t *entry, const char *fits,
                  const char *newest)
{
    char text[PDN_ID_MAX + 1];

    if (strcmp(entry->version, fits) == 0
        && strcmp(entry->version, newest) == 0) {
        return 0;
    }

    pdn_id_text(&entry->id, text);

    if (pm->settings.json) {
        pdn_jsonl_open(&pm->out, '{');
        pdn_jsonl_field(&pm->out, "type", "outdated");
        pdn_jsonl_field(&pm->out, "id", text);
        pdn_jsonl_field(&pm->out, "version", entry->version);
        pdn_jsonl_field(&pm->out, "fits", fits);
        pdn_jsonl_field(&pm->out, "newest", newest);
        pdn_jsonl_close(&pm->out, '}');
    } else {
        pdn_str_printf(&pm->out, "%s %s: ", text, entry->version);

        if (strcmp(entry->version, fits) != 0) {
            pdn_str_printf(&pm->out, "`pandan update` takes %s", fits);
        }

        if (strcmp(newest, fits) != 0) {
            pdn_str_printf(&pm->out, "%sthe newest is %s, which does not fit",
                           strcmp(entry->version, fits) != 0 ? "; " : "",
                           newest);
        }
    }

    pdn_pm_print(pm);

    return 1;
}


static int
pdn_outdated_run(pdn_pm_t *pm, pdn_provider_t *provider, int all, size_t *n)
{
    const pdn_lock_entry_t *entry, *fits;
    pdn_resolve_how_t how;
    const char *newest;
    pdn_lock_t lock;
    size_t i;

    memset(&how, 0, sizeof(how));
    how.update_all = 1;

    if (pdn_project_lock(&pm->project, provider, PDN_LOCK_WRITE, &how, &lock,
                         &pm->err)
        != 0)
    {
        return -1;
    }

    for (i = 0; i < pm->project.lock.n; i++) {
        entry = &pm->project.lock.items[i];

        if ((!entry->direct && !all) || entry->place.kind != PDN_PLACE_SOURCE) {
            continue;
        }

        fits = pdn_lock_find(&lock, &entry->id);
        newest = entry->version;

        if (pdn_outdated_newest(pm, provider, &entry->id, &newest) != 0) {
            return -1;
        }

        *n += (size_t) pdn_outdated_line(
            pm, entry, fits != NULL ? fits->version : entry->version, newest);
    }

    return 0;
}


pdn_exit_t
pdn_cmd_outdated(pdn_cli_t *cli)
{
    pdn_provider_t *provider;
    pdn_exit_t code;
    pdn_pm_t pm;
    size_t n;
    int rc;

    n = 0;
    rc = pdn_pm_open(&pm, cli);

    if (rc == 0 && !pm.project.has_lock) {
        rc = pdn_error(&pm.err, 204, "there is no %s", PDN_LOCK_NAME);
        pdn_error_help(&pm.err, "`pandan install` writes it");
    }

    provider = rc == 0 ? pdn_sources_create(&pm.project, &pm.err) : NULL;

    if (provider != NULL) {
        rc = pdn_outdated_run(&pm, provider, pdn_cli_given(cli, "all") != NULL,
                              &n);
        provider->free(provider);
    } else {
        rc = -1;
    }

    code = pdn_pm_end(&pm, rc);

    return code == PDN_EXIT_OK && n != 0 ? (pdn_exit_t) PDN_PM_FINDINGS : code;
}
