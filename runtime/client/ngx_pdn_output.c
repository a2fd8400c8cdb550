/*
 * SPDX-License-Identifier: MIT
 *
 * The chain that print gathers in, see ngx_pdn_output.h.
 */

#include "ngx_pdn_output.h"


/* Small pieces share a buffer of this size. */
#define NGX_PDN_OUTPUT_BUF 4096


static ngx_buf_t *ngx_pdn_output_room(ngx_pdn_output_t *out, ngx_pool_t *pool,
                                      size_t len);


void
ngx_pdn_output_init(ngx_pdn_output_t *out, ngx_buf_tag_t tag)
{
    ngx_memzero(out, sizeof(ngx_pdn_output_t));

    out->last = &out->chain;
    out->tag = tag;
}


ngx_int_t
ngx_pdn_output_add(ngx_pdn_output_t *out, ngx_pool_t *pool, const u_char *data,
                   size_t len)
{
    ngx_buf_t *b;

    b = ngx_pdn_output_room(out, pool, len);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->last = ngx_cpymem(b->last, data, len);
    out->size += len;

    return NGX_OK;
}


/* A buffer of the chain with room for `len` bytes. */
static ngx_buf_t *
ngx_pdn_output_room(ngx_pdn_output_t *out, ngx_pool_t *pool, size_t len)
{
    ngx_buf_t *b;
    ngx_chain_t *cl;

    if (out->tail != NULL && (size_t) (out->tail->end - out->tail->last) >= len)
    {
        return out->tail;
    }

    if (out->free != NULL
        && (size_t) (out->free->buf->end - out->free->buf->start) >= len)
    {
        cl = out->free;
        out->free = cl->next;
        b = cl->buf;
        b->pos = b->start;
        b->last = b->start;

    } else {
        cl = ngx_alloc_chain_link(pool);
        b = ngx_create_temp_buf(pool, ngx_max(len, NGX_PDN_OUTPUT_BUF));
        if (cl == NULL || b == NULL) {
            return NULL;
        }

        b->tag = out->tag;
        cl->buf = b;
    }

    b->flush = 0;
    cl->next = NULL;

    *out->last = cl;
    out->last = &cl->next;
    out->tail = b;

    return b;
}


ngx_buf_t *
ngx_pdn_output_special(ngx_pdn_output_t *out, ngx_pool_t *pool)
{
    ngx_buf_t *b;
    ngx_chain_t *cl;

    cl = ngx_alloc_chain_link(pool);
    b = ngx_calloc_buf(pool);

    if (cl == NULL || b == NULL) {
        return NULL;
    }

    cl->buf = b;
    cl->next = NULL;

    *out->last = cl;
    out->last = &cl->next;
    out->tail = NULL;

    return b;
}


ngx_chain_t *
ngx_pdn_output_take(ngx_pdn_output_t *out)
{
    ngx_chain_t *chain;

    chain = out->chain;

    out->chain = NULL;
    out->last = &out->chain;
    out->tail = NULL;
    out->size = 0;

    return chain;
}


void
ngx_pdn_output_sent(ngx_pdn_output_t *out, ngx_pool_t *pool, ngx_chain_t *chain)
{
    ngx_chain_update_chains(pool, &out->free, &out->busy, &chain, out->tag);
}
