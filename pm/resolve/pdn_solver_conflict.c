/* SPDX-License-Identifier: MIT */
/*
 * Where clashes come from: dependencies of versions that were looked at, and
 * conflicts, each of which is resolved with the reason of what brought it
 * about, until it says something of an earlier decision.
 */

#include "pdn_solver_in.h"

#include <string.h>


static pdn_clash_t *
pdn_solver_clash(pdn_solver_t *s, pdn_why_t why, size_t terms)
{
    pdn_clash_t *clash;

    clash = pdn_arena_alloc(s->u->arena, sizeof(*clash));

    if (clash == NULL
        || (clash->terms = pdn_arena_array(s->u->arena, terms,
                                           sizeof(pdn_term_t)))
               == NULL)
    {
        pdn_error_memory(s->u->err);
        return NULL;
    }

    clash->why = why;

    return clash;
}


static pdn_set_t *
pdn_solver_term(pdn_solver_t *s, pdn_clash_t *clash, uint32_t package)
{
    pdn_set_t *set;

    set = pdn_universe_set(s->u, s->u->packages[package]);
    if (set == NULL) {
        pdn_error_memory(s->u->err);
        return NULL;
    }

    clash->terms[clash->n].package = package;
    clash->terms[clash->n++].set = set;

    return set;
}


static int
pdn_solver_same_edge(const pdn_edge_t *a, const pdn_edge_t *b)
{
    return a->to == b->to && a->range == b->range;
}


/* The versions that were looked at and have the same dependency. */
static void
pdn_solver_sharing(const pdn_package_t *p, const pdn_edge_t *edge,
                   pdn_set_t *set)
{
    size_t i, k;

    for (i = 0; i < p->n; i++) {
        for (k = 0; p->versions[i].asked && k < p->versions[i].n_edges; k++) {
            if (pdn_solver_same_edge(&p->versions[i].edges[k], edge)) {
                pdn_set_put(set, i + 1);
                break;
            }
        }
    }
}


/* "these versions of the package, and not what they need" */
static pdn_clash_t *
pdn_solver_edge_clash(pdn_solver_t *s, uint32_t package, const pdn_edge_t *edge)
{
    const pdn_package_t *p, *to;
    pdn_set_t *set, *needed;
    pdn_clash_t *clash;

    p = s->u->packages[package];
    to = s->u->packages[edge->to];
    clash = pdn_solver_clash(s, PDN_WHY_EDGE, 2);
    if (clash == NULL) {
        return NULL;
    }

    clash->edge = edge;
    clash->package = package;

    set = pdn_solver_term(s, clash, package);
    if (set == NULL) {
        return NULL;
    }

    pdn_solver_sharing(p, edge, set);

    /* nothing there to need: then these versions cannot be at all */
    if (pdn_set_is_empty(edge->range->set, to->words)) {
        return clash;
    }

    if (edge->to == package) {
        needed = pdn_universe_set(s->u, p);
        if (needed == NULL) {
            pdn_error_memory(s->u->err);
            return NULL;
        }
        pdn_set_not(needed, edge->range->set, p->n);
        pdn_set_and(set, set, needed, p->words);
        return clash;
    }

    needed = pdn_solver_term(s, clash, edge->to);
    if (needed == NULL) {
        return NULL;
    }

    pdn_set_not(needed, edge->range->set, to->n);

    return clash;
}


/* Is there one of this dependency that speaks of the version? It is widened
 * to do so when it speaks of others only. */
static int
pdn_solver_has_edge(pdn_solver_t *s, uint32_t package, const pdn_edge_t *edge,
                    size_t bit)
{
    pdn_solver_package_t *p;
    pdn_clash_t *clash;
    size_t i;

    p = &s->packages[package];

    for (i = 0; i < p->n_clashes; i++) {
        clash = p->clashes[i];

        if (clash->why == PDN_WHY_EDGE && clash->package == package
            && edge->to != package && pdn_solver_same_edge(clash->edge, edge))
        {
            pdn_set_put(clash->terms[0].set, bit);
            return 1;
        }
    }

    return 0;
}


/* Does the clash rule the version out as things stand? */
static int
pdn_solver_rules_out(const pdn_solver_t *s, const pdn_edge_t *edge,
                     uint32_t package, size_t bit)
{
    const pdn_package_t *to;
    const pdn_set_t *now;

    to = s->u->packages[edge->to];

    if (edge->to == package) {
        return !pdn_set_has(edge->range->set, bit);
    }

    now = pdn_solver_now(s, edge->to);

    return pdn_set_is_empty(edge->range->set, to->words)
           || (now != NULL
               && pdn_set_disjoint(now, edge->range->set, to->words));
}


static int
pdn_solver_gone(pdn_solver_t *s, uint32_t package, size_t bit)
{
    pdn_clash_t *clash;
    pdn_set_t *set;

    clash = pdn_solver_clash(s, PDN_WHY_GONE, 1);
    set = clash != NULL ? pdn_solver_term(s, clash, package) : NULL;
    if (set == NULL) {
        return -1;
    }

    clash->package = package;
    pdn_set_put(set, bit);

    return pdn_solver_note(s, clash) != 0 ? -1 : 1;
}


int
pdn_solver_learn(pdn_solver_t *s, uint32_t package, size_t bit)
{
    const pdn_candidate_t *c;
    const pdn_package_t *p;
    pdn_clash_t *clash;
    size_t i;
    int out;

    p = s->u->packages[package];
    c = &p->versions[bit - 1];

    if (c->gone) {
        return pdn_solver_gone(s, package, bit);
    }

    /* clashes about many versions explain more than many about one each */
    for (i = 0; s->u->thorough && p->whole && i < p->n; i++) {
        if (pdn_universe_look(s->u, package, i) != 0 || s->u->grown) {
            return -1;
        }
    }

    for (i = 0, out = 0; i < c->n_edges; i++) {
        out |= pdn_solver_rules_out(s, &c->edges[i], package, bit);

        if (pdn_solver_has_edge(s, package, &c->edges[i], bit)) {
            continue;
        }

        clash = pdn_solver_edge_clash(s, package, &c->edges[i]);

        if (clash == NULL || pdn_solver_note(s, clash) != 0) {
            return -1;
        }
    }

    return out;
}


/* The first assignment after which a term holds; with `also`, only what that
 * one says by itself is known besides. -1: it holds before any. */
static long
pdn_solver_satisfier(const pdn_solver_t *s, const pdn_term_t *term, long from,
                     const pdn_set_t *also)
{
    const pdn_set_t *now;
    long at, best;
    size_t words;

    words = s->u->packages[term->package]->words;
    best = -1;

    for (at = from; at >= 0; at = s->trail[at].older) {
        now = s->trail[at].now;

        if (!pdn_set_both_within(now, also != NULL ? also : now, term->set,
                                 words)) {
            break;
        }

        best = at;
    }

    return best;
}


typedef struct {
    long satisfier; /* the assignment that brought the clash about */
    size_t term;
    uint32_t level; /* at which all the other terms held already */
} pdn_solver_cause_t;


static void
pdn_solver_find_cause(const pdn_solver_t *s, const pdn_clash_t *clash,
                      pdn_solver_cause_t *cause)
{
    const pdn_assignment_t *a;
    const pdn_term_t *term;
    long at;
    size_t i;

    cause->satisfier = -1;
    cause->level = 0;
    cause->term = 0;

    for (i = 0; i < clash->n; i++) {
        term = &clash->terms[i];
        at = pdn_solver_satisfier(s, term, s->packages[term->package].newest,
                                  NULL);

        if (at > cause->satisfier) {
            if (cause->satisfier >= 0
                && s->trail[cause->satisfier].level > cause->level) {
                cause->level = s->trail[cause->satisfier].level;
            }
            cause->satisfier = at;
            cause->term = i;

        } else if (s->trail[at].level > cause->level) {
            cause->level = s->trail[at].level;
        }
    }

    /* it may have needed an earlier one about the same package */
    a = &s->trail[cause->satisfier];
    term = &clash->terms[cause->term];

    if (a->older >= 0
        && !pdn_set_within(a->own, term->set,
                           s->u->packages[term->package]->words))
    {
        at = pdn_solver_satisfier(s, term, a->older, a->own);

        if (at >= 0 && s->trail[at].level > cause->level) {
            cause->level = s->trail[at].level;
        }
    }
}


/* Adds the terms of `from`, those of `package` joined, all others met. */
static int
pdn_solver_merge(pdn_solver_t *s, pdn_clash_t *to, const pdn_clash_t *from,
                 uint32_t package)
{
    const pdn_term_t *term;
    pdn_set_t *set;
    size_t i, k, words;

    for (i = 0; i < from->n; i++) {
        term = &from->terms[i];
        words = s->u->packages[term->package]->words;

        for (k = 0; k < to->n; k++) {
            if (to->terms[k].package == term->package) {
                break;
            }
        }

        if (k == to->n) {
            set = pdn_solver_term(s, to, term->package);
            if (set == NULL) {
                return -1;
            }
            memcpy(set, term->set, words * sizeof(*set));

        } else if (term->package == package) {
            pdn_set_or(to->terms[k].set, to->terms[k].set, term->set, words);

        } else {
            pdn_set_and(to->terms[k].set, to->terms[k].set, term->set, words);
        }
    }

    return 0;
}


/* What holds whatever the package is: neither of the two may come about. */
static pdn_clash_t *
pdn_solver_combine(pdn_solver_t *s, pdn_clash_t *a, pdn_clash_t *b,
                   uint32_t package)
{
    const pdn_package_t *p;
    pdn_clash_t *clash;
    size_t i;

    clash = pdn_solver_clash(s, PDN_WHY_CONFLICT, a->n + b->n);
    if (clash == NULL || pdn_solver_merge(s, clash, a, package) != 0
        || pdn_solver_merge(s, clash, b, package) != 0)
    {
        return NULL;
    }

    clash->left = a;
    clash->right = b;

    for (i = 0; i < clash->n; i++) {
        p = s->u->packages[clash->terms[i].package];

        if (pdn_set_count(clash->terms[i].set, p->words) == p->n + 1) {
            clash->terms[i] = clash->terms[--clash->n];
            break; /* only that of `package` can be everything */
        }
    }

    return clash;
}


pdn_clash_t *
pdn_solver_resolve(pdn_solver_t *s, pdn_clash_t *clash)
{
    const pdn_assignment_t *a;
    pdn_solver_cause_t cause;

    while (clash->n != 0) {
        pdn_solver_find_cause(s, clash, &cause);
        a = &s->trail[cause.satisfier];

        if (a->why == NULL || cause.level < a->level) {
            pdn_solver_backtrack(s, cause.level);

            return !clash->noted && pdn_solver_note(s, clash) != 0 ? NULL
                                                                   : clash;
        }

        clash = pdn_solver_combine(s, clash, a->why, a->package);
        if (clash == NULL) {
            return NULL;
        }
    }

    return clash;
}
