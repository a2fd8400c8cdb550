/* SPDX-License-Identifier: MIT */
/*
 * The list of what a tree holds:
 *
 *   {"installed":1,"generation":3,"lock":"..."}
 *   {"id":"rocks:lpeg","v":"1.1.0-1","key":"...","files":[["share/...","HASH",
 *    123,false],...]}
 */

#include "pdn_installed.h"
#include "pdn_jsonl.h"
#include "pdn_store_io.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


void
pdn_installed_write(const pdn_installed_t *what, pdn_str_t *out)
{
    const pdn_tree_part_t *part;
    char id[PDN_ID_MAX + 1];
    size_t i, j;

    pdn_jsonl_open(out, '{');
    pdn_jsonl_key(out, "installed");
    pdn_jsonl_uint(out, 1);
    pdn_jsonl_key(out, "generation");
    pdn_jsonl_uint(out, what->generation);
    pdn_jsonl_field(out, "lock", what->lock);
    pdn_jsonl_close(out, '}');
    pdn_str_puts(out, "\n");

    for (i = 0; i < what->n; i++) {
        part = &what->parts[i];
        pdn_jsonl_open(out, '{');
        pdn_jsonl_field(out, "id", pdn_id_text(&part->id, id));
        pdn_jsonl_field(out, "v", part->version);
        pdn_jsonl_field(out, "key", part->key);
        pdn_jsonl_key(out, "files");
        pdn_jsonl_open(out, '[');

        for (j = 0; j < part->package.n; j++) {
            pdn_jsonl_open(out, '[');
            pdn_jsonl_string(out, part->package.items[j].path);
            pdn_jsonl_string(out, part->package.items[j].hash);
            pdn_jsonl_uint(out, part->package.items[j].size);
            pdn_jsonl_boolean(out, part->package.items[j].exec);
            pdn_jsonl_close(out, ']');
        }

        pdn_jsonl_close(out, ']');
        pdn_jsonl_close(out, '}');
        pdn_str_puts(out, "\n");
    }
}


static int
pdn_installed_file(const pdn_value_t *v, pdn_stored_t *file)
{
    const pdn_value_t *exec;
    const char *hash;
    int64_t size;

    file->path = pdn_value_text(pdn_value_at(v, 1));
    hash = pdn_value_text(pdn_value_at(v, 2));
    size = pdn_value_size(pdn_value_at(v, 3));
    exec = pdn_value_at(v, 4);

    if (file->path == NULL || hash == NULL || strlen(hash) != PDN_DIGEST_HEX
        || size < 0 || exec == NULL || exec->type != PDN_BOOLEAN)
    {
        return -1;
    }

    memcpy(file->hash, hash, sizeof(file->hash));
    file->size = size;
    file->exec = exec->boolean;

    return 0;
}


static int
pdn_installed_part(pdn_arena_t *a, const pdn_value_t *line,
                   pdn_tree_part_t *part)
{
    const pdn_value_t *files;
    const char *id, *key;
    size_t i;

    id = pdn_value_get_text(line, "id");
    key = pdn_value_get_text(line, "key");
    part->version = pdn_value_get_text(line, "v");
    files = pdn_value_get(line, "files");

    if (id == NULL || key == NULL || part->version == NULL || files == NULL
        || strlen(key) != PDN_DIGEST_HEX
        || pdn_id_parse(a, id, strlen(id), &part->id) != PDN_ID_OK)
    {
        return -1;
    }

    memcpy(part->key, key, sizeof(part->key));
    part->package.n = pdn_value_count(files);
    part->package.items = pdn_arena_array(a, part->package.n + 1,
                                          sizeof(pdn_stored_t));

    for (i = 0; part->package.items != NULL && i < part->package.n; i++) {
        if (pdn_installed_file(pdn_value_at(files, i + 1),
                               &part->package.items[i])
            != 0)
        {
            return -1;
        }
    }

    return part->package.items != NULL ? 0 : -1;
}


int
pdn_installed_read(pdn_arena_t *a, const char *text, size_t len,
                   pdn_installed_t *out)
{
    pdn_error_t ignored = { 0 };
    pdn_document_t d = { .file = PDN_INSTALLED_NAME };
    pdn_tree_part_t *parts;
    size_t pos, cap;
    int64_t generation;
    int rc;

    d.text = pdn_arena_text(a, text, len);
    d.len = len;
    pos = 0;
    cap = 0;
    memset(out, 0, sizeof(pdn_installed_t));

    if (d.text == NULL || pdn_jsonl_next(a, &d, &pos, &ignored) != 1) {
        pdn_error_release(&ignored);
        return -1;
    }

    generation = pdn_value_size(pdn_value_get(&d.root, "generation"));
    out->lock = pdn_value_get_text(&d.root, "lock");
    if (generation <= 0 || out->lock == NULL) {
        return -1;
    }

    out->generation = generation;

    while ((rc = pdn_jsonl_next(a, &d, &pos, &ignored)) == 1) {
        parts = pdn_arena_grow(a, out->parts, out->n, &cap,
                               sizeof(pdn_tree_part_t));
        if (parts == NULL
            || pdn_installed_part(a, &d.root, &parts[out->n]) != 0) {
            return -1;
        }
        out->parts = parts;
        out->n++;
    }

    pdn_error_release(&ignored);

    return rc;
}


int
pdn_tree_read(const char *root, pdn_arena_t *a, pdn_installed_t *out)
{
    pdn_str_t text = { 0 };
    char path[PATH_MAX + 64];
    int rc;

    snprintf(path, sizeof(path), "%s/%s/%s", root, PDN_TREE_NAME,
             PDN_INSTALLED_NAME);

    rc = pdn_io_get(AT_FDCWD, path, &text) == 1
         && pdn_installed_read(a, text.data, text.len, out) == 0;
    pdn_str_release(&text);

    return rc;
}


int
pdn_tree_is_whole(const char *root, const pdn_installed_t *installed)
{
    const pdn_stored_t *file;
    struct stat st;
    char path[PATH_MAX + 16];
    size_t i, j;
    int fd, whole;

    snprintf(path, sizeof(path), "%s/%s", root, PDN_TREE_NAME);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    whole = fd != -1;

    for (i = 0; whole && i < installed->n; i++) {
        for (j = 0; whole && j < installed->parts[i].package.n; j++) {
            file = &installed->parts[i].package.items[j];
            whole = fstatat(fd, file->path, &st, AT_SYMLINK_NOFOLLOW) == 0
                    && S_ISREG(st.st_mode)
                    && (uint64_t) st.st_size == file->size;
        }
    }

    if (fd != -1) {
        close(fd);
    }

    return whole;
}
