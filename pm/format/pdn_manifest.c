/* SPDX-License-Identifier: MIT */
/* The manifest read and checked; see pdn_manifest.h. */

#include "pdn_manifest.h"
#include "pdn_luadata.h"
#include "pdn_manifest_in.h"
#include "pdn_nearest.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const pdn_manifest_key_t pdn_manifest_keys[] = {
    { "name",             PDN_STRING, pdn_manifest_read_name },
    { "version",          PDN_STRING, pdn_manifest_read_version },
    { "license",          PDN_STRING, NULL },
    { "description",      PDN_STRING, NULL },
    { "homepage",         PDN_STRING, NULL },
    { "repository",       PDN_STRING, NULL },
    { "authors",          PDN_TABLE,  NULL },
    { "keywords",         PDN_TABLE,  NULL },
    { "registries",       PDN_TABLE,  pdn_manifest_read_registries },
    { "runtime",          PDN_TABLE,  pdn_manifest_read_runtime },
    { "dependencies",     PDN_TABLE,  pdn_manifest_read_deps },
    { "dev_dependencies", PDN_TABLE,  pdn_manifest_read_dev_deps },
    { "overrides",        PDN_TABLE,  pdn_manifest_read_overrides },
    { "aliases",          PDN_TABLE,  pdn_manifest_read_aliases },
    { "provided",         PDN_TABLE,  pdn_manifest_read_provided },
    { "build",            PDN_TABLE,  pdn_manifest_read_build },
    { "policy",           PDN_TABLE,  pdn_manifest_read_policy },
    { "files",            PDN_TABLE,  NULL },
    { "exclude",          PDN_TABLE,  NULL },
    { "layout",           PDN_STRING, NULL },
    { NULL, PDN_NIL, NULL },
};
/* clang-format on */


void
pdn_manifest_span(const pdn_manifest_t *m, const pdn_value_t *v,
                  pdn_span_t *span)
{
    pdn_value_span(&m->document, v->start, v->end, span);
}


void
pdn_manifest_key_span(const pdn_manifest_t *m, const pdn_pair_t *pair,
                      pdn_span_t *span)
{
    if (pair->key == NULL) {
        pdn_manifest_span(m, &pair->value, span);
    } else {
        pdn_value_span(&m->document, pair->key_start, pair->key_end, span);
    }
}


int
pdn_manifest_unknown(const pdn_manifest_t *m, const pdn_pair_t *pair,
                     const char *where, const char *const *names,
                     pdn_error_t *err)
{
    const char *near;
    pdn_span_t span;
    size_t n;

    pdn_manifest_key_span(m, pair, &span);

    if (pair->key == NULL) {
        return pdn_error_at(err, &span, 102, "%s has a value without a key",
                            where);
    }

    pdn_error_at(err, &span, 102, "%s has no key '%s'", where, pair->key);

    for (n = 0; names[n] != NULL; n++) {
        /* void */
    }

    near = pdn_nearest(pair->key, names, n);

    return near != NULL ? pdn_error_help(err, "did you mean '%s'?", near) : -1;
}


int
pdn_manifest_wants(const pdn_manifest_t *m, const pdn_value_t *v,
                   const char *what, const char *wanted, pdn_error_t *err)
{
    pdn_span_t span;

    pdn_manifest_span(m, v, &span);

    return pdn_error_at(err, &span, 102, "%s should be %s, not %s", what,
                        wanted, pdn_value_kind(v));
}


int
pdn_manifest_text(const pdn_manifest_t *m, const pdn_value_t *v,
                  const char *what, const char **text, pdn_error_t *err)
{
    *text = pdn_value_text(v);

    return *text != NULL ? 0 : pdn_manifest_wants(m, v, what, "a string", err);
}


int
pdn_manifest_id(pdn_arena_t *a, const pdn_manifest_t *m, const char *text,
                size_t len, const pdn_span_t *span, pdn_id_t *id,
                pdn_error_t *err)
{
    pdn_id_rc_t rc;

    rc = pdn_id_parse(a, text, len, id);

    if (rc == PDN_ID_MEMORY) {
        return pdn_error_memory(err);
    }

    if (rc != PDN_ID_OK) {
        return pdn_error_at(err, span, 103, "the package name '%s' %s", text,
                            pdn_id_problem(rc));
    }

    if (strcmp(id->source, "runtime") != 0
        && pdn_manifest_source(m, id->source) == NULL)
    {
        pdn_error_at(err, span, 303,
                     "'%s' names the source '%s', which is not "
                     "one",
                     text, id->source);
        return pdn_error_help(err, "sources are rocks, opm and the keys of "
                                   "`registries`");
    }

    return 0;
}


static int
pdn_manifest_read_key(pdn_arena_t *a, pdn_manifest_t *m, const pdn_pair_t *pair,
                      pdn_error_t *err)
{
    const char *names[sizeof(pdn_manifest_keys) / sizeof(*pdn_manifest_keys)];
    const pdn_manifest_key_t *key;
    size_t n;

    for (key = pdn_manifest_keys, n = 0; key->name != NULL; key++) {
        names[n++] = key->name;

        if (pair->key == NULL || strcmp(key->name, pair->key) != 0) {
            continue;
        }

        if (pair->value.type != key->type) {
            return pdn_manifest_wants(
                m, &pair->value, key->name,
                key->type == PDN_TABLE ? "a table" : "a string", err);
        }

        return key->read != NULL ? key->read(a, m, &pair->value, err) : 0;
    }

    names[n] = NULL;

    return pdn_manifest_unknown(m, pair, "the manifest", names, err);
}


/* Sources first: ids of other keys name them. */
static int
pdn_manifest_read_all(pdn_arena_t *a, pdn_manifest_t *m, pdn_error_t *err)
{
    const pdn_value_t *root;
    const char *key;
    size_t i;
    int pass;

    root = &m->document.root;

    for (pass = 0; pass < 2; pass++) {
        for (i = 0; i < root->n; i++) {
            key = root->pairs[i].key;

            if ((key != NULL && strcmp(key, "registries") == 0) == (pass == 0)
                && pdn_manifest_read_key(a, m, &root->pairs[i], err) != 0)
            {
                return -1;
            }
        }
    }

    return 0;
}


int
pdn_manifest_read(pdn_arena_t *a, pdn_manifest_t *m, pdn_error_t *err)
{
    pdn_document_t document;

    document = m->document;
    memset(m, 0, sizeof(*m));
    m->document = document;

    if (document.len > PDN_MANIFEST_MAX) {
        return pdn_error(err, 101, "'%s' is too big", document.file);
    }

    if (pdn_luadata_read(a, &m->document, PDN_LUADATA_UNIQUE, err) != 0
        || pdn_manifest_builtin_sources(a, m, err) != 0
        || pdn_manifest_read_all(a, m, err) != 0)
    {
        return -1;
    }

    m->license = pdn_value_get_text(&m->document.root, "license");
    m->description = pdn_value_get_text(&m->document.root, "description");

    return 0;
}


const pdn_source_t *
pdn_manifest_source(const pdn_manifest_t *m, const char *name)
{
    size_t i;

    for (i = 0; i < m->n_sources; i++) {
        if (strcmp(m->sources[i].name, name) == 0) {
            return &m->sources[i];
        }
    }

    return NULL;
}


pdn_rules_t
pdn_manifest_rules(const pdn_manifest_t *m, const pdn_id_t *id)
{
    const pdn_source_t *source;

    source = pdn_manifest_source(m, id->source);

    if (source == NULL || source->kind == PDN_SOURCE_REGISTRY) {
        return PDN_RULES_SEMVER;
    }

    return source->kind == PDN_SOURCE_ROCKS ? PDN_RULES_ROCKS : PDN_RULES_OPM;
}


const pdn_dep_t *
pdn_manifest_dep(const pdn_manifest_t *m, const pdn_id_t *id)
{
    size_t i;

    for (i = 0; i < m->n_deps; i++) {
        if (pdn_id_compare(&m->deps[i].id, id) == 0) {
            return &m->deps[i];
        }
    }

    return NULL;
}


const pdn_id_t *
pdn_manifest_alias(const pdn_manifest_t *m, const pdn_id_t *id)
{
    size_t i;

    for (i = 0; i < m->n_aliases; i++) {
        if (pdn_id_compare(&m->aliases[i].from, id) == 0) {
            return &m->aliases[i].to;
        }
    }

    return id;
}
