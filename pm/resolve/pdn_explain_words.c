/* SPDX-License-Identifier: MIT */
/* One clash in words; see pdn_explain_words.h. */

#include "pdn_explain_words.h"

#include <string.h>

#define PDN_EXPLAIN_RANGES 4 /* of one set that are told */


static void
pdn_explain_name(const pdn_universe_t *u, uint32_t package, pdn_str_t *out)
{
    char text[PDN_ID_MAX + 1];
    const pdn_package_t *p;

    p = u->packages[package];

    if (package == PDN_ROOT) {
        pdn_str_puts(out, "your project");
    } else if (p->runtime) {
        pdn_str_puts(out, p->id.name);
    } else {
        pdn_str_puts(out, pdn_id_text(&p->id, text));
    }
}


/* One run of neighbours, from one index to another. */
static void
pdn_explain_run(const pdn_package_t *p, size_t from, size_t to, pdn_str_t *out)
{
    const char *first, *last;

    first = p->versions[from].text;
    last = p->versions[to].text;

    if (from == to) {
        pdn_str_puts(out, first);
    } else if (to + 1 == p->n) {
        pdn_str_printf(out, ">=%s", first);
    } else if (from == 0) {
        pdn_str_printf(out, "<=%s", last);
    } else {
        pdn_str_printf(out, "%s to %s", first, last);
    }
}


void
pdn_explain_range(const pdn_universe_t *u, uint32_t package,
                  const pdn_set_t *set, pdn_str_t *out)
{
    const pdn_package_t *p;
    size_t i, from, runs;

    p = u->packages[package];
    pdn_explain_name(u, package, out);

    if (package == PDN_ROOT
        || pdn_set_count(set, p->words) - (size_t) pdn_set_has(set, 0) == p->n)
    {
        return;
    }

    for (i = 0, runs = 0; i < p->n; i++) {
        if (!pdn_set_has(set, i + 1)) {
            continue;
        }

        if (++runs > PDN_EXPLAIN_RANGES) {
            pdn_str_puts(out, " and others");
            return;
        }

        from = i;
        while (i + 1 < p->n && pdn_set_has(set, i + 2)) {
            i++;
        }

        pdn_str_puts(out, runs > 1 ? " or " : " ");
        pdn_explain_run(p, from, i, out);
    }
}


/* Prereleases only, so that `*` admits none of them? */
static int
pdn_explain_is_special(const pdn_package_t *p)
{
    size_t i;

    for (i = 0; i < p->n && p->versions[i].special; i++) {
        /* void */
    }

    return p->rules == PDN_RULES_SEMVER && i == p->n;
}


/* Why a requirement admits nothing at all. */
static void
pdn_explain_empty(const pdn_universe_t *u, const pdn_edge_t *edge,
                  pdn_str_t *out)
{
    const pdn_package_t *p;

    p = u->packages[edge->to];

    if (p->runtime && p->n == 0) {
        pdn_str_printf(out, ", and this runtime is not %s", p->id.name);

    } else if (p->runtime || p->carried) {
        pdn_str_printf(out, ", and the runtime %s ",
                       p->runtime ? "is" : "carries");
        pdn_explain_name(u, edge->to, out);
        pdn_str_printf(out, " %s", p->versions[0].text);

    } else if (p->missing) {
        pdn_str_puts(out, ", which does not exist");

    } else if (p->n == 0 && p->newest_hidden == NULL) {
        pdn_str_puts(out, ", of which there is no version");

    } else {
        if (p->n != 0 && pdn_explain_is_special(p)) {
            pdn_str_printf(out, ", of which there are prereleases only: %s",
                           p->versions[p->n - 1].text);
        } else if (p->n == 1) {
            pdn_str_printf(out, ", of which there is only %s",
                           p->versions[0].text);
        } else if (p->n > 1) {
            pdn_str_printf(out, ", of which there are only %s to %s",
                           p->versions[0].text, p->versions[p->n - 1].text);
        }

        if (p->newest_hidden != NULL) {
            pdn_str_printf(out, ", and %s %s", p->newest_hidden, p->hidden_why);
        }
    }
}


/* "needs iresty/dropdown ^2" */
static void
pdn_explain_edge(const pdn_universe_t *u, const pdn_edge_t *edge,
                 pdn_str_t *out)
{
    const pdn_package_t *to;
    const char *req;

    to = u->packages[edge->to];
    req = edge->range->req;

    pdn_str_puts(out, "needs ");
    pdn_explain_name(u, edge->to, out);

    if (req[0] != '\0' && strcmp(req, "*") != 0) {
        pdn_str_printf(out, " %s", req);
    }

    if (edge->overridden != NULL) {
        pdn_str_puts(out, " (by `overrides`)");
    }

    if (pdn_set_is_empty(edge->range->set, to->words)) {
        pdn_explain_empty(u, edge, out);
    }
}


static void
pdn_explain_terms(const pdn_universe_t *u, const pdn_clash_t *clash, int needed,
                  const char *glue, pdn_str_t *out)
{
    const pdn_package_t *p;
    pdn_set_t set[64], *rest;
    const pdn_term_t *term;
    size_t i, n;

    for (i = 0, n = 0; i < clash->n; i++) {
        term = &clash->terms[i];
        p = u->packages[term->package];

        /* the project itself is always there: it goes without saying */
        if (pdn_set_has(term->set, 0) != needed
            || (term->package == PDN_ROOT && clash->n > 1))
        {
            continue;
        }

        pdn_str_puts(out, n++ > 0 ? glue : "");

        if (needed && p->words <= 64) {
            rest = set;
            pdn_set_not(rest, term->set, p->n);
            pdn_explain_range(u, term->package, rest, out);
        } else if (needed) {
            pdn_explain_name(u, term->package, out);
        } else {
            pdn_explain_range(u, term->package, term->set, out);
        }
    }
}


/* What was derived: of its terms, some are present and some are needed. */
static void
pdn_explain_derived(const pdn_universe_t *u, const pdn_clash_t *clash,
                    pdn_str_t *out)
{
    size_t i, present, needed;
    int root;

    for (i = 0, present = 0, needed = 0, root = 0; i < clash->n; i++) {
        if (pdn_set_has(clash->terms[i].set, 0)) {
            needed++;
        } else if (clash->terms[i].package == PDN_ROOT) {
            root = 1;
        } else {
            present++;
        }
    }

    if (present + needed == 0) {
        pdn_str_puts(out, "nothing is left");
        return;
    }

    if (needed == 0) {
        pdn_explain_terms(u, clash, 0, " and ", out);
        pdn_str_puts(out, present == 1 ? " is out" : " do not go together");
        return;
    }

    if (present == 0) {
        pdn_str_puts(out, root ? "your project needs " : "there must be ");
    } else {
        pdn_explain_terms(u, clash, 0, " with ", out);
        pdn_str_puts(out, " needs ");
    }

    pdn_explain_terms(u, clash, 1, " or ", out);
}


void
pdn_explain_clash(const pdn_universe_t *u, const pdn_clash_t *clash,
                  pdn_str_t *out)
{
    switch (clash->why) {

    case PDN_WHY_EDGE:
        pdn_explain_range(u, clash->package, clash->terms[0].set, out);
        pdn_str_puts(out, " ");
        pdn_explain_edge(u, clash->edge, out);
        return;

    case PDN_WHY_GONE:
        pdn_str_puts(out, "the source lists ");
        pdn_explain_range(u, clash->package, clash->terms[0].set, out);
        pdn_str_puts(out, " and does not have it");
        return;

    case PDN_WHY_ROOT:
    case PDN_WHY_CONFLICT:
        pdn_explain_derived(u, clash, out);
    }
}


/* Do all versions that `a` needs need what `b` says? */
static int
pdn_explain_leads(const pdn_universe_t *u, const pdn_clash_t *a,
                  const pdn_clash_t *b)
{
    return a->why == PDN_WHY_EDGE && b->why == PDN_WHY_EDGE && a->n == 2
           && a->edge->to == b->package
           && pdn_set_within(a->edge->range->set, b->terms[0].set,
                             u->packages[b->package]->words);
}


void
pdn_explain_pair(const pdn_universe_t *u, const pdn_clash_t *a,
                 const pdn_clash_t *b, pdn_str_t *out)
{
    const pdn_clash_t *swap;

    if (pdn_explain_leads(u, b, a)) {
        swap = a;
        a = b;
        b = swap;
    }

    pdn_explain_clash(u, a, out);

    if (pdn_explain_leads(u, a, b)) {
        pdn_str_puts(out, ", which ");
        pdn_explain_edge(u, b->edge, out);
        return;
    }

    pdn_str_puts(out, " and ");
    pdn_explain_clash(u, b, out);
}
