/* SPDX-License-Identifier: MIT */
/*
 * Reads any bytes as a rockspec. Those that are programs are refused here: a
 * process for each input would be all that this measures; what they may do is
 * told by spec/pm/rockspec_spec.lua.
 */

#include "fuzz_pm.h"
#include "pdn_rockspec.h"
#include "pdn_rockspec_run.h"


int
pdn_rockspec_run(const char *file, const char *text, size_t len, pdn_str_t *out,
                 pdn_error_t *err)
{
    (void) text;
    (void) len;
    (void) out;

    return pdn_error(err, 405, "%s is a program", file);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pdn_rockspec_t spec;
    fuzz_t f;

    fuzz_start(&f, data, size);

    if (pdn_rockspec_read(&f.arena, "x.rockspec", f.text, f.len, &spec, &f.err)
        != 0)
    {
        fuzz_failed(&f);

    } else {
        fuzz_must(spec.name != NULL && spec.version != NULL
                  && spec.build_type != NULL);
    }

    fuzz_end(&f);

    return 0;
}
