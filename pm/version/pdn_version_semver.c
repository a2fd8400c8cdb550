/* SPDX-License-Identifier: MIT */
/*
 * SemVer 2: versions compared as its paragraph 11 says, and requirements as
 * sets of ranges. A bare version is `=`; what is left out of one ("1.2",
 * "1.x") stands for all that it can be.
 */

#include "pdn_version_rules.h"

#include <string.h>

typedef struct {
    pdn_version_t head;
    uint64_t n[3];   /* major, minor, patch */
    const char *pre; /* "rc.1"; NULL for a release */
    size_t pre_len;
} pdn_semver_t;

typedef struct {
    unsigned bounded : 1; /* else there is no bound */
    unsigned inclusive : 1;
    pdn_semver_t at;
} pdn_semver_bound_t;

/* One comparator: what lies between two bounds. */
typedef struct pdn_semver_range_s pdn_semver_range_t;

struct pdn_semver_range_s {
    pdn_semver_bound_t low;
    pdn_semver_bound_t high;
    pdn_semver_t named; /* as it was written */
    pdn_semver_range_t *next;
};

/* Comparators that must all hold; one of the groups must. */
typedef struct pdn_semver_group_s pdn_semver_group_t;

struct pdn_semver_group_s {
    pdn_semver_range_t *ranges;
    pdn_semver_group_t *next;
};

typedef struct {
    pdn_req_t head;
    pdn_semver_group_t *groups;
} pdn_semver_req_t;

typedef struct {
    pdn_arena_t *arena;
    const char *text;
    const char *p;
    pdn_version_err_t *err;
} pdn_semver_in_t;


static int
pdn_semver_is_digit(char c)
{
    return c >= '0' && c <= '9';
}


static int
pdn_semver_is_ident(char c)
{
    return pdn_semver_is_digit(c) || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z') || c == '-';
}


static int
pdn_semver_bad(pdn_semver_in_t *in, const char *msg, const char *where)
{
    in->err->msg = msg;
    in->err->pos = (size_t) (where - in->text);

    return -1;
}


static int
pdn_semver_number(pdn_semver_in_t *in, uint64_t *n)
{
    const char *start;

    start = in->p;

    for (*n = 0; pdn_semver_is_digit(*in->p); in->p++) {
        if (*n > (UINT64_MAX >> 2) / 10) {
            return pdn_semver_bad(in, "a number that is too big", start);
        }
        *n = *n * 10 + (uint64_t) (*in->p - '0');
    }

    if (in->p == start) {
        return pdn_semver_bad(in, "a number is expected here", start);
    }

    if (*start == '0' && in->p - start > 1) {
        return pdn_semver_bad(in, "a number that begins with a zero", start);
    }

    return 0;
}


/* "rc.1" or "build.7"; in the first, numbers have no zero in front. */
static int
pdn_semver_idents(pdn_semver_in_t *in, int strict)
{
    const char *start;
    int digits;

    for (;;) {
        start = in->p;
        digits = 1;

        while (pdn_semver_is_ident(*in->p)) {
            digits &= pdn_semver_is_digit(*in->p);
            in->p++;
        }

        if (in->p == start) {
            return pdn_semver_bad(in, "a letter or digit is expected here",
                                  start);
        }

        if (strict && digits && *start == '0' && in->p - start > 1) {
            return pdn_semver_bad(in, "a number that begins with a zero",
                                  start);
        }

        if (*in->p != '.') {
            return 0;
        }

        in->p++;
    }
}


/* Behind the patch: prerelease and build. */
static int
pdn_semver_tail(pdn_semver_in_t *in, pdn_semver_t *v)
{
    if (*in->p == '-') {
        v->pre = ++in->p;
        if (pdn_semver_idents(in, 1) != 0) {
            return -1;
        }
        v->pre_len = (size_t) (in->p - v->pre);
        v->head.special = 1;
    }

    if (*in->p == '+') {
        in->p++;
        return pdn_semver_idents(in, 0);
    }

    return 0;
}


static pdn_version_t *
pdn_semver_parse(pdn_arena_t *a, const char *text, pdn_version_err_t *err)
{
    pdn_semver_in_t in = { a, text, text, err };
    pdn_semver_t *v;
    int i;

    v = pdn_arena_alloc(a, sizeof(*v));
    if (v == NULL) {
        return NULL;
    }

    for (i = 0; i < 3; i++) {
        if (i > 0 && *in.p++ != '.') {
            return pdn_version_bad(err, "a version has three numbers",
                                   (size_t) (in.p - 1 - text));
        }

        if (pdn_semver_number(&in, &v->n[i]) != 0) {
            return NULL;
        }
    }

    if (pdn_semver_tail(&in, v) != 0) {
        return NULL;
    }

    if (*in.p != '\0') {
        return pdn_version_bad(err, "something follows the version",
                               (size_t) (in.p - text));
    }

    return &v->head;
}


/* One identifier of each side; they are moved behind the dots. */
static int
pdn_semver_compare_ident(const char **a, const char *a_end, const char **b,
                         const char *b_end)
{
    const char *x, *y;
    int x_digits, y_digits, order;
    size_t n, m;

    for (x = *a, x_digits = 1; x < a_end && *x != '.'; x++) {
        x_digits &= pdn_semver_is_digit(*x);
    }

    for (y = *b, y_digits = 1; y < b_end && *y != '.'; y++) {
        y_digits &= pdn_semver_is_digit(*y);
    }

    n = (size_t) (x - *a);
    m = (size_t) (y - *b);

    if (x_digits != y_digits) {
        return x_digits ? -1 : 1;
    }

    if (x_digits && n != m) {
        return n < m ? -1 : 1;
    }

    order = memcmp(*a, *b, n < m ? n : m);
    *a = x < a_end ? x + 1 : x;
    *b = y < b_end ? y + 1 : y;

    return order != 0 ? order : (n > m) - (n < m);
}


static int
pdn_semver_order(const pdn_semver_t *a, const pdn_semver_t *b)
{
    const char *x, *y, *x_end, *y_end;
    int i, order;

    for (i = 0; i < 3; i++) {
        if (a->n[i] != b->n[i]) {
            return a->n[i] < b->n[i] ? -1 : 1;
        }
    }

    if (a->pre == NULL || b->pre == NULL) {
        return (a->pre == NULL) - (b->pre == NULL);
    }

    x = a->pre;
    y = b->pre;
    x_end = x + a->pre_len;
    y_end = y + b->pre_len;

    while (x < x_end && y < y_end) {
        order = pdn_semver_compare_ident(&x, x_end, &y, y_end);
        if (order != 0) {
            return order;
        }
    }

    return (x < x_end) - (y < y_end);
}


static int
pdn_semver_compare(const pdn_version_t *a, const pdn_version_t *b)
{
    return pdn_semver_order((const pdn_semver_t *) a, (const pdn_semver_t *) b);
}


static int
pdn_semver_in_range(const pdn_semver_range_t *r, const pdn_semver_t *v)
{
    int order;

    if (r->low.bounded) {
        order = pdn_semver_order(v, &r->low.at);
        if (order < 0 || (order == 0 && !r->low.inclusive)) {
            return 0;
        }
    }

    if (r->high.bounded) {
        order = pdn_semver_order(v, &r->high.at);
        if (order > 0 || (order == 0 && !r->high.inclusive)) {
            return 0;
        }
    }

    return 1;
}


/* A prerelease is taken only where one of the same version is named. */
static int
pdn_semver_in_group(const pdn_semver_group_t *g, const pdn_semver_t *v)
{
    const pdn_semver_range_t *r;
    int named;

    named = v->pre == NULL;

    for (r = g->ranges; r != NULL; r = r->next) {
        if (!pdn_semver_in_range(r, v)) {
            return 0;
        }

        named |= r->named.pre != NULL
                 && memcmp(r->named.n, v->n, sizeof(v->n)) == 0;
    }

    return named;
}


static int
pdn_semver_admits(const pdn_req_t *r, const pdn_version_t *v)
{
    const pdn_semver_group_t *g;

    for (g = ((const pdn_semver_req_t *) r)->groups; g != NULL; g = g->next) {
        if (pdn_semver_in_group(g, (const pdn_semver_t *) v)) {
            return 1;
        }
    }

    return 0;
}


/* "1", "1.2", "1.x", "*", "1.2.3-rc.1"; gives how many numbers there are. */
static int
pdn_semver_partial(pdn_semver_in_t *in, pdn_semver_t *v)
{
    int n;

    for (n = 0; n < 3; n++) {
        if (*in->p == '*' || *in->p == 'x' || *in->p == 'X') {
            in->p++;
            while (in->p[0] == '.' && (in->p[1] == '*' || in->p[1] == 'x')) {
                in->p += 2;
            }
            return n;
        }

        if (pdn_semver_number(in, &v->n[n]) != 0) {
            return -1;
        }

        if (n == 2 || *in->p != '.') {
            n++;
            break;
        }

        in->p++;
    }

    if (n == 3) {
        return pdn_semver_tail(in, v) != 0 ? -1 : 3;
    }

    if (*in->p == '-' || *in->p == '+') {
        return pdn_semver_bad(in, "a prerelease needs all three numbers",
                              in->p);
    }

    return n;
}


/* The first version that is behind all those with the same `keep` numbers,
 * its prereleases too. */
static void
pdn_semver_high(pdn_semver_range_t *r, const pdn_semver_t *v, int keep)
{
    int i;

    r->high.bounded = 1;

    for (i = 0; i < keep; i++) {
        r->high.at.n[i] = v->n[i];
    }

    r->high.at.n[keep - 1]++;
    r->high.at.pre = "0";
    r->high.at.pre_len = 1;
}


static void
pdn_semver_low(pdn_semver_bound_t *bound, const pdn_semver_t *v, int inclusive)
{
    bound->bounded = 1;
    bound->inclusive = (unsigned) inclusive;
    bound->at = *v;
}


/* How many numbers `^` keeps: up to the first that is not zero. */
static int
pdn_semver_caret(const pdn_semver_t *v, int n)
{
    int i;

    for (i = 0; i < n - 1 && v->n[i] == 0; i++) {
        /* void */
    }

    return i + 1;
}


/* `n` numbers of the version were written. */
static void
pdn_semver_bounds(pdn_semver_range_t *r, char op, int equal, int n)
{
    const pdn_semver_t *v;

    v = &r->named;

    if (n == 0) {
        /* "*" is all, "<*" and ">*" are nothing */
        r->high.bounded = (op == '<' || op == '>') && !equal;
        return;
    }

    if (op == '<') {
        if (equal && n < 3) {
            pdn_semver_high(r, v, n);
        } else {
            pdn_semver_low(&r->high, v, equal);
        }
        return;
    }

    if (op == '>' && !equal && n < 3) {
        pdn_semver_high(r, v, n);
        r->low = r->high;
        r->low.inclusive = 1;
        memset(&r->high, 0, sizeof(r->high));
        return;
    }

    pdn_semver_low(&r->low, v, op != '>' || equal);

    if (op == '^') {
        pdn_semver_high(r, v, pdn_semver_caret(v, n));

    } else if (op == '~') {
        pdn_semver_high(r, v, n > 2 ? 2 : n);

    } else if (op == '=' && n < 3) {
        pdn_semver_high(r, v, n);

    } else if (op == '=') {
        pdn_semver_low(&r->high, v, 1);
    }
}


static pdn_semver_range_t *
pdn_semver_range(pdn_semver_in_t *in)
{
    pdn_semver_range_t *r;
    char op;
    int equal, n;

    r = pdn_arena_alloc(in->arena, sizeof(*r));
    if (r == NULL) {
        return NULL;
    }

    op = '=';
    equal = 0;

    if (*in->p != '\0' && strchr("^~<>=", *in->p) != NULL) {
        op = *in->p++;
        equal = (op == '<' || op == '>') && *in->p == '=';
        in->p += equal;
    }

    in->p += strspn(in->p, " \t\r\n");

    n = pdn_semver_partial(in, &r->named);
    if (n < 0) {
        return NULL;
    }

    if (*in->p != '\0' && strchr(" \t\r\n,|", *in->p) == NULL) {
        pdn_semver_bad(in, "this is not part of a version", in->p);
        return NULL;
    }

    pdn_semver_bounds(r, op, equal, n);

    return r;
}


/* Comparators up to the end or to `||`. */
static pdn_semver_group_t *
pdn_semver_group(pdn_semver_in_t *in, unsigned *special)
{
    pdn_semver_range_t **last;
    pdn_semver_group_t *group;

    group = pdn_arena_alloc(in->arena, sizeof(*group));
    if (group == NULL) {
        return NULL;
    }

    last = &group->ranges;
    in->p += strspn(in->p, " \t\r\n");

    do {
        *last = pdn_semver_range(in);
        if (*last == NULL) {
            return NULL;
        }

        *special |= (*last)->named.pre != NULL;
        last = &(*last)->next;
        in->p += strspn(in->p, " \t\r\n,");

    } while (*in->p != '\0' && *in->p != '|');

    return group;
}


static pdn_req_t *
pdn_semver_parse_req(pdn_arena_t *a, const char *text, pdn_version_err_t *err)
{
    pdn_semver_in_t in = { a, text, text, err };
    pdn_semver_group_t **last;
    pdn_semver_req_t *r;
    unsigned special;

    r = pdn_arena_alloc(a, sizeof(*r));
    if (r == NULL) {
        return NULL;
    }

    special = 0;

    for (last = &r->groups;; last = &(*last)->next) {
        *last = pdn_semver_group(&in, &special);
        if (*last == NULL) {
            return NULL;
        }

        if (*in.p == '\0') {
            r->head.special = special;
            return &r->head;
        }

        if (in.p[1] != '|') {
            return pdn_version_bad(err, "alternatives are parted by ||",
                                   (size_t) (in.p - text));
        }

        in.p += 2;
    }
}


const pdn_version_ops_t pdn_version_semver = {
    .parse = pdn_semver_parse,
    .parse_req = pdn_semver_parse_req,
    .compare = pdn_semver_compare,
    .admits = pdn_semver_admits,
};
