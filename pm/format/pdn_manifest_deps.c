/* SPDX-License-Identifier: MIT */
/* The manifest's tables of packages: who is needed, in which version, whence.
 */

#include "pdn_manifest_in.h"
#include "pdn_runtime.h"

#include <string.h>


/* Can the requirement be read? Points into the string when it cannot. */
static int
pdn_manifest_check_req(pdn_arena_t *a, const pdn_manifest_t *m,
                       const pdn_dep_t *dep, const pdn_value_t *v,
                       pdn_error_t *err)
{
    pdn_version_err_t bad;
    pdn_span_t span;
    uint32_t at;

    if (pdn_req_parse(a, pdn_manifest_rules(m, &dep->id), v->text, v->len, &bad)
        != NULL)
    {
        return 0;
    }

    if (bad.msg == NULL) {
        return pdn_error_memory(err);
    }

    /* without escapes, the byte of the string is that of the text */
    at = v->end - v->start == v->len + 2 ? v->start + 1 + (uint32_t) bad.pos
                                         : v->start;
    pdn_value_span(&m->document, at, at + 1, &span);

    return pdn_error_at(err, &span, 104, "the requirement '%s': %s", v->text,
                        bad.msg);
}


static int
pdn_manifest_is_sha256(const char *text)
{
    return text != NULL && strlen(text) == 64
           && strspn(text, "0123456789abcdef") == 64;
}


/* { git = "...", rev = "..." }, { path = "..." }, { url =, sha256 = } */
static int
pdn_manifest_place(const pdn_manifest_t *m, const pdn_value_t *v,
                   pdn_dep_t *dep, pdn_error_t *err)
{
    static const char *const names[] = { "version", "git",    "rev", "path",
                                         "url",     "sha256", NULL };
    const char *git, *path, *url, *text;
    size_t i, k;

    for (i = 0; i < v->n; i++) {
        for (k = 0; names[k] != NULL; k++) {
            if (v->pairs[i].key != NULL
                && strcmp(v->pairs[i].key, names[k]) == 0) {
                break;
            }
        }

        if (names[k] == NULL) {
            return pdn_manifest_unknown(m, &v->pairs[i], "a dependency", names,
                                        err);
        }

        if (pdn_manifest_text(m, &v->pairs[i].value, names[k], &text, err) != 0)
        {
            return -1;
        }
    }

    git = pdn_value_get_text(v, "git");
    path = pdn_value_get_text(v, "path");
    url = pdn_value_get_text(v, "url");

    if ((git != NULL) + (path != NULL) + (url != NULL) > 1) {
        return pdn_error_at(err, &dep->span, 102,
                            "a package has one place: git, path or url");
    }

    dep->place.kind = git != NULL    ? PDN_PLACE_GIT
                      : path != NULL ? PDN_PLACE_PATH
                      : url != NULL  ? PDN_PLACE_URL
                                     : PDN_PLACE_SOURCE;
    dep->place.url = git != NULL ? git : url;
    dep->place.path = path;
    dep->place.rev = pdn_value_get_text(v, "rev");
    dep->place.sha256 = pdn_value_get_text(v, "sha256");

    if (dep->place.rev != NULL && git == NULL) {
        return pdn_error_at(err, &dep->span, 102, "`rev` goes with `git`");
    }

    if ((url != NULL) != (dep->place.sha256 != NULL)
        || (url != NULL && !pdn_manifest_is_sha256(dep->place.sha256)))
    {
        return pdn_error_at(err, &dep->span, 102,
                            "`url` goes with `sha256`, 64 hexadecimal digits "
                            "in lower case");
    }

    return 0;
}


static int
pdn_manifest_dep_row(pdn_arena_t *a, const pdn_manifest_t *m,
                     const pdn_pair_t *pair, const char *where, pdn_dep_t *dep,
                     pdn_error_t *err)
{
    const pdn_value_t *req;

    req = &pair->value;
    dep->req = "";
    pdn_manifest_span(m, req, &dep->span);

    if (req->type == PDN_TABLE) {
        if (pdn_manifest_place(m, req, dep, err) != 0) {
            return -1;
        }

        req = pdn_value_get(req, "version");
        if (req == NULL) {
            return 0;
        }
    }

    if (pdn_manifest_text(m, req, where, &dep->req, err) != 0) {
        return -1;
    }

    pdn_manifest_span(m, req, &dep->span);

    return pdn_manifest_check_req(a, m, dep, req, err);
}


/* Appends the rows of a table to `*deps`. */
static int
pdn_manifest_rows(pdn_arena_t *a, const pdn_manifest_t *m, const pdn_value_t *v,
                  const char *where, pdn_dep_t **deps, size_t *n,
                  pdn_error_t *err)
{
    const pdn_pair_t *pair;
    pdn_dep_t *all;
    pdn_span_t span;
    size_t i;

    all = pdn_arena_array(a, *n + v->n, sizeof(*all));
    if (all == NULL) {
        return pdn_error_memory(err);
    }

    if (*n != 0) {
        memcpy(all, *deps, *n * sizeof(*all));
    }

    *deps = all;

    for (i = 0; i < v->n; i++, (*n)++) {
        pair = &v->pairs[i];
        pdn_manifest_key_span(m, pair, &span);

        if (pair->key == NULL) {
            pdn_error_at(err, &span, 102, "%s has a value without a key",
                         where);
            return pdn_error_help(err, "write [\"owner/name\"] = \"^1.0\"");
        }

        if (pdn_manifest_id(a, m, pair->key, pair->key_len, &span, &all[*n].id,
                            err)
                != 0
            || pdn_manifest_dep_row(a, m, pair, where, &all[*n], err) != 0)
        {
            return -1;
        }
    }

    return 0;
}


/* The same package under both keys, or twice by case (rocks:LPeg). */
static int
pdn_manifest_unique(const pdn_manifest_t *m, pdn_error_t *err)
{
    char text[PDN_ID_MAX + 1];
    size_t i;

    for (i = 0; i < m->n_deps; i++) {
        if (pdn_manifest_dep(m, &m->deps[i].id) != &m->deps[i]) {
            return pdn_error_at(err, &m->deps[i].span, 102,
                                "'%s' is listed already",
                                pdn_id_text(&m->deps[i].id, text));
        }

        if (strcmp(m->deps[i].id.source, "runtime") == 0) {
            return pdn_error_at(err, &m->deps[i].span, 102,
                                "what the runtime should be is said in "
                                "`runtime`");
        }
    }

    return 0;
}


int
pdn_manifest_read_deps(pdn_arena_t *a, pdn_manifest_t *m, const pdn_value_t *v,
                       pdn_error_t *err)
{
    if (pdn_manifest_rows(a, m, v, "`dependencies`", &m->deps, &m->n_deps, err)
        != 0)
    {
        return -1;
    }

    return pdn_manifest_unique(m, err);
}


int
pdn_manifest_read_dev_deps(pdn_arena_t *a, pdn_manifest_t *m,
                           const pdn_value_t *v, pdn_error_t *err)
{
    size_t i;

    i = m->n_deps;

    if (pdn_manifest_rows(a, m, v, "`dev_dependencies`", &m->deps, &m->n_deps,
                          err)
        != 0)
    {
        return -1;
    }

    for (/* void */; i < m->n_deps; i++) {
        m->deps[i].dev = 1;
    }

    return pdn_manifest_unique(m, err);
}


int
pdn_manifest_read_overrides(pdn_arena_t *a, pdn_manifest_t *m,
                            const pdn_value_t *v, pdn_error_t *err)
{
    const pdn_dep_t *dep;
    size_t i;

    if (pdn_manifest_rows(a, m, v, "`overrides`", &m->overrides,
                          &m->n_overrides, err)
        != 0)
    {
        return -1;
    }

    for (i = 0; i < m->n_overrides; i++) {
        dep = &m->overrides[i];

        if (strcmp(dep->id.source, "runtime") == 0
            && (dep->req[0] != '\0' || !pdn_runtime_is_name(dep->id.name)))
        {
            return pdn_error_at(err, &dep->span, 102,
                                "of the runtime, `overrides` can say only "
                                "that a part of it may be anything, with "
                                "\"\"");
        }
    }

    return 0;
}


/* runtime = { nginx = ">=1.22" }: keys are names of the source "runtime". */
int
pdn_manifest_read_runtime(pdn_arena_t *a, pdn_manifest_t *m,
                          const pdn_value_t *v, pdn_error_t *err)
{
    const pdn_pair_t *pair;
    pdn_dep_t *dep;
    size_t i;

    m->runtime = pdn_arena_array(a, v->n, sizeof(*m->runtime));
    if (m->runtime == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 0; i < v->n; i++) {
        pair = &v->pairs[i];
        dep = &m->runtime[i];

        if (pair->key == NULL || !pdn_runtime_is_name(pair->key)) {
            return pdn_manifest_unknown(m, pair, "`runtime`", pdn_runtime_names,
                                        err);
        }

        dep->id.source = "runtime";
        dep->id.name = pair->key;
        dep->req = "";
        pdn_manifest_span(m, &pair->value, &dep->span);

        if (pdn_manifest_text(m, &pair->value, "`runtime`", &dep->req, err) != 0
            || pdn_manifest_check_req(a, m, dep, &pair->value, err) != 0)
        {
            return -1;
        }

        m->n_runtime = i + 1;
    }

    return 0;
}
