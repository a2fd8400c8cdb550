/* SPDX-License-Identifier: MIT */
/* All sources behind one provider; see pdn_sources.h. */

#include "pdn_sources.h"
#include "pdn_digest.h"
#include "pdn_places.h"
#include "pdn_token.h"

#include <stdlib.h>
#include <string.h>

static const pdn_source_ops_t *const pdn_sources_ops[] = {
    [PDN_SOURCE_REGISTRY] = &pdn_source_registry,
    [PDN_SOURCE_ROCKS] = &pdn_source_rocks,
    [PDN_SOURCE_OPM] = &pdn_source_opm,
};


static void
pdn_sources_progress(void *ctx, size_t bytes)
{
    pdn_sources_t *s = ctx;

    pdn_progress_bytes(&s->progress, bytes);
}


pdn_net_t *
pdn_sources_net(pdn_sources_t *s, pdn_error_t *err)
{
    pdn_net_config_t config;

    if (s->net == NULL) {
        memset(&config, 0, sizeof(config));
        config.timeout = s->project->settings.timeout;
        config.offline = s->project->settings.offline;
        config.token = pdn_token_find;
        config.progress = pdn_sources_progress;
        config.progress_ctx = s;
        s->net = pdn_net_open(&config, err);
    }

    return s->net;
}


pdn_store_t *
pdn_sources_store(pdn_sources_t *s, pdn_error_t *err)
{
    if (!s->has_store) {
        if (pdn_store_open(&s->store, err) != 0) {
            return NULL;
        }
        s->has_store = 1;
    }

    return &s->store;
}


int
pdn_sources_await(pdn_sources_t *s, pdn_fetch_t *f, pdn_error_t *err)
{
    while (f->transfer != NULL) {
        pdn_net_step(s->net, 1000);
    }

    if (f->err.number != 0) {
        pdn_error_release(err);
        *err = f->err;
        memset(&f->err, 0, sizeof(pdn_error_t));
        return -1;
    }

    return 0;
}


int
pdn_sources_status(const pdn_fetch_t *f, pdn_error_t *err)
{
    switch (f->status) {
    case 200:
        return 0;

    case 401:
    case 403:
        pdn_error(err, 403, "'%s' answers %ld: it wants %s token", f->url,
                  f->status, f->status == 401 ? "a" : "another");
        return pdn_error_help(err, "'pandan login URL' keeps a token for it");

    case 404:
    case 410:
        return pdn_error(err, 406, "'%s' answers %ld: it is not there", f->url,
                         f->status);

    default:
        return pdn_error(err, 402, "'%s' answers %ld", f->url, f->status);
    }
}


/* One question: 1 and the text, 0 when there is none, 2 for "not changed". */
static int
pdn_sources_ask(pdn_sources_t *s, pdn_fetch_t *f, pdn_str_t *out,
                pdn_error_t *err)
{
    if (pdn_sources_net(s, err) == NULL) {
        return -1;
    }

    pdn_net_add(s->net, f);

    if (pdn_sources_await(s, f, err) != 0) {
        return -1;
    }

    if (f->status == 304) {
        return 2;
    }

    if (f->status == 404 || f->status == 410) {
        return 0;
    }

    if (pdn_sources_status(f, err) != 0) {
        return -1;
    }

    pdn_str_release(out);
    *out = f->body;
    memset(&f->body, 0, sizeof(f->body));

    return 1;
}


int
pdn_sources_text(pdn_sources_t *s, const char *url, size_t limit,
                 pdn_str_t *out, pdn_error_t *err)
{
    pdn_fetch_t f = { .url = url, .limit = limit, .metadata = 1 };
    pdn_store_t *store;
    char etag[160];
    int have, rc;

    store = pdn_sources_store(s, err);
    if (store == NULL) {
        return -1;
    }

    have = pdn_cache_get_index(store, url, etag, out);
    if (have && s->project->settings.offline) {
        return 1;
    }

    f.etag = have && etag[0] != '\0' ? etag : NULL;
    rc = pdn_sources_ask(s, &f, out, err);

    if (rc == 1
        && pdn_cache_put_index(store, url, f.answer_etag, out, err) != 0) {
        rc = -1;
    }

    pdn_fetch_release(&f);

    return rc == 2 ? 1 : rc;
}


int
pdn_sources_keep(pdn_store_t *store, const char *hash, const pdn_str_t *text,
                 pdn_error_t *err)
{
    char hex[PDN_DIGEST_HEX + 1];
    pdn_digest_t sum;

    if (pdn_digest(pdn_str_z(text), text->len, &sum, err) != 0) {
        return -1;
    }

    pdn_digest_hex(&sum, hex);

    return strcmp(hex, hash) == 0
               ? pdn_cache_put(store, hash, text->data, text->len, err)
               : 0;
}


int
pdn_sources_bytes(pdn_sources_t *s, const char *url, const char *hash,
                  size_t limit, pdn_str_t *out, pdn_error_t *err)
{
    pdn_fetch_t f = { .url = url, .limit = limit, .metadata = 1 };
    pdn_store_t *store;
    char etag[160];
    int rc;

    store = pdn_sources_store(s, err);
    if (store == NULL) {
        return -1;
    }

    if (hash != NULL ? pdn_cache_get(store, hash, out)
                     : s->project->settings.offline
                           && pdn_cache_get_index(store, url, etag, out))
    {
        return 1;
    }

    rc = pdn_sources_ask(s, &f, out, err);

    if (rc == 1
        && (hash != NULL ? pdn_sources_keep(store, hash, out, err)
                         : pdn_cache_put_index(store, url, "", out, err))
               != 0)
    {
        rc = -1;
    }

    pdn_fetch_release(&f);

    return rc;
}


void
pdn_sources_came(pdn_sources_t *s, const pdn_id_t *id, const char *version,
                 size_t size)
{
    char text[PDN_ID_MAX + 1], what[PDN_ID_MAX + PDN_VERSION_MAX + 2];

    snprintf(what, sizeof(what), "%s %s", pdn_id_text(id, text), version);
    pdn_progress_done(&s->progress, what, size);
}


const pdn_source_ops_t *
pdn_sources_of(pdn_sources_t *s, const pdn_id_t *id,
               const pdn_source_t **source, pdn_error_t *err)
{
    *source = pdn_manifest_source(&s->project->manifest, id->source);

    if (*source == NULL || (*source)->kind == PDN_SOURCE_RUNTIME) {
        pdn_error(err, 303, "there is no source '%s'", id->source);
        return NULL;
    }

    if ((*source)->url == NULL) {
        pdn_error(err, 304,
                  "'%s' belongs to the default registry, and none "
                  "is configured",
                  id->name);
        return NULL;
    }

    return pdn_sources_ops[(*source)->kind];
}


static void
pdn_sources_want(pdn_provider_t *p, const pdn_id_t *id, const char *req,
                 const char *version)
{
    pdn_sources_t *s = (pdn_sources_t *) p;
    const pdn_source_ops_t *ops;
    const pdn_source_t *source;
    pdn_error_t ignored = { 0 };

    if (pdn_places_has(s, id)) {
        return;
    }

    ops = pdn_sources_of(s, id, &source, &ignored);
    if (ops != NULL) {
        ops->want(s, source, id, req, version);
    }

    pdn_error_release(&ignored);
}


static pdn_found_t
pdn_sources_versions(pdn_provider_t *p, const pdn_id_t *id, const char *req,
                     pdn_versions_t *out, pdn_error_t *err)
{
    pdn_sources_t *s = (pdn_sources_t *) p;
    const pdn_source_ops_t *ops;
    const pdn_source_t *source;

    memset(out, 0, sizeof(pdn_versions_t));

    if (pdn_places_has(s, id)) {
        return pdn_places_versions(s, id, out, err);
    }

    ops = pdn_sources_of(s, id, &source, err);

    return ops != NULL ? ops->versions(s, source, id, req, out, err)
                       : PDN_REFUSED;
}


static pdn_found_t
pdn_sources_release(pdn_provider_t *p, const pdn_id_t *id, const char *version,
                    const pdn_release_t **out, pdn_error_t *err)
{
    pdn_sources_t *s = (pdn_sources_t *) p;
    const pdn_source_ops_t *ops;
    const pdn_source_t *source;

    pdn_progress_look(&s->progress);

    if (pdn_places_has(s, id)) {
        return pdn_places_release(s, id, out, err);
    }

    ops = pdn_sources_of(s, id, &source, err);

    return ops != NULL ? ops->release(s, source, id, version, out, err)
                       : PDN_REFUSED;
}


static void
pdn_sources_free(pdn_provider_t *p)
{
    pdn_sources_t *s = (pdn_sources_t *) p;
    size_t i;

    pdn_progress_clear(&s->progress);

    for (i = 0; i < sizeof(pdn_sources_ops) / sizeof(pdn_sources_ops[0]); i++) {
        if (s->state[i] != NULL) {
            pdn_sources_ops[i]->free(s);
        }
    }

    pdn_places_free(s);
    pdn_net_close(s->net);

    if (s->has_store) {
        pdn_store_release(&s->store);
    }

    pdn_arena_release(&s->arena);
    free(s);
}


pdn_provider_t *
pdn_sources_create(pdn_project_t *project, pdn_error_t *err)
{
    pdn_sources_t *s;

    s = calloc(1, sizeof(pdn_sources_t));
    if (s == NULL) {
        pdn_error_memory(err);
        return NULL;
    }

    s->project = project;
    s->progress.bar = project->settings.progress && !project->settings.quiet;
    s->progress.lines = project->settings.verbose
                        || (!s->progress.bar && !project->settings.quiet
                            && !project->settings.json);
    s->provider.want = pdn_sources_want;
    s->provider.versions = pdn_sources_versions;
    s->provider.release = pdn_sources_release;
    s->provider.free = pdn_sources_free;
    s->provider.data = s;

    return &s->provider;
}
