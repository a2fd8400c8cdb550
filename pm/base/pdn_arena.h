/* SPDX-License-Identifier: MIT */
/*
 * Memory that lives as long as one command, or one part of it: taken in
 * pieces, given back all at once. A limit makes a hostile input fail instead
 * of the machine, and lets a test fail the n-th allocation.
 */

#ifndef PDN_ARENA_H
#define PDN_ARENA_H

#include <stddef.h>
#include <stdint.h>

typedef struct pdn_arena_block_s pdn_arena_block_t;

/* All zeroes is an empty arena without a limit. */
typedef struct {
    pdn_arena_block_t *blocks;
    char *next;
    char *end;
    size_t used;  /* bytes taken from the heap */
    size_t limit; /* of `used`; 0 for none */
} pdn_arena_t;

/* Zeroed and aligned for any type; NULL when memory or the limit ran out. */
void *pdn_arena_alloc(pdn_arena_t *a, size_t size);

/* `n` elements of `size`; NULL on overflow too. */
void *pdn_arena_array(pdn_arena_t *a, size_t n, size_t size);

/*
 * Makes room for one more behind `n` elements that stand in `old` (NULL for
 * none): gives the array to use from now on, which is `old` as long as it has
 * room. `*cap` is the arena's business, 0 at first.
 */
void *pdn_arena_grow(pdn_arena_t *a, void *old, size_t n, size_t *cap,
                     size_t size);

/* Copies that end with a zero; NULL as above. */
char *pdn_arena_text(pdn_arena_t *a, const char *text, size_t len);
char *pdn_arena_printf(pdn_arena_t *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void pdn_arena_release(pdn_arena_t *a);

#endif /* PDN_ARENA_H */
