/* SPDX-License-Identifier: MIT */
/* From manifest and provider to a lock; see pdn_resolve.h. */

#include "pdn_resolve.h"
#include "pdn_advice.h"
#include "pdn_solver.h"

#include <stdlib.h>
#include <string.h>


/* What the manifest itself names must be there: said at once, and simply. */
static int
pdn_resolve_check_root(const pdn_universe_t *u)
{
    const pdn_candidate_t *root;
    char text[PDN_ID_MAX + 1];
    const pdn_source_t *source;
    const pdn_package_t *p;
    size_t i;

    root = u->packages[PDN_ROOT]->versions;

    for (i = 0; i < root->n_edges; i++) {
        p = u->packages[root->edges[i].to];

        if (!p->missing || p->runtime) {
            continue;
        }

        source = pdn_manifest_source(u->how->manifest, p->id.source);
        pdn_error_at(
            u->err, &root->edges[i].dep->span, 302,
            "there is no package '%s' (asked %s)", pdn_id_text(&p->id, text),
            source != NULL && source->url != NULL ? source->url : "the source");
        return pdn_error_help(u->err, "is its name or its source misspelt?");
    }

    return 0;
}


static int
pdn_resolve_order_id(const void *a, const void *b)
{
    return pdn_id_compare(a, b);
}


static int
pdn_resolve_order(const void *a, const void *b)
{
    return pdn_id_compare(&((const pdn_lock_entry_t *) a)->id,
                          &((const pdn_lock_entry_t *) b)->id);
}


/* What is neither fetched nor locked: the runtime and what it carries. */
static int
pdn_resolve_is_virtual(const pdn_package_t *p)
{
    return p->runtime || p->carried;
}


static int
pdn_resolve_deps(const pdn_universe_t *u, const pdn_candidate_t *c,
                 pdn_lock_entry_t *entry)
{
    const pdn_package_t *to;
    size_t i, n;

    entry->deps = pdn_arena_array(u->arena, c->n_edges, sizeof(*entry->deps));
    if (entry->deps == NULL) {
        return pdn_error_memory(u->err);
    }

    for (i = 0, n = 0; i < c->n_edges; i++) {
        to = u->packages[c->edges[i].to];
        if (!pdn_resolve_is_virtual(to)
            && pdn_id_compare(&to->id, &entry->id) != 0) {
            entry->deps[n++] = to->id;
        }
    }

    if (n != 0) {
        qsort(entry->deps, n, sizeof(*entry->deps), pdn_resolve_order_id);
    }

    for (i = 0; i < n; i++) {
        if (entry->n_deps == 0
            || pdn_id_compare(&entry->deps[entry->n_deps - 1], &entry->deps[i])
                   != 0)
        {
            entry->deps[entry->n_deps++] = entry->deps[i];
        }
    }

    return 0;
}


static int
pdn_resolve_is_updated(const pdn_resolve_how_t *how, const pdn_id_t *id)
{
    size_t i;

    for (i = 0; i < how->n_update; i++) {
        if (pdn_id_compare(&how->update[i], id) == 0) {
            return 1;
        }
    }

    return how->update_all;
}


/* What the source says now must be what the lock says, where both do. */
static int
pdn_resolve_keep(const pdn_universe_t *u, pdn_lock_entry_t *entry)
{
    const pdn_lock_entry_t *old;
    char text[PDN_ID_MAX + 1];

    old = u->how->old == NULL ? NULL : pdn_lock_find(u->how->old, &entry->id);
    entry->changed = 1;

    if (old == NULL || strcmp(old->version, entry->version) != 0
        || old->place.kind != entry->place.kind
        || (old->art != NULL && entry->art != NULL
            && strcmp(old->art, entry->art) != 0))
    {
        return 0;
    }

    /* a branch or a folder may move; only `update` follows it */
    if (entry->place.kind == PDN_PLACE_GIT && old->commit != NULL
        && entry->commit != NULL && strcmp(old->commit, entry->commit) != 0)
    {
        return 0;
    }

    if (!pdn_resolve_is_updated(u->how, &entry->id)
        && ((old->src != NULL && entry->src != NULL
             && strcmp(old->src, entry->src) != 0)
            || (old->meta != NULL && entry->meta != NULL
                && strcmp(old->meta, entry->meta) != 0)))
    {
        return pdn_error(u->err, 206,
                         "'%s' %s is not what it was when it was locked",
                         pdn_id_text(&entry->id, text), entry->version);
    }

    entry->changed = 0;
    entry->art = entry->art != NULL ? entry->art : old->art;

    if (entry->src == NULL && !pdn_resolve_is_updated(u->how, &entry->id)) {
        entry->src = old->src;
        entry->size = old->size;
    }

    entry->meta = entry->meta != NULL ? entry->meta : old->meta;

    return 0;
}


static int
pdn_resolve_entry(const pdn_universe_t *u, const pdn_package_t *p,
                  const pdn_candidate_t *c, pdn_lock_entry_t *entry)
{
    const pdn_release_t *release;
    const pdn_dep_t *dep;

    release = c->release;
    entry->id = p->id;
    entry->version = c->text;
    entry->art = release->art;
    entry->src = release->src;
    entry->meta = release->meta;
    entry->size = release->size;
    entry->build = release->build;
    entry->by = release->by;
    entry->commit = release->commit;

    dep = pdn_manifest_dep(u->how->manifest, &p->id);
    if (dep != NULL) {
        entry->place = dep->place;
        entry->src = dep->place.sha256 != NULL ? dep->place.sha256 : entry->src;
    }

    return pdn_resolve_deps(u, c, entry) != 0 ? -1 : pdn_resolve_keep(u, entry);
}


static int
pdn_resolve_lock(const pdn_universe_t *u, const pdn_solver_t *s,
                 pdn_lock_t *out)
{
    const pdn_package_t *p;
    long choice;
    size_t i;

    memset(out, 0, sizeof(*out));
    out->items = pdn_arena_array(u->arena, u->n, sizeof(*out->items));
    if (out->items == NULL) {
        return pdn_error_memory(u->err);
    }

    for (i = PDN_ROOT + 1; i < u->n; i++) {
        p = u->packages[i];
        choice = pdn_solver_choice(s, (uint32_t) i);

        if (choice < 0 || pdn_resolve_is_virtual(p)) {
            continue;
        }

        if (pdn_resolve_entry(u, p, &p->versions[choice], &out->items[out->n++])
            != 0) {
            return -1;
        }
    }

    if (out->n != 0) {
        qsort(out->items, out->n, sizeof(*out->items), pdn_resolve_order);
    }

    return 0;
}


/* Once more with all that can be had for nothing, for the better words. */
static int
pdn_resolve_explain(pdn_universe_t *u, pdn_solver_t *first)
{
    pdn_solver_t *s;
    pdn_universe_t again;

    memset(&again, 0, sizeof(again));
    again.thorough = 1;

    if (pdn_universe_init(&again, u->arena, u->provider, u->how, u->err) != 0) {
        return -1;
    }

    s = pdn_solver_create(&again, PDN_SOLVER_STEPS_AGAIN);
    if (s == NULL) {
        return pdn_error_memory(u->err);
    }

    if (pdn_solver_run(s) == PDN_UNSOLVABLE) {
        pdn_advice(&again, pdn_solver_proof(s));
    } else {
        pdn_advice(u, pdn_solver_proof(first));
    }

    return -1;
}


int
pdn_resolve(pdn_arena_t *a, pdn_provider_t *p, const pdn_resolve_how_t *how,
            pdn_lock_t *out, pdn_error_t *err)
{
    pdn_universe_t u;
    pdn_solver_t *s;

    memset(&u, 0, sizeof(u));

    if (pdn_universe_init(&u, a, p, how, err) != 0
        || pdn_resolve_check_root(&u) != 0)
    {
        return -1;
    }

    s = pdn_solver_create(&u, PDN_SOLVER_STEPS);
    if (s == NULL) {
        return pdn_error_memory(err);
    }

    switch (pdn_solver_run(s)) {

    case PDN_SOLVED:
        return pdn_resolve_lock(&u, s, out);

    case PDN_UNSOLVABLE:
        return pdn_resolve_explain(&u, s);

    case PDN_UNSOLVED:
        break;
    }

    return -1;
}
