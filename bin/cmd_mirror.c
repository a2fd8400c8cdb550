/* SPDX-License-Identifier: MIT */
/* `mirror`: packages of LuaRocks and opm, with what they need, in a folder. */

#include "cmd.h"
#include "pdn_mirror.h"
#include "pdn_pm.h"
#include "pdn_sources.h"

#include <stdio.h>
#include <string.h>


/* A manifest that needs the words; without words the project's own lock. */
static int
pdn_mirror_wants(pdn_pm_t *pm, const pdn_cli_t *cli)
{
    char text[PDN_ID_MAX + 1];
    pdn_str_t manifest = { 0 };
    const char *word, *at;
    pdn_id_t id;
    int i, rc;

    if (cli->n == 1) {
        return pm->project.has_lock
                   ? 0
                   : pdn_error(&pm->err, 204,
                               "there is no %s, and no package "
                               "was named",
                               PDN_LOCK_NAME);
    }

    rc = 0;
    pm->project.has_lock = 0;
    pdn_str_puts(&manifest, "return { dependencies = {\n");

    for (i = 1; rc == 0 && i < cli->n; i++) {
        word = cli->words[i];
        at = strchr(word, '@');
        rc = strpbrk(word, "\"\\\n") != NULL
                 ? pdn_error(&pm->err, 104, "'%s' is no requirement", word)
                 : pdn_pm_id(pm, word,
                             at != NULL ? (size_t) (at - word) : strlen(word),
                             &id);

        if (rc == 0) {
            pdn_str_printf(&manifest, "[\"%s\"] = \"%s\",\n",
                           pdn_id_text(&id, text), at != NULL ? at + 1 : "");
        }
    }

    pdn_str_puts(&manifest, "} }\n");
    rc = rc == 0 ? pdn_project_edit(&pm->project, pdn_str_z(&manifest),
                                    manifest.len, &pm->err)
                 : rc;
    pdn_str_release(&manifest);

    return rc;
}


static int
pdn_mirror_entry(pdn_pm_t *pm, const char *folder, pdn_sources_t *sources,
                 const pdn_lock_entry_t *entry)
{
    char text[PDN_ID_MAX + 1];
    int rc;

    pdn_id_text(&entry->id, text);

    if (!pdn_mirror_takes(entry)) {
        fprintf(stderr,
                "pandan: %s %s cannot be mirrored: it is no rock and "
                "no package of opm\n",
                text, entry->version);
        return 0;
    }

    rc = pdn_mirror_put(folder, &sources->store, entry, &pm->err);

    if (rc == 1 && !pm->settings.quiet) {
        pdn_str_printf(&pm->out, "+ %s %s", text, entry->version);
        pdn_pm_print(pm);
    }

    return rc < 0 ? -1 : 0;
}


static int
pdn_mirror_run(pdn_pm_t *pm, const pdn_cli_t *cli, pdn_provider_t *provider)
{
    pdn_lock_t lock;
    size_t i;
    int rc;

    memset(&lock, 0, sizeof(lock));
    rc = pdn_project_lock(&pm->project, provider,
                          cli->n == 1 ? PDN_LOCK_FROZEN : PDN_LOCK_WRITE, NULL,
                          &lock, &pm->err);
    rc = rc == 0 ? pdn_fetch(&pm->project, provider, &lock, &pm->err) : rc;

    for (i = 0; rc == 0 && i < lock.n; i++) {
        rc = pdn_mirror_entry(pm, cli->words[0], provider->data,
                              &lock.items[i]);
    }

    return rc == 0 ? pdn_mirror_list(cli->words[0], &pm->err) : rc;
}


pdn_exit_t
pdn_cmd_mirror(pdn_cli_t *cli)
{
    pdn_provider_t *provider;
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_open_any(&pm, cli);
    rc = rc == 0 ? pdn_mirror_wants(&pm, cli) : rc;
    provider = rc == 0 ? pdn_sources_create(&pm.project, &pm.err) : NULL;
    rc = provider != NULL ? pdn_mirror_run(&pm, cli, provider) : -1;

    if (provider != NULL) {
        provider->free(provider);
    }

    return pdn_pm_end(&pm, rc);
}
