/* SPDX-License-Identifier: MIT */
/*
 * A set of what a package can be: bit 0 is "not chosen at all", bit i + 1 its
 * i-th version. With that bit, the negation of a term is just the complement.
 */

#ifndef PDN_SET_H
#define PDN_SET_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t pdn_set_t; /* an array of `words` of them */

#define pdn_set_words(versions) (((versions) + 64) / 64)

static inline int
pdn_set_has(const pdn_set_t *s, size_t bit)
{
    return (int) (s[bit / 64] >> (bit % 64) & 1);
}

static inline void
pdn_set_put(pdn_set_t *s, size_t bit)
{
    s[bit / 64] |= (uint64_t) 1 << (bit % 64);
}

/* Is each member of `a` one of `b`? */
static inline int
pdn_set_within(const pdn_set_t *a, const pdn_set_t *b, size_t words)
{
    size_t i;

    for (i = 0; i < words; i++) {
        if (a[i] & ~b[i]) {
            return 0;
        }
    }

    return 1;
}

/* Is each that `a` and `b` share one of `c`? */
static inline int
pdn_set_both_within(const pdn_set_t *a, const pdn_set_t *b, const pdn_set_t *c,
                    size_t words)
{
    size_t i;

    for (i = 0; i < words; i++) {
        if (a[i] & b[i] & ~c[i]) {
            return 0;
        }
    }

    return 1;
}

static inline int
pdn_set_disjoint(const pdn_set_t *a, const pdn_set_t *b, size_t words)
{
    size_t i;

    for (i = 0; i < words; i++) {
        if (a[i] & b[i]) {
            return 0;
        }
    }

    return 1;
}

static inline int
pdn_set_equal(const pdn_set_t *a, const pdn_set_t *b, size_t words)
{
    return memcmp(a, b, words * sizeof(*a)) == 0;
}

static inline int
pdn_set_is_empty(const pdn_set_t *s, size_t words)
{
    return pdn_set_disjoint(s, s, words);
}

static inline void
pdn_set_and(pdn_set_t *to, const pdn_set_t *a, const pdn_set_t *b, size_t words)
{
    size_t i;

    for (i = 0; i < words; i++) {
        to[i] = a[i] & b[i];
    }
}

static inline void
pdn_set_or(pdn_set_t *to, const pdn_set_t *a, const pdn_set_t *b, size_t words)
{
    size_t i;

    for (i = 0; i < words; i++) {
        to[i] = a[i] | b[i];
    }
}

/* Everything that is not in `a`, of a domain of `versions`. */
static inline void
pdn_set_not(pdn_set_t *to, const pdn_set_t *a, size_t versions)
{
    size_t i, words;

    words = pdn_set_words(versions);

    for (i = 0; i < words; i++) {
        to[i] = ~a[i];
    }

    if ((versions + 1) % 64 != 0) {
        to[words - 1] &= ((uint64_t) 1 << ((versions + 1) % 64)) - 1;
    }
}

static inline size_t
pdn_set_count(const pdn_set_t *s, size_t words)
{
    size_t i, n;

    for (i = 0, n = 0; i < words; i++) {
        n += (size_t) __builtin_popcountll(s[i]);
    }

    return n;
}

#endif /* PDN_SET_H */
