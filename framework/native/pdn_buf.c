/* SPDX-License-Identifier: MIT */
/*
 * The slow half of pdn_buf: growing. Sizes double, so that n bytes cost
 * O(n) copies, and never pass the greatest size.
 */

#include <stdlib.h>
#include "pdn_buf.h"


void
pdn_buf_init(pdn_buf_t *b, void *lent, size_t size, size_t max,
             pdn_grow_pt grow, void *ctx)
{
    b->data = lent;
    b->lent = lent;
    b->len = 0;
    b->cap = size;
    b->max = max;
    b->grow = grow;
    b->ctx = ctx;
    b->failed = 0;
}


u_char *
pdn_buf_reserve_slow(pdn_buf_t *b, size_t n)
{
    void *p;
    size_t size;

    if (b->failed || n > b->max || b->len > b->max - n) {
        goto failed;
    }

    size = b->cap < 64 ? 128 : b->cap * 2;
    if (size < b->len + n) {
        size = b->len + n;
    }

    if (size > b->max) {
        size = b->max;
    }

    if (b->data == b->lent) {
        p = b->grow(b->ctx, NULL, 0, size);
        if (p != NULL && b->len != 0) {
            memcpy(p, b->lent, b->len);
        }

    } else {
        p = b->grow(b->ctx, b->data, b->len, size);
    }

    if (p == NULL) {
        goto failed;
    }

    b->data = p;
    b->cap = size;

    return b->data + b->len;

failed:

    /* later short pieces must not slip in after the one that was lost */
    b->failed = 1;
    b->cap = b->len;

    return NULL;
}


void *
pdn_buf_heap(void *ctx, void *old, size_t used, size_t size)
{
    (void) ctx;
    (void) used;

    return realloc(old, size);
}


void
pdn_buf_free_heap(pdn_buf_t *b)
{
    if (b->data != b->lent) {
        free(b->data);
    }

    b->data = b->lent;
    b->len = 0;
    b->cap = 0;
}
