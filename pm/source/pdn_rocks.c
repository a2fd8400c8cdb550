/* SPDX-License-Identifier: MIT */
/*
 * LuaRocks servers: a file for each rockspec and rock. What a rock requires
 * stands in its rockspec only, so each candidate costs one request: of the
 * rockspec where there is one to fetch, of the rock itself where not.
 */

#include "pdn_rock.h"
#include "pdn_rocks_index.h"
#include "pdn_search.h"

#include <stdlib.h>
#include <string.h>

#define PDN_ROCKS_ROCK_MAX (128 * 1024 * 1024)

/* A rock that was asked for. */
struct pdn_rocks_item_s {
    pdn_rocks_item_t *next;
    pdn_id_t id;
    const char *version;
    const char *art;      /* what will be installed */
    unsigned is_rock : 1; /* the rock itself is fetched, not its rockspec */
    unsigned started : 1;
    char url[PDN_URL_MAX];
    pdn_fetch_t fetch;
    pdn_release_t *release; /* when it is known */
};


static void
pdn_rocks_free(pdn_sources_t *s)
{
    pdn_rocks_t *rocks = s->state[PDN_SOURCE_ROCKS];
    pdn_rocks_item_t *item;

    for (item = rocks->items; item != NULL; item = item->next) {
        pdn_fetch_release(&item->fetch);
    }

    pdn_arena_release(&rocks->arena);
    free(rocks);
}


static pdn_found_t
pdn_rocks_versions(pdn_sources_t *s, const pdn_source_t *source,
                   const pdn_id_t *id, const char *req, pdn_versions_t *out,
                   pdn_error_t *err)
{
    const pdn_rocks_index_t *index;
    const pdn_value_t *package;
    pdn_version_err_t why;
    pdn_listed_t *items;
    const char *name;
    char base[PDN_URL_MAX];
    size_t i;

    (void) req;

    name = pdn_rocks_place(source, id, base);
    index = name != NULL ? pdn_rocks_index(s, base, err) : NULL;
    if (index == NULL) {
        return PDN_REFUSED;
    }

    package = pdn_value_get(index->repository, name);
    if (package == NULL || package->type != PDN_TABLE) {
        return PDN_MISSING;
    }

    items = pdn_arena_array(&s->arena, package->n + 1, sizeof(pdn_listed_t));
    if (items == NULL) {
        pdn_error_memory(err);
        return PDN_REFUSED;
    }

    for (i = 0; i < package->n; i++) {
        if (package->pairs[i].key != NULL
            && pdn_rocks_art(&package->pairs[i].value) != NULL
            && pdn_version_parse(&s->arena, PDN_RULES_ROCKS,
                                 package->pairs[i].key,
                                 package->pairs[i].key_len, &why)
                   != NULL)
        {
            items[out->n++].version = package->pairs[i].key;
        }
    }

    out->items = items;
    out->complete = 1;

    return out->n != 0 ? PDN_FOUND : PDN_MISSING;
}


/* The file's address: "BASE/NAME-VERSION.ART.rock". */
static int
pdn_rocks_url(char out[PDN_URL_MAX], const char *base, const char *name,
              const char *version, const char *art)
{
    char file[600];

    if (strcmp(art, "rockspec") == 0) {
        snprintf(file, sizeof(file), "%s-%s.rockspec", name, version);
    } else {
        snprintf(file, sizeof(file), "%s-%s.%s.rock", name, version, art);
    }

    return pdn_url_join(out, base, file);
}


static pdn_rocks_item_t *
pdn_rocks_item(pdn_sources_t *s, const pdn_source_t *source, const pdn_id_t *id,
               const char *version, pdn_found_t *found, pdn_error_t *err)
{
    const pdn_rocks_index_t *index;
    const pdn_value_t *files;
    pdn_rocks_item_t *item;
    pdn_rocks_t *rocks;
    char base[PDN_URL_MAX];
    const char *name;

    *found = PDN_REFUSED;
    name = pdn_rocks_place(source, id, base);
    index = name != NULL ? pdn_rocks_index(s, base, err) : NULL;
    if (index == NULL) {
        return NULL;
    }

    rocks = s->state[PDN_SOURCE_ROCKS];

    for (item = rocks->items; item != NULL; item = item->next) {
        if (pdn_id_compare(&item->id, id) == 0
            && strcmp(item->version, version) == 0) {
            return item;
        }
    }

    files = pdn_value_get(pdn_value_get(index->repository, name), version);
    if (files == NULL || pdn_rocks_art(files) == NULL) {
        *found = PDN_MISSING;
        return NULL;
    }

    item = pdn_arena_alloc(&s->arena, sizeof(pdn_rocks_item_t));
    if (item == NULL) {
        pdn_error_memory(err);
        return NULL;
    }

    item->id.source = pdn_arena_text(&s->arena, id->source, strlen(id->source));
    item->id.name = pdn_arena_text(&s->arena, id->name, strlen(id->name));
    item->version = pdn_arena_text(&s->arena, version, strlen(version));
    item->art = pdn_rocks_art(files);
    item->is_rock = !pdn_rocks_lists(files, "rockspec");

    if (pdn_rocks_url(item->url, base, name, version,
                      item->is_rock ? item->art : "rockspec")
        != 0)
    {
        pdn_error(err, 502, "the address of %s is too long", name);
        return NULL;
    }

    item->fetch.url = item->url;
    item->fetch.limit = item->is_rock ? PDN_ROCKS_ROCK_MAX : PDN_ROCKSPEC_MAX;
    item->fetch.metadata = !item->is_rock;
    item->next = rocks->items;
    rocks->items = item;

    return item;
}


/* A rockspec or rock of a version never changes: ours will do. */
static void
pdn_rocks_start(pdn_sources_t *s, pdn_rocks_item_t *item)
{
    pdn_error_t ignored = { 0 };
    char etag[160];

    if (item->started) {
        return;
    }

    item->started = 1;

    if (!item->is_rock && pdn_sources_store(s, &ignored) != NULL
        && pdn_cache_get_index(&s->store, item->url, etag, &item->fetch.body))
    {
        item->fetch.status = 200;
        return;
    }

    if (pdn_sources_net(s, &item->fetch.err) != NULL) {
        pdn_progress_add(&s->progress, item->is_rock);
        pdn_net_add(s->net, &item->fetch);
    }

    pdn_error_release(&ignored);
}


static void
pdn_rocks_want(pdn_sources_t *s, const pdn_source_t *source, const pdn_id_t *id,
               const char *req, const char *version)
{
    pdn_error_t ignored = { 0 };
    pdn_rocks_item_t *item;
    pdn_found_t found;

    (void) req;

    /* the list is one for all packages, and comes when first asked for */
    if (version != NULL) {
        item = pdn_rocks_item(s, source, id, version, &found, &ignored);
        if (item != NULL) {
            pdn_rocks_start(s, item);
        }
    }

    pdn_error_release(&ignored);
}


static char *
pdn_rocks_hash(pdn_sources_t *s, const char *data, size_t len, pdn_error_t *err)
{
    char hex[PDN_DIGEST_HEX + 1];
    pdn_digest_t sum;
    char *text;

    if (pdn_digest(data, len, &sum, err) != 0) {
        return NULL;
    }

    pdn_digest_hex(&sum, hex);
    text = pdn_arena_text(&s->arena, hex, PDN_DIGEST_HEX);
    if (text == NULL) {
        pdn_error_memory(err);
    }

    return text;
}


/* Reads what came: a rockspec, or a rock, which is then kept in the cache. */
static int
pdn_rocks_understand(pdn_sources_t *s, pdn_rocks_item_t *item,
                     pdn_rockspec_t *spec, pdn_release_t *r, pdn_error_t *err)
{
    pdn_files_t files = { .arena = &s->arena };
    const pdn_file_t *text;
    pdn_file_t plain;
    const char *name;

    name = strchr(item->id.name, '/');
    name = name != NULL ? name + 1 : item->id.name;

    if (item->is_rock) {
        if (pdn_rock_read(item->fetch.body.data, item->fetch.body.len, name,
                          item->version, &files, &text, spec, err)
            != 0)
        {
            return pdn_error_within(err, "cannot use '%s'", item->url);
        }

        r->size = item->fetch.body.len;
        r->src = pdn_rocks_hash(s, item->fetch.body.data, r->size, err);
        if (r->src == NULL
            || pdn_cache_put(&s->store, r->src, item->fetch.body.data, r->size,
                             err)
                   != 0)
        {
            return -1;
        }

    } else {
        plain = (pdn_file_t){ .path = strrchr(item->url, '/') + 1,
                              .data = pdn_str_z(&item->fetch.body),
                              .len = item->fetch.body.len };
        text = &plain;

        if (pdn_rockspec_read(&s->arena, plain.path, plain.data, plain.len,
                              spec, err)
            != 0)
        {
            return -1;
        }

        if (strcmp(spec->name, name) != 0
            || strcmp(spec->version, item->version) != 0) {
            return pdn_error(err, 507, "'%s' is the rockspec of %s %s",
                             item->url, spec->name, spec->version);
        }

        if (pdn_cache_put_index(&s->store, item->url, "", &item->fetch.body,
                                err)
            != 0) {
            return -1;
        }
    }

    r->meta = pdn_rocks_hash(s, text->data, text->len, err);

    return r->meta != NULL ? 0 : -1;
}


static pdn_found_t
pdn_rocks_release(pdn_sources_t *s, const pdn_source_t *source,
                  const pdn_id_t *id, const char *version,
                  const pdn_release_t **out, pdn_error_t *err)
{
    pdn_rockspec_t spec;
    pdn_rocks_item_t *item;
    pdn_release_t *r;
    pdn_found_t found;

    item = pdn_rocks_item(s, source, id, version, &found, err);
    if (item == NULL) {
        return found;
    }

    if (item->release != NULL) {
        *out = item->release;
        return PDN_FOUND;
    }

    pdn_rocks_start(s, item);

    if (pdn_sources_store(s, err) == NULL
        || pdn_sources_await(s, &item->fetch, err) != 0)
    {
        return PDN_REFUSED;
    }

    if (item->fetch.status == 404 || item->fetch.status == 410) {
        return PDN_MISSING;
    }

    r = pdn_arena_alloc(&s->arena, sizeof(pdn_release_t));
    if (r == NULL) {
        pdn_error_memory(err);
        return PDN_REFUSED;
    }

    if (pdn_sources_status(&item->fetch, err) != 0
        || pdn_rocks_understand(s, item, &spec, r, err) != 0)
    {
        return PDN_REFUSED;
    }

    r->version = item->version;
    r->deps = spec.deps;
    r->n_deps = spec.n_deps;
    r->art = item->art;
    r->summary = spec.summary;
    r->license = spec.license;

    /* a rock that is built already runs nothing */
    if (strcmp(item->art, "src") == 0 || strcmp(item->art, "rockspec") == 0) {
        r->build = spec.runs;
    }

    if (item->is_rock) {
        pdn_sources_came(s, id, version, r->size);
    }

    item->release = r;
    pdn_str_release(&item->fetch.body);
    *out = r;

    return PDN_FOUND;
}


static int
pdn_rocks_address(pdn_sources_t *s, const pdn_source_t *source,
                  pdn_artifact_t *a, pdn_error_t *err)
{
    const char *name;
    char base[PDN_URL_MAX];

    (void) s;

    name = pdn_rocks_place(source, &a->entry->id, base);
    a->fetch.limit = PDN_ROCKS_ROCK_MAX;

    if (name == NULL
        || pdn_rocks_url(a->url, base, name, a->entry->version,
                         a->entry->art != NULL ? a->entry->art : "src")
               != 0)
    {
        return pdn_error(err, 502, "the address of %s is too long",
                         a->entry->id.name);
    }

    return 0;
}


static int
pdn_rocks_check(pdn_sources_t *s, const pdn_source_t *source, pdn_artifact_t *a,
                pdn_error_t *err)
{
    pdn_lock_entry_t *entry = a->entry;
    pdn_arena_t arena = { 0 };
    pdn_files_t files = { .arena = &arena };
    const pdn_file_t *text;
    pdn_rockspec_t spec;
    const char *name, *meta;
    int rc;

    (void) source;

    name = strchr(entry->id.name, '/');
    name = name != NULL ? name + 1 : entry->id.name;

    rc = pdn_rock_read(a->fetch.body.data, a->fetch.body.len, name,
                       entry->version, &files, &text, &spec, err);
    meta = rc == 0 ? pdn_rocks_hash(s, text->data, text->len, err) : NULL;
    pdn_arena_release(&arena);

    if (meta == NULL) {
        return -1;
    }

    if (entry->meta == NULL) {
        entry->meta = meta;
    }

    return strcmp(entry->meta, meta) == 0
               ? 0
               : pdn_error(err, 507,
                           "the rockspec in '%s' is not the one that the "
                           "server shows",
                           a->url);
}


const pdn_source_ops_t pdn_source_rocks = {
    .want = pdn_rocks_want,
    .versions = pdn_rocks_versions,
    .release = pdn_rocks_release,
    .address = pdn_rocks_address,
    .check = pdn_rocks_check,
    .search = pdn_rocks_search,
    .free = pdn_rocks_free,
};
