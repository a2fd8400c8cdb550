/* SPDX-License-Identifier: MIT */
/*
 * `add` and `remove`: the manifest edited in place, then installed. The file
 * is written only when everything else has worked.
 */

#include "cmd.h"
#include "pdn_install.h"
#include "pdn_luadata.h"
#include "pdn_nearest.h"
#include "pdn_pm.h"

#include <stdio.h>
#include <string.h>

#define PDN_ADD_MAX 64 /* packages at once */

/* One word of the command line. */
typedef struct {
    pdn_id_t id;
    char key[PDN_ID_MAX + 1]; /* as the manifest has it */
    const char *req;          /* NULL: to be chosen */
} pdn_add_t;


static const char *
pdn_add_table(int dev)
{
    return dev ? "dev_dependencies" : "dependencies";
}


/* "rocks:lpeg@~> 1.1"; what stands behind the @ is optional. */
static int
pdn_add_parse(pdn_pm_t *pm, const char *word, pdn_add_t *add)
{
    pdn_version_err_t bad;
    const char *at;
    pdn_rules_t rules;

    at = strchr(word, '@');

    if (pdn_pm_id(pm, word, at != NULL ? (size_t) (at - word) : strlen(word),
                  &add->id)
        != 0)
    {
        return -1;
    }

    pdn_id_text(&add->id, add->key);
    add->req = at != NULL ? at + 1 : NULL;

    if (pdn_manifest_source(&pm->project.manifest, add->id.source) == NULL) {
        pdn_error(&pm->err, 303, "'%s' names the source '%s', which is not one",
                  add->key, add->id.source);
        return pdn_error_help(&pm->err, "sources are rocks, opm and the keys "
                                        "of `registries`");
    }

    if (add->req == NULL) {
        return 0;
    }

    rules = pdn_manifest_rules(&pm->project.manifest, &add->id);

    if (pdn_req_parse(&pm->project.arena, rules, add->req, strlen(add->req),
                      &bad)
        == NULL)
    {
        return bad.msg == NULL ? pdn_error_memory(&pm->err)
                               : pdn_error(&pm->err, 104,
                                           "the requirement '%s' of '%s': "
                                           "%s",
                                           add->req, add->key, bad.msg);
    }

    return 0;
}


/* The row's value: a string, or a table with the place that was given. */
static void
pdn_add_value(const pdn_cli_t *cli, const char *req, pdn_str_t *out)
{
    static const char *const places[] = { "git", "rev", "path", "url",
                                          "sha256" };
    const char *given;
    size_t i, n;

    for (i = 0, n = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        given = pdn_cli_given(cli, places[i]);
        if (given != NULL) {
            pdn_str_printf(out, "%s%s = ", n++ == 0 ? "{ " : ", ", places[i]);
            pdn_luadata_quote(out, given, strlen(given));
        }
    }

    if (n == 0) {
        pdn_luadata_quote(out, req != NULL ? req : "",
                          req != NULL ? strlen(req) : 0);
        return;
    }

    if (req != NULL) {
        pdn_str_puts(out, ", version = ");
        pdn_luadata_quote(out, req, strlen(req));
    }

    pdn_str_puts(out, " }");
}


/* Takes the row of a key out of a table; 1 when it has none. */
static int
pdn_add_unset(pdn_pm_t *pm, const char *table, const char *key)
{
    pdn_str_t text = { 0 };
    int rc;

    rc = pdn_manifest_unset(&pm->project.manifest, table, key, &text, &pm->err);
    if (rc == 0) {
        rc = pdn_project_edit(&pm->project, pdn_str_z(&text), text.len,
                              &pm->err);
    }

    pdn_str_release(&text);

    return rc;
}


static int
pdn_add_set(pdn_pm_t *pm, const pdn_cli_t *cli, const pdn_add_t *add,
            const char *req)
{
    pdn_str_t value = { 0 }, text = { 0 };
    int dev, rc;

    dev = pdn_cli_given(cli, "dev") != NULL;

    if (pdn_add_unset(pm, pdn_add_table(!dev), add->key) < 0) {
        return -1;
    }

    pdn_add_value(cli, req, &value);

    rc = value.failed
             ? pdn_error_memory(&pm->err)
             : pdn_manifest_set(&pm->project.manifest, pdn_add_table(dev),
                                add->key, pdn_str_z(&value), &text, &pm->err);
    if (rc == 0) {
        rc = pdn_project_edit(&pm->project, pdn_str_z(&text), text.len,
                              &pm->err);
    }

    pdn_str_release(&value);
    pdn_str_release(&text);

    return rc;
}


/* Requirements that were not given: around what the resolver then takes. */
static int
pdn_add_choose(pdn_pm_t *pm, const pdn_cli_t *cli, pdn_add_t *adds, size_t n)
{
    const pdn_lock_entry_t *entry;
    pdn_resolve_how_t how;
    pdn_provider_t *provider;
    pdn_lock_t lock;
    size_t i;
    int rc;

    provider = pdn_sources_create(&pm->project, &pm->err);
    if (provider == NULL) {
        return -1;
    }

    memset(&how, 0, sizeof(how));
    rc = pdn_project_lock(&pm->project, provider, PDN_LOCK_WRITE, &how, &lock,
                          &pm->err);

    for (i = 0; rc == 0 && i < n; i++) {
        entry = pdn_lock_find(
            &lock, pdn_manifest_alias(&pm->project.manifest, &adds[i].id));

        /* what the runtime carries is in no lock */
        if (adds[i].req != NULL || entry == NULL) {
            continue;
        }

        adds[i].req = pdn_req_suggest(
            &pm->project.arena,
            pdn_manifest_rules(&pm->project.manifest, &adds[i].id),
            entry->version);

        rc = adds[i].req == NULL ? pdn_error_memory(&pm->err)
                                 : pdn_add_set(pm, cli, &adds[i], adds[i].req);
    }

    provider->free(provider);

    return rc;
}


static void
pdn_add_tell(pdn_pm_t *pm, const char *type, const char *key, const char *req)
{
    if (pm->settings.json) {
        pdn_jsonl_open(&pm->out, '{');
        pdn_jsonl_field(&pm->out, "type", type);
        pdn_jsonl_field(&pm->out, "id", key);
        pdn_jsonl_field(&pm->out, "req", req);
        pdn_jsonl_close(&pm->out, '}');
        pdn_pm_print(pm);

    } else if (!pm->settings.quiet) {
        printf("%s %s%s%s\n", type, key, req != NULL && req[0] ? " " : "",
               req != NULL ? req : "");
    }
}


static int
pdn_add_install(pdn_pm_t *pm, const pdn_cli_t *cli)
{
    pdn_install_how_t how;

    memset(&how, 0, sizeof(how));
    how.save_manifest = 1;
    how.dry_run = pdn_cli_given(cli, "dry-run") != NULL;

    return pdn_install(&pm->project, &how, &pm->err);
}


static int
pdn_add_all(pdn_pm_t *pm, const pdn_cli_t *cli, pdn_add_t *adds, size_t n)
{
    size_t i, open;
    int placed;

    placed = pdn_cli_given(cli, "git") != NULL
             || pdn_cli_given(cli, "path") != NULL
             || pdn_cli_given(cli, "url") != NULL;

    if (placed && n != 1) {
        return pdn_error(&pm->err, 112,
                         "--git, --path and --url are the place of one "
                         "package");
    }

    for (i = 0, open = 0; i < n; i++) {
        if (pdn_add_parse(pm, cli->words[i], &adds[i]) != 0
            || pdn_add_set(pm, cli, &adds[i], adds[i].req) != 0)
        {
            return -1;
        }
        open += adds[i].req == NULL && !placed;
    }

    return open != 0 && pdn_add_choose(pm, cli, adds, n) != 0
               ? -1
               : pdn_add_install(pm, cli);
}


pdn_exit_t
pdn_cmd_add(pdn_cli_t *cli)
{
    pdn_add_t adds[PDN_ADD_MAX];
    pdn_pm_t pm;
    size_t i, n;
    int rc;

    memset(adds, 0, sizeof(adds));
    n = (size_t) cli->n;

    if (pdn_pm_open(&pm, cli) != 0) {
        return pdn_pm_end(&pm, -1);
    }

    rc = n > PDN_ADD_MAX ? pdn_error(&pm.err, 112,
                                     "at most %d packages at once", PDN_ADD_MAX)
                         : pdn_add_all(&pm, cli, adds, n);

    for (i = 0; rc == 0 && i < n; i++) {
        pdn_add_tell(&pm, "added", adds[i].key, adds[i].req);
    }

    return pdn_pm_end(&pm, rc);
}


static int
pdn_remove_unknown(pdn_pm_t *pm, const char *key)
{
    const pdn_manifest_t *m;
    const char *names[256], *near;
    char *text;
    size_t n;

    m = &pm->project.manifest;
    pdn_error(&pm->err, 110, "%s does not name '%s'", PDN_MANIFEST_NAME, key);

    for (n = 0; n < m->n_deps && n < 256; n++) {
        text = pdn_arena_alloc(&pm->project.arena, PDN_ID_MAX + 1);
        if (text == NULL) {
            return -1;
        }
        names[n] = pdn_id_text(&m->deps[n].id, text);
    }

    near = pdn_nearest(key, names, n);

    return near != NULL ? pdn_error_help(&pm->err, "did you mean '%s'?", near)
                        : -1;
}


static int
pdn_remove_one(pdn_pm_t *pm, const char *word)
{
    char key[PDN_ID_MAX + 1];
    pdn_id_t id;
    int rc;

    if (pdn_pm_id(pm, word, strlen(word), &id) != 0) {
        return -1;
    }

    pdn_id_text(&id, key);

    rc = pdn_add_unset(pm, "dependencies", key);
    if (rc > 0) {
        rc = pdn_add_unset(pm, "dev_dependencies", key);
    }

    return rc > 0 ? pdn_remove_unknown(pm, key) : rc;
}


pdn_exit_t
pdn_cmd_remove(pdn_cli_t *cli)
{
    pdn_pm_t pm;
    int i, rc;

    rc = pdn_pm_open(&pm, cli);

    for (i = 0; rc == 0 && i < cli->n; i++) {
        rc = pdn_remove_one(&pm, cli->words[i]);
    }

    rc = rc == 0 ? pdn_add_install(&pm, cli) : rc;

    for (i = 0; rc == 0 && i < cli->n; i++) {
        pdn_add_tell(&pm, "removed", cli->words[i], NULL);
    }

    return pdn_pm_end(&pm, rc);
}
