/* SPDX-License-Identifier: MIT */
/* Packing; see pdn_pack.h. */

#include "pdn_pack.h"
#include "pdn_archive.h"

#include <stdio.h>
#include <string.h>

/* What of a project belongs into its package when it does not say. */
static const char *const pdn_pack_usual[] = {
    "lib", "lua", "src", "bin", "doc", NULL,
};

/* What belongs into every package, by the start of its name. */
static const char *const pdn_pack_always[] = {
    "README", "LICENSE", "COPYING", "CHANGES", "CHANGELOG", NULL,
};

static const char *const pdn_pack_skip[] = {
    ".git", ".pandan", "lua_modules", "vendor", "node_modules", "build", NULL,
};


/* Is it this file, or one below this folder? */
static int
pdn_pack_below(const char *path, const char *name)
{
    size_t len;

    len = strlen(name);
    len -= len > 0 && name[len - 1] == '/';

    return strncmp(path, name, len) == 0
           && (path[len] == '\0' || path[len] == '/');
}


static int
pdn_pack_listed(const char *path, const pdn_value_t *list)
{
    const char *name;
    size_t i;

    for (i = 1; i <= pdn_value_count(list); i++) {
        name = pdn_value_text(pdn_value_at(list, i));
        if (name != NULL && pdn_pack_below(path, name)) {
            return 1;
        }
    }

    return 0;
}


static int
pdn_pack_takes(const pdn_manifest_t *m, const char *path)
{
    const pdn_value_t *files, *exclude;
    size_t i;

    files = pdn_value_get(&m->document.root, "files");
    exclude = pdn_value_get(&m->document.root, "exclude");

    if (strcmp(path, PDN_MANIFEST_NAME) == 0) {
        return 1;
    }

    if (exclude != NULL && pdn_pack_listed(path, exclude)) {
        return 0;
    }

    for (i = 0; pdn_pack_always[i] != NULL; i++) {
        if (strncmp(path, pdn_pack_always[i], strlen(pdn_pack_always[i])) == 0
            && strchr(path, '/') == NULL)
        {
            return 1;
        }
    }

    if (files != NULL) {
        return pdn_pack_listed(path, files);
    }

    for (i = 0; pdn_pack_usual[i] != NULL; i++) {
        if (pdn_pack_below(path, pdn_pack_usual[i])) {
            return 1;
        }
    }

    return 0;
}


void
pdn_pack_name(const pdn_manifest_t *m, char *out, size_t size)
{
    snprintf(out, size, "%s-%s.tar.gz", strchr(m->name, '/') + 1, m->version);
}


int
pdn_pack(pdn_project_t *p, pdn_str_t *out, pdn_error_t *err)
{
    pdn_files_t all = { .arena = &p->arena }, files = { .arena = &p->arena };
    const pdn_manifest_t *m = &p->manifest;
    const pdn_file_t *f;
    char prefix[PDN_ID_MAX + 160];
    size_t i;

    if (m->name == NULL || m->version == NULL || strchr(m->name, '/') == NULL) {
        return pdn_error(err, 102,
                         "%s needs name = \"owner/name\" and a version",
                         PDN_MANIFEST_NAME);
    }

    if (pdn_files_read(&all, p->root, pdn_pack_skip, err) != 0) {
        return -1;
    }

    for (i = 0; i < all.n; i++) {
        f = &all.items[i];

        if (pdn_pack_takes(m, f->path)
            && pdn_files_add(&files, f->path, strlen(f->path), f->data, f->len,
                             f->exec, err)
                   != 0)
        {
            return -1;
        }
    }

    snprintf(prefix, sizeof(prefix), "%.200s-%.128s/", strchr(m->name, '/') + 1,
             m->version);

    return pdn_archive_pack(&files, prefix, out, err);
}
