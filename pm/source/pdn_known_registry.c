/* SPDX-License-Identifier: MIT */
/* Registries as they are known; see pdn_known_registry.h. */

#include "pdn_known_registry.h"
#include "pdn_sha256.h"
#include "pdn_store_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


/* What was wanted before goes into the cache; what failed is asked again. */
static void
pdn_known_arrive(pdn_known_registry_t *k, const char *hash)
{
    pdn_sources_t *s = k->sources;
    pdn_error_t ignored = { 0 };
    pdn_known_index_t *i;

    for (i = k->wanted; i != NULL && strcmp(i->hash, hash) != 0; i = i->next) {
        /* void */
    }

    if (i != NULL && i->fetch.url != NULL) {
        if (pdn_sources_await(s, &i->fetch, &ignored) == 0
            && i->fetch.status == 200) {
            pdn_sources_keep(&s->store, hash, &i->fetch.body, &ignored);
        }

        pdn_fetch_release(&i->fetch);
        memset(&i->fetch, 0, sizeof(pdn_fetch_t));
    }

    pdn_error_release(&ignored);
}


static int
pdn_known_get(void *ctx, const char *name, const char *hash, size_t limit,
              pdn_str_t *out, pdn_error_t *err)
{
    pdn_known_registry_t *k = ctx;
    char url[PDN_URL_MAX], copy[96];
    int rc;

    if (hash != NULL) {
        pdn_known_arrive(k, hash);
    }

    snprintf(copy, sizeof(copy), "by-hash/%.64s", hash != NULL ? hash : "");

    if (pdn_url_join(url, k->url, hash != NULL ? copy : name) != 0) {
        return pdn_error(err, 502, "the address of '%s' is too long", name);
    }

    rc = pdn_sources_bytes(k->sources, url, hash, limit, out, err);

    /* a copy of the registry may have left these out */
    if (rc == 0 && hash != NULL && pdn_url_join(url, k->url, name) == 0) {
        rc = pdn_sources_bytes(k->sources, url, hash, limit, out, err);
    }

    /* offline there is no newer root than the one that we have */
    if (rc == -1 && err->number == 404 && strncmp(name, "root.", 5) == 0
        && k->registry.root_text != NULL)
    {
        pdn_error_release(err);
        memset(err, 0, sizeof(pdn_error_t));
        return 0;
    }

    return rc;
}


/*
 * Where what was believed is kept: versions in a line, then the root. Another
 * key in the manifest is another belief.
 */
static void
pdn_known_name(const char *url, const char *pin, char out[96])
{
    char hash[65], text[PDN_URL_MAX + PDN_KEY_HEX + 2];

    snprintf(text, sizeof(text), "%s %s", url, pin != NULL ? pin : "");
    pdn_sha256_hex(text, strlen(text), hash);
    snprintf(out, 96, "trust/%s", hash);
}


static void
pdn_known_recall(pdn_known_registry_t *k)
{
    pdn_str_t text = { 0 };
    const char *line;
    char name[96], *end;

    pdn_known_name(k->url, k->registry.pin, name);

    if (pdn_io_get(k->sources->store.data_fd, name, &text) == 1
        && (line = memchr(text.data, '\n', text.len)) != NULL)
    {
        k->registry.seen_timestamp = strtoll(text.data, &end, 10);
        k->registry.seen_snapshot = strtoll(end, NULL, 10);
        k->registry.root_len = text.len - (line + 1 - text.data);
        k->registry.root_text = pdn_arena_text(&k->sources->arena, line + 1,
                                               k->registry.root_len);
    }

    pdn_str_release(&text);
}


static int
pdn_known_remember(pdn_known_registry_t *k, pdn_error_t *err)
{
    pdn_str_t text = { 0 };
    char name[96];
    int rc;

    pdn_known_name(k->url, k->registry.pin, name);
    pdn_str_printf(&text, "%" PRId64 " %" PRId64 "\n",
                   k->registry.seen_timestamp, k->registry.seen_snapshot);
    pdn_str_add(&text, k->registry.root_text, k->registry.root_len);

    rc = text.failed ? pdn_error_memory(err)
                     : pdn_io_put(k->sources->store.data_fd, name, text.data,
                                  text.len, 0644, err);
    pdn_str_release(&text);

    return rc;
}


/* "ed25519:" and 64 digits, or only these. */
static const char *
pdn_known_pin(const pdn_source_t *source)
{
    return source->key != NULL && strncmp(source->key, "ed25519:", 8) == 0
               ? source->key + 8
               : source->key;
}


int
pdn_sources_forget(pdn_sources_t *s, const pdn_source_t *source,
                   pdn_error_t *err)
{
    char name[96];

    if (pdn_sources_store(s, err) == NULL) {
        return -1;
    }

    pdn_known_name(source->url, pdn_known_pin(source), name);

    return unlinkat(s->store.data_fd, name, 0) == 0 || errno == ENOENT
               ? 0
               : pdn_error(err, 620, "cannot forget '%s': %s", source->url,
                           strerror(errno));
}


static pdn_known_registry_t *
pdn_known_find(const pdn_sources_t *s, const pdn_source_t *source)
{
    pdn_known_registry_t *k;

    for (k = s->state[PDN_SOURCE_REGISTRY]; k != NULL; k = k->next) {
        if (k->source == source) {
            return k;
        }
    }

    return NULL;
}


static int
pdn_known_look(pdn_known_registry_t *k, pdn_error_t *err)
{
    k->broken = pdn_registry_update(&k->registry, err) != 0
                || pdn_known_remember(k, err) != 0;

    return k->broken ? pdn_error_within(err, "cannot use the registry '%s'",
                                        k->source->url)
                     : 0;
}


pdn_known_registry_t *
pdn_known(pdn_sources_t *s, const pdn_source_t *source, pdn_error_t *err)
{
    pdn_known_registry_t *k;

    k = pdn_known_find(s, source);
    if (k != NULL) {
        return k->broken && pdn_known_look(k, err) != 0 ? NULL : k;
    }

    k = pdn_arena_alloc(&s->arena, sizeof(pdn_known_registry_t));
    if (k == NULL || pdn_sources_store(s, err) == NULL) {
        return NULL;
    }

    k->sources = s;
    k->source = source;
    k->url = source->url;
    k->registry.arena = &s->arena;
    k->registry.get = pdn_known_get;
    k->registry.ctx = k;
    k->registry.now = time(NULL);
    k->registry.pin = pdn_known_pin(source);
    k->next = s->state[PDN_SOURCE_REGISTRY];
    s->state[PDN_SOURCE_REGISTRY] = k;
    pdn_known_recall(k);

    return pdn_known_look(k, err) == 0 ? k : NULL;
}


void
pdn_known_want(pdn_sources_t *s, const pdn_source_t *source, const pdn_id_t *id,
               const char *req, const char *version)
{
    pdn_error_t ignored = { 0 };
    pdn_known_registry_t *k;
    pdn_known_index_t *i;
    const char *hash;
    char name[96];

    (void) req;
    (void) version;

    k = pdn_known_find(s, source);
    k = k != NULL ? k : pdn_known(s, source, &ignored);
    hash = k != NULL && !k->broken ? pdn_value_get_text(
               pdn_value_get(&k->registry.snapshot.document.root, "packages"),
               id->name)
                                   : NULL;
    pdn_error_release(&ignored);

    if (hash == NULL || pdn_cache_has(&s->store, hash)
        || pdn_sources_net(s, &ignored) == NULL)
    {
        pdn_error_release(&ignored);
        return;
    }

    for (i = k->wanted; i != NULL; i = i->next) {
        if (strcmp(i->hash, hash) == 0) {
            return;
        }
    }

    snprintf(name, sizeof(name), "by-hash/%.64s", hash);
    i = pdn_arena_alloc(&s->arena, sizeof(pdn_known_index_t));

    if (i != NULL && pdn_url_join(i->url, k->url, name) == 0) {
        i->hash = hash;
        i->fetch.url = i->url;
        i->fetch.limit = PDN_REGISTRY_FILE_MAX;
        i->fetch.metadata = 1;
        i->next = k->wanted;
        k->wanted = i;
        pdn_net_add(s->net, &i->fetch);
    }
}


void
pdn_known_free(pdn_sources_t *s)
{
    pdn_known_registry_t *k;
    pdn_known_index_t *i;

    for (k = s->state[PDN_SOURCE_REGISTRY]; k != NULL; k = k->next) {
        for (i = k->wanted; i != NULL; i = i->next) {
            pdn_fetch_release(&i->fetch);
        }
    }

    s->state[PDN_SOURCE_REGISTRY] = NULL;
}
