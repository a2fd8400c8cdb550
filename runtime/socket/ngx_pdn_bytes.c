/*
 * SPDX-License-Identifier: MIT
 *
 * Growable bytes.  Space read from the front is used again before the memory
 * grows, and growth doubles, so a byte is moved a bounded number of times.
 */

#include "ngx_pdn_bytes.h"


ngx_int_t
ngx_pdn_bytes_reserve(ngx_pdn_bytes_t *b, size_t size)
{
    size_t len, capacity;
    u_char *start;

    if (ngx_pdn_bytes_room(b) >= size) {
        return NGX_OK;
    }

    len = ngx_pdn_bytes_len(b);
    capacity = b->end - b->start;

    if (capacity >= size && capacity - size >= len
        && (size_t) (b->pos - b->start) >= len)
    {
        ngx_memmove(b->start, b->pos, len);
        b->pos = b->start;
        b->last = b->start + len;
        return NGX_OK;
    }

    if (size > NGX_MAX_SIZE_T_VALUE / 4 - len) {
        return NGX_ERROR;
    }

    capacity = ngx_max(capacity * 2, len + size);

    if (b->pos == b->start) {
        /* large memory is remapped by realloc(), not copied */
        start = realloc(b->start, capacity);

    } else {
        start = malloc(capacity);

        if (start != NULL) {
            ngx_memcpy(start, b->pos, len);
            free(b->start);
        }
    }

    if (start == NULL) {
        return NGX_ERROR;
    }

    b->start = start;
    b->pos = start;
    b->last = start + len;
    b->end = start + capacity;

    return NGX_OK;
}


void
ngx_pdn_bytes_drop(ngx_pdn_bytes_t *b, size_t size)
{
    b->pos += size;

    if (b->pos == b->last) {
        b->pos = b->start;
        b->last = b->start;
    }
}


void
ngx_pdn_bytes_shrink(ngx_pdn_bytes_t *b, size_t keep)
{
    if (b->pos == b->last && (size_t) (b->end - b->start) > keep) {
        ngx_pdn_bytes_release(b);
    }
}


void
ngx_pdn_bytes_release(ngx_pdn_bytes_t *b)
{
    free(b->start);
    ngx_memzero(b, sizeof(ngx_pdn_bytes_t));
}
