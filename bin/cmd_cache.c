/* SPDX-License-Identifier: MIT */
/* What is kept beside projects: `cache`, `fetch`, `vendor`. */

#include "cmd.h"
#include "pdn_pm.h"
#include "pdn_sources.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef int (*pdn_cache_pt)(pdn_store_t *s, pdn_store_size_t *size,
                            pdn_error_t *err);


static void
pdn_cache_size_line(pdn_pm_t *pm, const char *what,
                    const pdn_store_size_t *size)
{
    if (pm->settings.json) {
        pdn_jsonl_open(&pm->out, '{');
        pdn_jsonl_field(&pm->out, "type", what);
        pdn_jsonl_key(&pm->out, "files");
        pdn_jsonl_uint(&pm->out, size->files);
        pdn_jsonl_key(&pm->out, "bytes");
        pdn_jsonl_uint(&pm->out, size->bytes);
        pdn_jsonl_close(&pm->out, '}');
    } else {
        pdn_str_printf(&pm->out, "%s: %" PRIu64 " files, %.1f MB", what,
                       size->files, (double) size->bytes / 1e6);
    }

    pdn_pm_print(pm);
}


static pdn_exit_t
pdn_cache_run(pdn_cli_t *cli, const char *what, pdn_cache_pt work)
{
    pdn_store_size_t size = { 0 };
    pdn_store_t store;
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_init(&pm, cli);
    rc = rc == 0 ? pdn_store_open(&store, &pm.err) : rc;

    if (rc == 0 && work != NULL) {
        rc = work(&store, &size, &pm.err);
        if (rc == 0 && !pm.settings.quiet) {
            pdn_cache_size_line(&pm, what, &size);
        }
        pdn_store_release(&store);

    } else if (rc == 0) {
        pdn_store_measure(store.data, &size);
        pdn_cache_size_line(&pm, "store", &size);
        pdn_store_measure(store.cache, &size);
        pdn_cache_size_line(&pm, "cache", &size);
        pdn_store_release(&store);
    }

    return pdn_pm_end(&pm, rc);
}


pdn_exit_t
pdn_cmd_cache_dir(pdn_cli_t *cli)
{
    pdn_store_t store;
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_init(&pm, cli);
    rc = rc == 0 ? pdn_store_open(&store, &pm.err) : rc;

    if (rc == 0) {
        if (!pdn_pm_object(&pm, "folders", "store", store.data, "cache",
                           store.cache, NULL))
        {
            printf("%s\n%s\n", store.data, store.cache);
        }
        pdn_store_release(&store);
    }

    return pdn_pm_end(&pm, rc);
}


pdn_exit_t
pdn_cmd_cache_size(pdn_cli_t *cli)
{
    return pdn_cache_run(cli, "size", NULL);
}


pdn_exit_t
pdn_cmd_cache_prune(pdn_cli_t *cli)
{
    return pdn_cache_run(cli, "removed", pdn_store_prune);
}


pdn_exit_t
pdn_cmd_cache_clean(pdn_cli_t *cli)
{
    return pdn_cache_run(cli, "removed", pdn_cache_clean);
}


/* All came: a line with how many. */
static void
pdn_fetch_tell(pdn_pm_t *pm, const char *type, size_t n, const char *where)
{
    if (pm->settings.json) {
        pdn_jsonl_open(&pm->out, '{');
        pdn_jsonl_field(&pm->out, "type", type);
        pdn_jsonl_key(&pm->out, "packages");
        pdn_jsonl_uint(&pm->out, n);
        pdn_jsonl_close(&pm->out, '}');
        pdn_pm_print(pm);

    } else if (!pm->settings.quiet) {
        printf("%zu packages are in %s\n", n, where);
    }
}


/* The lock, every artifact of it in the cache; the provider is the caller's. */
static int
pdn_fetch_all(pdn_pm_t *pm, const pdn_cli_t *cli, pdn_provider_t **provider,
              pdn_lock_t *lock)
{
    *provider = NULL;

    if (pdn_pm_open(pm, cli) != 0) {
        return -1;
    }

    *provider = pdn_sources_create(&pm->project, &pm->err);

    return *provider != NULL
                   && pdn_project_lock(&pm->project, *provider, PDN_LOCK_WRITE,
                                       NULL, lock, &pm->err)
                          == 0
                   && pdn_fetch(&pm->project, *provider, lock, &pm->err) == 0
                   && pdn_project_save_lock(&pm->project, lock, &pm->err) == 0
               ? 0
               : -1;
}


pdn_exit_t
pdn_cmd_fetch(pdn_cli_t *cli)
{
    pdn_provider_t *provider;
    pdn_lock_t lock;
    pdn_pm_t pm;
    int rc;

    rc = pdn_fetch_all(&pm, cli, &provider, &lock);

    if (rc == 0) {
        pdn_fetch_tell(&pm, "fetched", lock.n, "the cache");
    }

    if (provider != NULL) {
        provider->free(provider);
    }

    return pdn_pm_end(&pm, rc);
}


/* One artifact as a file of the project, named by its hash. */
static int
pdn_vendor_one(pdn_pm_t *pm, pdn_sources_t *s, const pdn_lock_entry_t *entry,
               const char *folder)
{
    pdn_str_t bytes = { 0 };
    pdn_problem_t problem;
    char path[PATH_MAX + 128];
    int rc;

    if (entry->src == NULL || !pdn_cache_get(&s->store, entry->src, &bytes)) {
        pdn_str_release(&bytes);
        return entry->place.kind == PDN_PLACE_PATH
                       || entry->place.kind == PDN_PLACE_GIT
                   ? 0
                   : pdn_error(&pm->err, 621, "'%s' is gone from the cache",
                               entry->id.name);
    }

    snprintf(path, sizeof(path), "%s/%s", folder, entry->src);
    rc = pdn_fs_write(path, bytes.data, bytes.len, 0644, &problem);
    pdn_str_release(&bytes);

    return rc == 0 ? 0 : pdn_error(&pm->err, 620, "%s", problem.text);
}


pdn_exit_t
pdn_cmd_vendor(pdn_cli_t *cli)
{
    char folder[PATH_MAX + 64];
    pdn_provider_t *provider;
    pdn_lock_t lock;
    pdn_pm_t pm;
    size_t i;
    int rc;

    rc = pdn_fetch_all(&pm, cli, &provider, &lock);
    snprintf(folder, sizeof(folder), "%s/%s", pm.project.root, PDN_VENDOR_NAME);

    for (i = 0; rc == 0 && i < lock.n; i++) {
        rc = pdn_vendor_one(&pm, provider->data, &lock.items[i], folder);
    }

    if (rc == 0) {
        pdn_fetch_tell(&pm, "vendored", lock.n,
                       PDN_VENDOR_NAME
                       "/; 'pandan install --offline' takes them from there");
    }

    if (provider != NULL) {
        provider->free(provider);
    }

    return pdn_pm_end(&pm, rc);
}
