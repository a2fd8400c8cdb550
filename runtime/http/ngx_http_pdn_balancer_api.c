/*
 * SPDX-License-Identifier: MIT
 *
 * What ngx.balancer asks of a request's upstream.
 */

#include "ngx_http_pdn_balancer.h"
#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_phase.h"


static ngx_pdn_host_t *ngx_http_pdn_peer_enter(ngx_pdn_peer_t *p);
static void ngx_http_pdn_peer_leave(ngx_pdn_peer_t *p, ngx_int_t rc);
static ngx_uint_t ngx_http_pdn_peer_max_tries(ngx_pdn_peer_t *p);
static int ngx_http_pdn_peer_last_status(ngx_pdn_peer_t *p);
static ngx_int_t ngx_http_pdn_peer_set_timeouts(
    ngx_pdn_peer_t *p, const ngx_pdn_timeouts_t *timeouts, const char **err);
static ngx_int_t ngx_http_pdn_peer_recreate(ngx_pdn_peer_t *p,
                                            const char **err);


/* clang-format off */

const ngx_pdn_peer_ops_t  ngx_http_pdn_peer_ops = {
    .enter = ngx_http_pdn_peer_enter,
    .leave = ngx_http_pdn_peer_leave,
    .max_tries = ngx_http_pdn_peer_max_tries,
    .last_status = ngx_http_pdn_peer_last_status,
    .set_timeouts = ngx_http_pdn_peer_set_timeouts,
    .recreate = ngx_http_pdn_peer_recreate,
};

/* clang-format on */


ngx_pdn_peer_t *
ngx_http_pdn_balancer_peer(ngx_pdn_host_t *host, const char **err)
{
    ngx_http_pdn_ctx_t *ctx = (ngx_http_pdn_ctx_t *) host;

    return ngx_pdn_peer_known(ctx->peer, ctx->request->upstream, err);
}


static ngx_pdn_host_t *
ngx_http_pdn_peer_enter(ngx_pdn_peer_t *p)
{
    ngx_http_pdn_ctx_t *ctx;

    ctx = ngx_http_pdn_ctx_get(ngx_http_pdn_peer_of(p)->request);
    if (ctx == NULL) {
        return NULL;
    }

    ctx->peer = p;

    return &ctx->host;
}


static void
ngx_http_pdn_peer_leave(ngx_pdn_peer_t *p, ngx_int_t rc)
{
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_peer_t *peer = ngx_http_pdn_peer_of(p);

    ctx = ngx_http_pdn_ctx(peer->request);
    ctx->peer = NULL;

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        ctx->refused = rc;
    }

    if (rc <= NGX_OK && rc != NGX_DECLINED) {
        /* A lone server would never be given up; what is chosen may be. */
        peer->rr.peers->single = 0;
    }
}


static ngx_uint_t
ngx_http_pdn_peer_max_tries(ngx_pdn_peer_t *p)
{
    ngx_http_pdn_peer_t *peer = ngx_http_pdn_peer_of(p);

    return peer->request->upstream->conf->next_upstream_tries;
}


static int
ngx_http_pdn_peer_last_status(ngx_pdn_peer_t *p)
{
    ngx_array_t *states;
    ngx_http_upstream_state_t *state;

    states = ngx_http_pdn_peer_of(p)->request->upstream_states;

    if (states == NULL || states->nelts < 2) {
        return 0;
    }

    state = states->elts;

    return (int) state[states->nelts - 2].status;
}


static ngx_int_t
ngx_http_pdn_peer_set_timeouts(ngx_pdn_peer_t *p,
                               const ngx_pdn_timeouts_t *timeouts,
                               const char **err)
{
    ngx_http_pdn_peer_t *peer = ngx_http_pdn_peer_of(p);
    ngx_http_upstream_t *u;
    ngx_http_upstream_conf_t *conf;

    u = peer->request->upstream;

    if (!peer->own_conf) {
        conf = ngx_palloc(p->pool, sizeof(ngx_http_upstream_conf_t));
        if (conf == NULL) {
            *err = "no memory";
            return NGX_ERROR;
        }

        *conf = *u->conf;
        u->conf = conf;
        peer->own_conf = 1;
    }

    if (timeouts->connect > 0) {
        u->conf->connect_timeout = (ngx_msec_t) timeouts->connect;
    }

    if (timeouts->send > 0) {
        u->conf->send_timeout = (ngx_msec_t) timeouts->send;
    }

    if (timeouts->read > 0) {
        u->conf->read_timeout = (ngx_msec_t) timeouts->read;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_pdn_peer_recreate(ngx_pdn_peer_t *p, const char **err)
{
    ngx_http_request_t *r;

    (void) err;

    r = ngx_http_pdn_peer_of(p)->request;
    r->upstream->request_bufs = r->request_body ? r->request_body->bufs : NULL;

    return r->upstream->create_request(r);
}
