/*
 * SPDX-License-Identifier: MIT
 *
 * balancer_by_lua*: code that chooses the peer that nginx passes a request
 * to, each time that nginx asks for one.
 */

#ifndef NGX_HTTP_PDN_BALANCER_H
#define NGX_HTTP_PDN_BALANCER_H


#include "ngx_http_pdn.h"


/* One for each request that is passed on. */

struct ngx_http_pdn_peer_s {
    ngx_http_upstream_rr_peer_data_t rr; /* the first: nginx's own knows it */
    ngx_http_request_t *request;
    ngx_pdn_chunk_t *chunk;

    /* what the code chose; no address: the servers of the configuration */
    struct sockaddr *sockaddr;
    socklen_t socklen;
    ngx_str_t *name;

    ngx_uint_t more_tries;
    ngx_uint_t asked; /* how often nginx has asked */
    ngx_uint_t state; /* NGX_PEER_FAILED ..., of the last one; 0: none yet */
    unsigned own_conf : 1; /* u->conf is this request's */
};


#endif /* NGX_HTTP_PDN_BALANCER_H */
