/* SPDX-License-Identifier: MIT */
/*
 * PubGrub's two loops, propagation and decision; conflicts are in
 * pdn_solver_conflict.c, what has been assigned in pdn_solver_trail.c.
 */

#include "pdn_solver_in.h"

#include <string.h>

pdn_solver_t *
pdn_solver_create(pdn_universe_t *u, uint64_t steps)
{
    pdn_solver_t *s;

    s = pdn_arena_alloc(u->arena, sizeof(*s));
    if (s != NULL) {
        s->u = u;
        s->limit = steps;
    }

    return s;
}


int
pdn_solver_note(pdn_solver_t *s, pdn_clash_t *clash)
{
    pdn_solver_package_t *p;
    pdn_clash_t **clashes;
    size_t i;

    for (i = 0; i < clash->n; i++) {
        p = pdn_solver_package(s, clash->terms[i].package);
        if (p == NULL) {
            return -1;
        }

        clashes = pdn_arena_grow(s->u->arena, p->clashes, p->n_clashes, &p->cap,
                                 sizeof(*clashes));
        if (clashes == NULL) {
            return pdn_error_memory(s->u->err);
        }

        p->clashes = clashes;
        p->clashes[p->n_clashes++] = clash;
    }

    clash->noted = 1;

    return 0;
}


typedef enum {
    PDN_TERM_HOLDS,
    PDN_TERM_OPEN,
    PDN_TERM_FAILS /* cannot hold any more */
} pdn_term_state_t;


static pdn_term_state_t
pdn_solver_term_state(const pdn_solver_t *s, const pdn_term_t *term)
{
    const pdn_set_t *now;
    size_t words;

    now = pdn_solver_now(s, term->package);
    if (now == NULL) {
        return PDN_TERM_OPEN;
    }

    words = s->u->packages[term->package]->words;

    return pdn_set_within(now, term->set, words)     ? PDN_TERM_HOLDS
           : pdn_set_disjoint(now, term->set, words) ? PDN_TERM_FAILS
                                                     : PDN_TERM_OPEN;
}


/* Is what kept it from coming about last time still so? Learned clashes have
 * hundreds of terms, and this spares looking at them again. */
static int
pdn_solver_is_far(const pdn_solver_t *s, const pdn_clash_t *clash)
{
    pdn_term_state_t one, other;

    if (clash->n < 3) {
        return 0;
    }

    one = pdn_solver_term_state(s, &clash->terms[clash->open[0]]);
    if (one != PDN_TERM_OPEN || clash->open[0] == clash->open[1]) {
        return one == PDN_TERM_FAILS;
    }

    other = pdn_solver_term_state(s, &clash->terms[clash->open[1]]);

    return other != PDN_TERM_HOLDS;
}


/* How a clash stands to what is assigned: how many terms are still open. */
static pdn_term_t *
pdn_solver_open_term(pdn_solver_t *s, pdn_clash_t *clash, size_t *open)
{
    pdn_term_state_t state;
    pdn_term_t *found;
    size_t i;

    if (pdn_solver_is_far(s, clash)) {
        *open = 2;
        return NULL;
    }

    found = NULL;
    *open = 0;

    for (i = 0; i < clash->n; i++) {
        state = pdn_solver_term_state(s, &clash->terms[i]);

        if (state == PDN_TERM_HOLDS) {
            continue;
        }

        if (state == PDN_TERM_FAILS) {
            clash->open[0] = clash->open[1] = i;
            *open = 2; /* it cannot come about any more */
            return NULL;
        }

        clash->open[*open] = i;
        found = &clash->terms[i];

        if (++*open > 1) {
            return NULL;
        }
    }

    return found;
}


static int
pdn_solver_queue(pdn_solver_t *s, uint32_t package)
{
    pdn_solver_package_t *p;
    uint32_t *queue;

    p = pdn_solver_package(s, package);
    if (p == NULL) {
        return -1;
    }

    if (p->queued) {
        return 0;
    }

    queue = pdn_arena_grow(s->u->arena, s->queue, s->n_queue, &s->queue_cap,
                           sizeof(*queue));
    if (queue == NULL) {
        return pdn_error_memory(s->u->err);
    }

    s->queue = queue;
    s->queue[s->n_queue++] = package;
    p->queued = 1;

    return 0;
}


static void
pdn_solver_unqueue(pdn_solver_t *s)
{
    while (s->n_queue > 0) {
        s->packages[s->queue[--s->n_queue]].queued = 0;
    }
}


/* The term must not hold: its complement is assigned. */
static int
pdn_solver_derive(pdn_solver_t *s, const pdn_term_t *term, pdn_clash_t *why)
{
    const pdn_package_t *p;
    pdn_set_t *set;

    p = s->u->packages[term->package];
    set = pdn_universe_set(s->u, p);
    if (set == NULL) {
        return pdn_error_memory(s->u->err);
    }

    pdn_set_not(set, term->set, p->n);

    return pdn_solver_assign(s, term->package, set, why) != 0
                   || pdn_solver_queue(s, term->package) != 0
               ? -1
               : 0;
}


/* 0: all known to follow is assigned. 1: no solution; -1 noted. */
static int
pdn_solver_propagate_package(pdn_solver_t *s, uint32_t package)
{
    pdn_clash_t *clash, *learned;
    pdn_term_t *term;
    size_t i, open;

    if (++s->steps > s->limit) {
        return pdn_error(s->u->err, 305,
                         "no set of versions was found in %llu steps",
                         (unsigned long long) s->limit);
    }

    s->steps += s->packages[package].n_clashes;

    /* newest first: learned ones say most */
    for (i = s->packages[package].n_clashes; i > 0; i--) {
        clash = s->packages[package].clashes[i - 1];
        term = pdn_solver_open_term(s, clash, &open);

        if (open == 0) {
            learned = pdn_solver_resolve(s, clash);
            if (learned == NULL) {
                return -1;
            }

            if (learned->n == 0) {
                s->proof = learned;
                return 1;
            }

            pdn_solver_unqueue(s);
            term = pdn_solver_open_term(s, learned, &open);

            return pdn_solver_derive(s, term, learned);
        }

        if (open == 1 && pdn_solver_derive(s, term, clash) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
pdn_solver_propagate(pdn_solver_t *s)
{
    uint32_t package;
    int rc;

    while (s->n_queue > 0) {
        package = s->queue[--s->n_queue];
        s->packages[package].queued = 0;

        rc = pdn_solver_propagate_package(s, package);
        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


/* Of the packages that are needed, the one with the fewest versions left. */
static long
pdn_solver_next(pdn_solver_t *s)
{
    const pdn_set_t *now;
    size_t i, n, fewest;
    long best;

    best = -1;
    fewest = 0;

    for (i = 0; i < s->n_packages; i++) {
        now = pdn_solver_now(s, (uint32_t) i);

        if (now == NULL || s->packages[i].decided || pdn_set_has(now, 0)) {
            continue;
        }

        n = s->packages[i].left;
        if (best == -1 || n < fewest) {
            best = (long) i;
            fewest = n;
        }
    }

    return best;
}


/* The locked one, else the newest, else (branches) whatever there is. */
static size_t
pdn_solver_pick(const pdn_solver_t *s, uint32_t package)
{
    const pdn_package_t *p;
    const pdn_set_t *now;
    size_t i, bit, special;

    p = s->u->packages[package];
    now = pdn_solver_now(s, package);
    special = 0;

    if (p->locked != 0 && pdn_set_has(now, p->locked)) {
        return p->locked;
    }

    for (i = 0; i < p->n; i++) {
        bit = s->u->how->lowest ? i + 1 : p->n - i;

        if (!pdn_set_has(now, bit)) {
            continue;
        }

        if (!p->versions[bit - 1].special) {
            return bit;
        }

        special = special == 0 ? bit : special;
    }

    return special;
}


static int
pdn_solver_decide(pdn_solver_t *s, uint32_t package, size_t bit)
{
    pdn_set_t *set;

    set = pdn_universe_set(s->u, s->u->packages[package]);
    if (set == NULL) {
        return pdn_error_memory(s->u->err);
    }

    pdn_set_put(set, bit);
    s->level++;

    if (pdn_solver_assign(s, package, set, NULL) != 0) {
        return -1;
    }

    s->packages[package].decided = 1;

    return pdn_solver_queue(s, package);
}


/* Takes one more decision; 1 when none is left to take. */
static int
pdn_solver_step(pdn_solver_t *s)
{
    uint32_t package;
    size_t bit;
    long next;
    int clashes;

    next = pdn_solver_next(s);
    if (next == -1) {
        return 1;
    }

    package = (uint32_t) next;
    bit = pdn_solver_pick(s, package);

    if (pdn_universe_look(s->u, package, bit - 1) != 0 || s->u->grown
        || (clashes = pdn_solver_learn(s, package, bit)) < 0)
    {
        return -1;
    }

    /* what it needs is known to be impossible: propagation rules it out */
    return clashes ? pdn_solver_queue(s, package)
                   : pdn_solver_decide(s, package, bit);
}


static pdn_solved_t
pdn_solver_once(pdn_solver_t *s)
{
    int rc;

    if (pdn_solver_start(s) != 0 || pdn_solver_queue(s, PDN_ROOT) != 0) {
        return PDN_UNSOLVED;
    }

    for (;;) {
        rc = pdn_solver_propagate(s);
        if (rc != 0) {
            return rc > 0 ? PDN_UNSOLVABLE : PDN_UNSOLVED;
        }

        rc = pdn_solver_step(s);
        if (rc != 0) {
            return rc > 0 ? PDN_SOLVED : PDN_UNSOLVED;
        }
    }
}


pdn_solved_t
pdn_solver_run(pdn_solver_t *s)
{
    pdn_universe_t *u;
    pdn_solved_t rc;
    uint64_t steps, limit;

    u = s->u;

    for (;;) {
        steps = s->steps;
        limit = s->limit;
        memset(s, 0, sizeof(*s));
        s->u = u;
        s->steps = steps;
        s->limit = limit;
        rc = u->grown ? PDN_UNSOLVED : pdn_solver_once(s);

        if (!u->grown) {
            return rc;
        }

        /* sets of the old size are worth nothing: all anew, but for what the
         * provider remembers */
        if (pdn_universe_init(u, u->arena, u->provider, u->how, u->err) != 0) {
            return PDN_UNSOLVED;
        }
    }
}


uint64_t
pdn_solver_steps(const pdn_solver_t *s)
{
    return s->steps;
}


long
pdn_solver_choice(const pdn_solver_t *s, uint32_t package)
{
    const pdn_set_t *now;
    size_t bit;

    if (package >= s->n_packages || !s->packages[package].decided) {
        return -1;
    }

    now = pdn_solver_now(s, package);

    for (bit = 1; !pdn_set_has(now, bit); bit++) {
        /* void */
    }

    return (long) bit - 1;
}


pdn_clash_t *
pdn_solver_proof(const pdn_solver_t *s)
{
    return s->proof;
}
