/* SPDX-License-Identifier: MIT */
/*
 * LuaRocks' versions. They are lists of numbers: digits are one, a word is
 * one too, and digits behind a word are added to it as hundred-thousandths.
 * Doubles are part of the rules, so they are doubles here.
 */

#include "pdn_version_rules.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    pdn_version_t head;
    size_t n;
    double revision;
    unsigned has_revision : 1;
    double slots[];
} pdn_rocks_version_t;

typedef enum {
    PDN_ROCKS_EQ,
    PDN_ROCKS_NE,
    PDN_ROCKS_LT,
    PDN_ROCKS_GT,
    PDN_ROCKS_LE,
    PDN_ROCKS_GE,
    PDN_ROCKS_LIKE /* ~> */
} pdn_rocks_op_t;

typedef struct pdn_rocks_part_s pdn_rocks_part_t;

struct pdn_rocks_part_s {
    pdn_rocks_op_t op;
    const pdn_rocks_version_t *version;
    pdn_rocks_part_t *next;
};

typedef struct {
    pdn_req_t head;
    pdn_rocks_part_t *parts;
} pdn_rocks_req_t;


static int
pdn_rocks_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}


static int
pdn_rocks_is_digit(char c)
{
    return c >= '0' && c <= '9';
}


/* A word's number; `*special` when it is a branch and no release. */
static double
pdn_rocks_word(const char *word, size_t len, unsigned *special)
{
    static const struct {
        const char *word;
        double number;
        unsigned special;
    } words[] = {
        { "dev", 120000000, 1 },  { "scm", 110000000, 1 },
        { "cvs", 100000000, 1 },  { "rc", -1000, 0 },
        { "pre", -10000, 0 },     { "beta", -100000, 0 },
        { "alpha", -1000000, 0 },
    };
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i].word) == len
            && memcmp(words[i].word, word, len) == 0) {
            *special |= words[i].special;
            return words[i].number;
        }
    }

    return (double) (unsigned char) word[0] / 1000;
}


/* Fills the slots from the text without its revision; their number. */
static size_t
pdn_rocks_slots(const char *p, const char *end, double *slots,
                unsigned *special)
{
    char digits[PDN_VERSION_MAX + 1];
    const char *start;
    double number;
    int word;
    size_t i;

    i = 0;
    word = 0;

    while (p < end) {
        start = p;

        if (pdn_rocks_is_digit(*p)) {
            while (p < end && pdn_rocks_is_digit(*p)) {
                p++;
            }

            memcpy(digits, start, (size_t) (p - start));
            digits[p - start] = '\0';
            number = strtod(digits, NULL);
            slots[i] = word ? slots[i] + number / 100000 : number;
            word = 0;
            i++;

        } else if (pdn_rocks_is_alpha(*p)) {
            while (p < end && pdn_rocks_is_alpha(*p)) {
                p++;
            }

            slots[i] = pdn_rocks_word(start, (size_t) (p - start), special);
            word = 1;

        } else {
            slots[i] = 0;
            return i + 1;
        }

        while (p < end && (*p == '.' || *p == '-' || *p == '_')) {
            p++;
        }
    }

    return i + (size_t) word;
}


static pdn_version_t *
pdn_rocks_parse(pdn_arena_t *a, const char *text, pdn_version_err_t *err)
{
    double slots[PDN_VERSION_MAX + 1];
    pdn_rocks_version_t *v;
    const char *end, *p;
    unsigned special;
    size_t n;

    (void) err;

    end = text + strlen(text);
    special = 0;

    for (p = end; p > text && pdn_rocks_is_digit(p[-1]); p--) {
        /* void */
    }

    if (p == end || p == text || p[-1] != '-') {
        p = NULL;
    }

    n = pdn_rocks_slots(text, p != NULL ? p - 1 : end, slots, &special);

    v = pdn_arena_alloc(a, sizeof(*v) + n * sizeof(slots[0]));
    if (v == NULL) {
        return NULL;
    }

    v->n = n;
    v->head.special = special;
    v->has_revision = p != NULL;
    v->revision = p != NULL ? strtod(p, NULL) : 0;
    memcpy(v->slots, slots, n * sizeof(slots[0]));

    return &v->head;
}


static int
pdn_rocks_compare(const pdn_version_t *left, const pdn_version_t *right)
{
    const pdn_rocks_version_t *a, *b;
    double x, y;
    size_t i;

    a = (const pdn_rocks_version_t *) left;
    b = (const pdn_rocks_version_t *) right;

    for (i = 0; i < a->n || i < b->n; i++) {
        x = i < a->n ? a->slots[i] : 0;
        y = i < b->n ? b->slots[i] : 0;

        if (x != y) {
            return x < y ? -1 : 1;
        }
    }

    if (a->has_revision && b->has_revision && a->revision != b->revision) {
        return a->revision < b->revision ? -1 : 1;
    }

    return 0;
}


/* Not compare() == 0: 1.0 and 1.0.0 are neither less than the other nor
 * equal. */
static int
pdn_rocks_equal(const pdn_rocks_version_t *a, const pdn_rocks_version_t *b)
{
    return a->n == b->n && pdn_rocks_compare(&a->head, &b->head) == 0;
}


static int
pdn_rocks_like(const pdn_rocks_version_t *v, const pdn_rocks_version_t *r)
{
    size_t i;

    for (i = 0; i < r->n; i++) {
        if (r->slots[i] != (i < v->n ? v->slots[i] : 0)) {
            return 0;
        }
    }

    return !r->has_revision || (v->has_revision && v->revision == r->revision);
}


static int
pdn_rocks_admits(const pdn_req_t *req, const pdn_version_t *version)
{
    const pdn_rocks_version_t *v;
    const pdn_rocks_part_t *part;
    int order, ok;

    v = (const pdn_rocks_version_t *) version;

    for (part = ((const pdn_rocks_req_t *) req)->parts; part != NULL;
         part = part->next)
    {
        order = pdn_rocks_compare(version, &part->version->head);

        switch (part->op) {
        case PDN_ROCKS_EQ:
            ok = pdn_rocks_equal(v, part->version);
            break;
        case PDN_ROCKS_NE:
            ok = !pdn_rocks_equal(v, part->version);
            break;
        case PDN_ROCKS_LT:
            ok = order < 0;
            break;
        case PDN_ROCKS_GT:
            ok = order > 0;
            break;
        case PDN_ROCKS_LE:
            ok = order <= 0;
            break;
        case PDN_ROCKS_GE:
            ok = order >= 0;
            break;
        default:
            ok = pdn_rocks_like(v, part->version);
        }

        if (!ok) {
            return 0;
        }
    }

    return 1;
}


static int
pdn_rocks_operator(const char *p, size_t len, pdn_rocks_op_t *op)
{
    static const struct {
        const char *text;
        pdn_rocks_op_t op;
    } ops[] = {
        { "==", PDN_ROCKS_EQ },   { "~=", PDN_ROCKS_NE },
        { "<", PDN_ROCKS_LT },    { ">", PDN_ROCKS_GT },
        { "<=", PDN_ROCKS_LE },   { ">=", PDN_ROCKS_GE },
        { "~>", PDN_ROCKS_LIKE }, { "", PDN_ROCKS_EQ },
        { "=", PDN_ROCKS_EQ },    { "!=", PDN_ROCKS_NE },
    };
    size_t i;

    for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (strlen(ops[i].text) == len && memcmp(ops[i].text, p, len) == 0) {
            *op = ops[i].op;
            return 0;
        }
    }

    return -1;
}


/* One `op version` at `*at`, which is moved behind it. */
static pdn_rocks_part_t *
pdn_rocks_part(pdn_arena_t *a, const char *text, const char **at,
               pdn_version_err_t *err)
{
    pdn_rocks_part_t *part;
    pdn_version_t *v;
    const char *p, *start;
    size_t n;

    part = pdn_arena_alloc(a, sizeof(*part));
    if (part == NULL) {
        return NULL;
    }

    p = *at;
    p += *p == '@';
    n = strspn(p, "<>=~!");

    if (pdn_rocks_operator(p, n, &part->op) != 0) {
        return pdn_version_bad(err, "an operator that LuaRocks does not have",
                               (size_t) (p - text));
    }

    p += n + strspn(p + n, " \t\r\n");

    for (start = p; pdn_rocks_is_alpha(*p) || pdn_rocks_is_digit(*p)
                    || (*p != '\0' && strchr("._-", *p));
         p++)
    {
        /* void */
    }

    if (p == start || p - start > PDN_VERSION_MAX) {
        return pdn_version_bad(err, "a version is expected here",
                               (size_t) (start - text));
    }

    v = pdn_version_parse(a, PDN_RULES_ROCKS, start, (size_t) (p - start), err);
    part->version = (const pdn_rocks_version_t *) v;
    *at = p + strspn(p, " \t\r\n,");

    return v != NULL ? part : NULL;
}


static pdn_req_t *
pdn_rocks_parse_req(pdn_arena_t *a, const char *text, pdn_version_err_t *err)
{
    pdn_rocks_part_t **last;
    pdn_rocks_req_t *r;
    const char *p;

    r = pdn_arena_alloc(a, sizeof(*r));
    if (r == NULL) {
        return NULL;
    }

    last = &r->parts;
    p = text + strspn(text, " \t\r\n");

    while (*p != '\0') {
        *last = pdn_rocks_part(a, text, &p, err);
        if (*last == NULL) {
            return NULL;
        }

        r->head.special |= (*last)->version->head.special;
        last = &(*last)->next;
    }

    return &r->head;
}


const pdn_version_ops_t pdn_version_rocks = {
    .parse = pdn_rocks_parse,
    .parse_req = pdn_rocks_parse_req,
    .compare = pdn_rocks_compare,
    .admits = pdn_rocks_admits,
};
