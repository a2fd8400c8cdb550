/* SPDX-License-Identifier: MIT */
/*
 * Our own registries as a source. What was believed of one is kept in the
 * store, so that it cannot go back in time or change its keys unnoticed.
 */

#include "pdn_package.h"
#include "pdn_registry.h"
#include "pdn_sha256.h"
#include "pdn_sources.h"
#include "pdn_store_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PDN_REGISTRY_PACKAGE_MAX (128 * 1024 * 1024)
#define PDN_REGISTRY_SEARCH_ASKS 20

typedef struct pdn_known_registry_s pdn_known_registry_t;
typedef struct pdn_known_package_s pdn_known_package_t;

struct pdn_known_package_s {
    pdn_known_package_t *next;
    const char *name;
    pdn_listed_t *listed;
    pdn_release_t *releases;
    size_t n;
};

struct pdn_known_registry_s {
    pdn_known_registry_t *next;
    pdn_sources_t *sources;
    const pdn_source_t *source;
    const char *url;
    pdn_registry_t registry;
    pdn_known_package_t *packages;
};


static int
pdn_known_get(void *ctx, const char *name, const char *hash, size_t limit,
              pdn_str_t *out, pdn_error_t *err)
{
    pdn_known_registry_t *k = ctx;
    char url[PDN_URL_MAX], copy[96];
    int rc;

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
pdn_known(pdn_sources_t *s, const pdn_source_t *source, pdn_error_t *err)
{
    pdn_known_registry_t *k;

    for (k = s->state[PDN_SOURCE_REGISTRY]; k != NULL; k = k->next) {
        if (k->source == source) {
            return k;
        }
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

    pdn_known_recall(k);

    if (pdn_registry_update(&k->registry, err) != 0
        || pdn_known_remember(k, err) != 0)
    {
        pdn_error_within(err, "cannot use the registry '%s'", source->url);
        return NULL;
    }

    k->next = s->state[PDN_SOURCE_REGISTRY];
    s->state[PDN_SOURCE_REGISTRY] = k;

    return k;
}


static int
pdn_known_deps(pdn_sources_t *s, const pdn_value_t *list, pdn_release_t *r,
               pdn_error_t *err)
{
    const char *id, *req;
    pdn_dep_t *deps;
    size_t i, n;

    n = list != NULL ? pdn_value_count(list) : 0;
    deps = pdn_arena_array(&s->arena, n + 1, sizeof(pdn_dep_t));
    if (deps == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 0; i < n; i++) {
        id = pdn_value_text(pdn_value_at(pdn_value_at(list, i + 1), 1));
        req = pdn_value_text(pdn_value_at(pdn_value_at(list, i + 1), 2));

        if (id == NULL || req == NULL
            || pdn_id_parse(&s->arena, id, strlen(id), &deps[i].id)
                   != PDN_ID_OK)
        {
            return pdn_error(err, 405,
                             "a dependency in the registry's index "
                             "is not understood");
        }
        deps[i].req = req;
    }

    r->deps = deps;
    r->n_deps = n;

    return 0;
}


static int
pdn_known_line(pdn_sources_t *s, pdn_known_package_t *p, size_t cap,
               const pdn_registry_line_t *line, pdn_error_t *err)
{
    pdn_version_err_t why;
    pdn_release_t *r;

    if (p->n == cap
        || pdn_version_parse(&s->arena, PDN_RULES_SEMVER, line->version,
                             strlen(line->version), &why)
               == NULL)
    {
        return 0;
    }

    r = &p->releases[p->n];
    p->listed[p->n].version = line->version;
    p->listed[p->n].yanked = line->yanked;
    p->listed[p->n].published = line->published > 0 ? line->published : 0;

    r->version = line->version;
    r->src = line->sha256;
    r->size = line->size;
    r->by = line->by;
    r->license = line->license;
    r->summary = line->summary;
    p->n++;

    return pdn_known_deps(s, line->deps, r, err);
}


/* The index of a package; NULL without an error when there is none. */
static pdn_known_package_t *
pdn_known_package(pdn_known_registry_t *k, const char *name, pdn_error_t *err)
{
    pdn_sources_t *s = k->sources;
    pdn_registry_line_t line;
    pdn_document_t d = { .file = name };
    pdn_known_package_t *p;
    pdn_str_t text = { 0 };
    size_t pos, lines, i;
    int rc;

    for (p = k->packages; p != NULL; p = p->next) {
        if (strcmp(p->name, name) == 0) {
            return p;
        }
    }

    rc = pdn_registry_index(&k->registry, name, &text, err);
    d.text = rc == 1 ? pdn_arena_text(&s->arena, text.data, text.len) : NULL;
    d.len = text.len;
    pdn_str_release(&text);
    p = d.text != NULL ? pdn_arena_alloc(&s->arena, sizeof(pdn_known_package_t))
                       : NULL;
    if (p == NULL) {
        return NULL;
    }

    for (i = 0, lines = 0; i < d.len; i++) {
        lines += d.text[i] == '\n';
    }

    p->name = pdn_arena_text(&s->arena, name, strlen(name));
    p->listed = pdn_arena_array(&s->arena, lines + 1, sizeof(pdn_listed_t));
    p->releases = pdn_arena_array(&s->arena, lines + 1, sizeof(pdn_release_t));
    pos = 0;

    if (p->name == NULL || p->listed == NULL || p->releases == NULL) {
        pdn_error_memory(err);
        return NULL;
    }

    while ((rc = pdn_registry_next(&k->registry, name, &d, &pos, &line, err))
           == 1) {
        if (pdn_known_line(s, p, lines, &line, err) != 0) {
            return NULL;
        }
    }

    if (rc != 0) {
        return NULL;
    }

    p->next = k->packages;
    k->packages = p;

    return p;
}


/* Indexes are small, and few: they are fetched when they are needed. */
static void
pdn_known_want(pdn_sources_t *s, const pdn_source_t *source, const pdn_id_t *id,
               const char *req, const char *version)
{
    (void) s;
    (void) source;
    (void) id;
    (void) req;
    (void) version;
}


static pdn_found_t
pdn_known_versions(pdn_sources_t *s, const pdn_source_t *source,
                   const pdn_id_t *id, const char *req, pdn_versions_t *out,
                   pdn_error_t *err)
{
    pdn_known_registry_t *k;
    pdn_known_package_t *p;

    (void) req;

    k = pdn_known(s, source, err);
    p = k != NULL ? pdn_known_package(k, id->name, err) : NULL;

    if (p == NULL) {
        return err->number != 0 ? PDN_REFUSED : PDN_MISSING;
    }

    out->items = p->listed;
    out->n = p->n;
    out->complete = 1;

    return p->n != 0 ? PDN_FOUND : PDN_MISSING;
}


static pdn_found_t
pdn_known_release(pdn_sources_t *s, const pdn_source_t *source,
                  const pdn_id_t *id, const char *version,
                  const pdn_release_t **out, pdn_error_t *err)
{
    pdn_known_registry_t *k;
    pdn_known_package_t *p;
    size_t i;

    k = pdn_known(s, source, err);
    p = k != NULL ? pdn_known_package(k, id->name, err) : NULL;

    for (i = 0; p != NULL && i < p->n; i++) {
        if (strcmp(p->releases[i].version, version) == 0) {
            *out = &p->releases[i];
            return PDN_FOUND;
        }
    }

    return err->number != 0 ? PDN_REFUSED : PDN_MISSING;
}


static int
pdn_known_address(pdn_sources_t *s, const pdn_source_t *source,
                  pdn_artifact_t *a, pdn_error_t *err)
{
    char name[400];

    (void) s;

    snprintf(name, sizeof(name), "pkgs/%.200s-%.128s.tar.gz", a->entry->id.name,
             a->entry->version);
    a->fetch.limit = PDN_REGISTRY_PACKAGE_MAX;

    return pdn_url_join(a->url, source->url, name) == 0
               ? 0
               : pdn_error(err, 502, "the address of %s is too long", name);
}


/* The hash that was signed has been compared; this is what it belongs to. */
static int
pdn_known_check(pdn_sources_t *s, const pdn_source_t *source, pdn_artifact_t *a,
                pdn_error_t *err)
{
    (void) s;
    (void) source;

    return a->entry->src != NULL
               ? 0
               : pdn_error(err, 520, "nothing signed says what %s is",
                           pdn_str_z(&a->what));
}


/* The newest version that may be chosen; NULL when there is none. */
static const pdn_release_t *
pdn_known_newest(pdn_sources_t *s, const pdn_known_package_t *p)
{
    const pdn_version_t *version, *best;
    const pdn_release_t *newest;
    pdn_version_err_t why;
    size_t i;

    for (i = 0, best = NULL, newest = NULL; i < p->n; i++) {
        version = pdn_version_parse(&s->arena, PDN_RULES_SEMVER,
                                    p->listed[i].version,
                                    strlen(p->listed[i].version), &why);

        if (version != NULL && !p->listed[i].yanked
            && !pdn_version_is_special(version)
            && (best == NULL || pdn_version_compare(version, best) > 0))
        {
            best = version;
            newest = &p->releases[i];
        }
    }

    return newest;
}


/* The snapshot has all names; of the first that fit, the index is read. */
static int
pdn_known_search(pdn_sources_t *s, const pdn_source_t *source,
                 const pdn_query_t *words, pdn_finds_t *out, pdn_error_t *err)
{
    const pdn_value_t *names;
    const pdn_known_package_t *p;
    const pdn_release_t *newest;
    pdn_known_registry_t *k;
    const char *name;
    size_t i, asked;

    k = pdn_known(s, source, err);
    if (k == NULL) {
        return -1;
    }

    names = pdn_value_get(&k->registry.snapshot.document.root, "packages");

    for (i = 0, asked = 0; names != NULL && i < names->n; i++) {
        name = names->pairs[i].key;

        if (name == NULL || !pdn_query_fits(words, name)) {
            continue;
        }

        p = asked++ < PDN_REGISTRY_SEARCH_ASKS ? pdn_known_package(k, name, err)
                                               : NULL;
        if (err->number != 0) {
            return -1;
        }

        newest = p != NULL ? pdn_known_newest(s, p) : NULL;

        if (pdn_finds_add(out, source->name, name,
                          newest != NULL ? newest->version : NULL,
                          newest != NULL ? newest->summary : NULL)
            != 0)
        {
            return pdn_error_memory(err);
        }
    }

    return 0;
}


/* All of it lies in the arena of the sources. */
static void
pdn_known_free(pdn_sources_t *s)
{
    s->state[PDN_SOURCE_REGISTRY] = NULL;
}


const pdn_source_ops_t pdn_source_registry = {
    .want = pdn_known_want,
    .versions = pdn_known_versions,
    .release = pdn_known_release,
    .address = pdn_known_address,
    .check = pdn_known_check,
    .search = pdn_known_search,
    .free = pdn_known_free,
};
