/* SPDX-License-Identifier: MIT */
/* Sources that a rockspec points to; see pdn_rocks_source.h. */

#include "pdn_rocks_source.h"
#include "pdn_archive.h"
#include "pdn_places.h"

#include <string.h>


int
pdn_rocks_source_is(const pdn_lock_entry_t *entry)
{
    return entry->art != NULL && strcmp(entry->art, "rockspec") == 0
           && entry->place.kind == PDN_PLACE_SOURCE;
}


/* "git+https://..." and "git://..." are fetched over https. */
static int
pdn_rocks_source_place(pdn_sources_t *s, const pdn_rockspec_t *spec,
                       pdn_place_t *place, pdn_error_t *err)
{
    const char *url = spec->url;

    memset(place, 0, sizeof(pdn_place_t));

    if (url == NULL) {
        return pdn_error(err, 405, "the rockspec of %s names no source",
                         spec->name);
    }

    if (strncmp(url, "git+", 4) == 0) {
        place->kind = PDN_PLACE_GIT;
        place->url = strncmp(url, "git+file:", 9) == 0 ? NULL : url + 4;

    } else if (strncmp(url, "git://", 6) == 0) {
        place->kind = PDN_PLACE_GIT;
        place->url = pdn_arena_printf(&s->arena, "https://%s", url + 6);

    } else {
        place->kind = PDN_PLACE_URL;
        place->url = url;
    }

    /* files of this machine are no server's business */
    if (place->url == NULL || strncmp(place->url, "file:", 5) == 0
        || place->url[0] == '/')
    {
        return pdn_error(err, 502, "the rockspec of %s wants '%s'", spec->name,
                         url);
    }

    place->rev = spec->tag;

    return 0;
}


static int
pdn_rocks_source_spec(pdn_sources_t *s, pdn_lock_entry_t *entry,
                      pdn_file_t *text, pdn_rockspec_t *spec, pdn_error_t *err)
{
    pdn_artifact_t a = { .entry = entry, .sources = s };
    const pdn_source_ops_t *ops;
    const pdn_source_t *source;
    pdn_str_t body = { 0 };
    char hex[PDN_DIGEST_HEX + 1];
    pdn_digest_t sum;
    int rc;

    ops = pdn_sources_of(s, &entry->id, &source, err);
    if (ops == NULL || ops->address(s, source, &a, err) != 0) {
        return -1;
    }

    rc = pdn_sources_text(s, a.url, PDN_ROCKSPEC_MAX, &body, err);
    if (rc != 1) {
        pdn_str_release(&body);
        return rc == 0 ? pdn_error(err, 406, "'%s' is not there", a.url) : -1;
    }

    text->path = pdn_arena_text(&s->arena, strrchr(a.url, '/') + 1,
                                strlen(strrchr(a.url, '/') + 1));
    text->data = pdn_arena_text(&s->arena, body.data, body.len);
    text->len = body.len;
    pdn_str_release(&body);

    if (text->path == NULL || text->data == NULL) {
        return pdn_error_memory(err);
    }

    if (pdn_digest(text->data, text->len, &sum, err) != 0) {
        return -1;
    }

    pdn_digest_hex(&sum, hex);

    if (entry->meta != NULL && strcmp(entry->meta, hex) != 0) {
        return pdn_error(err, 501,
                         "the rockspec '%s' has changed since it was "
                         "locked",
                         a.url);
    }

    entry->meta = pdn_arena_text(&s->arena, hex, PDN_DIGEST_HEX);

    return pdn_rockspec_read(&s->arena, text->path, text->data, text->len, spec,
                             err);
}


int
pdn_rocks_source_tree(pdn_sources_t *s, pdn_lock_entry_t *entry,
                      pdn_files_t *out, pdn_error_t *err)
{
    pdn_files_t all = { .arena = out->arena };
    pdn_lock_entry_t fake;
    pdn_rockspec_t spec;
    pdn_file_t text;
    const char *folder;

    if (pdn_rocks_source_spec(s, entry, &text, &spec, err) != 0) {
        return -1;
    }

    fake = *entry;

    if (pdn_rocks_source_place(s, &spec, &fake.place, err) != 0
        || pdn_places_tree(s, &fake, &all, err) != 0)
    {
        return pdn_error_within(err, "the source of %s", spec.name);
    }

    entry->src = fake.src;
    entry->size = fake.size;

    /* `dir` counts from outside of the folder that archives have */
    folder = "";
    if (spec.dir != NULL && fake.place.kind == PDN_PLACE_GIT) {
        folder = strchr(spec.dir, '/');
        folder = folder != NULL
                     ? pdn_arena_printf(out->arena, "%s/", folder + 1)
                     : "";
    }

    if (folder == NULL || pdn_package_strip(&all, folder, out, err) != 0) {
        return -1;
    }

    return pdn_files_find(out, text.path) != NULL
               ? 0
               : pdn_files_add(out, text.path, strlen(text.path), text.data,
                               text.len, 0, err);
}
