/* SPDX-License-Identifier: MIT */
/* Our own registries as a source; see pdn_known_registry.h. */

#include "pdn_known_registry.h"
#include "pdn_package.h"

#include <string.h>

#define PDN_REGISTRY_PACKAGE_MAX (128 * 1024 * 1024)
#define PDN_REGISTRY_SEARCH_ASKS 20


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
    d.text = rc == 1 ? pdn_arena_text(&s->arena, pdn_str_z(&text), text.len)
                     : NULL;
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


const pdn_source_ops_t pdn_source_registry = {
    .want = pdn_known_want,
    .versions = pdn_known_versions,
    .release = pdn_known_release,
    .address = pdn_known_address,
    .check = pdn_known_check,
    .search = pdn_known_search,
    .free = pdn_known_free,
};
