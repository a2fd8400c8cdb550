/* SPDX-License-Identifier: MIT */
/* `search` and `info`: what there is at the sources. */

#include "cmd.h"
#include "pdn_pm.h"
#include "pdn_search.h"
#include "pdn_sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void
pdn_search_print(pdn_pm_t *pm, const pdn_find_t *find)
{
    const pdn_id_t id = { find->source, find->name };
    char text[PDN_ID_MAX + 1];

    pdn_id_text(&id, text);

    if (pm->settings.json) {
        pdn_jsonl_open(&pm->out, '{');
        pdn_jsonl_field(&pm->out, "type", "found");
        pdn_jsonl_field(&pm->out, "id", text);
        if (find->version != NULL) {
            pdn_jsonl_field(&pm->out, "version", find->version);
        }
        if (find->summary != NULL) {
            pdn_jsonl_field(&pm->out, "summary", find->summary);
        }
        pdn_jsonl_close(&pm->out, '}');
    } else {
        pdn_str_printf(&pm->out, "%-40s%s%s%s%s", text,
                       find->version != NULL ? " " : "",
                       find->version != NULL ? find->version : "",
                       find->summary != NULL ? " " : "",
                       find->summary != NULL ? find->summary : "");
    }

    pdn_pm_print(pm);
}


/* The default registry has no name of its own in ids. */
static const char *
pdn_search_source(const pdn_cli_t *cli)
{
    const char *name;

    name = pdn_cli_given(cli, "source");

    return name != NULL && strcmp(name, "default") == 0 ? "" : name;
}


pdn_exit_t
pdn_cmd_search(pdn_cli_t *cli)
{
    const pdn_query_t words = { cli->words, (size_t) cli->n };
    pdn_finds_t finds = { 0 };
    pdn_provider_t *provider;
    pdn_pm_t pm;
    size_t i;
    int rc;

    rc = pdn_pm_open_any(&pm, cli);
    provider = rc == 0 ? pdn_sources_create(&pm.project, &pm.err) : NULL;
    rc = -1;

    if (provider != NULL) {
        finds.arena = &pm.project.arena;
        rc = pdn_search(provider, pdn_search_source(cli), &words, &finds,
                        &pm.err);

        /* it may draw, and what is printed now is the result */
        provider->free(provider);
    }

    for (i = 0; i < finds.n; i++) {
        pdn_search_print(&pm, &finds.items[i]);
    }

    if (rc == 0 && finds.n == 0 && !pm.settings.quiet) {
        fputs("nothing has all of these words in its name\n", stderr);
    }

    return pdn_pm_end(&pm, rc);
}


/* A version with what it is compared by. */
typedef struct {
    const char *text;
    const pdn_version_t *version;
    unsigned yanked : 1;
} pdn_info_version_t;

typedef struct {
    pdn_id_t id;
    char text[PDN_ID_MAX + 1];
    pdn_info_version_t *versions; /* the newest first */
    size_t n;
    const char *shown; /* the version that is told more about */
    const pdn_release_t *release;
} pdn_info_t;


static int
pdn_info_order(const void *a, const void *b)
{
    const pdn_info_version_t *x, *y;

    x = a;
    y = b;

    return pdn_version_compare(y->version, x->version);
}


static int
pdn_info_versions(pdn_pm_t *pm, pdn_info_t *info, const pdn_versions_t *list)
{
    pdn_info_version_t *v;
    pdn_version_err_t bad;
    pdn_arena_t *a;
    size_t i;

    a = &pm->project.arena;
    info->versions = pdn_arena_array(a, list->n + 1,
                                     sizeof(pdn_info_version_t));
    if (info->versions == NULL) {
        return pdn_error_memory(&pm->err);
    }

    for (i = 0; i < list->n; i++) {
        v = &info->versions[info->n];
        v->text = list->items[i].version;
        v->yanked = list->items[i].yanked;
        v->version = pdn_version_parse(
            a, pdn_manifest_rules(&pm->project.manifest, &info->id), v->text,
            strlen(v->text), &bad);
        info->n += v->version != NULL;
    }

    qsort(info->versions, info->n, sizeof(pdn_info_version_t), pdn_info_order);

    return 0;
}


/* The newest that nobody need ask for by name, else the newest. */
static const char *
pdn_info_newest(const pdn_info_t *info)
{
    size_t i;

    for (i = 0; i < info->n; i++) {
        if (!info->versions[i].yanked
            && !pdn_version_is_special(info->versions[i].version))
        {
            return info->versions[i].text;
        }
    }

    return info->versions[0].text;
}


/* Asks the package's source; `version` is NULL for the newest. */
static int
pdn_info_ask(pdn_pm_t *pm, pdn_provider_t *provider, pdn_info_t *info,
             const char *version)
{
    pdn_versions_t list;
    pdn_found_t found;
    char req[200];

    /* of opm's, only the one that is asked for is told */
    snprintf(req, sizeof(req), "%s%s", version != NULL ? "= " : "",
             version != NULL ? version : "");
    found = provider->versions(provider, &info->id, req, &list, &pm->err);

    if (found == PDN_FOUND && pdn_info_versions(pm, info, &list) != 0) {
        return -1;
    }

    if (found != PDN_REFUSED && info->n == 0) {
        return pdn_error(&pm->err, 302, "there is no package '%s'%s%s",
                         info->text,
                         version != NULL ? " with the version " : "",
                         version != NULL ? version : "");
    }

    if (found == PDN_REFUSED) {
        return -1;
    }

    info->shown = version != NULL ? version : pdn_info_newest(info);
    found = provider->release(provider, &info->id, info->shown, &info->release,
                              &pm->err);

    return found == PDN_MISSING ? pdn_error(
               &pm->err, 302, "'%s' has no version %s", info->text, info->shown)
                                : (int) found;
}


static void
pdn_info_json(pdn_pm_t *pm, const pdn_info_t *info, const char *locked)
{
    const pdn_release_t *r = info->release;
    char text[PDN_ID_MAX + 1];
    size_t i;

    pdn_jsonl_open(&pm->out, '{');
    pdn_jsonl_field(&pm->out, "type", "info");
    pdn_jsonl_field(&pm->out, "id", info->text);
    pdn_jsonl_field(&pm->out, "version", info->shown);

    if (r->summary != NULL) {
        pdn_jsonl_field(&pm->out, "summary", r->summary);
    }

    if (r->license != NULL) {
        pdn_jsonl_field(&pm->out, "license", r->license);
    }

    if (r->build != NULL) {
        pdn_jsonl_field(&pm->out, "build", r->build);
    }

    if (locked != NULL) {
        pdn_jsonl_field(&pm->out, "locked", locked);
    }

    pdn_jsonl_key(&pm->out, "deps");
    pdn_jsonl_open(&pm->out, '[');
    for (i = 0; i < r->n_deps; i++) {
        pdn_jsonl_open(&pm->out, '{');
        pdn_jsonl_field(&pm->out, "id", pdn_id_text(&r->deps[i].id, text));
        pdn_jsonl_field(&pm->out, "req", r->deps[i].req);
        pdn_jsonl_close(&pm->out, '}');
    }
    pdn_jsonl_close(&pm->out, ']');

    pdn_jsonl_key(&pm->out, "versions");
    pdn_jsonl_open(&pm->out, '[');
    for (i = 0; i < info->n; i++) {
        pdn_jsonl_string(&pm->out, info->versions[i].text);
    }
    pdn_jsonl_close(&pm->out, ']');
    pdn_jsonl_close(&pm->out, '}');
    pdn_pm_print(pm);
}


static void
pdn_info_row(pdn_pm_t *pm, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        pdn_str_printf(&pm->out, "  %-9s %s", name, value);
        pdn_pm_print(pm);
    }
}


static void
pdn_info_print(pdn_pm_t *pm, const pdn_info_t *info, const char *locked)
{
    const pdn_release_t *r = info->release;
    char text[PDN_ID_MAX + 1];
    size_t i;

    pdn_str_printf(&pm->out, "%s %s", info->text, info->shown);
    pdn_pm_print(pm);
    pdn_info_row(pm, "is", r->summary);
    pdn_info_row(pm, "license", r->license);
    pdn_info_row(pm, "build", r->build);
    pdn_info_row(pm, "locked", locked);

    for (i = 0; i < r->n_deps; i++) {
        pdn_str_printf(&pm->out, "  %-9s %s %s", i == 0 ? "needs" : "",
                       pdn_id_text(&r->deps[i].id, text), r->deps[i].req);
        pdn_pm_print(pm);
    }

    for (i = 0; i < info->n; i++) {
        pdn_str_printf(&pm->out, "  %-9s %s%s", i == 0 ? "versions" : "",
                       info->versions[i].text,
                       info->versions[i].yanked ? " (yanked)" : "");
        pdn_pm_print(pm);
    }
}


/* PACKAGE or PACKAGE@VERSION. */
static int
pdn_info_find(pdn_pm_t *pm, pdn_info_t *info, const char *word)
{
    const pdn_lock_entry_t *entry;
    pdn_provider_t *provider;
    const char *at, *version;
    int rc;

    at = strchr(word, '@');
    version = at != NULL ? at + 1 : NULL;

    if (pdn_pm_id(pm, word, at != NULL ? (size_t) (at - word) : strlen(word),
                  &info->id)
        != 0)
    {
        return -1;
    }

    pdn_id_text(&info->id, info->text);
    provider = pdn_sources_create(&pm->project, &pm->err);
    if (provider == NULL) {
        return -1;
    }

    rc = pdn_info_ask(pm, provider, info, version);

    if (rc == 0) {
        pdn_progress_clear(&((pdn_sources_t *) provider->data)->progress);
        entry = pdn_lock_find(&pm->project.lock, &info->id);
        (pm->settings.json ? pdn_info_json : pdn_info_print)(
            pm, info, entry != NULL ? entry->version : NULL);
    }

    provider->free(provider);

    return rc;
}


pdn_exit_t
pdn_cmd_info(pdn_cli_t *cli)
{
    pdn_info_t info;
    pdn_pm_t pm;
    int rc;

    memset(&info, 0, sizeof(info));
    rc = pdn_pm_open_any(&pm, cli);

    return pdn_pm_end(&pm,
                      rc == 0 ? pdn_info_find(&pm, &info, cli->words[0]) : -1);
}
