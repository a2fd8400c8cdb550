/* SPDX-License-Identifier: MIT */
/*
 * Reads "RULES A;B;REQUIREMENT": a version equals itself and orders the same
 * way from both sides, and what is suggested for one admits it.
 */

#include "fuzz_pm.h"
#include "pdn_id.h"
#include "pdn_version.h"


static pdn_version_t *
fuzz_version(fuzz_t *f, pdn_rules_t rules, const char *text)
{
    pdn_version_err_t bad = { 0 };
    pdn_version_t *v;

    v = pdn_version_parse(&f->arena, rules, text, strlen(text), &bad);
    fuzz_must(v != NULL || bad.msg != NULL);
    fuzz_must(v == NULL || pdn_version_compare(v, v) == 0);

    return v;
}


static void
fuzz_suggest(fuzz_t *f, pdn_rules_t rules, const pdn_version_t *v)
{
    pdn_version_err_t bad = { 0 };
    const char *text;
    pdn_req_t *req;

    text = pdn_req_suggest(&f->arena, rules, pdn_version_text(v));
    fuzz_must(text != NULL);
    req = pdn_req_parse(&f->arena, rules, text, strlen(text), &bad);
    fuzz_must(req != NULL && (text[0] == '\0' || pdn_req_admits(req, v)));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pdn_version_err_t bad = { 0 };
    const char *rest, *text;
    pdn_version_t *a, *b;
    pdn_rules_t rules;
    pdn_req_t *req;
    pdn_id_t id;
    size_t left;
    fuzz_t f;
    int ab, ba;

    if (size == 0) {
        return 0;
    }

    fuzz_start(&f, data, size);
    rules = (pdn_rules_t) (f.text[0] % 3 < 0 ? 0 : f.text[0] % 3);
    rest = f.text + 1;
    left = f.len - 1;

    a = fuzz_version(&f, rules, fuzz_part(&f, &rest, &left, ';'));
    b = fuzz_version(&f, rules, fuzz_part(&f, &rest, &left, ';'));
    text = fuzz_part(&f, &rest, &left, '\0');
    req = pdn_req_parse(&f.arena, rules, text, strlen(text), &bad);
    fuzz_must(req != NULL || bad.msg != NULL);
    (void) pdn_id_parse(&f.arena, text, strlen(text), &id);

    if (a != NULL && b != NULL) {
        ab = pdn_version_compare(a, b);
        ba = pdn_version_compare(b, a);
        fuzz_must((ab < 0) == (ba > 0) && (ab == 0) == (ba == 0));
    }

    if (a != NULL) {
        fuzz_suggest(&f, rules, a);
    }

    if (a != NULL && req != NULL) {
        (void) pdn_req_admits(req, a);
    }

    fuzz_end(&f);

    return 0;
}
