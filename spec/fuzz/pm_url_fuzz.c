/* SPDX-License-Identifier: MIT */
/*
 * Reads "BASE;NAME" as addresses: one that is taken has a host and neither
 * user nor blanks in it, and what is joined to it stays on the same server.
 */

#include "fuzz_pm.h"
#include "pdn_url.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char joined[PDN_URL_MAX];
    const char *base, *name, *rest;
    pdn_url_t a, b;
    size_t left;
    fuzz_t f;

    fuzz_start(&f, data, size);
    rest = f.text;
    left = f.len;
    base = fuzz_part(&f, &rest, &left, ';');
    name = fuzz_part(&f, &rest, &left, ';');

    if (pdn_url_read(base, &a, &f.err) != 0) {
        fuzz_failed(&f);

    } else {
        fuzz_must(strpbrk(base, " \t\r\n\\") == NULL && a.host[0] != '\0');
        fuzz_must(strcmp(a.scheme, "http") != 0 || a.loopback);
        fuzz_must(pdn_url_same_origin(&a, &a));
        (void) pdn_url_below(a.path, name);

        if (pdn_url_join(joined, base, name) == 0
            && pdn_url_read(joined, &b, &f.err) == 0
            && strpbrk(base, "?#") == NULL)
        {
            fuzz_must(pdn_url_same_origin(&a, &b));
        }
    }

    fuzz_end(&f);

    return 0;
}
