/* SPDX-License-Identifier: MIT */
/* The manifest's other keys: names, registries, aliases, builds, policy. */

#include "pdn_manifest_in.h"

#include <stdlib.h>
#include <string.h>


int
pdn_manifest_read_name(pdn_arena_t *a, pdn_manifest_t *m, const pdn_value_t *v,
                       pdn_error_t *err)
{
    pdn_span_t span;
    pdn_id_t id;

    pdn_manifest_span(m, v, &span);

    if (pdn_manifest_text(m, v, "`name`", &m->name, err) != 0) {
        return -1;
    }

    return pdn_manifest_id(a, m, v->text, v->len, &span, &id, err);
}


int
pdn_manifest_read_version(pdn_arena_t *a, pdn_manifest_t *m,
                          const pdn_value_t *v, pdn_error_t *err)
{
    pdn_version_err_t bad;
    pdn_span_t span;

    if (pdn_version_parse(a, PDN_RULES_SEMVER, v->text, v->len, &bad) != NULL) {
        return pdn_manifest_text(m, v, "`version`", &m->version, err);
    }

    if (bad.msg == NULL) {
        return pdn_error_memory(err);
    }

    pdn_manifest_span(m, v, &span);

    return pdn_error_at(err, &span, 104, "the version '%s': %s", v->text,
                        bad.msg);
}


static const char *
pdn_manifest_env(const char *name, const char *otherwise)
{
    const char *value;

    value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : otherwise;
}


int
pdn_manifest_builtin_sources(pdn_arena_t *a, pdn_manifest_t *m,
                             pdn_error_t *err)
{
    m->sources = pdn_arena_array(a, 3, sizeof(*m->sources));
    if (m->sources == NULL) {
        return pdn_error_memory(err);
    }

    m->n_sources = 3;

    m->sources[0].name = "";
    m->sources[0].kind = PDN_SOURCE_REGISTRY;
    m->sources[0].url = pdn_manifest_env("PANDAN_REGISTRY", NULL);

    m->sources[1].name = "rocks";
    m->sources[1].kind = PDN_SOURCE_ROCKS;
    m->sources[1].url = pdn_manifest_env("PANDAN_ROCKS_URL",
                                         "https://luarocks.org");

    m->sources[2].name = "opm";
    m->sources[2].kind = PDN_SOURCE_OPM;
    m->sources[2].url = pdn_manifest_env("PANDAN_OPM_URL",
                                         "https://opm.openresty.org");

    return 0;
}


static int
pdn_manifest_source_kind(const pdn_manifest_t *m, const pdn_value_t *v,
                         pdn_source_kind_t *kind, pdn_error_t *err)
{
    static const char *const kinds[] = { "pandan", "rocks", "opm" };
    pdn_span_t span;
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(v->text, kinds[i]) == 0) {
            *kind = (pdn_source_kind_t) i;
            return 0;
        }
    }

    pdn_manifest_span(m, v, &span);

    return pdn_error_at(err, &span, 102,
                        "a registry's type is pandan, rocks or opm, not '%s'",
                        v->text);
}


/* The keys of one registry. */
static int
pdn_manifest_registry(const pdn_manifest_t *m, const pdn_value_t *v,
                      pdn_source_t *source, pdn_error_t *err)
{
    static const char *const names[] = { "url", "key", "type", "insecure",
                                         NULL };
    const pdn_pair_t *p;
    const char *text;
    size_t i;

    for (i = 0; i < v->n; i++) {
        p = &v->pairs[i];

        if (p->key != NULL && strcmp(p->key, "insecure") == 0) {
            if (p->value.type != PDN_BOOLEAN) {
                return pdn_manifest_wants(m, &p->value, "`insecure`",
                                          "a boolean", err);
            }
            source->insecure = p->value.boolean ? 1 : 0;
            continue;
        }

        if (p->key == NULL
            || (strcmp(p->key, "url") != 0 && strcmp(p->key, "key") != 0
                && strcmp(p->key, "type") != 0))
        {
            return pdn_manifest_unknown(m, p, "a registry", names, err);
        }

        if (pdn_manifest_text(m, &p->value, p->key, &text, err) != 0) {
            return -1;
        }

        if (strcmp(p->key, "type") == 0) {
            if (pdn_manifest_source_kind(m, &p->value, &source->kind, err) != 0)
            {
                return -1;
            }

        } else if (strcmp(p->key, "url") == 0) {
            source->url = text;

        } else {
            source->key = text;
        }
    }

    return 0;
}


/* The row of this name: one that is there already, or a new one. */
static pdn_source_t *
pdn_manifest_source_row(pdn_manifest_t *m, const char *name)
{
    size_t i;

    name = strcmp(name, "default") == 0 ? "" : name;

    for (i = 0; i < m->n_sources; i++) {
        if (strcmp(m->sources[i].name, name) == 0) {
            return &m->sources[i];
        }
    }

    m->sources[m->n_sources].name = name;
    m->sources[m->n_sources].kind = PDN_SOURCE_REGISTRY;

    return &m->sources[m->n_sources++];
}


static int
pdn_manifest_source_name(const pdn_manifest_t *m, const pdn_pair_t *pair,
                         pdn_error_t *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    pdn_span_t span;

    pdn_manifest_key_span(m, pair, &span);

    if (pair->key == NULL || pair->key[0] < 'a' || pair->key[0] > 'z'
        || strspn(pair->key, allowed) != pair->key_len
        || strcmp(pair->key, "runtime") == 0)
    {
        return pdn_error_at(err, &span, 102,
                            "a registry is called by small letters, digits, - "
                            "and _, and not 'runtime'");
    }

    return 0;
}


int
pdn_manifest_read_registries(pdn_arena_t *a, pdn_manifest_t *m,
                             const pdn_value_t *v, pdn_error_t *err)
{
    const pdn_pair_t *pair;
    pdn_source_t *rows, *source;
    const char *url;
    size_t i;

    rows = pdn_arena_array(a, m->n_sources + v->n, sizeof(*rows));
    if (rows == NULL) {
        return pdn_error_memory(err);
    }

    memcpy(rows, m->sources, m->n_sources * sizeof(*rows));
    m->sources = rows;

    for (i = 0; i < v->n; i++) {
        pair = &v->pairs[i];

        if (pdn_manifest_source_name(m, pair, err) != 0) {
            return -1;
        }

        source = pdn_manifest_source_row(m, pair->key);
        url = source->url;
        pdn_manifest_key_span(m, pair, &source->span);

        if (pair->value.type == PDN_TABLE) {
            if (pdn_manifest_registry(m, &pair->value, source, err) != 0) {
                return -1;
            }

        } else if (pdn_manifest_text(m, &pair->value, "a registry",
                                     &source->url, err)
                   != 0)
        {
            return -1;
        }

        /* the environment has the last word of the three that it knows */
        if (url != NULL
            && (pdn_manifest_env(source->name[0] == '\0'  ? "PANDAN_REGISTRY"
                                 : source->name[0] == 'r' ? "PANDAN_ROCKS_URL"
                                                          : "PANDAN_OPM_URL",
                                 NULL)
                != NULL))
        {
            source->url = url;
        }

        if (source->url == NULL) {
            return pdn_error_at(err, &source->span, 102,
                                "the registry '%s' has no url", pair->key);
        }
    }

    return 0;
}


int
pdn_manifest_read_aliases(pdn_arena_t *a, pdn_manifest_t *m,
                          const pdn_value_t *v, pdn_error_t *err)
{
    const pdn_pair_t *pair;
    pdn_alias_t *alias;
    pdn_span_t span;
    size_t i;

    m->aliases = pdn_arena_array(a, v->n, sizeof(*m->aliases));
    if (m->aliases == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 0; i < v->n; i++) {
        pair = &v->pairs[i];
        alias = &m->aliases[i];
        pdn_manifest_key_span(m, pair, &alias->span);
        pdn_manifest_span(m, &pair->value, &span);

        if (pair->key == NULL || pdn_value_text(&pair->value) == NULL) {
            pdn_error_at(err, &alias->span, 102,
                         "an alias is one package's name for another's");
            return pdn_error_help(err, "write [\"rocks:x\"] = \"opm:y/x\"");
        }

        if (pdn_manifest_id(a, m, pair->key, pair->key_len, &alias->span,
                            &alias->from, err)
                != 0
            || pdn_manifest_id(a, m, pair->value.text, pair->value.len, &span,
                               &alias->to, err)
                   != 0)
        {
            return -1;
        }

        m->n_aliases = i + 1;
    }

    return 0;
}


int
pdn_manifest_read_provided(pdn_arena_t *a, pdn_manifest_t *m,
                           const pdn_value_t *v, pdn_error_t *err)
{
    const pdn_pair_t *pair;
    pdn_provided_t *row;
    size_t i;

    m->provided = pdn_arena_array(a, v->n, sizeof(*m->provided));
    if (m->provided == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 0; i < v->n; i++) {
        pair = &v->pairs[i];
        row = &m->provided[i];
        pdn_manifest_key_span(m, pair, &row->span);

        if (pair->key == NULL) {
            return pdn_error_at(err, &row->span, 102,
                                "`provided` has a value without a key");
        }

        if (pdn_manifest_id(a, m, pair->key, pair->key_len, &row->span,
                            &row->id, err)
            != 0)
        {
            return -1;
        }

        row->version = pdn_value_text(&pair->value);

        if (row->version == NULL
            && (pair->value.type != PDN_BOOLEAN || pair->value.boolean))
        {
            return pdn_manifest_wants(m, &pair->value, "`provided`",
                                      "a version or false", err);
        }

        m->n_provided = i + 1;
    }

    return 0;
}


int
pdn_manifest_read_build(pdn_arena_t *a, pdn_manifest_t *m, const pdn_value_t *v,
                        pdn_error_t *err)
{
    const pdn_value_t *allow, *row;
    pdn_span_t span;
    size_t i, n;

    allow = pdn_value_get(v, "allow");
    if (allow == NULL) {
        return 0;
    }

    if (allow->type != PDN_TABLE) {
        return pdn_manifest_wants(m, allow, "`build.allow`", "a list", err);
    }

    n = pdn_value_count(allow);
    m->build_allow = pdn_arena_array(a, n, sizeof(*m->build_allow));
    if (m->build_allow == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 0; i < n; i++) {
        row = pdn_value_at(allow, i + 1);

        if (pdn_value_text(row) == NULL) {
            return pdn_manifest_wants(m, row != NULL ? row : allow,
                                      "`build.allow`", "a list of names", err);
        }

        pdn_manifest_span(m, row, &span);

        if (pdn_manifest_id(a, m, row->text, row->len, &span,
                            &m->build_allow[i], err)
            != 0)
        {
            return -1;
        }

        m->n_build_allow = i + 1;
    }

    return 0;
}


/* "3d", "12h", "30m", "45s"; -1 when it is none. */
static int64_t
pdn_manifest_seconds(const char *text)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    char *end;
    long n;
    size_t i;

    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return -1;
    }

    n = strtol(text, &end, 10);

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (end[0] == units[i].unit && end[1] == '\0' && n < 1000000) {
            return n * units[i].seconds;
        }
    }

    return -1;
}


int
pdn_manifest_read_policy(pdn_arena_t *a, pdn_manifest_t *m,
                         const pdn_value_t *v, pdn_error_t *err)
{
    const pdn_value_t *age;

    (void) a;

    age = pdn_value_get(v, "min_age");
    if (age == NULL) {
        return 0;
    }

    m->min_age = pdn_manifest_seconds(pdn_value_text(age));

    return m->min_age >= 0
               ? 0
               : pdn_manifest_wants(m, age, "`policy.min_age`",
                                    "a time such as \"3d\" or \"12h\"", err);
}
