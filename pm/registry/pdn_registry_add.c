/* SPDX-License-Identifier: MIT */
/* Packages of a registry: added, withdrawn, verified. */

#include "pdn_archive.h"
#include "pdn_digest.h"
#include "pdn_manifest.h"
#include "pdn_registry_folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    pdn_arena_t arena;
    pdn_manifest_t manifest;
    char hash[PDN_DIGEST_HEX + 1];
    size_t size;
} pdn_registry_package_t;


/* What the archive is: its manifest, read as one of a package. */
static int
pdn_add_read(pdn_registry_package_t *p, const char *data, size_t len,
             pdn_error_t *err)
{
    pdn_files_t files = { .arena = &p->arena };
    const pdn_file_t *file;
    pdn_digest_t sum;
    const char *folder;
    char name[1200];

    /* one form only: nobody can see two packages in it */
    if (len < 2 || memcmp(data, "\037\213", 2) != 0) {
        return pdn_error(err, 601,
                         "a package is a .tar.gz, as `pandan pack` "
                         "makes it");
    }

    if (pdn_archive_read(data, len, &files, err) != 0
        || pdn_digest(data, len, &sum, err) != 0)
    {
        return -1;
    }

    folder = pdn_files_common(&files, err);
    snprintf(name, sizeof(name), "%s%s", folder != NULL ? folder : "",
             PDN_MANIFEST_NAME);
    file = pdn_files_find(&files, name);

    if (file == NULL) {
        return pdn_error(err, 405, "the package has no %s", PDN_MANIFEST_NAME);
    }

    pdn_digest_hex(&sum, p->hash);
    p->size = len;
    p->manifest.document.file = PDN_MANIFEST_NAME;
    p->manifest.document.text = pdn_arena_text(&p->arena, file->data,
                                               file->len);
    p->manifest.document.len = file->len;

    if (p->manifest.document.text == NULL) {
        return pdn_error_memory(err);
    }

    if (pdn_manifest_read(&p->arena, &p->manifest, err) != 0) {
        return -1;
    }

    return p->manifest.name != NULL && p->manifest.version != NULL
                   && strchr(p->manifest.name, '/') != NULL
               ? 0
               : pdn_error(err, 405,
                           "%s has no name `owner/name` or no "
                           "version",
                           PDN_MANIFEST_NAME);
}


static void
pdn_add_deps(const pdn_manifest_t *m, pdn_str_t *out)
{
    char id[PDN_ID_MAX + 1];
    const pdn_dep_t *dep;
    size_t i;

    pdn_jsonl_key(out, "deps");
    pdn_jsonl_open(out, '[');

    for (i = 0; i < m->n_deps + m->n_runtime; i++) {
        dep = i < m->n_deps ? &m->deps[i] : &m->runtime[i - m->n_deps];

        if (!dep->dev) {
            pdn_jsonl_open(out, '[');
            pdn_jsonl_string(out, pdn_id_text(&dep->id, id));
            pdn_jsonl_string(out, dep->req);
            pdn_jsonl_close(out, ']');
        }
    }

    pdn_jsonl_close(out, ']');
}


static int
pdn_add_line(const pdn_registry_package_t *p, const pdn_registry_adding_t *how,
             int64_t now, pdn_str_t *out, pdn_error_t *err)
{
    const pdn_manifest_t *m = &p->manifest;
    const pdn_author_t *author = how->author;
    pdn_author_t made;

    if (how->secret != NULL) {
        if (pdn_author_sign(how->secret, m->name, m->version, p->hash, &made,
                            err)
            != 0) {
            return -1;
        }
        author = &made;

    } else if (author != NULL
               && pdn_author_check(author->key, author->sig, m->name,
                                   m->version, p->hash, err)
                      != 0)
    {
        return -1;
    }

    pdn_jsonl_open(out, '{');
    pdn_jsonl_field(out, "v", m->version);
    pdn_add_deps(m, out);
    pdn_jsonl_field(out, "sha256", p->hash);
    pdn_jsonl_key(out, "size");
    pdn_jsonl_uint(out, p->size);
    pdn_jsonl_key(out, "pub");
    pdn_jsonl_uint(out, now);
    pdn_jsonl_field(out, "license", m->license);
    pdn_jsonl_field(out, "summary", m->description);

    if (author != NULL) {
        pdn_jsonl_field(out, "by", author->key);
        pdn_jsonl_field(out, "sig", author->sig);
    }

    pdn_jsonl_close(out, '}');
    pdn_str_puts(out, "\n");

    return out->failed ? pdn_error_memory(err) : 0;
}


/* The index of a package as it is; 1, 0, -1. */
static int
pdn_add_index(const pdn_registry_edit_t *e, const char *name, pdn_str_t *out,
              pdn_error_t *err)
{
    char file[300];

    snprintf(file, sizeof(file), "index/%s", name);

    return pdn_folder_read(e, file, out, err);
}


static int
pdn_add_owned(const pdn_manifest_t *m, const char *owner, pdn_error_t *err)
{
    size_t len;

    len = strchr(m->name, '/') - m->name;

    return owner == NULL
                   || (strlen(owner) == len && memcmp(owner, m->name, len) == 0)
               ? 0
               : pdn_error(err, 508, "%s is not a package of '%s'", m->name,
                           owner);
}


/* What was published stays as it is, for ever. */
static int
pdn_add_new(const pdn_manifest_t *m, const pdn_str_t *index, pdn_error_t *err)
{
    char line[160];

    snprintf(line, sizeof(line), "{\"v\":\"%.120s\",", m->version);

    return strstr(pdn_str_z(index), line) == NULL
               ? 0
               : pdn_error(err, 507, "%s %s is there already", m->name,
                           m->version);
}


int
pdn_registry_add(const pdn_registry_edit_t *e, const char *data, size_t len,
                 const pdn_registry_adding_t *how, pdn_str_t *what,
                 pdn_error_t *err)
{
    pdn_registry_package_t p = { .size = 0 };
    const pdn_manifest_t *m = &p.manifest;
    pdn_str_t index = { 0 };
    char name[PDN_ID_MAX + 160];
    int rc;

    rc = pdn_add_read(&p, data, len, err) != 0
                 || pdn_add_owned(m, how->owner, err) != 0
                 || pdn_add_index(e, m->name, &index, err) < 0
                 || pdn_add_new(m, &index, err) != 0
             ? -1
             : pdn_add_line(&p, how, e->now, &index, err);

    if (rc == 0) {
        snprintf(name, sizeof(name), "pkgs/%s-%s.tar.gz", m->name, m->version);
        rc = pdn_folder_write(e, name, data, len, err);
        snprintf(name, sizeof(name), "index/%s", m->name);
        rc = rc == 0 ? pdn_folder_write(e, name, index.data, index.len, err)
                     : rc;
        pdn_str_printf(what, "%s %s", m->name, m->version);
    }

    pdn_str_release(&index);
    pdn_arena_release(&p.arena);

    return rc;
}


int
pdn_registry_yank(const pdn_registry_edit_t *e, const char *name,
                  const char *version, int yanked, pdn_error_t *err)
{
    pdn_str_t index = { 0 }, out = { 0 };
    const char *line, *end;
    char head[160], file[300];
    size_t len, mark;
    int found, rc;

    found = 0;
    mark = strlen(",\"yanked\":true}");
    snprintf(head, sizeof(head), "{\"v\":\"%.120s\",", version);

    if (pdn_add_index(e, name, &index, err) != 1) {
        return err->number != 0
                   ? -1
                   : pdn_error(err, 302, "the registry has no '%s'", name);
    }

    for (line = index.data; *line != '\0'; line = end + 1) {
        end = line + strcspn(line, "\n");
        len = end - line;

        if (strncmp(line, head, strlen(head)) == 0) {
            found = 1;
            if (len > mark
                && strncmp(end - mark, ",\"yanked\":true}", mark) == 0) {
                len -= mark - 1;
            }
            pdn_str_add(&out, line, len - 1);
            pdn_str_puts(&out, yanked ? ",\"yanked\":true}\n" : "}\n");
        } else {
            pdn_str_add(&out, line, len);
            pdn_str_puts(&out, "\n");
        }

        if (*end == '\0') {
            break;
        }
    }

    snprintf(file, sizeof(file), "index/%s", name);
    rc = !found
             ? pdn_error(err, 302, "the registry has no %s %s", name, version)
             : pdn_folder_write(e, file, pdn_str_z(&out), out.len, err);
    pdn_str_release(&index);
    pdn_str_release(&out);

    return rc;
}


static int
pdn_verify_package(pdn_registry_t *r, const char *name, size_t *n,
                   pdn_error_t *err)
{
    pdn_document_t d = { .file = name };
    pdn_registry_line_t line;
    pdn_str_t text = { 0 }, bytes = { 0 };
    char file[400], hex[PDN_DIGEST_HEX + 1];
    pdn_digest_t sum;
    size_t pos;
    int rc;

    rc = pdn_registry_index(r, name, &text, err);
    d.text = pdn_str_z(&text);
    d.len = text.len;
    pos = 0;

    while (rc == 1
           && (rc = pdn_registry_next(r, name, &d, &pos, &line, err)) == 1) {
        snprintf(file, sizeof(file), "pkgs/%s-%s.tar.gz", name, line.version);
        rc = r->get(r->ctx, file, line.sha256, PDN_REGISTRY_FILE_MAX, &bytes,
                    err);
        if (rc == 1 && pdn_digest(pdn_str_z(&bytes), bytes.len, &sum, err) == 0)
        {
            pdn_digest_hex(&sum, hex);
        }

        if (rc != 1 || strcmp(hex, line.sha256) != 0) {
            rc = pdn_error(err, 523, "'%s' is not what the index says", file);
        }
        (*n)++;
    }

    pdn_str_release(&text);
    pdn_str_release(&bytes);

    return rc;
}


int
pdn_registry_verify(const pdn_registry_edit_t *e, size_t *packages,
                    pdn_error_t *err)
{
    pdn_arena_t arena = { 0 };
    pdn_registry_t r = { .arena = &arena,
                         .get = pdn_registry_get_file,
                         .ctx = (void *) e->folder,
                         .now = e->now };
    const pdn_value_t *all;
    size_t i;
    int rc;

    *packages = 0;
    rc = pdn_registry_update(&r, err);
    all = pdn_value_get(&r.snapshot.document.root, "packages");

    for (i = 0; rc == 0 && all != NULL && i < all->n; i++) {
        rc = pdn_verify_package(&r, all->pairs[i].key, packages, err);
    }

    pdn_arena_release(&arena);

    return rc;
}
