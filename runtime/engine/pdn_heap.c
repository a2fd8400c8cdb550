/*
 * SPDX-License-Identifier: MIT
 *
 * Small blocks in classes of 16 bytes, without headers:
 *
 *     chunk, 1 MB    | its pages' records | page 1 | page 2 | ... | page 63 |
 *     page, 16 KB    | block | block | block | ...   of one class
 *
 * A block's page is found by its address.  A page counts its blocks, so one
 * that is empty serves another class.  When more of them are empty than are
 * used, their memory goes back to the system.  Greater blocks are malloc's.
 */

#include "pdn_heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>


/* Under ASan all blocks are malloc's, as it watches these. */
#ifndef PDN_HEAP_SMALL
#if defined(__SANITIZE_ADDRESS__)
#define PDN_HEAP_SMALL 0
#else
#define PDN_HEAP_SMALL 1024
#endif
#endif

#define PDN_HEAP_UNIT    16
#define PDN_HEAP_CLASSES (PDN_HEAP_SMALL / PDN_HEAP_UNIT + 1)
#define PDN_HEAP_CHUNK   ((size_t) 1 << 20)
#define PDN_HEAP_PAGE    ((size_t) 1 << 14)
#define PDN_HEAP_PAGES   (PDN_HEAP_CHUNK / PDN_HEAP_PAGE)

/* What a page is cut into at a time, so that no memory is touched early. */
#define PDN_HEAP_CUT 4096

/* All pages of a chunk but the first one, where its own record lies. */
#define PDN_HEAP_ALL_FREE (UINT64_MAX - 1)

/*
 * Empty pages whose memory is kept, beside as many as are used: between two
 * collections a VM's memory doubles and halves.
 */
#define PDN_HEAP_SPARE 256


/* A ring; its head is a member of it too. */
typedef struct pdn_heap_link_s pdn_heap_link_t;

struct pdn_heap_link_s {
    pdn_heap_link_t *prev;
    pdn_heap_link_t *next;
};

typedef struct pdn_heap_block_s pdn_heap_block_t;

struct pdn_heap_block_s {
    pdn_heap_block_t *next;
};

typedef struct {
    pdn_heap_link_t link; /* among those of its class, unless it is full */
    pdn_heap_block_t *free;
    char *uncut;
    uint16_t used;
    uint16_t left; /* blocks that are yet to be cut */
    uint16_t class;
    uint16_t full;
} pdn_heap_page_t;

typedef struct {
    pdn_heap_link_t link; /* among the open ones or the full ones */
    uint64_t free;        /* a bit for each page */
    uint64_t warm;        /* those of them which have memory */
    pdn_heap_page_t pages[PDN_HEAP_PAGES];
} pdn_heap_chunk_t;

struct pdn_heap_s {
    /* each class' ring of pages; the head is a page that has nothing */
    pdn_heap_page_t classes[PDN_HEAP_CLASSES];

    pdn_heap_link_t open; /* chunks with free pages */
    pdn_heap_link_t full;
    size_t nused; /* pages */
    size_t nwarm;
};


static void *pdn_heap_resize(pdn_heap_t *heap, void *old, size_t old_size,
                             size_t size) __attribute__((noinline));
static void *pdn_heap_take(pdn_heap_t *heap, size_t size);
static void *pdn_heap_take_cut(pdn_heap_t *heap, size_t class);
static void pdn_heap_give(pdn_heap_t *heap, void *p, size_t size);
static void pdn_heap_given(pdn_heap_t *heap, pdn_heap_page_t *page);
static pdn_heap_page_t *pdn_heap_take_page(pdn_heap_t *heap, size_t class);
static void pdn_heap_give_page(pdn_heap_t *heap, pdn_heap_page_t *page);
static pdn_heap_chunk_t *pdn_heap_map_chunk(pdn_heap_t *heap);
static void pdn_heap_trim(pdn_heap_t *heap);
static void pdn_heap_cool(pdn_heap_chunk_t *chunk);
static void pdn_heap_unmap_ring(pdn_heap_link_t *ring);


static inline pdn_heap_chunk_t *
pdn_heap_chunk_of(const void *p)
{
    return (pdn_heap_chunk_t *) ((uintptr_t) p & ~(PDN_HEAP_CHUNK - 1));
}


static inline pdn_heap_page_t *
pdn_heap_page_of(const void *p)
{
    return &pdn_heap_chunk_of(p)
                ->pages[((uintptr_t) p & (PDN_HEAP_CHUNK - 1)) / PDN_HEAP_PAGE];
}


static inline size_t
pdn_heap_class_of(size_t size)
{
    return (size + PDN_HEAP_UNIT - 1) / PDN_HEAP_UNIT;
}


static inline void
pdn_heap_ring_init(pdn_heap_link_t *ring)
{
    ring->prev = ring;
    ring->next = ring;
}


static inline void
pdn_heap_insert_behind(pdn_heap_link_t *at, pdn_heap_link_t *link)
{
    link->prev = at;
    link->next = at->next;
    at->next->prev = link;
    at->next = link;
}


static inline void
pdn_heap_remove(pdn_heap_link_t *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
}


pdn_heap_t *
pdn_heap_create(void)
{
    size_t i;
    pdn_heap_t *heap;

    heap = calloc(1, sizeof(pdn_heap_t));
    if (heap == NULL) {
        return NULL;
    }

    for (i = 0; i < PDN_HEAP_CLASSES; i++) {
        pdn_heap_ring_init(&heap->classes[i].link);
    }

    pdn_heap_ring_init(&heap->open);
    pdn_heap_ring_init(&heap->full);

    return heap;
}


void
pdn_heap_free(pdn_heap_t *heap)
{
    pdn_heap_unmap_ring(&heap->open);
    pdn_heap_unmap_ring(&heap->full);
    free(heap);
}


/* What happens by the million comes first, and calls nothing. */
void *
pdn_heap_realloc(void *data, void *old, size_t old_size, size_t size)
{
    pdn_heap_t *heap = data;

    if (old == NULL) {
        return pdn_heap_take(heap, size);
    }

    if (size == 0) {
        pdn_heap_give(heap, old, old_size);
        return NULL;
    }

    return pdn_heap_resize(heap, old, old_size, size);
}


static void *
pdn_heap_resize(pdn_heap_t *heap, void *old, size_t old_size, size_t size)
{
    void *p;

    if (old_size > PDN_HEAP_SMALL && size > PDN_HEAP_SMALL) {
        return realloc(old, size);
    }

    if (pdn_heap_class_of(old_size) == pdn_heap_class_of(size)) {
        return old;
    }

    p = pdn_heap_take(heap, size);

    if (p != NULL) {
        memcpy(p, old, old_size < size ? old_size : size);
        pdn_heap_give(heap, old, old_size);
    }

    return p;
}


static inline void *
pdn_heap_take(pdn_heap_t *heap, size_t size)
{
    size_t class;
    pdn_heap_page_t *page;
    pdn_heap_block_t *block;

    if (size > PDN_HEAP_SMALL) {
        return malloc(size);
    }

    class = pdn_heap_class_of(size);
    page = (pdn_heap_page_t *) heap->classes[class].link.next;
    block = page->free;

    if (block == NULL) {
        return size > 0 ? pdn_heap_take_cut(heap, class) : NULL;
    }

    page->free = block->next;
    page->used++;

    return block;
}


/* The class' first page has no free block: cuts some, or finds a page. */
static void *
pdn_heap_take_cut(pdn_heap_t *heap, size_t class)
{
    size_t n, size;
    pdn_heap_page_t *page;
    pdn_heap_block_t *block;

    size = class * PDN_HEAP_UNIT;
    page = (pdn_heap_page_t *) heap->classes[class].link.next;

    while (page != &heap->classes[class] && page->free == NULL
           && page->left == 0) {
        page->full = 1;
        pdn_heap_remove(&page->link);
        page = (pdn_heap_page_t *) heap->classes[class].link.next;
    }

    if (page == &heap->classes[class]) {
        page = pdn_heap_take_page(heap, class);
        if (page == NULL) {
            return NULL;
        }
    }

    if (page->free == NULL) {
        n = PDN_HEAP_CUT / size;
        n = n < page->left ? n : page->left;
        page->left -= n;

        /* from the last to the first one, so that they go out in order */
        block = (pdn_heap_block_t *) (page->uncut + n * size);
        page->uncut += n * size;

        for (; n > 0; n--) {
            block = (pdn_heap_block_t *) ((char *) block - size);
            block->next = page->free;
            page->free = block;
        }
    }

    block = page->free;
    page->free = block->next;
    page->used++;

    return block;
}


static inline void
pdn_heap_give(pdn_heap_t *heap, void *p, size_t size)
{
    pdn_heap_page_t *page;
    pdn_heap_block_t *block = p;

    if (size > PDN_HEAP_SMALL) {
        free(p);
        return;
    }

    page = pdn_heap_page_of(p);
    block->next = page->free;
    page->free = block;

    if (--page->used == 0 || page->full) {
        pdn_heap_given(heap, page);
    }
}


/* A page that was full, or is empty, got a block back. */
static void
pdn_heap_given(pdn_heap_t *heap, pdn_heap_page_t *page)
{
    pdn_heap_link_t *ring;

    ring = &heap->classes[page->class].link;

    if (page->full) {
        page->full = 0;
        pdn_heap_insert_behind(ring, &page->link);
    }

    /* The only page of a class stays: the next block would want it back. */
    if (page->used == 0 && ring->next != ring->prev) {
        pdn_heap_remove(&page->link);
        pdn_heap_give_page(heap, page);
    }
}


static pdn_heap_page_t *
pdn_heap_take_page(pdn_heap_t *heap, size_t class)
{
    size_t i;
    uint64_t bit;
    pdn_heap_page_t *page;
    pdn_heap_chunk_t *chunk;

    chunk = (pdn_heap_chunk_t *) heap->open.next;

    if (&chunk->link == &heap->open) {
        chunk = pdn_heap_map_chunk(heap);
        if (chunk == NULL) {
            return NULL;
        }
    }

    i = __builtin_ctzll(chunk->warm != 0 ? chunk->warm : chunk->free);
    bit = (uint64_t) 1 << i;

    heap->nused++;
    heap->nwarm -= (chunk->warm & bit) != 0;
    chunk->warm &= ~bit;
    chunk->free &= ~bit;

    if (chunk->free == 0) {
        pdn_heap_remove(&chunk->link);
        pdn_heap_insert_behind(&heap->full, &chunk->link);
    }

    page = &chunk->pages[i];
    page->free = NULL;
    page->uncut = (char *) chunk + i * PDN_HEAP_PAGE;
    page->used = 0;
    page->left = PDN_HEAP_PAGE / (class * PDN_HEAP_UNIT);
    page->class = class;
    page->full = 0;

    pdn_heap_insert_behind(&heap->classes[class].link, &page->link);

    return page;
}


static void
pdn_heap_give_page(pdn_heap_t *heap, pdn_heap_page_t *page)
{
    uint64_t bit;
    pdn_heap_chunk_t *chunk;

    chunk = pdn_heap_chunk_of(page);
    bit = (uint64_t) 1 << (page - chunk->pages);

    if (chunk->free == 0) {
        pdn_heap_remove(&chunk->link);
        pdn_heap_insert_behind(&heap->open, &chunk->link);
    }

    chunk->free |= bit;
    chunk->warm |= bit;
    heap->nused--;
    heap->nwarm++;

    if (heap->nwarm > heap->nused + PDN_HEAP_SPARE) {
        pdn_heap_trim(heap);
    }
}


/* An empty chunk, among the open ones. */
static pdn_heap_chunk_t *
pdn_heap_map_chunk(pdn_heap_t *heap)
{
    char *p, *start;
    pdn_heap_chunk_t *chunk;

    /* of twice the size, what stands at a multiple of it remains */
    p = mmap(NULL, 2 * PDN_HEAP_CHUNK, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return NULL;
    }

    start = (char *) pdn_heap_chunk_of(p + PDN_HEAP_CHUNK - 1);

    if (start > p) {
        munmap(p, start - p);
    }

    munmap(start + PDN_HEAP_CHUNK, p + PDN_HEAP_CHUNK - start);

    chunk = (pdn_heap_chunk_t *) start;
    chunk->free = PDN_HEAP_ALL_FREE;
    chunk->warm = 0;

    pdn_heap_insert_behind(&heap->open, &chunk->link);

    return chunk;
}


/* Halves what is kept: as a walk costs, there are not to be many. */
static void
pdn_heap_trim(pdn_heap_t *heap)
{
    size_t keep;
    pdn_heap_link_t *link, *prev;
    pdn_heap_chunk_t *chunk;

    keep = heap->nwarm / 2;

    for (link = heap->open.prev; link != &heap->open; link = prev) {

        if (heap->nwarm <= keep) {
            break;
        }

        prev = link->prev;
        chunk = (pdn_heap_chunk_t *) link;
        heap->nwarm -= __builtin_popcountll(chunk->warm);

        if (chunk->free == PDN_HEAP_ALL_FREE) {
            pdn_heap_remove(link);
            munmap(chunk, PDN_HEAP_CHUNK);
            continue;
        }

        pdn_heap_cool(chunk);
    }
}


/* Takes the memory away from a chunk's free pages, a run at a time. */
static void
pdn_heap_cool(pdn_heap_chunk_t *chunk)
{
    size_t i, n;

    for (i = 0; i < PDN_HEAP_PAGES; i += n + 1) {

        for (n = 0; i + n < PDN_HEAP_PAGES; n++) {
            if ((chunk->warm >> (i + n) & 1) == 0) {
                break;
            }
        }

        if (n > 0) {
            madvise((char *) chunk + i * PDN_HEAP_PAGE, n * PDN_HEAP_PAGE,
                    MADV_DONTNEED);
        }
    }

    chunk->warm = 0;
}


static void
pdn_heap_unmap_ring(pdn_heap_link_t *ring)
{
    pdn_heap_link_t *link, *next;

    for (link = ring->next; link != ring; link = next) {
        next = link->next;
        munmap(link, PDN_HEAP_CHUNK);
    }
}
