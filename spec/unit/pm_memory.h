/*
 * SPDX-License-Identifier: MIT
 *
 * A provider whose packages lie in memory. It counts what it is asked, can
 * keep opm's habit of listing nothing, and can know no dependencies before a
 * release is asked for.
 */

#ifndef PDN_TEST_MEMORY_H
#define PDN_TEST_MEMORY_H

#include "pm.h"

#define PM_MEMORY_SLOTS 4096

typedef struct {
    pdn_id_t id;
    pdn_listed_t *listed;
    pdn_release_t *releases;
    size_t n;
    size_t cap_listed;
    size_t cap_releases;
    unsigned char *shown; /* of an incomplete list: asked for by now */
} pm_package_t;

typedef struct {
    pdn_arena_t *arena;
    const pdn_manifest_t *manifest;
    pm_package_t *packages;
    size_t n;
    size_t cap;
    size_t asked; /* releases */
    unsigned whole : 1;
    pdn_provider_t provider;
    uint32_t slots[PM_MEMORY_SLOTS];
} pm_memory_t;


/* By open addressing; what it costs must not hide what the resolver costs. */
static uint32_t *
pm_memory_slot(pm_memory_t *m, const pdn_id_t *id)
{
    const char *p;
    uint32_t h;

    for (h = (unsigned char) id->source[0], p = id->name; *p != '\0'; p++) {
        h = h * 31 + (unsigned char) *p;
    }

    for (h %= PM_MEMORY_SLOTS;
         m->slots[h] != 0
         && pdn_id_compare(&m->packages[m->slots[h] - 1].id, id) != 0;
         h = (h + 1) % PM_MEMORY_SLOTS)
    {
        /* void */
    }

    return &m->slots[h];
}


static pm_package_t *
pm_memory_find(pm_memory_t *m, const pdn_id_t *id)
{
    uint32_t *slot;

    slot = pm_memory_slot(m, id);

    return *slot != 0 ? &m->packages[*slot - 1] : NULL;
}


/* Adds a version; its dependencies are copied by reference. */
static pdn_release_t *
pm_memory_add(pm_memory_t *m, const pdn_id_t *id, const char *version)
{
    pm_package_t *p;

    p = pm_memory_find(m, id);

    if (p == NULL) {
        m->packages = pdn_arena_grow(m->arena, m->packages, m->n, &m->cap,
                                     sizeof(*m->packages));
        p = &m->packages[m->n++];
        memset(p, 0, sizeof(*p));
        p->id = *id;
        *pm_memory_slot(m, id) = (uint32_t) m->n;
    }

    p->listed = pdn_arena_grow(m->arena, p->listed, p->n, &p->cap_listed,
                               sizeof(*p->listed));
    p->releases = pdn_arena_grow(m->arena, p->releases, p->n, &p->cap_releases,
                                 sizeof(*p->releases));
    memset(&p->listed[p->n], 0, sizeof(*p->listed));
    memset(&p->releases[p->n], 0, sizeof(*p->releases));
    p->listed[p->n].version = version;
    p->releases[p->n].version = version;

    return &p->releases[p->n++];
}


/* As opm's server: the highest that admits, and what was shown before. */
static void
pm_memory_show(pm_memory_t *m, pm_package_t *p, const char *text,
               pdn_versions_t *out)
{
    pdn_version_t *v, *best;
    pdn_version_err_t bad;
    pdn_listed_t *items;
    pdn_req_t *req;
    size_t i, found;

    if (p->shown == NULL) {
        p->shown = pdn_arena_alloc(m->arena, p->n);
    }

    req = pdn_req_parse(m->arena, PDN_RULES_OPM, text, strlen(text), &bad);
    best = NULL;
    found = p->n;

    for (i = 0; req != NULL && i < p->n; i++) {
        v = pdn_version_parse(m->arena, PDN_RULES_OPM, p->listed[i].version,
                              strlen(p->listed[i].version), &bad);
        if (pdn_req_admits(req, v)
            && (best == NULL || pdn_version_compare(v, best) > 0))
        {
            best = v;
            found = i;
        }
    }

    if (found < p->n) {
        p->shown[found] = 1;
    }

    items = pdn_arena_array(m->arena, p->n, sizeof(*items));
    out->items = items;

    for (i = 0, out->n = 0; i < p->n; i++) {
        if (p->shown[i]) {
            items[out->n++] = p->listed[i];
        }
    }
}


static pdn_found_t
pm_memory_versions(pdn_provider_t *provider, const pdn_id_t *id,
                   const char *req, pdn_versions_t *out, pdn_error_t *err)
{
    pm_package_t *p;
    pm_memory_t *m;

    (void) err;

    m = provider->data;
    p = pm_memory_find(m, id);
    if (p == NULL) {
        return PDN_MISSING;
    }

    out->whole = m->whole;

    if (strcmp(id->source, "opm") == 0) {
        pm_memory_show(m, p, req, out);
        return PDN_FOUND;
    }

    out->items = p->listed;
    out->n = p->n;
    out->complete = 1;

    return PDN_FOUND;
}


static pdn_found_t
pm_memory_release(pdn_provider_t *provider, const pdn_id_t *id,
                  const char *version, const pdn_release_t **out,
                  pdn_error_t *err)
{
    pm_package_t *p;
    pm_memory_t *m;
    size_t i;

    (void) err;

    m = provider->data;
    p = pm_memory_find(m, id);
    m->asked++;

    for (i = 0; p != NULL && i < p->n; i++) {
        if (strcmp(p->releases[i].version, version) == 0) {
            *out = &p->releases[i];
            return p->releases[i].build != NULL
                           && strcmp(p->releases[i].build, "gone") == 0
                       ? PDN_MISSING
                       : PDN_FOUND;
        }
    }

    return PDN_MISSING;
}


static void
pm_memory_init(pm_memory_t *m, pdn_arena_t *a)
{
    memset(m, 0, sizeof(*m));
    m->arena = a;
    m->provider.versions = pm_memory_versions;
    m->provider.release = pm_memory_release;
    m->provider.data = m;
}

#endif
