/* SPDX-License-Identifier: MIT */
/*
 * Writing archives: no dates, no owners, names in order, so that the same
 * files give the same bytes wherever and whenever they are packed.
 */

#include "pdn_archive.h"
#include "pdn_libarchive.h"

#include <stdio.h>

/* The first moment that a zip can tell, 1980-01-01 in any time zone. */
#define PDN_ARCHIVE_TIME 315619200


static la_ssize_t
pdn_pack_out(struct archive *a, void *ctx, const void *data, size_t len)
{
    pdn_str_t *out = ctx;

    (void) a;
    pdn_str_add(out, data, len);

    return out->failed ? -1 : (la_ssize_t) len;
}


static int
pdn_pack_file(const pdn_libarchive_t *lib, struct archive *a,
              const pdn_file_t *f, const char *prefix)
{
    struct archive_entry *entry;
    char name[1300];
    int ok;

    entry = lib->archive_entry_new();
    if (entry == NULL) {
        return -1;
    }

    snprintf(name, sizeof(name), "%s%s", prefix, f->path);
    lib->archive_entry_set_pathname(entry, name);
    lib->archive_entry_set_filetype(entry, AE_IFREG);
    lib->archive_entry_set_perm(entry, f->exec ? 0755 : 0644);
    lib->archive_entry_set_size(entry, f->len);
    lib->archive_entry_set_mtime(entry, PDN_ARCHIVE_TIME, 0);

    ok = lib->archive_write_header(a, entry) == ARCHIVE_OK
         && (f->len == 0
             || lib->archive_write_data(a, f->data, f->len)
                    == (la_ssize_t) f->len);

    lib->archive_entry_free(entry);

    return ok ? 0 : -1;
}


static int
pdn_pack(const pdn_files_t *files, const char *prefix, int zip, pdn_str_t *out,
         pdn_error_t *err)
{
    const pdn_libarchive_t *lib;
    struct archive *a;
    size_t i;
    int ok;

    lib = pdn_libarchive_load(err);
    if (lib == NULL) {
        return -1;
    }

    a = lib->archive_write_new();
    if (a == NULL) {
        return pdn_error_memory(err);
    }

    if (zip) {
        lib->archive_write_set_format_zip(a);
    } else {
        lib->archive_write_set_format_ustar(a);
        lib->archive_write_add_filter_gzip(a);
        lib->archive_write_set_options(a, "gzip:!timestamp");
    }

    lib->archive_write_set_bytes_in_last_block(a, 1);
    ok = lib->archive_write_open(a, out, NULL, pdn_pack_out, NULL)
         == ARCHIVE_OK;

    for (i = 0; ok && i < files->n; i++) {
        ok = pdn_pack_file(lib, a, &files->items[i], prefix) == 0;
    }

    ok = ok && lib->archive_write_close(a) == ARCHIVE_OK && !out->failed;

    if (!ok) {
        pdn_error(err, 601, "cannot pack: %s", lib->archive_error_string(a));
    }

    lib->archive_write_free(a);

    return ok ? 0 : -1;
}


int
pdn_archive_pack(const pdn_files_t *files, const char *prefix, pdn_str_t *out,
                 pdn_error_t *err)
{
    return pdn_pack(files, prefix, 0, out, err);
}


int
pdn_archive_zip(const pdn_files_t *files, pdn_str_t *out, pdn_error_t *err)
{
    return pdn_pack(files, "", 1, out, err);
}
