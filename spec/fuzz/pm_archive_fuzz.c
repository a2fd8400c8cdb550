/* SPDX-License-Identifier: MIT */
/*
 * Unpacks any bytes. What comes out has names that a package may have, each
 * once, and packs and unpacks again to the same.
 */

#include "fuzz_pm.h"
#include "pdn_archive.h"
#include "pdn_zip.h"


static void
fuzz_same(const pdn_files_t *a, const pdn_files_t *b)
{
    const pdn_file_t *file;
    size_t i;

    fuzz_must(a->n == b->n);

    for (i = 0; i < a->n; i++) {
        file = pdn_files_find(b, a->items[i].path);
        fuzz_must(file != NULL && file->len == a->items[i].len
                  && file->exec == a->items[i].exec
                  && (file->len == 0
                      || memcmp(file->data, a->items[i].data, file->len) == 0));
    }
}


static void
fuzz_again(fuzz_t *f, const pdn_files_t *files)
{
    pdn_files_t again = { .arena = &f->arena };
    pdn_str_t out = { 0 };

    if (files->n != 0) {
        fuzz_must(pdn_archive_pack(files, "", &out, &f->err) == 0
                  && pdn_archive_read(out.data, out.len, &again, &f->err) == 0);
        fuzz_same(files, &again);
    }

    pdn_str_release(&out);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pdn_files_t files;
    size_t i;
    fuzz_t f;

    fuzz_start(&f, data, size);
    memset(&files, 0, sizeof(files));
    files.arena = &f.arena;
    files.max_bytes = 1024 * 1024;
    (void) pdn_zip_check(f.text, f.len, &f.err);

    if (pdn_archive_read(f.text, f.len, &files, &f.err) != 0) {
        fuzz_failed(&f);

    } else {
        for (i = 0; i < files.n; i++) {
            fuzz_must(pdn_files_check(files.items[i].path,
                                      strlen(files.items[i].path), &f.err)
                      == 0);
        }

        fuzz_again(&f, &files);
    }

    fuzz_end(&f);

    return 0;
}
