/* SPDX-License-Identifier: MIT */
/* What others want to know of a project: `audit`, `licenses`, `sbom`. */

#include "cmd.h"
#include "pdn_install.h"
#include "pdn_pm.h"

#include <stdio.h>
#include <string.h>


/* Opens the project, its lock and its sources. */
static int
pdn_audit_open(pdn_pm_t *pm, const pdn_cli_t *cli, pdn_provider_t **provider)
{
    *provider = NULL;

    if (pdn_pm_open(pm, cli) != 0) {
        return -1;
    }

    if (!pm->project.has_lock) {
        pdn_error(&pm->err, 204, "there is no %s", PDN_LOCK_NAME);
        return pdn_error_help(&pm->err, "'pandan install' writes one");
    }

    *provider = pdn_sources_create(&pm->project, &pm->err);

    return *provider != NULL ? 0 : -1;
}


static void
pdn_audit_finding(pdn_pm_t *pm, const pdn_lock_entry_t *entry,
                  const char *finding)
{
    char id[PDN_ID_MAX + 1];

    pdn_id_text(&entry->id, id);

    if (!pdn_pm_object(pm, "finding", "id", id, "version", entry->version,
                       "finding", finding, NULL))
    {
        pdn_str_printf(&pm->out, "%s %s: %s", id, entry->version, finding);
        pdn_pm_print(pm);
    }
}


/* What its source says of a version now; NULL when all is well. */
static const char *
pdn_audit_entry(pdn_pm_t *pm, pdn_provider_t *provider,
                const pdn_lock_entry_t *entry, int *rc)
{
    pdn_versions_t versions;
    pdn_found_t found;
    char req[200];
    size_t i;

    if (entry->place.kind == PDN_PLACE_PATH) {
        return "a folder of this machine: others cannot install it";
    }

    if (entry->place.kind != PDN_PLACE_SOURCE) {
        return NULL;
    }

    snprintf(req, sizeof(req), "= %s", entry->version);
    found = provider->versions(provider, &entry->id, req, &versions, &pm->err);

    if (found == PDN_REFUSED) {
        *rc = -1;
        return NULL;
    }

    for (i = 0; found == PDN_FOUND && i < versions.n; i++) {
        if (strcmp(versions.items[i].version, entry->version) == 0) {
            return versions.items[i].yanked ? "withdrawn (yanked) by its author"
                                            : NULL;
        }
    }

    return "no longer listed by its source";
}


pdn_exit_t
pdn_cmd_audit(pdn_cli_t *cli)
{
    const pdn_lock_entry_t *entry;
    pdn_provider_t *provider;
    const char *finding;
    size_t i, n;
    pdn_pm_t pm;
    int rc;

    rc = pdn_audit_open(&pm, cli, &provider);

    for (i = 0, n = 0; rc == 0 && i < pm.project.lock.n; i++) {
        entry = &pm.project.lock.items[i];
        finding = pdn_audit_entry(&pm, provider, entry, &rc);

        if (finding != NULL) {
            n++;
            pdn_audit_finding(&pm, entry, finding);
        }
    }

    if (rc == 0 && n != 0) {
        rc = pdn_error(&pm.err, 802, "%zu of %zu packages need a look", n,
                       pm.project.lock.n);

    } else if (rc == 0 && !pm.settings.quiet && !pm.settings.json) {
        printf("%zu packages, nothing found\n", pm.project.lock.n);
    }

    if (provider != NULL) {
        provider->free(provider);
    }

    return pdn_pm_end(&pm, rc);
}


/* What its source says of the license of a version. */
static int
pdn_licenses_entry(pdn_pm_t *pm, pdn_provider_t *provider,
                   const pdn_lock_entry_t *entry)
{
    const pdn_release_t *release;
    char id[PDN_ID_MAX + 1], req[200];
    pdn_versions_t versions;
    const char *license;

    release = NULL;
    snprintf(req, sizeof(req), "= %s", entry->version);

    if (provider->versions(provider, &entry->id, req, &versions, &pm->err)
            == PDN_REFUSED
        || provider->release(provider, &entry->id, entry->version, &release,
                             &pm->err)
               == PDN_REFUSED)
    {
        return -1;
    }

    license = release != NULL && release->license != NULL ? release->license
                                                          : "unknown";
    pdn_id_text(&entry->id, id);

    if (!pdn_pm_object(pm, "license", "id", id, "version", entry->version,
                       "license", license, NULL))
    {
        pdn_str_printf(&pm->out, "%-32s %-14s %s", id, entry->version, license);
        pdn_pm_print(pm);
    }

    return 0;
}


pdn_exit_t
pdn_cmd_licenses(pdn_cli_t *cli)
{
    pdn_provider_t *provider;
    pdn_pm_t pm;
    size_t i;
    int rc;

    rc = pdn_audit_open(&pm, cli, &provider);

    for (i = 0; rc == 0 && i < pm.project.lock.n; i++) {
        rc = pdn_licenses_entry(&pm, provider, &pm.project.lock.items[i]);
    }

    if (provider != NULL) {
        provider->free(provider);
    }

    return pdn_pm_end(&pm, rc);
}


/* One component of CycloneDX 1.5. */
static void
pdn_sbom_component(pdn_str_t *out, const pdn_lock_entry_t *entry)
{
    static const struct {
        const char *source;
        const char *type;
    } types[] = { { "rocks", "luarocks" }, { "opm", "generic/opm" } };
    char id[PDN_ID_MAX + 1];
    const char *type;
    size_t i;

    type = "generic/pandan";
    for (i = 0; i < 2; i++) {
        if (strcmp(entry->id.source, types[i].source) == 0) {
            type = types[i].type;
        }
    }

    pdn_jsonl_open(out, '{');
    pdn_jsonl_field(out, "type", "library");
    pdn_jsonl_field(out, "bom-ref", pdn_id_text(&entry->id, id));
    pdn_jsonl_field(out, "name", entry->id.name);
    pdn_jsonl_field(out, "version", entry->version);
    snprintf(id, sizeof(id), "pkg:%s/%.100s@%.60s", type, entry->id.name,
             entry->version);
    pdn_jsonl_field(out, "purl", id);

    if (entry->src != NULL) {
        pdn_jsonl_key(out, "hashes");
        pdn_jsonl_open(out, '[');
        pdn_jsonl_open(out, '{');
        pdn_jsonl_field(out, "alg", "SHA-256");
        pdn_jsonl_field(out, "content", entry->src);
        pdn_jsonl_close(out, '}');
        pdn_jsonl_close(out, ']');
    }

    pdn_jsonl_close(out, '}');
}


/* CycloneDX, without dates and serial numbers: the same for the same lock. */
pdn_exit_t
pdn_cmd_sbom(pdn_cli_t *cli)
{
    const pdn_lock_t *lock;
    char id[PDN_ID_MAX + 1];
    pdn_pm_t pm;
    size_t i, j;
    int rc;

    rc = pdn_pm_open(&pm, cli);
    if (rc == 0 && !pm.project.has_lock) {
        rc = pdn_error(&pm.err, 204, "there is no %s", PDN_LOCK_NAME);
    }

    if (rc == 0) {
        lock = &pm.project.lock;
        pdn_jsonl_open(&pm.out, '{');
        pdn_jsonl_field(&pm.out, "bomFormat", "CycloneDX");
        pdn_jsonl_field(&pm.out, "specVersion", "1.5");
        pdn_jsonl_key(&pm.out, "version");
        pdn_jsonl_uint(&pm.out, 1);
        pdn_jsonl_key(&pm.out, "components");
        pdn_jsonl_open(&pm.out, '[');
        for (i = 0; i < lock->n; i++) {
            pdn_sbom_component(&pm.out, &lock->items[i]);
        }
        pdn_jsonl_close(&pm.out, ']');
        pdn_jsonl_key(&pm.out, "dependencies");
        pdn_jsonl_open(&pm.out, '[');

        for (i = 0; i < lock->n; i++) {
            pdn_jsonl_open(&pm.out, '{');
            pdn_jsonl_field(&pm.out, "ref",
                            pdn_id_text(&lock->items[i].id, id));
            pdn_jsonl_key(&pm.out, "dependsOn");
            pdn_jsonl_open(&pm.out, '[');
            for (j = 0; j < lock->items[i].n_deps; j++) {
                pdn_jsonl_string(&pm.out,
                                 pdn_id_text(&lock->items[i].deps[j], id));
            }
            pdn_jsonl_close(&pm.out, ']');
            pdn_jsonl_close(&pm.out, '}');
        }

        pdn_jsonl_close(&pm.out, ']');
        pdn_jsonl_close(&pm.out, '}');
        pdn_pm_print(&pm);
    }

    return pdn_pm_end(&pm, rc);
}
