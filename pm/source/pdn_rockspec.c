/* SPDX-License-Identifier: MIT */
/* Rockspecs; see pdn_rockspec.h. */

#include "pdn_rockspec.h"
#include "pdn_rockspec_run.h"
#include "pdn_luadata.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The platforms that we are, from the general to the special. */
static const char *const pdn_rockspec_platforms[] = { "unix", "linux" };


static pdn_pair_t *
pdn_rockspec_pair(pdn_value_t *table, const pdn_pair_t *like)
{
    size_t i;

    for (i = 0; i < table->n; i++) {
        if (like->key != NULL && table->pairs[i].key != NULL
            && table->pairs[i].key_len == like->key_len
            && memcmp(table->pairs[i].key, like->key, like->key_len) == 0)
        {
            return &table->pairs[i];
        }

        if (like->key == NULL && table->pairs[i].key == NULL
            && table->pairs[i].position == like->position)
        {
            return &table->pairs[i];
        }
    }

    return NULL;
}


/* Lays `over` upon `base`, table into table. */
static int
pdn_rockspec_merge(pdn_arena_t *a, pdn_value_t *base, const pdn_value_t *over)
{
    pdn_pair_t *pairs, *mine;
    size_t i;

    pairs = pdn_arena_array(a, base->n + over->n + 1, sizeof(pdn_pair_t));
    if (pairs == NULL) {
        return -1;
    }

    if (base->n != 0) {
        memcpy(pairs, base->pairs, base->n * sizeof(pdn_pair_t));
    }
    base->pairs = pairs;
    base->index = NULL;
    base->index_size = 0;

    for (i = 0; i < over->n; i++) {
        mine = pdn_rockspec_pair(base, &over->pairs[i]);

        if (mine == NULL) {
            base->pairs[base->n++] = over->pairs[i];

        } else if (mine->value.type == PDN_TABLE
                   && over->pairs[i].value.type == PDN_TABLE)
        {
            if (pdn_rockspec_merge(a, &mine->value, &over->pairs[i].value) != 0)
            {
                return -1;
            }

        } else {
            mine->value = over->pairs[i].value;
        }
    }

    return pdn_value_finish(a, base);
}


/* A section of the rockspec with what it has for our platform laid upon. */
static const pdn_value_t *
pdn_rockspec_section(pdn_arena_t *a, const pdn_value_t *root, const char *key)
{
    const pdn_value_t *found, *over;
    pdn_value_t *section;
    size_t i;

    found = pdn_value_get(root, key);
    if (found == NULL || found->type != PDN_TABLE) {
        return NULL;
    }

    section = pdn_arena_alloc(a, sizeof(pdn_value_t));
    if (section == NULL) {
        return NULL;
    }

    *section = *found;

    for (i = 0; i < 2; i++) {
        over = pdn_value_get(pdn_value_get(found, "platforms"),
                             pdn_rockspec_platforms[i]);
        if (over != NULL && over->type == PDN_TABLE
            && pdn_rockspec_merge(a, section, over) != 0)
        {
            return NULL;
        }
    }

    return section;
}


static int
pdn_rockspec_dep(pdn_arena_t *a, const char *text, pdn_dep_t *dep,
                 const char *file, pdn_error_t *err)
{
    pdn_id_rc_t rc;
    char *id;
    size_t len;

    while (isspace((unsigned char) *text)) {
        text++;
    }

    len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "0123456789._-/");

    id = pdn_arena_printf(a,
                          len == 3 && strncasecmp(text, "lua", 3) == 0
                              ? "runtime:%.*s"
                              : "rocks:%.*s",
                          (int) len, text);
    if (id == NULL) {
        return pdn_error_memory(err);
    }

    rc = len == 0 ? PDN_ID_EMPTY : pdn_id_parse(a, id, strlen(id), &dep->id);
    if (rc != PDN_ID_OK) {
        return pdn_error(err, 405, "%s: the dependency '%s': %s", file, text,
                         pdn_id_problem(rc));
    }

    for (text += len; isspace((unsigned char) *text); text++) {
        /* void */
    }

    dep->req = pdn_arena_text(a, text, strlen(text));

    return dep->req != NULL ? 0 : pdn_error_memory(err);
}


static int
pdn_rockspec_deps(pdn_arena_t *a, const pdn_value_t *root, const char *file,
                  pdn_rockspec_t *out, pdn_error_t *err)
{
    const pdn_value_t *list;
    const char *text;
    size_t i, n;

    list = pdn_rockspec_section(a, root, "dependencies");
    n = list != NULL ? pdn_value_count(list) : 0;
    out->deps = pdn_arena_array(a, n + 1, sizeof(pdn_dep_t));
    if (out->deps == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 1; i <= n; i++) {
        text = pdn_value_text(pdn_value_at(list, i));
        if (text == NULL) {
            return pdn_error(err, 405, "%s: a dependency is no text", file);
        }

        if (pdn_rockspec_dep(a, text, &out->deps[out->n_deps], file, err) != 0)
        {
            return -1;
        }
        out->n_deps++;
    }

    return 0;
}


/* Does a module of the builtin kind have anything to compile? */
static int
pdn_rockspec_compiles(const pdn_value_t *modules)
{
    const char *text;
    size_t i, len;

    for (i = 0; modules != NULL && i < modules->n; i++) {
        if (modules->pairs[i].value.type == PDN_TABLE) {
            return 1;
        }

        text = pdn_value_text(&modules->pairs[i].value);
        len = text != NULL ? strlen(text) : 0;
        if (len < 4 || strcmp(text + len - 4, ".lua") != 0) {
            return 1;
        }
    }

    return 0;
}


static void
pdn_rockspec_runs(pdn_rockspec_t *out)
{
    const pdn_value_t *modules;

    if (strcmp(out->build_type, "none") == 0) {
        return;
    }

    modules = pdn_value_get(out->build, "modules");

    if (strcmp(out->build_type, "builtin") != 0
        || (modules != NULL && pdn_rockspec_compiles(modules))
        || pdn_value_get(out->build, "patches") != NULL)
    {
        out->runs = out->build_type;
    }
}


static char *
pdn_rockspec_lower(pdn_arena_t *a, const char *text)
{
    char *copy, *p;

    copy = pdn_arena_text(a, text, strlen(text));

    for (p = copy; p != NULL && *p != '\0'; p++) {
        *p = tolower((unsigned char) *p);
    }

    return copy;
}


/* "3.0" is 30; what no LuaRocks has written is none, 0. */
static int
pdn_rockspec_format(const char *text)
{
    double number;

    number = strtod(text, NULL) * 10 + 0.5;

    return number >= 0 && number < 1000 ? (int) number : 0;
}


static int
pdn_rockspec_fill(pdn_arena_t *a, const pdn_value_t *root, const char *file,
                  pdn_rockspec_t *out, pdn_error_t *err)
{
    const pdn_value_t *about, *source;
    const char *name, *format, *module;

    name = pdn_value_get_text(root, "package");
    out->version = pdn_value_get_text(root, "version");
    source = pdn_rockspec_section(a, root, "source");
    out->build = pdn_rockspec_section(a, root, "build");
    out->external = pdn_rockspec_section(a, root, "external_dependencies");
    about = pdn_value_get(root, "description");

    if (name == NULL || out->version == NULL || source == NULL) {
        return pdn_error(err, 405, "%s has no %s", file,
                         name == NULL           ? "package"
                         : out->version == NULL ? "version"
                                                : "source");
    }

    out->name = pdn_rockspec_lower(a, name);
    format = pdn_value_get_text(root, "rockspec_format");
    out->format = format != NULL ? pdn_rockspec_format(format) : 10;
    out->summary = pdn_value_get_text(about, "summary");
    out->license = pdn_value_get_text(about, "license");

    out->url = pdn_value_get_text(source, "url");
    out->dir = pdn_value_get_text(source, "dir");
    out->md5 = pdn_value_get_text(source, "md5");
    module = pdn_value_get_text(source, "module");
    out->dir = out->dir != NULL ? out->dir : module;
    out->tag = pdn_value_get_text(source, "tag");
    if (out->tag == NULL) {
        out->tag = pdn_value_get_text(source, "branch");
    }

    out->build_type = pdn_value_get_text(out->build, "type");
    if (out->build_type == NULL || strcmp(out->build_type, "module") == 0) {
        out->build_type = "builtin";
    }

    out->copy = pdn_value_get(out->build, "copy_directories");
    pdn_rockspec_runs(out);

    return out->name != NULL ? pdn_rockspec_deps(a, root, file, out, err)
                             : pdn_error_memory(err);
}


int
pdn_rockspec_read(pdn_arena_t *a, const char *file, const char *text,
                  size_t len, pdn_rockspec_t *out, pdn_error_t *err)
{
    pdn_document_t d = { .file = file };
    pdn_error_t not_data = { 0 };
    pdn_str_t data = { 0 };

    memset(out, 0, sizeof(pdn_rockspec_t));

    if (len > PDN_ROCKSPEC_MAX) {
        return pdn_error(err, 405, "%s is too long for a rockspec", file);
    }

    d.text = pdn_arena_text(a, text, len);
    d.len = len;
    if (d.text == NULL) {
        return pdn_error_memory(err);
    }

    if (pdn_luadata_read(a, &d, PDN_LUADATA_GLOBALS, &not_data) == 0) {
        return pdn_rockspec_fill(a, &d.root, file, out, err);
    }

    pdn_error_release(&not_data);

    if (pdn_rockspec_run(file, text, len, &data, err) != 0) {
        pdn_str_release(&data);
        return -1;
    }

    d.text = pdn_arena_text(a, pdn_str_z(&data), data.len);
    d.len = data.len;
    pdn_str_release(&data);

    if (d.text == NULL) {
        return pdn_error_memory(err);
    }

    if (pdn_luadata_read(a, &d, PDN_LUADATA_GLOBALS, err) != 0) {
        return pdn_error_within(err, "cannot read %s", file);
    }

    return pdn_rockspec_fill(a, &d.root, file, out, err);
}
