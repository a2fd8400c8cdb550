/* SPDX-License-Identifier: MIT */
/*
 * Reads any bytes as a manifest, of a project or (first byte '!') of a package
 * to publish. One that is understood is edited in place: a row added must be
 * there when it is read again, and gone when it was taken out.
 */

#include "fuzz_pm.h"
#include "pdn_manifest.h"


static pdn_manifest_t
fuzz_read(fuzz_t *f, const pdn_str_t *text)
{
    pdn_manifest_t m;

    memset(&m, 0, sizeof(m));
    m.document.file = PDN_MANIFEST_NAME;
    m.document.text = pdn_arena_text(&f->arena, pdn_str_z(text), text->len);
    m.document.len = text->len;
    fuzz_must(m.document.text != NULL
              && pdn_manifest_read(&f->arena, &m, &f->err) == 0);

    return m;
}


static void
fuzz_edit(fuzz_t *f, const pdn_manifest_t *m)
{
    static const pdn_id_t id = { "rocks", "a-new-one" };
    pdn_str_t added = { 0 }, removed = { 0 };
    pdn_manifest_t again;

    if (pdn_manifest_set(m, "dependencies", "rocks:a-new-one", "\"== 1.0\"",
                         &added, &f->err)
        == 0)
    {
        again = fuzz_read(f, &added);
        fuzz_must(pdn_manifest_dep(&again, &id) != NULL);
        fuzz_must(pdn_manifest_unset(&again, "dependencies", "rocks:a-new-one",
                                     &removed, &f->err)
                  == 0);
        again = fuzz_read(f, &removed);
        fuzz_must(pdn_manifest_dep(&again, &id) == NULL);
    }

    pdn_str_release(&added);
    pdn_str_release(&removed);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const pdn_id_t id = { "rocks", "a-new-one" };
    pdn_manifest_t m;
    int package;
    fuzz_t f;

    package = size != 0 && data[0] == '!';
    fuzz_start(&f, data + package, size - package);
    memset(&m, 0, sizeof(m));
    m.document = fuzz_document(&f, PDN_MANIFEST_NAME);
    m.is_package = package;

    if (pdn_manifest_read(&f.arena, &m, &f.err) != 0) {
        fuzz_failed(&f);

    } else if (!package && pdn_manifest_dep(&m, &id) == NULL) {
        fuzz_edit(&f, &m);
    }

    fuzz_end(&f);

    return 0;
}
