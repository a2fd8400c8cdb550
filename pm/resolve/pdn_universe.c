/* SPDX-License-Identifier: MIT */
/* Packages and what they need, asked for lazily; see pdn_universe.h. */

#include "pdn_universe.h"
#include "pdn_domain.h"
#include "pdn_runtime.h"

#include <string.h>


pdn_set_t *
pdn_universe_set(pdn_universe_t *u, const pdn_package_t *p)
{
    return pdn_arena_array(u->arena, p->words, sizeof(pdn_set_t));
}


static uint32_t
pdn_universe_hash(const pdn_id_t *id)
{
    const char *p;
    uint32_t h;

    h = 2166136261U;

    for (p = id->source; *p != '\0'; p++) {
        h = (h ^ (unsigned char) *p) * 16777619U;
    }

    h = (h ^ ':') * 16777619U;

    for (p = id->name; *p != '\0'; p++) {
        h = (h ^ (unsigned char) *p) * 16777619U;
    }

    return h;
}


/* The slot of an id: its package's number + 1, or 0 for a free one. */
static uint32_t *
pdn_universe_slot(pdn_universe_t *u, const pdn_id_t *id)
{
    size_t slot;

    slot = pdn_universe_hash(id) & (u->index_size - 1);

    while (u->index[slot] != 0
           && pdn_id_compare(&u->packages[u->index[slot] - 1]->id, id) != 0)
    {
        slot = (slot + 1) & (u->index_size - 1);
    }

    return &u->index[slot];
}


static int
pdn_universe_rehash(pdn_universe_t *u)
{
    size_t i;

    u->index_size = u->index_size == 0 ? 256 : u->index_size * 2;
    u->index = pdn_arena_array(u->arena, u->index_size, sizeof(*u->index));
    if (u->index == NULL) {
        return pdn_error_memory(u->err);
    }

    for (i = 0; i < u->n; i++) {
        *pdn_universe_slot(u, &u->packages[i]->id) = (uint32_t) i + 1;
    }

    return 0;
}


static int
pdn_universe_add(pdn_universe_t *u, const pdn_id_t *id, uint32_t *package)
{
    pdn_package_t *p, **packages;
    uint32_t *slot;

    if (u->n * 2 >= u->index_size && pdn_universe_rehash(u) != 0) {
        return -1;
    }

    slot = pdn_universe_slot(u, id);

    if (*slot != 0) {
        *package = *slot - 1;
        return 0;
    }

    packages = pdn_arena_grow(u->arena, u->packages, u->n, &u->cap,
                              sizeof(*packages));
    p = pdn_arena_alloc(u->arena, sizeof(*p));
    if (packages == NULL || p == NULL) {
        return pdn_error_memory(u->err);
    }

    p->id = *id;
    p->words = 1;
    p->rules = pdn_manifest_rules(u->how->manifest, id);
    p->runtime = strcmp(id->source, "runtime") == 0;
    u->packages = packages;
    u->packages[u->n] = p;
    *package = (uint32_t) u->n++;
    *slot = *package + 1;

    return 0;
}


int
pdn_universe_find(pdn_universe_t *u, const pdn_id_t *id, uint32_t *package)
{
    return pdn_universe_add(u, pdn_manifest_alias(u->how->manifest, id),
                            package);
}


static const pdn_dep_t *
pdn_universe_override(const pdn_universe_t *u, const pdn_id_t *id)
{
    const pdn_manifest_t *m;
    size_t i;

    m = u->how->manifest;

    for (i = 0; i < m->n_overrides; i++) {
        if (pdn_id_compare(&m->overrides[i].id, id) == 0) {
            return &m->overrides[i];
        }
    }

    return NULL;
}


/*
 * An alias may lead to a source of other rules, where the requirement makes
 * no sense: then any version does.
 */
static const char *
pdn_universe_req(const pdn_universe_t *u, const pdn_dep_t *dep,
                 const pdn_package_t *to)
{
    if (!to->runtime
        && pdn_manifest_rules(u->how->manifest, &dep->id) != to->rules) {
        return "";
    }

    return dep->req;
}


static int
pdn_universe_edge(pdn_universe_t *u, const pdn_package_t *from,
                  const pdn_dep_t *dep, pdn_edge_t *edge)
{
    pdn_package_t *to;
    pdn_rules_t rules;
    const char *req;

    to = u->packages[edge->to];
    edge->dep = dep;
    edge->overridden = to->runtime ? NULL : pdn_universe_override(u, &to->id);

    /* what the runtime should be is said in the rules of who says it */
    rules = to->runtime ? from->rules : to->rules;
    req = edge->overridden != NULL ? edge->overridden->req
                                   : pdn_universe_req(u, dep, to);

    if (dep == u->relaxed
        || (u->relaxed != NULL && edge->overridden == u->relaxed)
        || (u->forced != NULL && pdn_id_compare(u->forced, &to->id) == 0))
    {
        req = u->instead;
    }

    if (pdn_domain_load(u, to, req) != 0) {
        return -1;
    }

    edge->range = pdn_domain_range(u, to, rules, req);

    return edge->range != NULL ? 0 : -1;
}


/* An override says that a part of the runtime may be anything, even missing. */
static int
pdn_universe_is_waived(const pdn_universe_t *u, const pdn_package_t *to)
{
    return to->runtime
           && ((u->forced != NULL && pdn_id_compare(u->forced, &to->id) == 0)
               || pdn_universe_override(u, &to->id) != NULL);
}


/*
 * Says early which packages the dependencies lead to, then loads them. Those
 * that the candidate has already stay before them.
 */
static int
pdn_universe_edges(pdn_universe_t *u, const pdn_package_t *from,
                   const pdn_dep_t *deps, size_t n, pdn_candidate_t *c)
{
    const pdn_package_t *to;
    pdn_edge_t *edges;
    size_t i, k;

    edges = pdn_arena_array(u->arena, c->n_edges + n, sizeof(*edges));
    if (edges == NULL) {
        return pdn_error_memory(u->err);
    }

    if (c->n_edges != 0) {
        memcpy(edges, c->edges, c->n_edges * sizeof(*edges));
    }

    c->edges = edges;
    edges += c->n_edges;

    for (i = 0; i < n; i++) {
        if (pdn_universe_find(u, &deps[i].id, &edges[i].to) != 0) {
            return -1;
        }

        to = u->packages[edges[i].to];

        if (!to->loaded && !to->runtime && u->provider->want != NULL) {
            u->provider->want(u->provider, &to->id, deps[i].req, NULL);
        }
    }

    for (i = 0, k = 0; i < n; i++) {
        if (pdn_universe_is_waived(u, u->packages[edges[i].to])) {
            continue;
        }

        edges[k].to = edges[i].to;

        if (pdn_universe_edge(u, from, &deps[i], &edges[k]) != 0) {
            return -1;
        }

        k++;
    }

    c->n_edges += k;
    c->asked = 1;

    return 0;
}


int
pdn_universe_look(pdn_universe_t *u, uint32_t package, size_t version)
{
    pdn_package_t *p;
    pdn_candidate_t *c;
    pdn_found_t found;

    p = u->packages[package];
    c = &p->versions[version];

    if (c->asked) {
        return 0;
    }

    if (p->runtime || p->carried) {
        c->asked = 1;
        return 0;
    }

    found = c->release != NULL
                ? PDN_FOUND
                : u->provider->release(u->provider, &p->id, c->text,
                                       &c->release, u->err);

    if (found == PDN_REFUSED) {
        return -1;
    }

    if (found == PDN_MISSING) {
        c->asked = 1;
        c->gone = 1;
        return 0;
    }

    return pdn_universe_edges(u, p, c->release->deps, c->release->n_deps, c);
}


/* The manifest's own needs: packages and what the runtime should be. */
static int
pdn_universe_root(pdn_universe_t *u)
{
    static const pdn_id_t id = { "", "" };
    const pdn_manifest_t *m;
    pdn_candidate_t *c;
    pdn_package_t *p;
    uint32_t root;

    m = u->how->manifest;

    if (pdn_universe_add(u, &id, &root) != 0) {
        return -1;
    }

    p = u->packages[root];
    c = pdn_arena_alloc(u->arena, sizeof(*c));
    if (c == NULL) {
        return pdn_error_memory(u->err);
    }

    p->loaded = 1;
    p->versions = c;
    p->n = 1;
    c->text = "";

    return pdn_universe_edges(u, p, m->runtime, m->n_runtime, c) != 0
                   || pdn_universe_edges(u, p, m->deps, m->n_deps, c) != 0
               ? -1
               : 0;
}


int
pdn_universe_init(pdn_universe_t *u, pdn_arena_t *a, pdn_provider_t *p,
                  const pdn_resolve_how_t *how, pdn_error_t *err)
{
    pdn_universe_t fresh = {
        .arena = a,
        .provider = p,
        .how = how,
        .err = err,
        .relaxed = u->relaxed,
        .forced = u->forced,
        .instead = u->instead,
        .thorough = u->thorough,
    };

    *u = fresh;

    return pdn_universe_root(u);
}
