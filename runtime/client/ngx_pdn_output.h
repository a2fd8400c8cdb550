/*
 * SPDX-License-Identifier: MIT
 *
 * What is printed gathers in one chain, to go through nginx's filters in one
 * pass: the chain itself, and where its buffers come from.
 */

#ifndef NGX_PDN_OUTPUT_H
#define NGX_PDN_OUTPUT_H


#include <ngx_config.h>
#include <ngx_core.h>


/* A chain of this size is sent without being asked. */
#define NGX_PDN_OUTPUT_MAX 65536


typedef struct {
    ngx_chain_t *chain; /* printed, not yet sent */
    ngx_chain_t **last;
    ngx_buf_t *tail; /* with room for more */
    size_t size;
    ngx_chain_t *free;
    ngx_chain_t *busy;
    ngx_buf_tag_t tag; /* of our buffers */
} ngx_pdn_output_t;


void ngx_pdn_output_init(ngx_pdn_output_t *out, ngx_buf_tag_t tag);

/* Copies to the chain's end; NGX_ERROR: no memory. */
ngx_int_t ngx_pdn_output_add(ngx_pdn_output_t *out, ngx_pool_t *pool,
                             const u_char *data, size_t len);

/* Appends a buffer without data, for the caller to mark; NULL: no memory. */
ngx_buf_t *ngx_pdn_output_special(ngx_pdn_output_t *out, ngx_pool_t *pool);

/* The chain, which is the caller's to send; the output begins anew. */
ngx_chain_t *ngx_pdn_output_take(ngx_pdn_output_t *out);

/* After it was sent: its buffers are used again as they become free. */
void ngx_pdn_output_sent(ngx_pdn_output_t *out, ngx_pool_t *pool,
                         ngx_chain_t *chain);


#endif /* NGX_PDN_OUTPUT_H */
