/* SPDX-License-Identifier: MIT */
/* Files of a registry that is made here; see pdn_registry_folder.h. */

#include "pdn_registry_folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>


int
pdn_folder_path(char out[PATH_MAX], const char *folder, const char *name,
                pdn_error_t *err)
{
    return pdn_fs_join(out, folder, name) == 0
               ? 0
               : pdn_error(err, 620, "the path of '%s' is too long", name);
}


int
pdn_folder_write(const pdn_registry_edit_t *e, const char *name,
                 const char *data, size_t len, pdn_error_t *err)
{
    pdn_problem_t problem;
    char path[PATH_MAX];

    if (pdn_folder_path(path, e->folder, name, err) != 0) {
        return -1;
    }

    return pdn_fs_write(path, data, len, 0644, &problem) == 0
               ? 0
               : pdn_error(err, 620, "%s", problem.text);
}


int
pdn_registry_get_file(void *ctx, const char *name, const char *hash,
                      size_t limit, pdn_str_t *out, pdn_error_t *err)
{
    pdn_problem_t problem;
    char path[PATH_MAX];

    (void) hash;
    (void) limit;

    if (pdn_folder_path(path, ctx, name, err) != 0) {
        return -1;
    }

    out->len = 0;

    if (!pdn_fs_exists(path)) {
        return 0;
    }

    return pdn_fs_read(path, out, &problem) == 0
               ? 1
               : pdn_error(err, 620, "%s", problem.text);
}


int
pdn_folder_read(const pdn_registry_edit_t *e, const char *name, pdn_str_t *out,
                pdn_error_t *err)
{
    return pdn_registry_get_file((void *) e->folder, name, NULL, 0, out, err);
}


int
pdn_registry_key(const char *path, int make, pdn_key_t *secret,
                 pdn_error_t *err)
{
    char hex[PDN_KEY_HEX + 1];
    pdn_str_t text = { 0 };
    pdn_problem_t problem;
    int rc;

    if (make && !pdn_fs_exists(path)) {
        if (pdn_sign_secret(secret, err) != 0) {
            return -1;
        }

        pdn_hex_write(secret->bytes, PDN_KEY_LEN, hex);

        return pdn_fs_write(path, hex, PDN_KEY_HEX, 0600, &problem) == 0
                   ? 0
                   : pdn_error(err, 620, "%s", problem.text);
    }

    if (pdn_fs_read(path, &text, &problem) != 0) {
        pdn_str_release(&text);
        return pdn_error(err, 620, "%s", problem.text);
    }

    if (text.len > 0 && text.data[text.len - 1] == '\n') {
        text.data[--text.len] = '\0';
    }

    rc = pdn_hex_read(pdn_str_z(&text), PDN_KEY_LEN, secret->bytes);
    pdn_str_release(&text);

    return rc == 0 ? 0 : pdn_error(err, 520, "'%s' is no secret key", path);
}


int
pdn_folder_key(const pdn_registry_edit_t *e, const char *name, int make,
               pdn_key_t *secret, pdn_error_t *err)
{
    char path[PATH_MAX];

    return pdn_folder_path(path, e->keys, name, err) != 0
               ? -1
               : pdn_registry_key(path, make, secret, err);
}


int64_t
pdn_folder_version(const pdn_registry_edit_t *e, const char *name,
                   const char *type)
{
    pdn_error_t ignored = { 0 };
    pdn_arena_t arena = { 0 };
    pdn_str_t text = { 0 };
    pdn_signed_t s = { 0 };

    if (pdn_folder_read(e, name, &text, &ignored) == 1) {
        pdn_signed_read(&arena, type, pdn_str_z(&text), text.len, &s, &ignored);
    }

    pdn_str_release(&text);
    pdn_arena_release(&arena);
    pdn_error_release(&ignored);

    return s.version > 0 ? s.version : 0;
}


int64_t
pdn_folder_root(const pdn_registry_edit_t *e)
{
    char name[40];
    int64_t n;

    for (n = 0;; n++) {
        snprintf(name, sizeof(name), "root.%" PRId64 ".json", n + 1);
        if (pdn_folder_version(e, name, "root") == 0) {
            return n;
        }
    }
}
