/* SPDX-License-Identifier: MIT */
/*
 * Looking for packages by words, in all sources that can be searched. What a
 * source knows without a request for each package is all that it tells.
 */

#ifndef PDN_SEARCH_H
#define PDN_SEARCH_H

#include "pdn_source.h"

/* What was typed; all of it must be found, in whatever case. */
typedef struct {
    char **items;
    size_t n;
} pdn_query_t;

typedef struct {
    const char *source;
    const char *name;
    const char *version; /* the newest, NULL when the source does not tell */
    const char *summary; /* or NULL */
} pdn_find_t;

/* In the order of the sources, then of names. */
typedef struct {
    pdn_arena_t *arena;
    pdn_find_t *items;
    size_t n;
    size_t cap;
} pdn_finds_t;

int pdn_query_fits(const pdn_query_t *words, const char *text);

/* Copies what it is given; 0, or -1: no memory. */
int pdn_finds_add(pdn_finds_t *finds, const char *source, const char *name,
                  const char *version, const char *summary);

/*
 * Asks the source called `only`, or with NULL all that can be searched. One
 * that fails does not keep the others from being asked: what was found is in
 * `out` when -1 is returned, too.
 */
int pdn_search(pdn_provider_t *provider, const char *only,
               const pdn_query_t *words, pdn_finds_t *out, pdn_error_t *err);

#endif /* PDN_SEARCH_H */
