/*
 * SPDX-License-Identifier: MIT
 *
 * balancer_by_lua*: code that chooses the peer that nginx passes a request
 * to, each time that nginx asks for one.
 */

#ifndef NGX_HTTP_PDN_BALANCER_H
#define NGX_HTTP_PDN_BALANCER_H


#include "ngx_http_pdn.h"
#include "ngx_pdn_peer.h"


/* One for each request that is passed on. */

typedef struct {
    ngx_http_upstream_rr_peer_data_t rr; /* nginx's own choice */
    ngx_pdn_peer_t peer;
    ngx_http_request_t *request;
    unsigned own_conf : 1; /* u->conf is this request's */
} ngx_http_pdn_peer_t;


#define ngx_http_pdn_peer_of(p) (ngx_queue_data(p, ngx_http_pdn_peer_t, peer))


extern const ngx_pdn_peer_ops_t ngx_http_pdn_peer_ops;


#endif /* NGX_HTTP_PDN_BALANCER_H */
