/* SPDX-License-Identifier: MIT */
/* The lists of LuaRocks servers; see pdn_rocks_index.h. */

#include "pdn_rocks_index.h"
#include "pdn_luadata.h"

#include <stdlib.h>
#include <string.h>

#define PDN_ROCKS_INDEX_MAX (128 * 1024 * 1024)

/* The kinds of files of one version; a smaller number is better. */
static const char *const pdn_rocks_arts[] = {
    "all",
#if defined(__x86_64__)
    "linux-x86_64",
#elif defined(__aarch64__)
    "linux-aarch64",
#endif
    "src",          "rockspec", NULL,
};


pdn_rocks_t *
pdn_rocks_state(pdn_sources_t *s, pdn_error_t *err)
{
    if (s->state[PDN_SOURCE_ROCKS] == NULL) {
        s->state[PDN_SOURCE_ROCKS] = calloc(1, sizeof(pdn_rocks_t));
        if (s->state[PDN_SOURCE_ROCKS] == NULL) {
            pdn_error_memory(err);
        }
    }

    return s->state[PDN_SOURCE_ROCKS];
}


const char *
pdn_rocks_place(const pdn_source_t *source, const pdn_id_t *id,
                char base[PDN_URL_MAX])
{
    const char *slash;
    char below[300];

    slash = strchr(id->name, '/');

    if (slash == NULL) {
        return pdn_url_join(base, source->url, "") == 0 ? id->name : NULL;
    }

    snprintf(below, sizeof(below), "manifests/%.*s/", (int) (slash - id->name),
             id->name);

    return pdn_url_join(base, source->url, below) == 0 ? slash + 1 : NULL;
}


static int
pdn_rocks_load(pdn_sources_t *s, pdn_rocks_index_t *index, pdn_error_t *err)
{
    static const char *const names[] = { "manifest-5.1", "manifest" };
    pdn_rocks_t *rocks = s->state[PDN_SOURCE_ROCKS];
    pdn_str_t text = { 0 };
    char url[PDN_URL_MAX];
    size_t i;
    int rc;

    rc = 0;
    for (i = 0; rc == 0 && i < 2; i++) {
        rc = pdn_url_join(url, index->url, names[i]) == 0
                 ? pdn_sources_text(s, url, PDN_ROCKS_INDEX_MAX, &text, err)
                 : pdn_error(err, 502, "the address is too long");
    }

    if (rc != 1) {
        pdn_str_release(&text);
        return rc == 0 ? pdn_error(err, 402,
                                   "'%s' has no manifest-5.1: it is "
                                   "no LuaRocks server",
                                   index->url)
                       : -1;
    }

    index->document.file = pdn_arena_text(&rocks->arena, url, strlen(url));
    index->document.text = pdn_arena_text(&rocks->arena, text.data, text.len);
    index->document.len = text.len;
    pdn_str_release(&text);

    if (index->document.file == NULL || index->document.text == NULL) {
        return pdn_error_memory(err);
    }

    if (pdn_luadata_read(&rocks->arena, &index->document, PDN_LUADATA_GLOBALS,
                         err)
        != 0)
    {
        pdn_error_within(err, "cannot read '%s'", url);
        err->number = 405;
        return -1;
    }

    index->repository = pdn_value_get(&index->document.root, "repository");
    if (index->repository == NULL || index->repository->type != PDN_TABLE) {
        return pdn_error(err, 405, "'%s' lists no rocks", url);
    }

    return 0;
}


const pdn_rocks_index_t *
pdn_rocks_index(pdn_sources_t *s, const char *base, pdn_error_t *err)
{
    pdn_rocks_t *rocks;
    pdn_rocks_index_t *index;

    rocks = pdn_rocks_state(s, err);
    if (rocks == NULL) {
        return NULL;
    }

    for (index = rocks->indexes; index != NULL; index = index->next) {
        if (strcmp(index->url, base) == 0) {
            return index;
        }
    }

    index = pdn_arena_alloc(&rocks->arena, sizeof(pdn_rocks_index_t));
    if (index == NULL) {
        pdn_error_memory(err);
        return NULL;
    }

    index->url = pdn_arena_text(&rocks->arena, base, strlen(base));
    if (index->url == NULL || pdn_rocks_load(s, index, err) != 0) {
        return NULL;
    }

    index->next = rocks->indexes;
    rocks->indexes = index;

    return index;
}


int
pdn_rocks_lists(const pdn_value_t *files, const char *art)
{
    const char *arch;
    size_t i;

    for (i = 1; i <= pdn_value_count(files); i++) {
        arch = pdn_value_get_text(pdn_value_at(files, i), "arch");
        if (arch != NULL && strcmp(arch, art) == 0) {
            return 1;
        }
    }

    return 0;
}


const char *
pdn_rocks_art(const pdn_value_t *files)
{
    const char *const *art;

    for (art = pdn_rocks_arts; *art != NULL; art++) {
        if (pdn_rocks_lists(files, *art)) {
            return *art;
        }
    }

    return NULL;
}


/* The newest version that is no branch, else the newest branch. */
static const char *
pdn_rocks_newest(pdn_arena_t *a, const pdn_value_t *package)
{
    const pdn_version_t *version, *best;
    const pdn_pair_t *pair;
    pdn_version_err_t why;
    const char *text;
    size_t i;
    int order;

    for (i = 0, best = NULL, text = NULL; i < package->n; i++) {
        pair = &package->pairs[i];
        version = pair->key != NULL && pdn_rocks_art(&pair->value) != NULL
                      ? pdn_version_parse(a, PDN_RULES_ROCKS, pair->key,
                                          pair->key_len, &why)
                      : NULL;
        if (version == NULL) {
            continue;
        }

        order = best == NULL ? 1
                             : pdn_version_is_special(best)
                                   - pdn_version_is_special(version);

        if (order > 0 || (order == 0 && pdn_version_compare(version, best) > 0))
        {
            best = version;
            text = pair->key;
        }
    }

    return text;
}


/* Lists tell names only: what a rock is for stands in its rockspec. */
int
pdn_rocks_search(pdn_sources_t *s, const pdn_source_t *source,
                 const pdn_query_t *words, pdn_finds_t *out, pdn_error_t *err)
{
    const pdn_rocks_index_t *index;
    const pdn_pair_t *pair;
    char base[PDN_URL_MAX];
    const char *version;
    size_t i;

    index = pdn_url_join(base, source->url, "") == 0
                ? pdn_rocks_index(s, base, err)
                : NULL;
    if (index == NULL) {
        return -1;
    }

    for (i = 0; i < index->repository->n; i++) {
        pair = &index->repository->pairs[i];

        if (pair->key == NULL || pair->value.type != PDN_TABLE
            || !pdn_query_fits(words, pair->key))
        {
            continue;
        }

        version = pdn_rocks_newest(&s->arena, &pair->value);

        if (version != NULL
            && pdn_finds_add(out, source->name, pair->key, version, NULL) != 0)
        {
            return pdn_error_memory(err);
        }
    }

    return 0;
}
