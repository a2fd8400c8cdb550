/* SPDX-License-Identifier: MIT */
/* A project on disk; see pdn_project.h. */

#include "pdn_project.h"
#include "pdn_fs.h"
#include "pdn_sha256.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


/* Finds the folder of the manifest, there or above. */
static int
pdn_project_find(pdn_project_t *p, const char *folder, pdn_error_t *err)
{
    char path[PATH_MAX], *slash;

    if (realpath(folder, p->root) == NULL) {
        return pdn_error(err, 108, "cannot open '%s': %s", folder,
                         strerror(errno));
    }

    for (;;) {
        if (pdn_fs_join(path, p->root, PDN_MANIFEST_NAME) != 0) {
            return pdn_error(err, 108, "the path of '%s' is too long", folder);
        }

        if (pdn_fs_exists(path)) {
            return 0;
        }

        slash = strrchr(p->root, '/');
        if (slash == NULL || slash[1] == '\0') {
            break;
        }

        slash[slash == p->root] = '\0';
    }

    pdn_error(err, 105, "there is no %s in '%s' or above", PDN_MANIFEST_NAME,
              folder);

    return pdn_error_help(err, "`pandan init` writes one");
}


/* A file of the project into the arena; 1 when it is not there. */
static int
pdn_project_read(pdn_project_t *p, const char *name, const char **text,
                 size_t *len, pdn_error_t *err)
{
    char path[PATH_MAX];
    pdn_problem_t problem;
    pdn_str_t s = { 0 };
    int rc;

    if (pdn_fs_join(path, p->root, name) != 0) {
        return pdn_error(err, 108, "the path of '%s' is too long", name);
    }

    if (!pdn_fs_exists(path)) {
        return 1;
    }

    problem.text[0] = '\0';
    rc = pdn_fs_read(path, &s, &problem) != 0
             ? pdn_error(err, 108, "%s", problem.text)
             : 0;

    if (rc == 0) {
        *len = s.len;
        *text = pdn_arena_text(&p->arena, pdn_str_z(&s), s.len);
        rc = *text != NULL ? 0 : pdn_error_memory(err);
    }

    pdn_str_release(&s);

    return rc;
}


static int
pdn_project_read_manifest(pdn_project_t *p, const char *text, size_t len,
                          pdn_error_t *err)
{
    memset(&p->manifest, 0, sizeof(p->manifest));
    p->manifest.document.file = PDN_MANIFEST_NAME;
    p->manifest.document.text = text;
    p->manifest.document.len = len;
    pdn_sha256_hex(text, len, p->manifest_hash);

    return pdn_manifest_read(&p->arena, &p->manifest, err);
}


static int
pdn_project_read_lock(pdn_project_t *p, pdn_error_t *err)
{
    pdn_document_t d;
    int rc;

    rc = pdn_project_read(p, PDN_LOCK_NAME, &p->lock_text, &p->lock_len, err);
    if (rc != 0) {
        return rc > 0 ? 0 : -1;
    }

    memset(&d, 0, sizeof(d));
    d.file = PDN_LOCK_NAME;
    d.text = p->lock_text;
    d.len = p->lock_len;

    if (pdn_lock_read(&p->arena, &d, &p->lock, err) != 0) {
        return -1;
    }

    p->has_lock = 1;

    return pdn_project_mark(p, &p->lock, err);
}


int
pdn_project_open(pdn_project_t *p, const char *folder,
                 const pdn_settings_t *settings, pdn_error_t *err)
{
    const char *text;
    size_t len;

    memset(p, 0, sizeof(*p));

    if (settings != NULL) {
        p->settings = *settings;
    }

    if (pdn_project_find(p, folder, err) != 0
        || pdn_project_read(p, PDN_MANIFEST_NAME, &text, &len, err) != 0
        || pdn_project_read_manifest(p, text, len, err) != 0)
    {
        return -1;
    }

    return pdn_project_read_lock(p, err);
}


int
pdn_project_blank(pdn_project_t *p, const char *folder,
                  const pdn_settings_t *settings, pdn_error_t *err)
{
    static const char text[] = "return {}";

    memset(p, 0, sizeof(*p));
    p->settings = *settings;

    return realpath(folder, p->root) != NULL
               ? pdn_project_read_manifest(p, text, sizeof(text) - 1, err)
               : pdn_error(err, 108, "cannot open '%s': %s", folder,
                           strerror(errno));
}


int
pdn_project_edit(pdn_project_t *p, const char *text, size_t len,
                 pdn_error_t *err)
{
    char *copy;

    copy = pdn_arena_text(&p->arena, text, len);
    if (copy == NULL) {
        return pdn_error_memory(err);
    }

    return pdn_project_read_manifest(p, copy, len, err);
}


void
pdn_project_release(pdn_project_t *p)
{
    pdn_arena_release(&p->arena);
}


int
pdn_project_is_fresh(const pdn_project_t *p)
{
    return p->has_lock && p->lock.manifest != NULL
           && strcmp(p->lock.manifest, p->manifest_hash) == 0;
}


/* Entries that the manifest's rows lead to; `dev` rows too or not. */
static void
pdn_project_reach(pdn_lock_t *lock, const pdn_id_t *id)
{
    pdn_lock_entry_t *entry;
    size_t i;

    entry = (pdn_lock_entry_t *) pdn_lock_find(lock, id);
    if (entry == NULL || !entry->dev) {
        return;
    }

    entry->dev = 0;

    for (i = 0; i < entry->n_deps; i++) {
        pdn_project_reach(lock, &entry->deps[i]);
    }
}


int
pdn_project_mark(const pdn_project_t *p, pdn_lock_t *lock, pdn_error_t *err)
{
    const pdn_manifest_t *m;
    pdn_lock_entry_t *entry;
    const pdn_id_t *id;
    size_t i;

    (void) err;

    m = &p->manifest;

    for (i = 0; i < lock->n; i++) {
        lock->items[i].dev = 1;
        lock->items[i].direct = 0;
    }

    for (i = 0; i < m->n_deps; i++) {
        id = pdn_manifest_alias(m, &m->deps[i].id);
        entry = (pdn_lock_entry_t *) pdn_lock_find(lock, id);

        if (entry != NULL) {
            entry->direct = 1;
        }

        if (!m->deps[i].dev) {
            pdn_project_reach(lock, id);
        }
    }

    return 0;
}


static int
pdn_project_stale(const pdn_project_t *p, pdn_lock_mode_t mode,
                  pdn_error_t *err)
{
    if (!p->has_lock) {
        pdn_error(err, 204, "there is no %s", PDN_LOCK_NAME);
        return pdn_error_help(err, "`pandan lock` writes it; commit it");
    }

    if (mode == PDN_LOCK_LOCKED && !pdn_project_is_fresh(p)) {
        pdn_error(err, 203, "%s was changed since %s was written",
                  PDN_MANIFEST_NAME, PDN_LOCK_NAME);
        return pdn_error_help(err, "`pandan lock` writes it anew; commit it");
    }

    return 0;
}


/* Is it one of those whose new author was agreed to? */
static int
pdn_project_trusts(const pdn_resolve_how_t *how, const pdn_id_t *id)
{
    size_t i;

    for (i = 0; how->trust && i < how->n_update; i++) {
        if (pdn_id_compare(&how->update[i], id) == 0) {
            return 1;
        }
    }

    return 0;
}


/* Who signed a package signs its next versions too. */
static int
pdn_project_authors(const pdn_project_t *p, const pdn_resolve_how_t *how,
                    const pdn_lock_t *lock, pdn_error_t *err)
{
    const pdn_lock_entry_t *entry, *old;
    char id[PDN_ID_MAX + 1];
    size_t i;

    for (i = 0; p->has_lock && i < lock->n; i++) {
        entry = &lock->items[i];
        old = pdn_lock_find(&p->lock, &entry->id);

        if (old == NULL || old->by == NULL
            || (entry->by != NULL && strcmp(old->by, entry->by) == 0)
            || pdn_project_trusts(how, &entry->id))
        {
            continue;
        }

        pdn_error(err, 525, "%s %s is %s, and %s was by the key %.16s...",
                  pdn_id_text(&entry->id, id), entry->version,
                  entry->by != NULL ? "by another author" : "signed by nobody",
                  old->version, old->by);

        return pdn_error_help(err,
                              "ask whether it changed hands; then `pandan "
                              "trust %s`",
                              id);
    }

    return 0;
}


int
pdn_project_lock(pdn_project_t *p, pdn_provider_t *provider,
                 pdn_lock_mode_t mode, pdn_resolve_how_t *how, pdn_lock_t *out,
                 pdn_error_t *err)
{
    pdn_resolve_how_t plain;

    if (mode != PDN_LOCK_WRITE) {
        if (pdn_project_stale(p, mode, err) != 0) {
            return -1;
        }
        *out = p->lock;
        return 0;
    }

    if (how == NULL) {
        memset(&plain, 0, sizeof(plain));
        how = &plain;
    }

    if (how->n_update == 0 && !how->update_all && pdn_project_is_fresh(p)) {
        *out = p->lock;
        return 0;
    }

    how->manifest = &p->manifest;
    how->old = p->has_lock ? &p->lock : NULL;

    if (pdn_resolve(&p->arena, provider, how, out, err) != 0
        || pdn_project_authors(p, how, out, err) != 0)
    {
        return -1;
    }

    out->manifest = p->manifest_hash;

    return pdn_project_mark(p, out, err);
}


/* By a new file and a rename, unless the bytes are there already. */
static int
pdn_project_write(const pdn_project_t *p, const char *name, const char *text,
                  size_t len, pdn_error_t *err)
{
    char path[PATH_MAX];
    pdn_problem_t problem;

    if (pdn_fs_join(path, p->root, name) != 0) {
        return pdn_error(err, 108, "the path of '%s' is too long", name);
    }

    return pdn_fs_write(path, text, len, 0644, &problem) != 0
               ? pdn_error(err, 108, "%s", problem.text)
               : 0;
}


int
pdn_project_save_lock(pdn_project_t *p, pdn_lock_t *lock, pdn_error_t *err)
{
    char text[PDN_ID_MAX + 1];
    pdn_str_t out = { 0 };
    size_t i;
    int rc;

    for (i = 0; i < lock->n; i++) {
        if (lock->items[i].src == NULL
            && lock->items[i].place.kind != PDN_PLACE_PATH) {
            return pdn_error(err, 205, "the hash of '%s' is not known",
                             pdn_id_text(&lock->items[i].id, text));
        }
    }

    lock->manifest = p->manifest_hash;
    rc = pdn_lock_write(lock, &out, err);

    if (rc == 0
        && (!p->has_lock || out.len != p->lock_len
            || memcmp(out.data, p->lock_text, out.len) != 0))
    {
        rc = pdn_project_write(p, PDN_LOCK_NAME, out.data, out.len, err);
    }

    pdn_str_release(&out);

    return rc;
}


int
pdn_project_save_manifest(pdn_project_t *p, pdn_error_t *err)
{
    return pdn_project_write(p, PDN_MANIFEST_NAME, p->manifest.document.text,
                             p->manifest.document.len, err);
}
