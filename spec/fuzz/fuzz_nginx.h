/*
 * SPDX-License-Identifier: MIT
 *
 * The little of nginx that parsers ask for, with an own malloc() for each
 * piece, so that the sanitizer sees its borders.
 */

#ifndef FUZZ_NGINX_H
#define FUZZ_NGINX_H


#include <ngx_config.h>
#include <ngx_core.h>


/* A piece of the pool, found again for its end. */

typedef struct fuzz_piece_s fuzz_piece_t;

struct fuzz_piece_s {
    fuzz_piece_t *next;
    void *data;
};


static fuzz_piece_t *fuzz_pieces;


static void
fuzz_free_pieces(void)
{
    fuzz_piece_t *piece;

    while (fuzz_pieces != NULL) {
        piece = fuzz_pieces;
        fuzz_pieces = piece->next;
        free(piece->data);
        free(piece);
    }
}


void *
ngx_palloc(ngx_pool_t *pool, size_t size)
{
    fuzz_piece_t *piece;

    (void) pool;

    piece = malloc(sizeof(fuzz_piece_t));
    piece->data = malloc(size);
    piece->next = fuzz_pieces;
    fuzz_pieces = piece;

    return piece->data;
}


void *
ngx_pnalloc(ngx_pool_t *pool, size_t size)
{
    return ngx_palloc(pool, size);
}


void *
ngx_array_push(ngx_array_t *a)
{
    void *grown;

    if (a->nelts == a->nalloc) {
        grown = ngx_palloc(a->pool, 2 * a->nalloc * a->size);
        memcpy(grown, a->elts, a->nelts * a->size);
        a->elts = grown;
        a->nalloc *= 2;
    }

    return (u_char *) a->elts + a->size * a->nelts++;
}


#endif /* FUZZ_NGINX_H */
