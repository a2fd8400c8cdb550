/* SPDX-License-Identifier: MIT */
/*
 * What a rockspec changes in the source before it is built: `extra_files` are
 * put into it, then `patches`, texts that `patch` applies, in the order of
 * their names.
 */

#include "pdn_build.h"
#include "pdn_fs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>


static int
pdn_patch_order(const void *a, const void *b)
{
    const pdn_pair_t *const *one = a, *const *two = b;

    return strcmp((*one)->key, (*two)->key);
}


/* Only the number names the file: the rockspec's names are not ours. */
static int
pdn_patch_apply(pdn_build_t *b, const pdn_pair_t *patch, size_t number,
                pdn_error_t *err)
{
    pdn_words_t w = { .arena = b->out->arena };
    pdn_problem_t problem;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/%zu.patch", b->scratch, number);

    if (pdn_fs_write(path, patch->value.text, patch->value.len, 0644, &problem)
        != 0)
    {
        return pdn_error(err, 620, "%s", problem.text);
    }

    pdn_words_add(&w, "patch");
    pdn_words_add(&w, "-p1");
    pdn_words_add(&w, "--batch");
    pdn_words_add(&w, "--forward");
    pdn_words_add(&w, "-i");
    pdn_words_add(&w, "../%zu.patch", number);

    return pdn_build_run(b, "patched", &w, err);
}


static int
pdn_patch_all(pdn_build_t *b, const pdn_value_t *patches, pdn_error_t *err)
{
    const pdn_pair_t **rows;
    size_t i, n;
    int rc;

    rows = pdn_arena_array(b->out->arena, patches->n + 1, sizeof(*rows));
    if (rows == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 0, n = 0; i < patches->n; i++) {
        if (patches->pairs[i].key != NULL
            && pdn_value_text(&patches->pairs[i].value) != NULL)
        {
            rows[n++] = &patches->pairs[i];
        }
    }

    qsort(rows, n, sizeof(*rows), pdn_patch_order);

    for (i = 0, rc = 0; rc == 0 && i < n; i++) {
        rc = pdn_patch_apply(b, rows[i], i, err);
    }

    return rc;
}


/* The source with the files that the rockspec brings along. */
static int
pdn_patch_extra(pdn_build_t *b, const pdn_value_t *extra, pdn_files_t *tree,
                pdn_error_t *err)
{
    const pdn_file_t *f;
    const pdn_pair_t *row;
    size_t i;

    for (i = 0; extra != NULL && i < extra->n; i++) {
        row = &extra->pairs[i];

        if (row->key != NULL && pdn_value_text(&row->value) != NULL
            && pdn_files_add(tree, row->key, row->key_len, row->value.text,
                             row->value.len, 0, err)
                   != 0)
        {
            return -1;
        }
    }

    for (i = 0; i < b->source->n; i++) {
        f = &b->source->items[i];

        if (pdn_files_find(tree, f->path) == NULL
            && pdn_files_add(tree, f->path, strlen(f->path), f->data, f->len,
                             f->exec, err)
                   != 0)
        {
            return -1;
        }
    }

    return 0;
}


/* On disk, where `patch` is shut in as any program of a build is. */
static int
pdn_patch_tree(pdn_build_t *b, const pdn_value_t *patches, pdn_files_t *tree,
               pdn_error_t *err)
{
    static const char *const skip[] = { NULL };
    pdn_files_t before = *tree;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/patched", b->scratch);

    if (mkdir(path, 0755) != 0) {
        return pdn_error(err, 620, "cannot make '%s': %s", path,
                         strerror(errno));
    }

    memset(tree, 0, sizeof(pdn_files_t));
    tree->arena = before.arena;

    return pdn_files_write(&before, path, err) != 0
                   || pdn_patch_all(b, patches, err) != 0
                   || pdn_files_read(tree, path, skip, err) != 0
               ? -1
               : 0;
}


int
pdn_build_patch(pdn_build_t *b, pdn_files_t *tree, pdn_error_t *err)
{
    const pdn_value_t *patches, *extra;

    patches = pdn_value_get(b->spec->build, "patches");
    extra = pdn_value_get(b->spec->build, "extra_files");

    if (patches == NULL && extra == NULL) {
        return 0;
    }

    tree->arena = b->out->arena;

    if (pdn_patch_extra(b, extra, tree, err) != 0
        || (patches != NULL && pdn_patch_tree(b, patches, tree, err) != 0))
    {
        return -1;
    }

    b->source = tree;

    return 0;
}
