/*
 * SPDX-License-Identifier: MIT
 *
 * The C half of ngx.balancer.  As in runtime/tls, `r` stands there for the
 * sake of ngx_lua's signatures only: the peer is the running task's.
 */

#include "ngx_http_pdn_balancer.h"


/* Code that calls ngx_lua's C functions by itself finds them. */

#define NGX_HTTP_PDN_BALANCER_ALIAS(name)                                      \
    extern __typeof__(ngx_http_pdn_ffi_balancer_##name)                        \
        ngx_http_lua_ffi_balancer_##name                                       \
        __attribute__((alias("ngx_http_pdn_ffi_balancer_" #name)))


int ngx_http_pdn_ffi_balancer_set_current_peer(void *r, const u_char *addr,
                                               size_t len, int port,
                                               char **err);
int ngx_http_pdn_ffi_balancer_set_more_tries(void *r, int count, char **err);
int ngx_http_pdn_ffi_balancer_get_last_failure(void *r, int *status,
                                               char **err);
int ngx_http_pdn_ffi_balancer_set_timeouts(void *r, long connect_timeout,
                                           long send_timeout, long read_timeout,
                                           char **err);
int ngx_http_pdn_ffi_balancer_recreate_request(void *r, char **err);

static ngx_http_pdn_peer_t *ngx_http_pdn_balancer_peer(char **err);


NGX_HTTP_PDN_BALANCER_ALIAS(set_current_peer);
NGX_HTTP_PDN_BALANCER_ALIAS(set_more_tries);
NGX_HTTP_PDN_BALANCER_ALIAS(get_last_failure);
NGX_HTTP_PDN_BALANCER_ALIAS(set_timeouts);
NGX_HTTP_PDN_BALANCER_ALIAS(recreate_request);


/* NULL with a reason outside of balancer_by_lua*. */
static ngx_http_pdn_peer_t *
ngx_http_pdn_balancer_peer(char **err)
{
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_request_t *r;

    r = ngx_http_pdn_current();

    if (r == NULL) {
        *err = "no request found";
        return NULL;
    }

    if (r->upstream == NULL) {
        *err = "no upstream found";
        return NULL;
    }

    ctx = ngx_http_pdn_ctx(r);

    if (ctx->peer == NULL || ctx->host.phase->bit != NGX_PDN_BALANCER) {
        *err = "API disabled in the current context";
        return NULL;
    }

    return ctx->peer;
}


int
ngx_http_pdn_ffi_balancer_set_current_peer(void *r, const u_char *addr,
                                           size_t len, int port, char **err)
{
    ngx_url_t url;
    ngx_pool_t *pool;
    ngx_http_pdn_peer_t *peer;

    (void) r;

    peer = ngx_http_pdn_balancer_peer(err);
    if (peer == NULL) {
        return NGX_ERROR;
    }

    pool = peer->request->pool;
    ngx_memzero(&url, sizeof(ngx_url_t));

    url.url.len = len;
    url.url.data = ngx_pnalloc(pool, len + 1);
    url.default_port = (in_port_t) port;
    url.no_resolve = 1;

    if (url.url.data == NULL) {
        *err = "no memory";
        return NGX_ERROR;
    }

    (void) ngx_cpystrn(url.url.data, (u_char *) addr, len + 1);

    if (ngx_parse_url(pool, &url) != NGX_OK) {
        *err = url.err != NULL ? url.err : "no memory";
        return NGX_ERROR;
    }

    if (url.addrs == NULL || url.addrs[0].sockaddr == NULL) {
        *err = "no host allowed";
        return NGX_ERROR;
    }

    peer->sockaddr = url.addrs[0].sockaddr;
    peer->socklen = url.addrs[0].socklen;
    peer->name = &url.addrs[0].name;

    return NGX_OK;
}


/* NGX_OK with a warning in `*err`, or NULL: all of them. */
int
ngx_http_pdn_ffi_balancer_set_more_tries(void *r, int count, char **err)
{
    ngx_uint_t max, total;
    ngx_http_pdn_peer_t *peer;
    ngx_http_upstream_t *u;

    (void) r;

    peer = ngx_http_pdn_balancer_peer(err);
    if (peer == NULL) {
        return NGX_ERROR;
    }

    u = peer->request->upstream;
    max = u->conf->next_upstream_tries;
    total = peer->asked + u->peer.tries - 1;
    *err = NULL;

    if (max != 0 && total + count > max) {
        count = max > total ? (int) (max - total) : 0;
        *err = "reduced tries due to limit";
    }

    peer->more_tries = count;

    return NGX_OK;
}


/* NGX_PEER_FAILED or NGX_PEER_NEXT, and its status; 0: it is the first one. */
int
ngx_http_pdn_ffi_balancer_get_last_failure(void *r, int *status, char **err)
{
    ngx_array_t *states;
    ngx_http_pdn_peer_t *peer;
    ngx_http_upstream_state_t *state;

    (void) r;

    peer = ngx_http_pdn_balancer_peer(err);
    if (peer == NULL) {
        return NGX_ERROR;
    }

    states = peer->request->upstream_states;
    *status = 0;

    if (states != NULL && states->nelts > 1) {
        state = states->elts;
        *status = (int) state[states->nelts - 2].status;
    }

    return (int) peer->state;
}


/* In milliseconds, of this request only; 0 leaves one as it is. */
int
ngx_http_pdn_ffi_balancer_set_timeouts(void *r, long connect_timeout,
                                       long send_timeout, long read_timeout,
                                       char **err)
{
    ngx_http_pdn_peer_t *peer;
    ngx_http_upstream_t *u;
    ngx_http_upstream_conf_t *conf;

    (void) r;

    peer = ngx_http_pdn_balancer_peer(err);
    if (peer == NULL) {
        return NGX_ERROR;
    }

    u = peer->request->upstream;

    if (!peer->own_conf) {
        conf = ngx_palloc(peer->request->pool,
                          sizeof(ngx_http_upstream_conf_t));
        if (conf == NULL) {
            *err = "no memory";
            return NGX_ERROR;
        }

        *conf = *u->conf;
        u->conf = conf;
        peer->own_conf = 1;
    }

    if (connect_timeout > 0) {
        u->conf->connect_timeout = (ngx_msec_t) connect_timeout;
    }

    if (send_timeout > 0) {
        u->conf->send_timeout = (ngx_msec_t) send_timeout;
    }

    if (read_timeout > 0) {
        u->conf->read_timeout = (ngx_msec_t) read_timeout;
    }

    return NGX_OK;
}


/* Before the first byte is sent: the code has changed what goes into it. */
int
ngx_http_pdn_ffi_balancer_recreate_request(void *r, char **err)
{
    ngx_http_pdn_peer_t *peer;
    ngx_http_request_t *request;

    (void) r;

    peer = ngx_http_pdn_balancer_peer(err);
    if (peer == NULL) {
        return NGX_ERROR;
    }

    request = peer->request;
    *err = NULL;

    request->upstream->request_bufs = request->request_body
                                          ? request->request_body->bufs
                                          : NULL;

    return request->upstream->create_request(request);
}
