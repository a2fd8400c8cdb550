/* SPDX-License-Identifier: MIT */
/*
 * A growing buffer of bytes. It starts in memory that the caller lends (the
 * C stack, as a rule), has a greatest size from birth, and takes what it
 * needs beyond the lent memory from an allocator. So a caller under Lua can
 * keep the memory in a Lua value, where an error thrown by Lua leaks nothing,
 * and a test can make any allocation fail.
 */

#ifndef PDN_BUF_H
#define PDN_BUF_H

#include "pdn.h"

/*
 * Gives `size` bytes that begin with the `used` bytes of `old`, which is the
 * block that this allocator gave last (NULL for the first); NULL when there
 * is no memory, and then `old` stays valid.
 */
typedef void *(*pdn_grow_pt)(void *ctx, void *old, size_t used, size_t size);

typedef struct {
    u_char *data;
    size_t len;
    size_t cap;
    size_t max;
    u_char *lent;
    pdn_grow_pt grow;
    void *ctx;
    unsigned failed : 1; /* memory or `max` ran out; sticky */
} pdn_buf_t;

void pdn_buf_init(pdn_buf_t *b, void *lent, size_t size, size_t max,
                  pdn_grow_pt grow, void *ctx);

/*
 * Makes room for `n` more bytes and returns where they go, or NULL; the
 * caller writes them and adds what it wrote to `len`.
 */
u_char *pdn_buf_reserve_slow(pdn_buf_t *b, size_t n);

/* An allocator over realloc; pdn_buf_free_heap() gives the block back. */
void *pdn_buf_heap(void *ctx, void *old, size_t used, size_t size);
void pdn_buf_free_heap(pdn_buf_t *b);


static inline u_char *
pdn_buf_reserve(pdn_buf_t *b, size_t n)
{
    if (b->data != NULL && b->cap - b->len >= n) {
        return b->data + b->len;
    }

    return pdn_buf_reserve_slow(b, n);
}


static inline void
pdn_buf_add(pdn_buf_t *b, const void *data, size_t n)
{
    u_char *p;

    if (n == 0) {
        return;
    }

    p = pdn_buf_reserve(b, n);
    if (p != NULL) {
        memcpy(p, data, n);
        b->len += n;
    }
}


static inline void
pdn_buf_byte(pdn_buf_t *b, u_char c)
{
    u_char *p;

    p = pdn_buf_reserve(b, 1);
    if (p != NULL) {
        *p = c;
        b->len++;
    }
}

#define pdn_buf_text(b, s) pdn_buf_add(b, "" s, sizeof(s) - 1)

#endif /* PDN_BUF_H */
