/* SPDX-License-Identifier: MIT */
/*
 * opm's versions: the runs of digits, as a list of integers, and nothing
 * else, so a letter never counts. Its server compares the lists for `>=` and
 * `>`, and the texts for `=`.
 */

#include "pdn_version_rules.h"

#include <string.h>

typedef enum {
    PDN_OPM_EQ,
    PDN_OPM_GE,
    PDN_OPM_GT
} pdn_opm_op_t;

typedef struct {
    pdn_req_t head;
    pdn_opm_op_t op;
    const pdn_version_t *version;
} pdn_opm_req_t;


static int
pdn_opm_is_digit(char c)
{
    return c >= '0' && c <= '9';
}


static pdn_version_t *
pdn_opm_parse(pdn_arena_t *a, const char *text, pdn_version_err_t *err)
{
    if (strpbrk(text, "0123456789") == NULL) {
        return pdn_version_bad(err, "a version of opm has a digit", 0);
    }

    return pdn_arena_alloc(a, sizeof(pdn_version_t));
}


/* The next run without zeros in front, NULL when there is none. */
static const char *
pdn_opm_run(const char **at, size_t *len)
{
    const char *p, *start;

    for (p = *at; *p != '\0' && !pdn_opm_is_digit(*p); p++) {
        /* void */
    }

    if (*p == '\0') {
        return NULL;
    }

    while (*p == '0' && pdn_opm_is_digit(p[1])) {
        p++;
    }

    for (start = p; pdn_opm_is_digit(*p); p++) {
        /* void */
    }

    *at = p;
    *len = (size_t) (p - start);

    return start;
}


static int
pdn_opm_compare(const pdn_version_t *a, const pdn_version_t *b)
{
    const char *left, *right, *x, *y;
    size_t n, m;
    int order;

    left = a->text;
    right = b->text;
    n = 0;
    m = 0;

    for (;;) {
        x = pdn_opm_run(&left, &n);
        y = pdn_opm_run(&right, &m);

        if (x == NULL || y == NULL) {
            return (x != NULL) - (y != NULL);
        }

        order = n != m ? (n < m ? -1 : 1) : memcmp(x, y, n);
        if (order != 0) {
            return order;
        }
    }
}


static int
pdn_opm_admits(const pdn_req_t *req, const pdn_version_t *v)
{
    const pdn_opm_req_t *r;
    int order;

    r = (const pdn_opm_req_t *) req;

    if (r->op == PDN_OPM_EQ) {
        return strcmp(v->text, r->version->text) == 0;
    }

    order = pdn_opm_compare(v, r->version);

    return r->op == PDN_OPM_GE ? order >= 0 : order > 0;
}


static pdn_req_t *
pdn_opm_parse_req(pdn_arena_t *a, const char *text, pdn_version_err_t *err)
{
    pdn_opm_req_t *r;
    const char *p;
    size_t n;

    r = pdn_arena_alloc(a, sizeof(*r));
    if (r == NULL) {
        return NULL;
    }

    p = text + strspn(text, " \t\r\n");
    n = strspn(p, "<>=~!^");

    if (n == 2 && memcmp(p, ">=", 2) == 0) {
        r->op = PDN_OPM_GE;
    } else if (n == 1 && *p == '>') {
        r->op = PDN_OPM_GT;
    } else if (n == 1 && *p == '=') {
        r->op = PDN_OPM_EQ;
    } else {
        return pdn_version_bad(err, "opm has the operators =, >= and > only",
                               (size_t) (p - text));
    }

    p += n + strspn(p + n, " \t\r\n");
    n = strcspn(p, " \t\r\n");

    if (p[n + strspn(p + n, " \t\r\n")] != '\0') {
        return pdn_version_bad(err, "opm has one operator and one version only",
                               (size_t) (p + n - text));
    }

    r->version = pdn_version_parse(a, PDN_RULES_OPM, p, n, err);
    err->pos += r->version == NULL ? (size_t) (p - text) : 0;

    return r->version != NULL ? &r->head : NULL;
}


const pdn_version_ops_t pdn_version_opm = {
    .parse = pdn_opm_parse,
    .parse_req = pdn_opm_parse_req,
    .compare = pdn_opm_compare,
    .admits = pdn_opm_admits,
};
