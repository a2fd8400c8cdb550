/* SPDX-License-Identifier: MIT */
/* Memory that goes away all at once; see pdn_arena.h. */

#include "pdn_arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PDN_ARENA_BLOCK (32 * 1024)
#define PDN_ARENA_MAX   (256 * 1024)
#define PDN_ARENA_ALIGN alignof(max_align_t)

struct pdn_arena_block_s {
    pdn_arena_block_t *older;
    max_align_t data[];
};


/* Blocks grow with the arena; what is bigger gets one of its own. */
static void *
pdn_arena_block(pdn_arena_t *a, size_t size)
{
    pdn_arena_block_t *block;
    size_t want;

    want = a->used < PDN_ARENA_BLOCK ? PDN_ARENA_BLOCK : a->used;
    want = want > PDN_ARENA_MAX ? PDN_ARENA_MAX : want;
    want = want < size ? size : want;

    if (want > SIZE_MAX - sizeof(*block)
        || (a->limit != 0 && (a->used > a->limit || want > a->limit - a->used)))
    {
        return NULL;
    }

    block = calloc(1, sizeof(*block) + want);
    if (block == NULL) {
        return NULL;
    }

    block->older = a->blocks;
    a->blocks = block;
    a->used += want;

    /* the rest of the old block is lost unless it is the longer one */
    if (a->next == NULL || want - size > (size_t) (a->end - a->next)) {
        a->next = (char *) block->data + size;
        a->end = (char *) block->data + want;
    }

    return block->data;
}


void *
pdn_arena_alloc(pdn_arena_t *a, size_t size)
{
    void *p;

    if (size > SIZE_MAX / 2) {
        return NULL;
    }

    size = (size + PDN_ARENA_ALIGN - 1) / PDN_ARENA_ALIGN * PDN_ARENA_ALIGN;
    size += size == 0 ? PDN_ARENA_ALIGN : 0;

    if (a->next == NULL || (size_t) (a->end - a->next) < size) {
        return pdn_arena_block(a, size);
    }

    p = a->next;
    a->next += size;

    return p;
}


void *
pdn_arena_array(pdn_arena_t *a, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size) {
        return NULL;
    }

    return pdn_arena_alloc(a, n * size);
}


void *
pdn_arena_grow(pdn_arena_t *a, void *old, size_t n, size_t *cap, size_t size)
{
    size_t more;
    void *p;

    if (n < *cap) {
        return old;
    }

    more = *cap == 0 ? 8 : *cap * 2;
    if (more < *cap) {
        return NULL;
    }

    p = pdn_arena_array(a, more, size);
    if (p == NULL) {
        return NULL;
    }

    if (n != 0) {
        memcpy(p, old, n * size);
    }

    *cap = more;

    return p;
}


char *
pdn_arena_text(pdn_arena_t *a, const char *text, size_t len)
{
    char *p;

    p = len == SIZE_MAX ? NULL : pdn_arena_alloc(a, len + 1);

    if (p != NULL && len != 0) {
        memcpy(p, text, len);
    }

    return p;
}


char *
pdn_arena_printf(pdn_arena_t *a, const char *fmt, ...)
{
    va_list args;
    char *p;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    p = n < 0 ? NULL : pdn_arena_alloc(a, (size_t) n + 1);
    if (p == NULL) {
        return NULL;
    }

    va_start(args, fmt);
    vsnprintf(p, (size_t) n + 1, fmt, args);
    va_end(args);

    return p;
}


void
pdn_arena_release(pdn_arena_t *a)
{
    pdn_arena_block_t *block, *older;

    for (block = a->blocks; block != NULL; block = older) {
        older = block->older;
        free(block);
    }

    a->blocks = NULL;
    a->next = NULL;
    a->end = NULL;
    a->used = 0;
}
