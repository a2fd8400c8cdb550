/* SPDX-License-Identifier: MIT */
/*
 * Reads any bytes as Lua data: a table that is returned, and globals that are
 * set, as rockspecs and the lists of LuaRocks servers do. Strings that were
 * read are written and read again.
 */

#include "fuzz_pm.h"
#include "pdn_luadata.h"


static void
fuzz_again(fuzz_t *f, const pdn_value_t *v)
{
    pdn_document_t d;
    pdn_str_t out = { 0 };
    const pdn_value_t *again;

    pdn_str_puts(&out, "x = ");
    pdn_luadata_quote(&out, v->text, v->len);
    memset(&d, 0, sizeof(d));
    d.file = "again";
    d.text = pdn_str_z(&out);
    d.len = out.len;

    fuzz_must(pdn_luadata_read(&f->arena, &d, PDN_LUADATA_GLOBALS, &f->err)
              == 0);
    again = pdn_value_get(&d.root, "x");
    fuzz_must(again != NULL && again->type == PDN_STRING && again->len == v->len
              && memcmp(again->text, v->text, v->len) == 0);
    pdn_str_release(&out);
}


static void
fuzz_walk(fuzz_t *f, const pdn_value_t *v)
{
    size_t i;

    if (v->type == PDN_STRING) {
        fuzz_again(f, v);
    }

    for (i = 0; v->type == PDN_TABLE && i < v->n; i++) {
        fuzz_walk(f, &v->pairs[i].value);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned hows[] = { PDN_LUADATA_RETURN | PDN_LUADATA_UNIQUE,
                                     PDN_LUADATA_GLOBALS };
    pdn_document_t d;
    fuzz_t f;
    size_t i;

    for (i = 0; i < 2; i++) {
        fuzz_start(&f, data, size);
        d = fuzz_document(&f, "data");

        if (pdn_luadata_read(&f.arena, &d, hows[i], &f.err) != 0) {
            fuzz_failed(&f);
        } else {
            fuzz_walk(&f, &d.root);
        }

        fuzz_end(&f);
    }

    return 0;
}
