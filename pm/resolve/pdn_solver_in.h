/* SPDX-License-Identifier: MIT */
/* Inside of the solver: what has been assigned, and how conflicts end. */

#ifndef PDN_SOLVER_IN_H
#define PDN_SOLVER_IN_H

#include "pdn_solver.h"

/* A decision, or what followed from a clash. */
typedef struct {
    uint32_t package;
    uint32_t level;
    long older;       /* the assignment to the same package before; -1 */
    pdn_set_t *own;   /* what it says by itself */
    pdn_set_t *now;   /* all that is said of the package up to here */
    pdn_clash_t *why; /* NULL of a decision */
} pdn_assignment_t;

typedef struct {
    pdn_clash_t **clashes; /* those with a term about it */
    size_t n_clashes;
    size_t cap;
    long newest; /* its last assignment; -1 for none */
    size_t left; /* how many versions are left */
    unsigned queued : 1;
    unsigned decided : 1;
} pdn_solver_package_t;

struct pdn_solver_s {
    pdn_universe_t *u;

    pdn_solver_package_t *packages; /* as many as the universe had when asked */
    size_t n_packages;
    size_t packages_cap;

    pdn_assignment_t *trail;
    size_t n_trail;
    size_t trail_cap;
    uint32_t level;

    uint32_t *queue; /* packages about which something new is known */
    size_t n_queue;
    size_t queue_cap;

    uint64_t steps; /* clashes looked at */
    uint64_t limit; /* of these; then it is given up */
    pdn_clash_t *proof;
};

/* NULL: no memory, noted. Pointers live until the next call. */
pdn_solver_package_t *pdn_solver_package(pdn_solver_t *s, uint32_t package);

/* What is said of a package, NULL for nothing yet. */
static inline const pdn_set_t *
pdn_solver_now(const pdn_solver_t *s, uint32_t package)
{
    if (package >= s->n_packages || s->packages[package].newest < 0) {
        return NULL;
    }

    return s->trail[s->packages[package].newest].now;
}

int pdn_solver_assign(pdn_solver_t *s, uint32_t package, pdn_set_t *own,
                      pdn_clash_t *why);

/* Takes back all that was assigned above a level. */
void pdn_solver_backtrack(pdn_solver_t *s, uint32_t level);

/* Notes that the project is there, and what it needs. */
int pdn_solver_start(pdn_solver_t *s);

/* A clash is from now on looked at when one of its packages changes. */
int pdn_solver_note(pdn_solver_t *s, pdn_clash_t *clash);

/*
 * Makes clashes of the dependencies of a version that was looked at. Gives 1
 * when one of them says that the version cannot be, 0 when none does, -1
 * noted.
 */
int pdn_solver_learn(pdn_solver_t *s, uint32_t package, size_t bit);

/*
 * From a clash that came about, the one that tells what was wrong before;
 * what followed is taken back, and all terms of it but one hold. Without
 * terms, nothing fits. NULL: noted.
 */
pdn_clash_t *pdn_solver_resolve(pdn_solver_t *s, pdn_clash_t *clash);

#endif /* PDN_SOLVER_IN_H */
