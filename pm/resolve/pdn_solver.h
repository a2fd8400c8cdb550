/* SPDX-License-Identifier: MIT */
/*
 * PubGrub. An incompatibility is a set of terms, "package is one of these",
 * that cannot all hold; conflicts are resolved into new ones until either
 * every package has a version or one without terms is left, whose derivation
 * is the proof that nothing fits.
 */

#ifndef PDN_SOLVER_H
#define PDN_SOLVER_H

#include "pdn_universe.h"

typedef enum {
    PDN_WHY_ROOT,    /* the project is there */
    PDN_WHY_EDGE,    /* a dependency */
    PDN_WHY_GONE,    /* a release that the source lists and does not have */
    PDN_WHY_CONFLICT /* derived from two others */
} pdn_why_t;

typedef struct {
    uint32_t package;
    pdn_set_t *set; /* bit 0: may be left out */
} pdn_term_t;

typedef struct pdn_clash_s pdn_clash_t;

/* An incompatibility. */
struct pdn_clash_s {
    pdn_term_t *terms; /* one a package, none of them everything */
    size_t n;
    pdn_why_t why;
    const pdn_edge_t *edge; /* of PDN_WHY_EDGE, from `package` */
    uint32_t package;
    pdn_clash_t *left; /* of PDN_WHY_CONFLICT */
    pdn_clash_t *right;

    size_t open[2];     /* terms that were open when last looked at; one that
                           could not hold any more stands in the first */
    unsigned noted : 1; /* the solver looks at it */
    unsigned seen : 1;  /* the walk over the edges was here */
    unsigned uses;      /* for the explanation: by how many it is needed */
    unsigned line;
};

typedef struct pdn_solver_s pdn_solver_t;

typedef enum {
    PDN_SOLVED = 0,
    PDN_UNSOLVABLE = 1, /* see pdn_solver_proof() */
    PDN_UNSOLVED = -1   /* noted in the error of the universe */
} pdn_solved_t;

/*
 * How many clashes are looked at before it is given up, with P0305: counted,
 * not timed, so that equal input ends equally. Ten million take less than a
 * second; a thousand packages that fit together take a hundred thousand.
 */
#define PDN_SOLVER_STEPS       300000000
#define PDN_SOLVER_STEPS_AGAIN 5000000 /* for a proof in better words */
#define PDN_SOLVER_STEPS_TRIES 5000000 /* what if rows said something else? */

/*
 * Solves from the root of a universe that was initialised. The universe is
 * asked again from its start when an incomplete list grew; so it is given
 * what pdn_universe_init() needs by the universe itself. NULL: no memory.
 */
pdn_solver_t *pdn_solver_create(pdn_universe_t *u, uint64_t steps);
pdn_solved_t pdn_solver_run(pdn_solver_t *s);

/* How many clashes it looked at. */
uint64_t pdn_solver_steps(const pdn_solver_t *s);

/* The version chosen of a package: its index, -1 when it is not needed. */
long pdn_solver_choice(const pdn_solver_t *s, uint32_t package);

/* The incompatibility without terms. */
pdn_clash_t *pdn_solver_proof(const pdn_solver_t *s);

#endif /* PDN_SOLVER_H */
