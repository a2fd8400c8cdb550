/* SPDX-License-Identifier: MIT */
/* Reads any bytes as JSON lines, and as the list of what is installed. */

#include "fuzz_pm.h"
#include "pdn_installed.h"
#include "pdn_jsonl.h"


static void
fuzz_lines(fuzz_t *f)
{
    pdn_document_t d;
    size_t pos, before;
    int rc;

    d = fuzz_document(f, "lines");
    pos = 0;

    do {
        before = pos;
        rc = pdn_jsonl_next(&f->arena, &d, &pos, &f->err);
        fuzz_must(rc != 1 || pos > before);
    } while (rc == 1);

    if (rc == -1) {
        fuzz_failed(f);
    }
}


/* What was understood is understood again when it was written. */
static void
fuzz_installed(fuzz_t *f)
{
    pdn_installed_t installed, again;
    pdn_str_t out = { 0 };

    if (pdn_installed_read(&f->arena, f->text, f->len, &installed) == 0) {
        pdn_installed_write(&installed, &out);
        fuzz_must(pdn_installed_read(&f->arena, out.data, out.len, &again) == 0
                  && again.n == installed.n
                  && again.generation == installed.generation);
    }

    pdn_str_release(&out);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_t f;

    fuzz_start(&f, data, size);
    fuzz_lines(&f);
    fuzz_installed(&f);
    fuzz_end(&f);

    return 0;
}
