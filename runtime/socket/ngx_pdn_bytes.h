/*
 * SPDX-License-Identifier: MIT
 *
 * A growable run of bytes on the heap: written at the end, read from the
 * front.  All zeros is an empty one.
 */

#ifndef NGX_PDN_BYTES_H
#define NGX_PDN_BYTES_H


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    u_char *start;
    u_char *pos;  /* unread from here ... */
    u_char *last; /* ... to here, free behind */
    u_char *end;
} ngx_pdn_bytes_t;


#define ngx_pdn_bytes_len(b)  ((size_t) ((b)->last - (b)->pos))
#define ngx_pdn_bytes_room(b) ((size_t) ((b)->end - (b)->last))


/* Makes room for `size` more bytes; NGX_ERROR when memory ran out. */
ngx_int_t ngx_pdn_bytes_reserve(ngx_pdn_bytes_t *b, size_t size);

/* Drops `size` bytes from the front. */
void ngx_pdn_bytes_drop(ngx_pdn_bytes_t *b, size_t size);

/* Frees the memory if nothing is unread and it is larger than `keep`. */
void ngx_pdn_bytes_shrink(ngx_pdn_bytes_t *b, size_t keep);

void ngx_pdn_bytes_release(ngx_pdn_bytes_t *b);


#endif /* NGX_PDN_BYTES_H */
