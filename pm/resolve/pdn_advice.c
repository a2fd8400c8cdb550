/* SPDX-License-Identifier: MIT */
/*
 * A next step when nothing fits. The requirements of the manifest that the
 * proof rests on are dropped one after the other; with the first that then
 * fits, a requirement that admits what was chosen is tried, and told.
 */

#include "pdn_advice.h"
#include "pdn_explain.h"

#include <string.h>

#define PDN_ADVICE_TRIES 12

typedef enum {
    PDN_ADVICE_ROW,      /* another requirement in a row that is there */
    PDN_ADVICE_RUNTIME,  /* the same of a row of `runtime` */
    PDN_ADVICE_OVERRIDE, /* the same of a row of `overrides` */
    PDN_ADVICE_FORCE,    /* a new row of `overrides` */
    PDN_ADVICE_WAIVE     /* the same about the runtime */
} pdn_advice_kind_t;

typedef struct {
    const pdn_universe_t *u;
    pdn_error_t none; /* what the tries say is nobody's business */
    unsigned tries;
    uint64_t steps; /* of all tries together */
    unsigned force; /* 1: the second round, with new overrides */

    const pdn_dep_t *found;
    pdn_advice_kind_t kind;
    const char *req;
    char chosen[PDN_VERSION_MAX + 1];
} pdn_advice_t;


/* The version that a universe with something else in it leads to. */
static int
pdn_advice_solve(pdn_advice_t *a, pdn_universe_t *u, const pdn_dep_t *dep)
{
    const pdn_package_t *p;
    pdn_solver_t *s;
    uint32_t package;
    pdn_solved_t rc;
    long choice;

    if (a->steps >= PDN_SOLVER_STEPS_TRIES) {
        return 0;
    }

    s = pdn_solver_create(u, PDN_SOLVER_STEPS_TRIES - a->steps);
    rc = s != NULL ? pdn_solver_run(s) : PDN_UNSOLVED;
    a->steps += s != NULL ? pdn_solver_steps(s) : 0;

    if (rc != PDN_SOLVED) {
        return 0;
    }

    /* nobody asks for a part of the runtime that may be anything */
    if (a->force && strcmp(dep->id.source, "runtime") == 0) {
        return 1;
    }

    if (pdn_universe_find(u, &dep->id, &package) != 0) {
        return 0;
    }

    p = u->packages[package];
    choice = pdn_solver_choice(s, package);

    if (choice < 0 || (p->carried && !a->force)) {
        return 0;
    }

    snprintf(a->chosen, sizeof(a->chosen), "%s", p->versions[choice].text);

    return 1;
}


/*
 * Would it fit if the row said something else, or everyone who needs the
 * package? Tells the version that is then chosen. What a try takes of memory
 * is given back with it.
 */
static int
pdn_advice_try(pdn_advice_t *a, const pdn_dep_t *dep, const char *req)
{
    pdn_arena_t own = { 0 };
    pdn_universe_t u;
    int fits;

    if (++a->tries > PDN_ADVICE_TRIES) {
        return 0;
    }

    memset(&u, 0, sizeof(u));
    u.relaxed = a->force ? NULL : dep;
    u.forced = a->force ? pdn_manifest_alias(a->u->how->manifest, &dep->id)
                        : NULL;
    u.instead = req;

    fits = pdn_universe_init(&u, &own, a->u->provider, a->u->how, &a->none) == 0
           && pdn_advice_solve(a, &u, dep);
    pdn_arena_release(&own);

    return fits;
}


/* A requirement around what was chosen, else exactly that; NULL for none. */
static const char *
pdn_advice_req(pdn_advice_t *a, const pdn_dep_t *dep, pdn_rules_t rules,
               const char *now)
{
    const char *req;

    req = pdn_req_suggest(a->u->arena, rules, a->chosen);

    if (req != NULL && strcmp(req, now) != 0 && pdn_advice_try(a, dep, req)) {
        return req;
    }

    req = pdn_arena_printf(
        a->u->arena, rules == PDN_RULES_ROCKS ? "== %s" : "=%s", a->chosen);

    return req != NULL && pdn_advice_try(a, dep, req) ? req : NULL;
}


/* Rows of the manifest in the first round, packages in the second. */
static int
pdn_advice_visit(void *ctx, uint32_t package, const pdn_edge_t *edge)
{
    const pdn_dep_t *dep;
    pdn_advice_t *a;
    int runtime;

    a = ctx;
    dep = edge->overridden != NULL ? edge->overridden : edge->dep;
    runtime = a->u->packages[edge->to]->runtime;

    if ((package != PDN_ROOT && edge->overridden == NULL) != (int) a->force
        || (!a->force && edge->range->req[0] == '\0')
        || !pdn_advice_try(a, dep, ""))
    {
        return 0;
    }

    a->req = a->force && runtime
                 ? ""
                 : pdn_advice_req(a, dep, a->u->packages[edge->to]->rules,
                                  edge->range->req);
    if (a->req == NULL) {
        return 0;
    }

    a->found = dep;
    a->kind = a->force                   ? PDN_ADVICE_FORCE
              : edge->overridden != NULL ? PDN_ADVICE_OVERRIDE
                                         : PDN_ADVICE_ROW;

    if (runtime) {
        a->kind = a->force ? PDN_ADVICE_WAIVE : PDN_ADVICE_RUNTIME;
    }

    return 1;
}


static void
pdn_advice_tell(const pdn_advice_t *a)
{
    static const struct {
        const char *before;
        const char *after;
    } words[] = {
        [PDN_ADVICE_ROW] = { "with [\"", "" },
        [PDN_ADVICE_RUNTIME] = { "with runtime = { [\"", " }" },
        [PDN_ADVICE_OVERRIDE] = { "with overrides = { [\"", " }" },
        [PDN_ADVICE_FORCE] = { "if you know that it works all the same: with "
                               "overrides = { [\"",
                               " }" },
        [PDN_ADVICE_WAIVE] = { "if you know that it works all the same: with "
                               "overrides = { [\"",
                               " }" },
    };
    char text[PDN_ID_MAX + 1];
    const pdn_id_t *id;

    if (a->found == NULL) {
        pdn_error_help(a->u->err,
                       a->tries > PDN_ADVICE_TRIES
                               || a->steps >= PDN_SOLVER_STEPS_TRIES
                           ? "none of the requirements that were tried makes "
                             "it fit when it alone is another"
                           : "no other requirement for one package alone makes "
                             "it fit (tried)");
        return;
    }

    id = a->force ? pdn_manifest_alias(a->u->how->manifest, &a->found->id)
                  : &a->found->id;

    pdn_error_help(a->u->err, "%s%s\"] = \"%s\"%s it fits (tried)%s%s",
                   words[a->kind].before,
                   a->kind == PDN_ADVICE_RUNTIME ? id->name
                                                 : pdn_id_text(id, text),
                   a->req, words[a->kind].after,
                   a->kind == PDN_ADVICE_WAIVE ? "" : ", with ",
                   a->kind == PDN_ADVICE_WAIVE ? "" : a->chosen);
}


/* The first row of the manifest that the proof rests on. */
static int
pdn_advice_first(void *ctx, uint32_t package, const pdn_edge_t *edge)
{
    if (package == PDN_ROOT) {
        *(const pdn_dep_t **) ctx = edge->dep;
        return 1;
    }

    return 0;
}


static void
pdn_advice_unsee(pdn_clash_t *clash)
{
    if (clash->why == PDN_WHY_CONFLICT && clash->seen) {
        clash->seen = 0;
        pdn_advice_unsee(clash->left);
        pdn_advice_unsee(clash->right);
    }
}


int
pdn_advice(const pdn_universe_t *u, pdn_clash_t *proof)
{
    const pdn_dep_t *first;
    pdn_advice_t a;
    pdn_str_t text = { 0 };

    memset(&a, 0, sizeof(a));
    a.u = u;
    first = NULL;

    pdn_explain_edges(proof, pdn_advice_first, &first);
    pdn_advice_unsee(proof);
    pdn_explain_edges(proof, pdn_advice_visit, &a);
    pdn_advice_unsee(proof);

    if (a.found == NULL) {
        a.force = 1;
        a.tries = 0;
        pdn_explain_edges(proof, pdn_advice_visit, &a);
        pdn_advice_unsee(proof);
    }

    pdn_error_release(&a.none);

    pdn_str_puts(&text, "no set of versions fits");
    pdn_explain(u, proof, &text);

    if (text.failed) {
        pdn_str_release(&text);
        return pdn_error_memory(u->err);
    }

    first = a.found != NULL && !a.force ? a.found : first;
    pdn_error_at(u->err, first != NULL ? &first->span : NULL, 301, "%s",
                 pdn_str_z(&text));
    pdn_str_release(&text);

    pdn_advice_tell(&a);

    return 0;
}
