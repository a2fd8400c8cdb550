/* SPDX-License-Identifier: MIT */
/* Looking for packages by words; see pdn_search.h. */

#include "pdn_search.h"
#include "pdn_sources.h"

#include <stdlib.h>
#include <string.h>


int
pdn_query_fits(const pdn_query_t *words, const char *text)
{
    size_t i;

    for (i = 0; i < words->n; i++) {
        if (strcasestr(text, words->items[i]) == NULL) {
            return 0;
        }
    }

    return 1;
}


int
pdn_finds_add(pdn_finds_t *finds, const char *source, const char *name,
              const char *version, const char *summary)
{
    const char *in[] = { source, name, version, summary };
    const char *texts[4] = { NULL };
    pdn_find_t *find;
    size_t i;

    find = pdn_arena_grow(finds->arena, finds->items, finds->n, &finds->cap,
                          sizeof(pdn_find_t));
    if (find == NULL) {
        return -1;
    }

    finds->items = find;

    for (i = 0; i < 4; i++) {
        if (in[i] == NULL) {
            continue;
        }

        texts[i] = pdn_arena_text(finds->arena, in[i], strlen(in[i]));
        if (texts[i] == NULL) {
            return -1;
        }
    }

    finds->items[finds->n++] = (pdn_find_t){ texts[0], texts[1], texts[2],
                                             texts[3] };

    return 0;
}


static int
pdn_search_order(const void *a, const void *b)
{
    return strcmp(((const pdn_find_t *) a)->name,
                  ((const pdn_find_t *) b)->name);
}


static int
pdn_search_one(pdn_sources_t *s, const pdn_source_t *source,
               const pdn_query_t *words, pdn_finds_t *out, pdn_error_t *err)
{
    const pdn_source_ops_t *ops;
    const pdn_source_t *same;
    pdn_id_t id = { .source = source->name, .name = "" };
    size_t before;
    int rc;

    ops = pdn_sources_of(s, &id, &same, err);
    if (ops == NULL) {
        return -1;
    }

    if (ops->search == NULL) {
        return pdn_error(err, 303, "'%s' cannot be searched", source->url);
    }

    before = out->n;
    rc = ops->search(s, source, words, out, err);

    if (out->n > before) {
        qsort(out->items + before, out->n - before, sizeof(pdn_find_t),
              pdn_search_order);
    }

    return rc;
}


/* Is it one that is asked when none is named? */
static int
pdn_search_is_asked(pdn_sources_t *s, const pdn_source_t *source)
{
    pdn_id_t id = { .source = source->name, .name = "" };
    const pdn_source_ops_t *ops;
    const pdn_source_t *same;
    pdn_error_t ignored = { 0 };

    ops = source->kind != PDN_SOURCE_RUNTIME && source->url != NULL
              ? pdn_sources_of(s, &id, &same, &ignored)
              : NULL;
    pdn_error_release(&ignored);

    return ops != NULL && ops->search != NULL;
}


int
pdn_search(pdn_provider_t *provider, const char *only, const pdn_query_t *words,
           pdn_finds_t *out, pdn_error_t *err)
{
    pdn_sources_t *s = provider->data;
    const pdn_manifest_t *m = &s->project->manifest;
    pdn_error_t later = { 0 };
    size_t i;
    int rc;

    if (only != NULL) {
        for (i = 0; i < m->n_sources; i++) {
            if (strcmp(m->sources[i].name, only) == 0) {
                return pdn_search_one(s, &m->sources[i], words, out, err);
            }
        }

        return pdn_error(err, 303, "there is no source '%s'", only);
    }

    for (i = 0, rc = 0; i < m->n_sources; i++) {
        if (pdn_search_is_asked(s, &m->sources[i])
            && pdn_search_one(s, &m->sources[i], words, out,
                              rc == 0 ? err : &later)
                   != 0)
        {
            rc = -1;
        }
    }

    pdn_error_release(&later);

    return rc;
}
