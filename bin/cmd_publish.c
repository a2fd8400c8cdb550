/* SPDX-License-Identifier: MIT */
/*
 * `publish` and `yank`, by HTTP, to a registry that takes them; `trust`, for
 * a package whose author, or a registry whose keys, are others now.
 */

#include "cmd.h"
#include "pdn_author.h"
#include "pdn_digest.h"
#include "pdn_pack.h"
#include "pdn_pm.h"
#include "pdn_registry_edit.h"
#include "pdn_sources.h"
#include "pdn_token.h"

#include <stdio.h>
#include <string.h>

#define PDN_PUBLISH_ANSWER (64 * 1024)


/* The registry that --registry names, the default one without. */
static const pdn_source_t *
pdn_publish_source(pdn_pm_t *pm, const pdn_cli_t *cli)
{
    const pdn_source_t *source;
    const char *name;

    name = pdn_cli_given(cli, "registry");
    name = name == NULL || strcmp(name, "default") == 0 ? "" : name;
    source = pdn_manifest_source(&pm->project.manifest, name);

    if (source == NULL || source->kind != PDN_SOURCE_REGISTRY) {
        pdn_error(&pm->err, 303, "there is no registry of ours called '%s'",
                  name);
        return NULL;
    }

    if (source->url == NULL) {
        pdn_error(&pm->err, 304, "no default registry is configured");
        return NULL;
    }

    return source;
}


/* What the server said for people: {"error":"..."}. */
static void
pdn_publish_said(const pdn_fetch_t *f, char *out, size_t size)
{
    pdn_document_t d = { .file = "answer" };
    pdn_error_t ignored = { 0 };
    pdn_arena_t arena = { 0 };
    pdn_str_t line = { 0 };
    const char *text;
    size_t pos, i;

    pdn_str_add(&line, f->body.data, f->body.len);
    pdn_str_puts(&line, "\n");
    d.text = pdn_str_z(&line);
    d.len = line.len;
    pos = 0;
    text = pdn_jsonl_next(&arena, &d, &pos, &ignored) == 1
               ? pdn_value_get_text(&d.root, "error")
               : NULL;
    snprintf(out, size, "%s", text != NULL ? text : "it does not say why");

    for (i = 0; out[i] != '\0'; i++) {
        /* nothing of a server's words may move our cursor */
        out[i] = (unsigned char) out[i] < ' ' || out[i] == 0x7f ? ' ' : out[i];
    }

    pdn_str_release(&line);
    pdn_arena_release(&arena);
    pdn_error_release(&ignored);
}


static int
pdn_publish_status(pdn_pm_t *pm, const pdn_source_t *source,
                   const pdn_fetch_t *f)
{
    const pdn_fetch_t registry = { .url = source->url, .status = f->status };
    char said[300];

    pdn_publish_said(f, said, sizeof(said));

    switch (f->status) {
    case 200:
    case 201:
        return 0;

    case 403:
        return pdn_error(&pm->err, 508, "the registry refuses: %s", said);

    case 409:
        return pdn_error(&pm->err, 507, "the registry refuses: %s", said);

    case 413:
    case 422:
        return pdn_error(&pm->err, 402, "the registry refuses: %s", said);

    case 404:
    case 405:
        pdn_error(&pm->err, 402, "'%s' takes no packages", source->url);
        return pdn_error_help(&pm->err,
                              "a registry of files only is changed by "
                              "`pandan registry`, where it lies");

    default:
        return pdn_sources_status(&registry, &pm->err);
    }
}


static int
pdn_publish_put(pdn_pm_t *pm, const pdn_source_t *source, const char *name,
                const char *data, size_t len)
{
    pdn_fetch_t f = { .limit = PDN_PUBLISH_ANSWER, .metadata = 1 };
    pdn_provider_t *provider;
    char url[PDN_URL_MAX];
    pdn_net_t *net;
    int rc;

    if (pdn_url_join(url, source->url, name) != 0) {
        return pdn_error(&pm->err, 502, "the address of '%s' is too long",
                         name);
    }

    provider = pdn_sources_create(&pm->project, &pm->err);
    if (provider == NULL) {
        return -1;
    }

    f.url = url;
    f.put = data;
    f.put_len = len;
    net = pdn_sources_net(provider->data, &pm->err);
    rc = net != NULL ? pdn_net_get(net, &f, &pm->err) : -1;
    rc = rc == 0 ? pdn_publish_status(pm, source, &f) : rc;
    pdn_fetch_release(&f);
    provider->free(provider);

    return rc;
}


/* The author's key of this user, made when it is first needed. */
static int
pdn_publish_sign(pdn_pm_t *pm, const pdn_cli_t *cli, const pdn_str_t *package,
                 pdn_author_t *author)
{
    char path[PATH_MAX], hex[PDN_DIGEST_HEX + 1];
    const char *file;
    pdn_digest_t sum;
    pdn_key_t secret;

    file = pdn_cli_given(cli, "author");

    if (file == NULL) {
        if (pdn_token_path(path, "author.key", &pm->err) != 0) {
            return -1;
        }
        file = path;
    }

    if (pdn_registry_key(file, 1, &secret, &pm->err) != 0
        || pdn_digest(package->data, package->len, &sum, &pm->err) != 0)
    {
        return -1;
    }

    pdn_digest_hex(&sum, hex);

    return pdn_author_sign(&secret, pm->project.manifest.name,
                           pm->project.manifest.version, hex, author, &pm->err);
}


pdn_exit_t
pdn_cmd_publish(pdn_cli_t *cli)
{
    char name[PDN_KEY_HEX + PDN_SIG_HEX + 64];
    const pdn_source_t *source;
    pdn_str_t package = { 0 };
    pdn_author_t author;
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_open(&pm, cli);
    source = rc == 0 ? pdn_publish_source(&pm, cli) : NULL;
    rc = source != NULL ? pdn_pack(&pm.project, &package, &pm.err) : -1;
    rc = rc == 0 ? pdn_publish_sign(&pm, cli, &package, &author) : rc;

    if (rc == 0) {
        snprintf(name, sizeof(name), "api/v1/packages?key=%s&sig=%s",
                 author.key, author.sig);
        rc = pdn_publish_put(&pm, source, name, package.data, package.len);
    }

    if (rc == 0 && !pm.settings.quiet) {
        pdn_str_printf(&pm.out, "+ %s %s, by %.16s...",
                       pm.project.manifest.name, pm.project.manifest.version,
                       author.key);
        pdn_pm_print(&pm);
    }

    pdn_str_release(&package);

    return pdn_pm_end(&pm, rc);
}


pdn_exit_t
pdn_cmd_yank(pdn_cli_t *cli)
{
    char name[PDN_URL_MAX];
    const pdn_source_t *source;
    const char *state;
    pdn_id_t id;
    pdn_pm_t pm;
    int rc, undo;

    undo = pdn_cli_given(cli, "undo") != NULL;
    state = undo ? "false" : "true";
    rc = pdn_pm_open(&pm, cli);
    rc = rc == 0 ? pdn_pm_id(&pm, cli->words[0], strlen(cli->words[0]), &id)
                 : rc;
    source = rc == 0 ? pdn_publish_source(&pm, cli) : NULL;
    rc = source != NULL ? 0 : -1;

    if (rc == 0
        && strspn(cli->words[1], "0123456789abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-+")
               != strlen(cli->words[1]))
    {
        rc = pdn_error(&pm.err, 104, "'%s' is no version", cli->words[1]);
    }

    if (rc == 0) {
        snprintf(name, sizeof(name), "api/v1/packages/%s/%s/yanked", id.name,
                 cli->words[1]);
        rc = pdn_publish_put(&pm, source, name, state, strlen(state));
    }

    if (rc == 0 && !pm.settings.quiet) {
        pdn_str_puts(&pm.out, undo ? "it may be chosen again"
                                   : "it is no longer chosen");
        pdn_pm_print(&pm);
    }

    return pdn_pm_end(&pm, rc);
}


static int
pdn_trust_registry(pdn_pm_t *pm, const pdn_cli_t *cli)
{
    const pdn_source_t *source;
    pdn_provider_t *provider;
    int rc;

    source = pdn_publish_source(pm, cli);
    provider = source != NULL ? pdn_sources_create(&pm->project, &pm->err)
                              : NULL;
    if (provider == NULL) {
        return -1;
    }

    rc = pdn_sources_forget(provider->data, source, &pm->err);
    provider->free(provider);

    return rc;
}


/* Updates the packages, whoever signs them now. */
static int
pdn_trust_authors(pdn_pm_t *pm, const pdn_cli_t *cli)
{
    pdn_install_how_t how;
    pdn_id_t *ids;
    int i;

    ids = pdn_arena_array(&pm->project.arena, cli->n + 1, sizeof(pdn_id_t));
    if (ids == NULL) {
        return pdn_error_memory(&pm->err);
    }

    for (i = 0; i < cli->n; i++) {
        if (pdn_pm_id(pm, cli->words[i], strlen(cli->words[i]), &ids[i]) != 0) {
            return -1;
        }

        if (pdn_lock_find(&pm->project.lock, &ids[i]) == NULL) {
            return pdn_error(&pm->err, 110, "the project does not have '%s'",
                             cli->words[i]);
        }
    }

    memset(&how, 0, sizeof(how));
    how.resolve.update = ids;
    how.resolve.n_update = cli->n;
    how.resolve.trust = 1;

    return pdn_install(&pm->project, &how, &pm->err);
}


pdn_exit_t
pdn_cmd_trust(pdn_cli_t *cli)
{
    pdn_pm_t pm;
    int rc;

    rc = pdn_pm_open(&pm, cli);

    if (rc == 0 && cli->n == 0 && pdn_cli_given(cli, "registry") == NULL) {
        rc = pdn_error(&pm.err, 112, "trust whom? A package, or --registry");
    }

    rc = rc == 0 && pdn_cli_given(cli, "registry") != NULL
             ? pdn_trust_registry(&pm, cli)
             : rc;
    rc = rc == 0 && cli->n != 0 ? pdn_trust_authors(&pm, cli) : rc;

    return pdn_pm_end(&pm, rc);
}
