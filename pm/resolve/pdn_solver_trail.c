/* SPDX-License-Identifier: MIT */
/* What the solver has assigned, in order, and how it is taken back. */

#include "pdn_solver_in.h"

#include <string.h>


pdn_solver_package_t *
pdn_solver_package(pdn_solver_t *s, uint32_t package)
{
    pdn_solver_package_t *packages;

    while (s->n_packages <= package) {
        packages = pdn_arena_grow(s->u->arena, s->packages, s->n_packages,
                                  &s->packages_cap, sizeof(*packages));
        if (packages == NULL) {
            pdn_error_memory(s->u->err);
            return NULL;
        }

        s->packages = packages;
        memset(&packages[s->n_packages], 0, sizeof(*packages));
        packages[s->n_packages++].newest = -1;
    }

    return &s->packages[package];
}


/* Without bit 0, which is no version. */
static size_t
pdn_solver_left(const pdn_set_t *now, size_t words)
{
    return pdn_set_count(now, words) - (size_t) pdn_set_has(now, 0);
}


int
pdn_solver_assign(pdn_solver_t *s, uint32_t package, pdn_set_t *own,
                  pdn_clash_t *why)
{
    pdn_solver_package_t *p;
    pdn_assignment_t *trail, *a;
    size_t words;

    p = pdn_solver_package(s, package);
    trail = p == NULL ? NULL
                      : pdn_arena_grow(s->u->arena, s->trail, s->n_trail,
                                       &s->trail_cap, sizeof(*trail));
    if (trail == NULL) {
        return pdn_error_memory(s->u->err);
    }

    s->trail = trail;
    a = &trail[s->n_trail];
    a->package = package;
    a->level = s->level;
    a->older = p->newest;
    a->own = own;
    a->now = own;
    a->why = why;

    words = s->u->packages[package]->words;

    if (p->newest >= 0) {
        a->now = pdn_universe_set(s->u, s->u->packages[package]);
        if (a->now == NULL) {
            return pdn_error_memory(s->u->err);
        }
        pdn_set_and(a->now, own, trail[p->newest].now, words);
    }

    p->left = pdn_solver_left(a->now, words);
    p->newest = (long) s->n_trail++;

    return 0;
}


void
pdn_solver_backtrack(pdn_solver_t *s, uint32_t level)
{
    pdn_solver_package_t *p;
    pdn_assignment_t *a;

    while (s->n_trail > 0 && s->trail[s->n_trail - 1].level > level) {
        a = &s->trail[--s->n_trail];
        p = &s->packages[a->package];
        p->newest = a->older;
        p->decided &= a->why != NULL;

        if (p->newest >= 0) {
            p->left = pdn_solver_left(s->trail[p->newest].now,
                                      s->u->packages[a->package]->words);
        }
    }

    s->level = level;
}


/* The project is no choice: it is there before anything is decided. */
int
pdn_solver_start(pdn_solver_t *s)
{
    pdn_set_t *absent, *present;
    pdn_clash_t *clash;

    clash = pdn_arena_alloc(s->u->arena, sizeof(*clash));
    absent = pdn_universe_set(s->u, s->u->packages[PDN_ROOT]);
    present = pdn_universe_set(s->u, s->u->packages[PDN_ROOT]);
    if (clash == NULL || absent == NULL || present == NULL
        || (clash->terms = pdn_arena_alloc(s->u->arena, sizeof(pdn_term_t)))
               == NULL)
    {
        return pdn_error_memory(s->u->err);
    }

    pdn_set_put(absent, 0);
    pdn_set_put(present, 1);
    clash->n = 1;
    clash->terms[0].package = PDN_ROOT;
    clash->terms[0].set = absent;
    clash->why = PDN_WHY_ROOT;

    if (pdn_solver_note(s, clash) != 0
        || pdn_solver_assign(s, PDN_ROOT, present, clash) != 0)
    {
        return -1;
    }

    s->packages[PDN_ROOT].decided = 1;

    return pdn_solver_learn(s, PDN_ROOT, 1) < 0 ? -1 : 0;
}
