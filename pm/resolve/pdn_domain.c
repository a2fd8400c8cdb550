/* SPDX-License-Identifier: MIT */
/* The versions of one package; see pdn_domain.h. */

#include "pdn_domain.h"
#include "pdn_runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


/* By the rules, and by text where these see no difference. */
static int
pdn_domain_order(const void *a, const void *b)
{
    const pdn_candidate_t *x, *y;
    int order;

    x = a;
    y = b;
    order = pdn_version_compare(x->version, y->version);

    return order != 0 ? order : strcmp(x->text, y->text);
}


/* A package with one version and no dependencies. */
static int
pdn_domain_single(pdn_universe_t *u, pdn_package_t *p, const char *text)
{
    pdn_version_err_t bad;

    p->loaded = 1;
    p->complete = 1;

    if (text == NULL) {
        p->missing = 1;
        return 0;
    }

    p->versions = pdn_arena_alloc(u->arena, sizeof(*p->versions));
    if (p->versions == NULL) {
        return pdn_error_memory(u->err);
    }

    p->n = 1;
    p->versions->text = text;
    p->versions->version = pdn_version_parse(u->arena, p->rules, text,
                                             strlen(text), &bad);

    /* of the runtime, the rules of who asks count: see pdn_domain_runtime */
    return p->versions->version != NULL || bad.msg != NULL
               ? 0
               : pdn_error_memory(u->err);
}


/* What the manifest says that the runtime brings, else the runtime itself. */
static const char *
pdn_domain_carried(const pdn_universe_t *u, const pdn_id_t *id)
{
    const pdn_manifest_t *m;
    size_t i;

    m = u->how->manifest;

    for (i = 0; i < m->n_provided; i++) {
        if (pdn_id_compare(&m->provided[i].id, id) == 0) {
            return m->provided[i].version;
        }
    }

    return pdn_runtime_provides(id);
}


/* Must this version stay as the lock has it? */
static const char *
pdn_domain_locked(const pdn_universe_t *u, const pdn_id_t *id)
{
    const pdn_lock_entry_t *entry;
    size_t i;

    if (u->how->old == NULL || u->how->update_all) {
        return NULL;
    }

    for (i = 0; i < u->how->n_update; i++) {
        if (pdn_id_compare(&u->how->update[i], id) == 0) {
            return NULL;
        }
    }

    entry = pdn_lock_find(u->how->old, id);

    return entry != NULL ? entry->version : NULL;
}


/* Why a version is not to be chosen, NULL when it may be. */
static const char *
pdn_domain_hidden(const pdn_universe_t *u, const pdn_listed_t *listed)
{
    int64_t now;

    if (listed->yanked) {
        return "was yanked";
    }

    if (u->how->manifest->min_age == 0 || listed->published == 0) {
        return NULL;
    }

    now = u->how->now != 0 ? u->how->now : (int64_t) time(NULL);

    return now - listed->published < u->how->manifest->min_age
               ? "is younger than `policy.min_age`"
               : NULL;
}


static int
pdn_domain_fill(pdn_universe_t *u, pdn_package_t *p, const pdn_versions_t *list)
{
    const pdn_version_t *newest, *version;
    const char *locked, *why;
    pdn_version_err_t bad;
    size_t i;

    locked = pdn_domain_locked(u, &p->id);
    newest = NULL;

    p->versions = pdn_arena_array(u->arena, list->n, sizeof(*p->versions));
    if (p->versions == NULL) {
        return pdn_error_memory(u->err);
    }

    for (i = 0, p->n = 0; i < list->n; i++) {
        version = pdn_version_parse(u->arena, p->rules, list->items[i].version,
                                    strlen(list->items[i].version), &bad);
        if (version == NULL && bad.msg == NULL) {
            return pdn_error_memory(u->err);
        }

        if (version == NULL) {
            continue;
        }

        why = pdn_domain_hidden(u, &list->items[i]);

        if (why != NULL
            && (locked == NULL || strcmp(locked, list->items[i].version) != 0))
        {
            if (newest == NULL || pdn_version_compare(version, newest) > 0) {
                newest = version;
                p->newest_hidden = list->items[i].version;
                p->hidden_why = why;
            }
            continue;
        }

        p->versions[p->n].text = list->items[i].version;
        p->versions[p->n].version = version;
        p->versions[p->n].special = (unsigned) pdn_version_is_special(version);
        p->n++;
    }

    if (p->n != 0) {
        qsort(p->versions, p->n, sizeof(*p->versions), pdn_domain_order);
    }

    for (i = 0; locked != NULL && i < p->n; i++) {
        if (strcmp(p->versions[i].text, locked) == 0) {
            p->locked = i + 1;
        }
    }

    return 0;
}


static int
pdn_domain_ask(pdn_universe_t *u, pdn_package_t *p, const char *req)
{
    pdn_versions_t list;
    pdn_found_t found;
    size_t i, k;

    memset(&list, 0, sizeof(list));

    found = u->provider->versions(u->provider, &p->id, req, &list, u->err);
    if (found == PDN_REFUSED) {
        return -1;
    }

    if (!p->loaded) {
        p->loaded = 1;
        p->missing = found == PDN_MISSING;
        p->complete = found == PDN_MISSING || list.complete;
        p->whole = list.whole;

        if (found == PDN_FOUND && pdn_domain_fill(u, p, &list) != 0) {
            return -1;
        }

        p->words = pdn_set_words(p->n);
        return 0;
    }

    for (i = 0; found == PDN_FOUND && i < list.n; i++) {
        for (k = 0; k < p->n; k++) {
            if (strcmp(p->versions[k].text, list.items[i].version) == 0) {
                break;
            }
        }

        u->grown |= k == p->n && pdn_domain_hidden(u, &list.items[i]) == NULL;
    }

    return 0;
}


int
pdn_domain_load(pdn_universe_t *u, pdn_package_t *p, const char *req)
{
    const pdn_source_t *source;
    char text[PDN_ID_MAX + 1];
    const char *carried;
    const pdn_dep_t *dep;

    if (p->loaded && p->complete) {
        return 0;
    }

    if (p->runtime) {
        return pdn_domain_single(u, p, pdn_runtime_version(p->id.name));
    }

    dep = pdn_manifest_dep(u->how->manifest, &p->id);
    carried = dep != NULL && dep->place.kind != PDN_PLACE_SOURCE
                  ? NULL
                  : pdn_domain_carried(u, &p->id);

    if (carried != NULL) {
        p->carried = 1;
        return pdn_domain_single(u, p, carried);
    }

    if (dep == NULL || dep->place.kind == PDN_PLACE_SOURCE) {
        source = pdn_manifest_source(u->how->manifest, p->id.source);

        if (source == NULL || source->url == NULL) {
            pdn_id_text(&p->id, text);

            if (source == NULL) {
                return pdn_error(u->err, 303,
                                 "'%s' is of a source that is not configured",
                                 text);
            }

            pdn_error_at(u->err, dep != NULL ? &dep->span : NULL, 304,
                         "'%s' belongs to the default registry, and none is "
                         "configured",
                         text);
            return pdn_error_help(u->err, "name its source (rocks:NAME, "
                                          "opm:ACCOUNT/NAME) or set "
                                          "`registries.default`");
        }
    }

    return pdn_domain_ask(u, p, req);
}


/* SemVer wants three numbers where the runtime may have two. */
static const char *
pdn_domain_pad(pdn_arena_t *a, const char *text)
{
    size_t i, dots;

    for (i = 0, dots = 0; text[i] != '\0'; i++) {
        dots += text[i] == '.';
    }

    return dots == 1 ? pdn_arena_printf(a, "%s.0", text) : text;
}


/* The runtime's one version, by the rules of the package that asks. */
static int
pdn_domain_runtime(pdn_universe_t *u, const pdn_package_t *p, pdn_rules_t rules,
                   const pdn_req_t *req)
{
    const pdn_version_t *version;
    pdn_version_err_t bad;
    const char *text;

    text = p->versions[0].text;
    text = rules == PDN_RULES_SEMVER ? pdn_domain_pad(u->arena, text) : text;
    version = text == NULL ? NULL
                           : pdn_version_parse(u->arena, rules, text,
                                               strlen(text), &bad);

    return version != NULL && pdn_req_admits(req, version);
}


const pdn_range_t *
pdn_domain_range(pdn_universe_t *u, pdn_package_t *p, pdn_rules_t rules,
                 const char *req)
{
    pdn_version_err_t bad;
    pdn_range_t *range;
    pdn_req_t *parsed;
    size_t i;

    for (range = p->ranges; range != NULL; range = range->next) {
        if (range->rules == rules && strcmp(range->req, req) == 0) {
            return range;
        }
    }

    range = pdn_arena_alloc(u->arena, sizeof(*range));
    parsed = range == NULL
                 ? NULL
                 : pdn_req_parse(u->arena, rules, req, strlen(req), &bad);

    if (range == NULL || (parsed == NULL && bad.msg == NULL)
        || (range->set = pdn_universe_set(u, p)) == NULL)
    {
        pdn_error_memory(u->err);
        return NULL;
    }

    /* a foreign package whose requirement is no requirement fits nothing */
    for (i = 0; parsed != NULL && i < p->n; i++) {
        if (p->runtime ? pdn_domain_runtime(u, p, rules, parsed)
                       : p->versions[i].version != NULL
                             && pdn_req_admits(parsed, p->versions[i].version))
        {
            pdn_set_put(range->set, i + 1);
        }
    }

    range->rules = rules;
    range->req = req;
    range->next = p->ranges;
    p->ranges = range;

    return range;
}
