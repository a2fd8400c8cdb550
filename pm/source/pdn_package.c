/* SPDX-License-Identifier: MIT */
/* From artifacts to installed files; see pdn_package.h. */

#include "pdn_package.h"
#include "pdn_archive.h"
#include "pdn_digest.h"
#include "pdn_dist.h"
#include "pdn_rock.h"
#include "pdn_sha256.h"

#include <stdio.h>
#include <string.h>


int
pdn_package_strip(const pdn_files_t *tree, const char *folder, pdn_files_t *out,
                  pdn_error_t *err)
{
    const pdn_file_t *f;
    size_t i, len;

    len = strlen(folder);

    for (i = 0; i < tree->n; i++) {
        f = &tree->items[i];

        if (strncmp(f->path, folder, len) == 0
            && pdn_files_add(out, f->path + len, strlen(f->path + len), f->data,
                             f->len, f->exec, err)
                   != 0)
        {
            return -1;
        }
    }

    return 0;
}


int
pdn_package_hash(pdn_files_t *tree, char out[65], pdn_error_t *err)
{
    char hex[PDN_DIGEST_HEX + 1];
    pdn_str_t list = { 0 };
    pdn_digest_t sum;
    size_t i;

    pdn_files_sort(tree);

    for (i = 0; i < tree->n; i++) {
        if (pdn_digest(tree->items[i].data, tree->items[i].len, &sum, err) != 0)
        {
            pdn_str_release(&list);
            return -1;
        }

        pdn_digest_hex(&sum, hex);
        pdn_str_printf(&list, "%s %c %s\n", hex,
                       tree->items[i].exec ? 'x' : '-', tree->items[i].path);
    }

    if (list.failed) {
        return pdn_error_memory(err);
    }

    pdn_sha256_hex(pdn_str_z(&list), list.len, out);
    pdn_str_release(&list);

    return 0;
}


/* The rockspec at the top; that of the version when there are several. */
static const pdn_file_t *
pdn_package_rockspec(const pdn_files_t *tree, const char *version)
{
    const pdn_file_t *found;
    const char *path;
    size_t i, n, m;

    found = NULL;
    m = version != NULL ? strlen(version) : 0;

    for (i = 0; i < tree->n; i++) {
        path = tree->items[i].path;
        n = strlen(path);

        if (n <= 9 || strcmp(path + n - 9, ".rockspec") != 0
            || strchr(path, '/') != NULL)
        {
            continue;
        }

        if (m != 0 && n > m + 10 && strncmp(path + n - 9 - m, version, m) == 0)
        {
            return &tree->items[i];
        }

        /* the last one in the order of names is mostly the newest */
        if (found == NULL || strcmp(found->path, path) < 0) {
            found = &tree->items[i];
        }
    }

    return found;
}


static int
pdn_package_about_rock(const pdn_files_t *tree, const pdn_file_t *file,
                       pdn_tree_about_t *out, pdn_error_t *err)
{
    if (pdn_rockspec_read(tree->arena, file->path, file->data, file->len,
                          &out->spec, err)
        != 0)
    {
        return -1;
    }

    out->kind = PDN_TREE_ROCK;
    out->version = out->spec.version;
    out->deps = out->spec.deps;
    out->n_deps = out->spec.n_deps;
    out->summary = out->spec.summary;
    out->license = out->spec.license;
    out->runs = out->spec.runs;

    return 0;
}


static int
pdn_package_about_opm(const pdn_files_t *tree, const pdn_file_t *file,
                      pdn_tree_about_t *out, pdn_error_t *err)
{
    pdn_dist_t dist;

    if (pdn_dist_read(tree->arena, file->data, file->len, &dist, err) != 0) {
        return -1;
    }

    out->kind = PDN_TREE_OPM;
    out->version = dist.version;
    out->deps = dist.deps;
    out->n_deps = dist.n_deps;
    out->summary = dist.abstract;
    out->license = dist.license;
    out->lib = dist.lib_dir;

    return 0;
}


static int
pdn_package_about_own(const pdn_files_t *tree, const pdn_file_t *file,
                      pdn_tree_about_t *out, pdn_error_t *err)
{
    static const char *const folders[] = { "lib/", "lua/", "src/" };
    pdn_manifest_t *m;
    size_t i, j;

    out->kind = PDN_TREE_OWN;
    out->lib = "";

    for (i = 3; i-- > 0; /* void */) {
        for (j = 0; j < tree->n; j++) {
            if (strncmp(tree->items[j].path, folders[i], 4) == 0) {
                out->lib = folders[i];
            }
        }
    }

    if (file == NULL) {
        return 0;
    }

    m = pdn_arena_alloc(tree->arena, sizeof(pdn_manifest_t));
    if (m == NULL) {
        return pdn_error_memory(err);
    }

    m->document.file = PDN_MANIFEST_NAME;
    m->document.text = pdn_arena_text(tree->arena, file->data, file->len);
    m->document.len = file->len;

    if (m->document.text == NULL) {
        return pdn_error_memory(err);
    }

    if (pdn_manifest_read(tree->arena, m, err) != 0) {
        return -1;
    }

    out->version = m->version;
    out->deps = m->deps;
    out->summary = m->description;
    out->license = m->license;

    /* what it needs for its own tests is its own business */
    for (i = 0; i < m->n_deps && !m->deps[i].dev; i++) {
        out->n_deps++;
    }

    return 0;
}


int
pdn_package_about(const pdn_files_t *tree, const char *version,
                  pdn_tree_about_t *out, pdn_error_t *err)
{
    const pdn_file_t *own, *rockspec, *dist;

    memset(out, 0, sizeof(pdn_tree_about_t));

    own = pdn_files_find(tree, PDN_MANIFEST_NAME);
    rockspec = pdn_package_rockspec(tree, version);
    dist = pdn_files_find(tree, "dist.ini");

    if (own != NULL || (rockspec == NULL && dist == NULL)) {
        return pdn_package_about_own(tree, own, out, err);
    }

    return rockspec != NULL ? pdn_package_about_rock(tree, rockspec, out, err)
                            : pdn_package_about_opm(tree, dist, out, err);
}


/* Lua files of the folder with the modules, and programs of bin/. */
static int
pdn_package_plain(const pdn_lock_entry_t *entry, const pdn_files_t *tree,
                  const pdn_tree_about_t *about, pdn_files_t *out,
                  pdn_error_t *err)
{
    pdn_rockspec_t spec = { .version = entry->version };
    const pdn_file_t *f;
    char folder[1100];
    char *p, *name;
    size_t i, n;

    n = snprintf(folder, sizeof(folder), "%s", about->lib);
    if (n > 0 && n + 1 < sizeof(folder) && folder[n - 1] != '/') {
        folder[n++] = '/';
        folder[n] = '\0';
    }

    /* the owner's name must not be a folder between */
    name = pdn_arena_text(out->arena, entry->id.name, strlen(entry->id.name));
    if (name == NULL) {
        return pdn_error_memory(err);
    }
    for (p = name; *p != '\0'; p++) {
        *p = *p == '/' ? '.' : *p;
    }
    spec.name = name;

    for (i = 0; i < tree->n; i++) {
        f = &tree->items[i];

        if (strncmp(f->path, "bin/", 4) == 0
            && strchr(f->path + 4, '/') == NULL) {
            if (pdn_rock_program(&spec, f->path + 4, f, out, err) != 0) {
                return -1;
            }

        } else if (strncmp(f->path, folder, n) == 0
                   && memmem(f->path, strlen(f->path) + 1, ".lua", 5) != NULL
                   && (n != 0 || strncmp(f->path, "spec/", 5) != 0)
                   && strcmp(f->path, PDN_MANIFEST_NAME) != 0)
        {
            if (pdn_rock_put(out, f, 0, err, "share/lua/5.1/%s", f->path + n)
                != 0) {
                return -1;
            }
        }
    }

    pdn_files_sort(out);

    return 0;
}


/* Builds a rock's source. */
static int
pdn_package_build(const pdn_lock_entry_t *entry, const pdn_files_t *tree,
                  const pdn_rockspec_t *spec, pdn_package_how_t *how,
                  pdn_files_t *out, pdn_error_t *err)
{
    pdn_files_t rock = { .arena = out->arena };
    pdn_build_t b = { .spec = spec, .source = tree, .out = &rock };
    char id[PDN_ID_MAX + 1];
    int rc;

    b.id = pdn_id_text(&entry->id, id);
    b.scratch = spec->runs != NULL ? how->scratch : NULL;
    b.loose = how->loose;

    if (spec->runs != NULL && how->scratch == NULL) {
        return pdn_error(err, 701,
                         "%s runs '%s' when it is built, and that is "
                         "not approved",
                         b.id, spec->build_type);
    }

    rc = pdn_build(&b, err);
    pdn_str_add(&how->log, pdn_str_z(&b.log), b.log.len);
    pdn_str_release(&b.log);

    if (rc != 0) {
        return -1;
    }

    return pdn_rock_place(&rock, spec, out, err);
}


int
pdn_package_from_tree(const pdn_lock_entry_t *entry, const pdn_files_t *tree,
                      pdn_package_how_t *how, pdn_files_t *out,
                      pdn_error_t *err)
{
    pdn_tree_about_t about;

    if (pdn_package_about(tree, entry->version, &about, err) != 0) {
        return -1;
    }

    if (about.kind == PDN_TREE_ROCK) {
        return pdn_package_build(entry, tree, &about.spec, how, out, err);
    }

    return pdn_package_plain(entry, tree, &about, out, err);
}


/* The source in a .src.rock: an archive, or the tree as it is. */
static int
pdn_package_inner(const pdn_files_t *rock, const pdn_file_t *text,
                  const pdn_rockspec_t *spec, pdn_files_t *out,
                  pdn_error_t *err)
{
    pdn_files_t unpacked = { .arena = out->arena };
    pdn_files_t rest = { .arena = out->arena };
    const pdn_file_t *f, *inner;
    const char *folder;
    size_t i;

    inner = NULL;

    for (i = 0; i < rock->n; i++) {
        f = &rock->items[i];

        if (f != text) {
            inner = rock->n == 2 && strchr(f->path, '/') == NULL
                            && pdn_archive_is(f->data, f->len)
                        ? f
                        : NULL;
            if (inner == NULL
                && pdn_files_add(&rest, f->path, strlen(f->path), f->data,
                                 f->len, f->exec, err)
                       != 0)
            {
                return -1;
            }
        }
    }

    if (inner != NULL
        && pdn_archive_read(inner->data, inner->len, &unpacked, err) != 0)
    {
        return pdn_error_within(err, "'%s' in the rock", inner->path);
    }

    if (inner == NULL) {
        unpacked = rest;
    }

    /* `dir` says which folder it is; without it, the only one that there is */
    folder = spec->dir != NULL ? pdn_arena_printf(out->arena, "%s/", spec->dir)
                               : pdn_files_common(&unpacked, err);
    if (folder == NULL) {
        return -1;
    }

    if (inner == NULL && spec->dir == NULL
        && (spec->url == NULL || strstr(spec->url, "git") != spec->url))
    {
        /* a single file beside the rockspec is its own source */
        folder = rest.n > 1 || strchr(rest.n ? rest.items[0].path : "", '/')
                     ? folder
                     : "";
    }

    if (pdn_package_strip(&unpacked, folder, out, err) != 0) {
        return -1;
    }

    return out->n != 0 || unpacked.n == 0
               ? 0
               : pdn_package_strip(&unpacked, pdn_files_common(&unpacked, err),
                                   out, err);
}


int
pdn_package_from_rock(const pdn_lock_entry_t *entry, const char *data,
                      size_t len, pdn_package_how_t *how, pdn_files_t *out,
                      pdn_error_t *err)
{
    pdn_files_t rock = { .arena = out->arena };
    pdn_files_t tree = { .arena = out->arena };
    const pdn_file_t *text;
    pdn_rockspec_t spec;
    const char *name;

    name = strchr(entry->id.name, '/');
    name = name != NULL ? name + 1 : entry->id.name;

    if (pdn_rock_read(data, len, name, entry->version, &rock, &text, &spec, err)
        != 0)
    {
        return -1;
    }

    if (entry->art != NULL && strcmp(entry->art, "src") != 0) {
        return pdn_rock_place(&rock, &spec, out, err);
    }

    if (pdn_package_inner(&rock, text, &spec, &tree, err) != 0) {
        return -1;
    }

    return pdn_package_build(entry, &tree, &spec, how, out, err);
}


int
pdn_package_from_archive(const pdn_lock_entry_t *entry, const char *data,
                         size_t len, pdn_package_how_t *how, pdn_files_t *out,
                         pdn_error_t *err)
{
    pdn_files_t unpacked = { .arena = out->arena };
    pdn_files_t tree = { .arena = out->arena };
    const char *folder;

    if (pdn_archive_read(data, len, &unpacked, err) != 0) {
        return -1;
    }

    folder = pdn_files_common(&unpacked, err);

    if (folder == NULL || pdn_package_strip(&unpacked, folder, &tree, err) != 0)
    {
        return -1;
    }

    return pdn_package_from_tree(entry, &tree, how, out, err);
}
