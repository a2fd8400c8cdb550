/* SPDX-License-Identifier: MIT */
/*
 * The order in which a proof is told. A derived clash is told after the two
 * that it rests on; one that is needed again gets a number, and short chains
 * are told in one breath.
 */

#include "pdn_explain.h"
#include "pdn_explain_words.h"

#define PDN_EXPLAIN_LINES 24

typedef struct {
    const pdn_universe_t *u;
    pdn_str_t *out;
    unsigned steps;
    unsigned numbers;
} pdn_explain_t;


static void pdn_explain_visit(pdn_explain_t *x, pdn_clash_t *clash, int named);


static int
pdn_explain_is_derived(const pdn_clash_t *clash)
{
    return clash->why == PDN_WHY_CONFLICT;
}


static void
pdn_explain_count(pdn_clash_t *clash)
{
    clash->uses++;

    if (clash->uses == 1 && pdn_explain_is_derived(clash)) {
        pdn_explain_count(clash->left);
        pdn_explain_count(clash->right);
    }
}


/* A clash that was told before, with its number. */
static void
pdn_explain_known(pdn_explain_t *x, const pdn_clash_t *clash, pdn_str_t *out)
{
    pdn_explain_clash(x->u, clash, out);

    if (clash->line != 0) {
        pdn_str_printf(out, " (%u)", clash->line);
    }
}


/* `start`, the reasons, what follows from them. */
static void
pdn_explain_line(pdn_explain_t *x, const char *start, const pdn_clash_t *one,
                 const pdn_clash_t *two, const pdn_clash_t *result)
{
    pdn_str_puts(x->out, "\n");
    pdn_str_puts(x->out, start);

    if (one != NULL && two != NULL && one->line == 0 && two->line == 0) {
        pdn_explain_pair(x->u, one, two, x->out);

    } else if (one != NULL) {
        pdn_explain_known(x, one, x->out);
        if (two != NULL) {
            pdn_str_puts(x->out, " and ");
            pdn_explain_known(x, two, x->out);
        }
    }

    pdn_str_puts(x->out, one != NULL ? ", " : "");
    pdn_explain_clash(x->u, result, x->out);
    pdn_str_puts(x->out, ".");
}


/* Those that nobody reads get their number all the same: without, what many
 * rest on would be gone through again for each of them. */
static void
pdn_explain_step(pdn_explain_t *x, const char *start, pdn_clash_t *one,
                 pdn_clash_t *two, pdn_clash_t *result, int named)
{
    int told;

    told = ++x->steps <= PDN_EXPLAIN_LINES;

    if (told) {
        pdn_explain_line(x, start, one, two, result);
    }

    if (named || result->uses > 1) {
        result->line = ++x->numbers;

        if (told) {
            pdn_str_printf(x->out, " (%u)", result->line);
        }
    }
}


/* Both of what it rests on are derived. */
static void
pdn_explain_two(pdn_explain_t *x, pdn_clash_t *clash, int named)
{
    pdn_clash_t *left, *right, *swap;

    left = clash->left;
    right = clash->right;

    if (left->line == 0 && right->line != 0) {
        swap = left;
        left = right;
        right = swap;
    }

    if (left->line != 0 && right->line != 0) {
        pdn_explain_step(x, "because ", left, right, clash, named);
        return;
    }

    if (left->line != 0) {
        pdn_explain_visit(x, right, 0);
        pdn_explain_step(x, "and because ", left, NULL, clash, named);
        return;
    }

    pdn_explain_visit(x, left, 1);
    pdn_explain_visit(x, right, 0);
    pdn_explain_step(x, "and because ", left, NULL, clash, named);
}


/* Could the two lines of `derived` and of what rests on it be one? */
static int
pdn_explain_folds(const pdn_clash_t *derived)
{
    return derived->uses == 1
           && pdn_explain_is_derived(derived->left)
                  != pdn_explain_is_derived(derived->right);
}


static void
pdn_explain_one(pdn_explain_t *x, pdn_clash_t *clash, pdn_clash_t *derived,
                pdn_clash_t *leaf, int named)
{
    pdn_clash_t *below, *beside;

    if (derived->line != 0) {
        pdn_explain_step(x, "because ", leaf, derived, clash, named);
        return;
    }

    if (!pdn_explain_folds(derived)) {
        pdn_explain_visit(x, derived, 0);
        pdn_explain_step(x, "and because ", leaf, NULL, clash, named);
        return;
    }

    below = derived->left;
    beside = derived->right;

    if (!pdn_explain_is_derived(below)) {
        below = beside;
        beside = derived->left;
    }

    if (below->line != 0) {
        pdn_explain_step(x, "because ", beside, below, derived, 0);
        pdn_explain_step(x, "and because ", leaf, NULL, clash, named);
        return;
    }

    pdn_explain_visit(x, below, 0);
    pdn_explain_step(x, "and because ", beside, leaf, clash, named);
}


static void
pdn_explain_visit(pdn_explain_t *x, pdn_clash_t *clash, int named)
{
    pdn_clash_t *left, *right;

    if (!pdn_explain_is_derived(clash)) {
        pdn_explain_step(x, "", NULL, NULL, clash, named);
        return;
    }

    left = clash->left;
    right = clash->right;

    if (pdn_explain_is_derived(left) && pdn_explain_is_derived(right)) {
        pdn_explain_two(x, clash, named);
    } else if (pdn_explain_is_derived(left)) {
        pdn_explain_one(x, clash, left, right, named);
    } else if (pdn_explain_is_derived(right)) {
        pdn_explain_one(x, clash, right, left, named);
    } else {
        pdn_explain_step(x, "because ", left, right, clash, named);
    }
}


/* The last step says that the project is there; that needs no words. */
static pdn_clash_t *
pdn_explain_top(pdn_clash_t *proof)
{
    if (pdn_explain_is_derived(proof)) {
        if (proof->left->why == PDN_WHY_ROOT) {
            return proof->right;
        }
        if (proof->right->why == PDN_WHY_ROOT) {
            return proof->left;
        }
    }

    return proof;
}


void
pdn_explain(const pdn_universe_t *u, pdn_clash_t *proof, pdn_str_t *out)
{
    pdn_explain_t x = { u, out, 0, 0 };

    proof = pdn_explain_top(proof);
    pdn_explain_count(proof);
    pdn_explain_visit(&x, proof, 0);

    if (x.steps > PDN_EXPLAIN_LINES) {
        pdn_str_printf(out, "\n... and %u more steps",
                       x.steps - PDN_EXPLAIN_LINES);
    }
}


int
pdn_explain_edges(pdn_clash_t *proof, pdn_explain_visit_pt visit, void *ctx)
{
    int rc;

    if (pdn_explain_is_derived(proof)) {
        if (proof->seen) {
            return 0;
        }

        proof->seen = 1;
        rc = pdn_explain_edges(proof->left, visit, ctx);

        return rc != 0 ? rc : pdn_explain_edges(proof->right, visit, ctx);
    }

    return proof->why == PDN_WHY_EDGE ? visit(ctx, proof->package, proof->edge)
                                      : 0;
}
