/*
 * SPDX-License-Identifier: MIT
 *
 * The memory of a Lua VM: blocks keep what is written to them, whatever
 * becomes of others, and what is no longer used serves others or goes back.
 */

#include <stdlib.h>
#include <sys/mman.h>

#include "test.h"

/* Mapping fails while this says so. */
static int no_memory;


static void *
map(void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{
    return no_memory ? MAP_FAILED : mmap(addr, size, prot, flags, fd, offset);
}


#define PDN_HEAP_SMALL 1024
#define mmap           map
#include "../../runtime/engine/pdn_heap.c"
#undef mmap


#define BLOCKS 20000


typedef struct {
    unsigned char *p;
    size_t size;
    unsigned char mark;
} block_t;


static uint32_t seed;


static uint32_t
below(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;

    return (uint32_t) (((uint64_t) seed * n) >> 32);
}


/* Most are small, some are great. */
static size_t
any_size(void)
{
    return 1 + (below(20) == 0 ? below(10000) : below(1 + below(1100)));
}


static int
holds(const unsigned char *p, size_t size, unsigned char mark)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (p[i] != mark) {
            return 0;
        }
    }

    return 1;
}


/* 0 when the block lost what had been written to it. */
static int
resize(pdn_heap_t *heap, block_t *b, size_t size)
{
    size_t kept;

    kept = b->size < size ? b->size : size;

    if (!holds(b->p, b->size, b->mark)) {
        return 0;
    }

    b->p = pdn_heap_realloc(heap, b->p, b->size, size);

    if (!holds(b->p, kept, b->mark) || (uintptr_t) b->p % 16 != 0
        || (b->p == NULL) != (size == 0))
    {
        return 0;
    }

    b->size = size;
    b->mark = (unsigned char) below(256);

    if (size > 0) {
        memset(b->p, b->mark, size);
    }

    return 1;
}


static void
fill(pdn_heap_t *heap, void **p, size_t n, size_t size)
{
    size_t i;

    for (i = 0; i < n; i++) {
        p[i] = pdn_heap_realloc(heap, NULL, 0, size);
    }
}


static void
drop(pdn_heap_t *heap, void **p, size_t n, size_t step, size_t size)
{
    size_t i;

    for (i = 0; i < n; i += step) {
        pdn_heap_realloc(heap, p[i], size, 0);
        p[i] = NULL;
    }
}


test("keeps what each of many blocks holds")
{
    int i, ok;
    size_t n;
    pdn_heap_t *heap;
    static block_t blocks[BLOCKS];

    ok = 1;
    heap = pdn_heap_create();

    for (i = 0; i < 40 * BLOCKS && ok; i++) {
        /* in waves, so that pages fill up and empty */
        n = below(10) < (i / (4 * BLOCKS)) % 10U ? 0 : any_size();
        ok = resize(heap, &blocks[below(BLOCKS)], n);
    }

    check(ok);

    for (i = 0; i < BLOCKS && ok; i++) {
        ok = resize(heap, &blocks[i], 0);
    }

    check(ok);
    check(heap->nused <= PDN_HEAP_CLASSES);

    pdn_heap_free(heap);
}


test("lets an empty page serve another class")
{
    size_t used;
    pdn_heap_t *heap;
    static void *p[BLOCKS];

    heap = pdn_heap_create();

    fill(heap, p, BLOCKS, 64);
    used = heap->nused;
    drop(heap, p, BLOCKS, 1, 64);
    check_int(heap->nused, 1);

    fill(heap, p, BLOCKS / 2, 128);
    check(heap->nused <= used + 1);
    check(heap->full.next != &heap->full);

    pdn_heap_free(heap);
}


test("gives memory back when most pages are empty")
{
    size_t i;
    pdn_heap_t *heap;
    static void *p[10 * BLOCKS];

    heap = pdn_heap_create();
    fill(heap, p, 10 * BLOCKS, 128);
    check(heap->nused > 4 * PDN_HEAP_SPARE);

    /* one block here and there pins its chunk, but not the other pages */
    for (i = 0; i < 10 * BLOCKS; i++) {
        if (i % 5000 != 0) {
            pdn_heap_realloc(heap, p[i], 128, 0);
        }
    }

    check_int(heap->nused, 10 * BLOCKS / 5000);
    check(heap->nwarm <= heap->nused + PDN_HEAP_SPARE);

    /* what was cooled serves again, and is as good as new */
    drop(heap, p, 10 * BLOCKS, 5000, 128);
    fill(heap, p, 10 * BLOCKS, 128);
    check(p[10 * BLOCKS - 1] != NULL);

    pdn_heap_free(heap);
}


test("leaves a block alone when there is no memory")
{
    void *p;
    size_t n;
    pdn_heap_t *heap;

    heap = pdn_heap_create();
    no_memory = 1;
    check(pdn_heap_realloc(heap, NULL, 0, 16) == NULL);

    no_memory = 0;
    p = pdn_heap_realloc(heap, NULL, 0, 1000);
    memset(p, 'x', 1000);

    no_memory = 1;

    for (n = 0; pdn_heap_realloc(heap, NULL, 0, 1024) != NULL; n++) {
        continue;
    }

    check(n > 500);
    check(pdn_heap_realloc(heap, p, 1000, 1024) == NULL);
    check(holds(p, 1000, 'x'));

    no_memory = 0;
    pdn_heap_free(heap);
}
