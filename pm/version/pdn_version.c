/* SPDX-License-Identifier: MIT */
/* What the three rules have in common; see pdn_version.h. */

#include "pdn_version.h"
#include "pdn_version_rules.h"

#include <string.h>

#define PDN_REQ_MAX 512


static const pdn_version_ops_t *const pdn_version_ops[] = {
    [PDN_RULES_SEMVER] = &pdn_version_semver,
    [PDN_RULES_ROCKS] = &pdn_version_rocks,
    [PDN_RULES_OPM] = &pdn_version_opm,
};


static int
pdn_version_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}


pdn_version_t *
pdn_version_parse(pdn_arena_t *a, pdn_rules_t rules, const char *text,
                  size_t len, pdn_version_err_t *err)
{
    const pdn_version_ops_t *ops;
    pdn_version_t *v;
    unsigned char c;
    size_t i;
    char *copy;

    err->msg = NULL;
    err->pos = 0;

    if (len == 0 || len > PDN_VERSION_MAX) {
        return pdn_version_bad(
            err, len == 0 ? "a version is empty" : "a version is too long", 0);
    }

    /* versions become parts of file names and of URLs */
    for (i = 0; i < len; i++) {
        c = (unsigned char) text[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("._-+~", c))))
        {
            return pdn_version_bad(err, "a character that versions do not have",
                                   i);
        }
    }

    copy = pdn_arena_text(a, text, len);
    if (copy == NULL) {
        return NULL;
    }

    ops = pdn_version_ops[rules];
    v = ops->parse(a, copy, err);

    if (v != NULL) {
        v->ops = ops;
        v->text = copy;
    }

    return v;
}


const char *
pdn_version_text(const pdn_version_t *v)
{
    return v->text;
}


int
pdn_version_compare(const pdn_version_t *a, const pdn_version_t *b)
{
    return a->ops->compare(a, b);
}


int
pdn_version_is_special(const pdn_version_t *v)
{
    return v->special;
}


pdn_req_t *
pdn_req_parse(pdn_arena_t *a, pdn_rules_t rules, const char *text, size_t len,
              pdn_version_err_t *err)
{
    const pdn_version_ops_t *ops;
    pdn_req_t *r;
    size_t i;
    char *copy;

    err->msg = NULL;
    err->pos = 0;

    if (len > PDN_REQ_MAX) {
        return pdn_version_bad(err, "a requirement is too long", 0);
    }

    for (i = 0; i < len; i++) {
        if ((unsigned char) text[i] < ' ' && !pdn_version_is_blank(text[i])) {
            return pdn_version_bad(err, "a control character", i);
        }
    }

    copy = pdn_arena_text(a, text, len);
    if (copy == NULL) {
        return NULL;
    }

    ops = pdn_version_ops[rules];
    i = strspn(copy, " \t\r\n");
    i += copy[i] == '*';

    if (copy[i + strspn(copy + i, " \t\r\n")] == '\0') {
        r = pdn_arena_alloc(a, sizeof(*r));
        if (r != NULL) {
            r->any = 1;
        }
    } else {
        r = ops->parse_req(a, copy, err);
    }

    if (r != NULL) {
        r->ops = ops;
        r->text = copy;
    }

    return r;
}


const char *
pdn_req_text(const pdn_req_t *r)
{
    return r->text;
}


int
pdn_req_is_any(const pdn_req_t *r)
{
    return r->any;
}


int
pdn_req_admits(const pdn_req_t *r, const pdn_version_t *v)
{
    if (r->any) {
        return r->ops != &pdn_version_semver || !v->special;
    }

    return r->ops->admits(r, v);
}


int
pdn_req_names_special(const pdn_req_t *r)
{
    return r->special;
}


static const char *
pdn_req_around(pdn_arena_t *a, pdn_rules_t rules, const char *version)
{
    size_t major, minor;

    major = strspn(version, "0123456789");
    minor = version[major] == '.' ? strspn(version + major + 1, "0123456789")
                                  : 0;

    switch (rules) {

    case PDN_RULES_SEMVER:
        if (strpbrk(version, "-+") != NULL) {
            return pdn_arena_printf(a, "=%s", version);
        }
        return pdn_arena_printf(a, "^%.*s", (int) (major + 1 + minor), version);

    case PDN_RULES_ROCKS:
        if (major == 0 || minor == 0) {
            return pdn_arena_printf(a, "== %s", version);
        }
        return pdn_arena_printf(a, "~> %.*s", (int) (major + 1 + minor),
                                version);

    case PDN_RULES_OPM:
        break;
    }

    return pdn_arena_printf(a, ">= %s", version);
}


/* Foreign versions may hold what no requirement can name. */
const char *
pdn_req_suggest(pdn_arena_t *a, pdn_rules_t rules, const char *version)
{
    pdn_version_err_t bad;
    const pdn_version_t *v;
    const pdn_req_t *req;
    const char *text;

    text = pdn_req_around(a, rules, version);
    if (text == NULL) {
        return NULL;
    }

    v = pdn_version_parse(a, rules, version, strlen(version), &bad);
    req = pdn_req_parse(a, rules, text, strlen(text), &bad);

    return v != NULL && req != NULL && pdn_req_admits(req, v) ? text : "";
}
