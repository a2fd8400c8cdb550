/* SPDX-License-Identifier: MIT */
/*
 * Reads any bytes as a signed file of a registry, as the keys of a role, and
 * as the lines of a package's index.
 */

#include "fuzz_pm.h"
#include "pdn_registry.h"


static void
fuzz_signed(fuzz_t *f, const char *type)
{
    pdn_signed_t signed_file;
    pdn_role_t role;

    if (pdn_signed_read(&f->arena, type, f->text, f->len, &signed_file, &f->err)
        != 0)
    {
        fuzz_failed(f);
        return;
    }

    fuzz_must(signed_file.len <= f->len);

    if (pdn_role_read(&signed_file.document.root, "keys", "threshold", &role)
        == 0) {
        fuzz_must(role.n <= PDN_SIGNED_KEYS && role.threshold >= 1
                  && role.threshold <= role.n);
        (void) pdn_signed_check(&f->arena, &signed_file, &role, &f->err);
    }
}


static void
fuzz_index(fuzz_t *f)
{
    pdn_registry_line_t line;
    pdn_registry_t registry;
    pdn_document_t d;
    size_t pos;
    int rc;

    memset(&registry, 0, sizeof(registry));
    registry.arena = &f->arena;
    d = fuzz_document(f, "index/a/b");
    pos = 0;

    do {
        rc = pdn_registry_next(&registry, "a/b", &d, &pos, &line, &f->err);
        fuzz_must(rc != 1 || (line.version != NULL && line.sha256 != NULL));
    } while (rc == 1);

    if (rc == -1) {
        fuzz_failed(f);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = { "root", "timestamp", "snapshot" };
    fuzz_t f;
    size_t i;

    fuzz_start(&f, data, size);

    for (i = 0; i < 3; i++) {
        fuzz_signed(&f, types[i]);
    }

    fuzz_index(&f);
    fuzz_end(&f);

    return 0;
}
