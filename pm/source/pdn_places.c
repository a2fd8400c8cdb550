/* SPDX-License-Identifier: MIT */
/* Packages with a place of their own; see pdn_places.h. */

#include "pdn_places.h"
#include "pdn_archive.h"
#include "pdn_git.h"

#include <stdlib.h>
#include <string.h>

#define PDN_PLACES_ARCHIVE_MAX (256 * 1024 * 1024)

typedef struct pdn_places_item_s pdn_places_item_t;

struct pdn_places_item_s {
    pdn_places_item_t *next;
    pdn_lock_entry_t entry;
    pdn_release_t release;
    pdn_listed_t listed;
};

/* What is no part of the package in a folder that somebody works in. */
static const char *const pdn_places_skip[] = {
    ".git", "lua_modules", ".pandan", ".luarocks", "node_modules", NULL,
};


static const pdn_place_t *
pdn_places_find(pdn_sources_t *s, const pdn_id_t *id)
{
    const pdn_manifest_t *m = &s->project->manifest;
    const pdn_dep_t *lists[] = { m->overrides, m->deps };
    size_t counts[] = { m->n_overrides, m->n_deps };
    size_t i, j;

    for (i = 0; i < 2; i++) {
        for (j = 0; j < counts[i]; j++) {
            if (lists[i][j].place.kind != PDN_PLACE_SOURCE
                && pdn_id_compare(&lists[i][j].id, id) == 0)
            {
                return &lists[i][j].place;
            }
        }
    }

    return NULL;
}


int
pdn_places_has(pdn_sources_t *s, const pdn_id_t *id)
{
    return pdn_places_find(s, id) != NULL;
}


static int
pdn_places_path(pdn_sources_t *s, const pdn_place_t *place, pdn_files_t *out,
                pdn_error_t *err)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s%s%s",
                 place->path[0] == '/' ? "" : s->project->root,
                 place->path[0] == '/' ? "" : "/", place->path)
        >= (int) sizeof(path))
    {
        return pdn_error(err, 620, "the path '%s' is too long", place->path);
    }

    return pdn_files_read(out, path, pdn_places_skip, err);
}


/* The bytes of an archive whose hash the manifest states. */
static int
pdn_places_download(pdn_sources_t *s, pdn_lock_entry_t *entry, pdn_str_t *bytes,
                    pdn_error_t *err)
{
    pdn_fetch_t f = { .url = entry->place.url,
                      .limit = PDN_PLACES_ARCHIVE_MAX };
    const char *wanted;
    char hex[PDN_DIGEST_HEX + 1];
    pdn_digest_t sum;
    int rc;

    if (pdn_sources_store(s, err) == NULL) {
        return -1;
    }

    /* the manifest states it, or the lock does, or it is seen first */
    wanted = entry->place.sha256 != NULL ? entry->place.sha256 : entry->src;

    if (wanted != NULL && pdn_cache_get(&s->store, wanted, bytes)) {
        entry->src = wanted;
        return 0;
    }

    if (pdn_sources_net(s, err) == NULL) {
        return -1;
    }

    pdn_net_add(s->net, &f);
    rc = pdn_sources_await(s, &f, err);
    rc = rc == 0 ? pdn_sources_status(&f, err) : rc;
    rc = rc == 0 ? pdn_digest(pdn_str_z(&f.body), f.body.len, &sum, err) : rc;

    if (rc == 0) {
        pdn_digest_hex(&sum, hex);

        if (wanted != NULL && strcmp(hex, wanted) != 0) {
            rc = pdn_error(err, 501, "'%s' has the sha256 %s, and not %s",
                           entry->place.url, hex, wanted);
        } else {
            entry->src = pdn_arena_text(&s->arena, hex, PDN_DIGEST_HEX);
            rc = pdn_cache_put(&s->store, hex, f.body.data, f.body.len, err);
        }
    }

    if (rc == 0) {
        pdn_str_release(bytes);
        *bytes = f.body;
        memset(&f.body, 0, sizeof(f.body));
    }

    pdn_fetch_release(&f);

    return rc;
}


static int
pdn_places_url(pdn_sources_t *s, pdn_lock_entry_t *entry, pdn_files_t *out,
               pdn_error_t *err)
{
    pdn_files_t all = { .arena = out->arena };
    pdn_str_t bytes = { 0 };
    const char *folder;
    char *copy;
    int rc;

    rc = pdn_places_download(s, entry, &bytes, err);

    /* names and bytes of the files stay in the arena; so must these */
    copy = rc == 0 ? pdn_arena_text(out->arena, bytes.data, bytes.len) : NULL;
    rc = rc == 0 && copy == NULL ? pdn_error_memory(err) : rc;
    rc = rc == 0 ? pdn_archive_read(copy, bytes.len, &all, err) : rc;
    folder = rc == 0 ? pdn_files_common(&all, err) : NULL;

    if (folder != NULL) {
        rc = pdn_package_strip(&all, folder, out, err);
        entry->size = bytes.len;
    }

    pdn_str_release(&bytes);

    return folder != NULL ? rc : -1;
}


static int
pdn_places_git(pdn_sources_t *s, pdn_lock_entry_t *entry, pdn_files_t *out,
               pdn_error_t *err)
{
    char commit[41], hash[65];
    const char *rev;

    if (pdn_sources_store(s, err) == NULL) {
        return -1;
    }

    rev = entry->commit != NULL ? entry->commit : entry->place.rev;

    if (pdn_git_fetch(&s->store, entry->place.url, rev,
                      s->project->settings.offline, commit, out, err)
            != 0
        || pdn_package_hash(out, hash, err) != 0)
    {
        return -1;
    }

    if (entry->src != NULL && strcmp(entry->src, hash) != 0) {
        return pdn_error(err, 501,
                         "the files of '%s' at %s are not those of "
                         "the lock",
                         entry->place.url, commit);
    }

    entry->commit = pdn_arena_text(&s->arena, commit, 40);
    entry->src = pdn_arena_text(&s->arena, hash, 64);

    return entry->commit != NULL && entry->src != NULL ? 0
                                                       : pdn_error_memory(err);
}


int
pdn_places_tree(pdn_sources_t *s, pdn_lock_entry_t *entry, pdn_files_t *out,
                pdn_error_t *err)
{
    switch (entry->place.kind) {
    case PDN_PLACE_PATH:
        return pdn_places_path(s, &entry->place, out, err);

    case PDN_PLACE_URL:
        return pdn_places_url(s, entry, out, err);

    default:
        return pdn_places_git(s, entry, out, err);
    }
}


/* The version under the rules of the id's source; trees may have others. */
static const char *
pdn_places_version(pdn_sources_t *s, const pdn_id_t *id, const char *said)
{
    pdn_version_err_t why;

    if (said != NULL
        && pdn_version_parse(&s->arena,
                             pdn_manifest_rules(&s->project->manifest, id),
                             said, strlen(said), &why)
               != NULL)
    {
        return said;
    }

    return "0.0.0";
}


static pdn_places_item_t *
pdn_places_item(pdn_sources_t *s, const pdn_id_t *id, pdn_error_t *err)
{
    pdn_files_t tree = { .arena = &s->arena };
    pdn_places_item_t *item;
    pdn_tree_about_t about;

    for (item = s->places; item != NULL; item = item->next) {
        if (pdn_id_compare(&item->entry.id, id) == 0) {
            return item;
        }
    }

    item = pdn_arena_alloc(&s->arena, sizeof(pdn_places_item_t));
    if (item == NULL) {
        pdn_error_memory(err);
        return NULL;
    }

    item->entry.id.source = pdn_arena_text(&s->arena, id->source,
                                           strlen(id->source));
    item->entry.id.name = pdn_arena_text(&s->arena, id->name, strlen(id->name));
    item->entry.place = *pdn_places_find(s, id);

    if (pdn_places_tree(s, &item->entry, &tree, err) != 0
        || pdn_package_about(&tree, NULL, &about, err) != 0)
    {
        return NULL;
    }

    item->listed.version = pdn_places_version(s, id, about.version);
    item->release.version = item->listed.version;
    item->release.deps = about.deps;
    item->release.n_deps = about.n_deps;
    item->release.build = about.runs;
    item->release.src = item->entry.src;
    item->release.size = item->entry.size;
    item->release.commit = item->entry.commit;
    item->release.summary = about.summary;
    item->release.license = about.license;

    item->next = s->places;
    s->places = item;

    return item;
}


pdn_found_t
pdn_places_versions(pdn_sources_t *s, const pdn_id_t *id, pdn_versions_t *out,
                    pdn_error_t *err)
{
    pdn_places_item_t *item;

    item = pdn_places_item(s, id, err);
    if (item == NULL) {
        return PDN_REFUSED;
    }

    out->items = &item->listed;
    out->n = 1;
    out->complete = 1;

    return PDN_FOUND;
}


pdn_found_t
pdn_places_release(pdn_sources_t *s, const pdn_id_t *id,
                   const pdn_release_t **out, pdn_error_t *err)
{
    pdn_places_item_t *item;

    item = pdn_places_item(s, id, err);
    if (item == NULL) {
        return PDN_REFUSED;
    }

    *out = &item->release;

    return PDN_FOUND;
}


/* All of it lies in the arena of the sources. */
void
pdn_places_free(pdn_sources_t *s)
{
    s->places = NULL;
}
