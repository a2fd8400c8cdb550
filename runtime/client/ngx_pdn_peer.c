/*
 * SPDX-License-Identifier: MIT
 *
 * balancer_by_lua*: its run, and the C half of ngx.balancer.  As in
 * runtime/tls, `r` stands there for the sake of ngx_lua's signatures only:
 * the peer is the running task's.
 */

#include "ngx_pdn_peer.h"


/* Code that calls ngx_lua's C functions by itself finds them. */

#define NGX_PDN_BALANCER_ALIAS(name)                                           \
    extern __typeof__(ngx_pdn_ffi_balancer_##name)                             \
        ngx_http_lua_ffi_balancer_##name                                       \
        __attribute__((alias("ngx_pdn_ffi_balancer_" #name)));                 \
    extern __typeof__(ngx_pdn_ffi_balancer_##name)                             \
        ngx_stream_lua_ffi_balancer_##name                                     \
        __attribute__((alias("ngx_pdn_ffi_balancer_" #name)))


int ngx_pdn_ffi_balancer_set_current_peer(void *r, const u_char *addr,
                                          size_t len, int port,
                                          const char **err);
int ngx_pdn_ffi_balancer_set_more_tries(void *r, int count, const char **err);
int ngx_pdn_ffi_balancer_get_last_failure(void *r, int *status,
                                          const char **err);
int ngx_pdn_ffi_balancer_set_timeouts(void *r, long connect_timeout,
                                      long send_timeout, long read_timeout,
                                      const char **err);
int ngx_pdn_ffi_balancer_recreate_request(void *r, const char **err);

static ngx_int_t ngx_pdn_peer_get(ngx_peer_connection_t *pc, void *data);
static ngx_int_t ngx_pdn_peer_run(ngx_pdn_peer_t *peer, ngx_pdn_host_t *host);
static void ngx_pdn_peer_free(ngx_peer_connection_t *pc, void *data,
                              ngx_uint_t state);
static void ngx_pdn_peer_notify(ngx_peer_connection_t *pc, void *data,
                                ngx_uint_t type);
static ngx_int_t ngx_pdn_peer_set_session(ngx_peer_connection_t *pc,
                                          void *data);
static void ngx_pdn_peer_save_session(ngx_peer_connection_t *pc, void *data);
static ngx_pdn_peer_t *ngx_pdn_peer_current(const char **err);


NGX_PDN_BALANCER_ALIAS(set_current_peer);
NGX_PDN_BALANCER_ALIAS(set_more_tries);
NGX_PDN_BALANCER_ALIAS(get_last_failure);
NGX_PDN_BALANCER_ALIAS(set_timeouts);
NGX_PDN_BALANCER_ALIAS(recreate_request);


/* clang-format off */

const ngx_pdn_phase_t  ngx_pdn_balancer_phase = {
    NGX_PDN_BALANCER, "balancer_by_lua*", "balancer"
};

/* clang-format on */


ngx_pdn_peer_t *
ngx_pdn_peer_known(ngx_pdn_peer_t *peer, const void *upstream, const char **err)
{
    if (upstream == NULL) {
        *err = "no upstream found";
        return NULL;
    }

    if (peer == NULL) {
        *err = "API disabled in the current context";
    }

    return peer;
}


void
ngx_pdn_peer_warn(ngx_conf_t *cf, ngx_uint_t redefined)
{
    if (redefined) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "load balancing method redefined");
    }
}


void
ngx_pdn_peer_begin(ngx_pdn_peer_t *peer, ngx_peer_connection_t *pc)
{
    peer->pc = pc;
    peer->own = *pc;

    pc->data = peer;
    pc->get = ngx_pdn_peer_get;
    pc->free = ngx_pdn_peer_free;

    if (pc->notify != NULL) {
        pc->notify = ngx_pdn_peer_notify;
    }

    if (pc->set_session != NULL) {
        pc->set_session = ngx_pdn_peer_set_session;
        pc->save_session = ngx_pdn_peer_save_session;
    }
}


static ngx_int_t
ngx_pdn_peer_get(ngx_peer_connection_t *pc, void *data)
{
    ngx_pdn_peer_t *peer = data;

    ngx_int_t rc;
    ngx_pdn_host_t *host;

    host = peer->ops->enter(peer);
    if (host == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_pdn_peer_run(peer, host);
    peer->ops->leave(peer, rc);

    if (rc == NGX_DECLINED) {
        return peer->own.get(pc, peer->own.data);
    }

    return rc > NGX_OK ? NGX_ERROR : rc;
}


/* NGX_DECLINED: the code chose none, the configuration's are to be asked. */
static ngx_int_t
ngx_pdn_peer_run(ngx_pdn_peer_t *peer, ngx_pdn_host_t *host)
{
    ngx_int_t rc;

    peer->sockaddr = NULL;
    peer->more_tries = 0;
    peer->asked++;

    if (ngx_pdn_chunk_push(peer->chunk, host->vm, host->log) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_pdn_call(host, &ngx_pdn_balancer_phase, 0, 0);

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? NGX_ERROR : rc;
    }

    if (peer->sockaddr == NULL) {
        return NGX_DECLINED;
    }

    peer->pc->sockaddr = peer->sockaddr;
    peer->pc->socklen = peer->socklen;
    peer->pc->name = peer->name;
    peer->pc->cached = 0;
    peer->pc->connection = NULL;
    peer->pc->tries += peer->more_tries;

    return NGX_OK;
}


static void
ngx_pdn_peer_free(ngx_peer_connection_t *pc, void *data, ngx_uint_t state)
{
    ngx_pdn_peer_t *peer = data;

    if (peer->sockaddr == NULL) {
        peer->own.free(pc, peer->own.data, state);
        return;
    }

    peer->state = state;

    if (pc->tries) {
        pc->tries--;
    }
}


/* It is connected: nginx knows so of the configuration's servers only. */
static void
ngx_pdn_peer_notify(ngx_peer_connection_t *pc, void *data, ngx_uint_t type)
{
    ngx_pdn_peer_t *peer = data;

    if (peer->sockaddr == NULL) {
        peer->own.notify(pc, peer->own.data, type);
    }
}


/* Sessions of TLS are kept by server, and a chosen peer is none. */

static ngx_int_t
ngx_pdn_peer_set_session(ngx_peer_connection_t *pc, void *data)
{
    ngx_pdn_peer_t *peer = data;

    return peer->sockaddr != NULL ? NGX_OK
                                  : peer->own.set_session(pc, peer->own.data);
}


static void
ngx_pdn_peer_save_session(ngx_peer_connection_t *pc, void *data)
{
    ngx_pdn_peer_t *peer = data;

    if (peer->sockaddr == NULL) {
        peer->own.save_session(pc, peer->own.data);
    }
}


/* NULL with a reason outside of balancer_by_lua*. */
static ngx_pdn_peer_t *
ngx_pdn_peer_current(const char **err)
{
    ngx_pdn_host_t *host;
    ngx_pdn_peer_t *peer;

    host = ngx_pdn_task != NULL ? ngx_pdn_task->host : NULL;

    if (host == NULL || host->ops->client == NULL) {
        *err = "no request found";
        return NULL;
    }

    peer = host->ops->client->peer(host, err);

    if (peer != NULL && host->phase->bit != NGX_PDN_BALANCER) {
        *err = "API disabled in the current context";
        return NULL;
    }

    return peer;
}


int
ngx_pdn_ffi_balancer_set_current_peer(void *r, const u_char *addr, size_t len,
                                      int port, const char **err)
{
    ngx_url_t url;
    ngx_pdn_peer_t *peer;

    (void) r;

    peer = ngx_pdn_peer_current(err);
    if (peer == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&url, sizeof(ngx_url_t));

    url.url.len = len;
    url.url.data = ngx_pnalloc(peer->pool, len + 1);
    url.default_port = (in_port_t) port;
    url.no_resolve = 1;

    if (url.url.data == NULL) {
        *err = "no memory";
        return NGX_ERROR;
    }

    (void) ngx_cpystrn(url.url.data, (u_char *) addr, len + 1);

    if (ngx_parse_url(peer->pool, &url) != NGX_OK) {
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
ngx_pdn_ffi_balancer_set_more_tries(void *r, int count, const char **err)
{
    ngx_uint_t max, total;
    ngx_pdn_peer_t *peer;

    (void) r;

    peer = ngx_pdn_peer_current(err);
    if (peer == NULL) {
        return NGX_ERROR;
    }

    max = peer->ops->max_tries(peer);
    total = peer->asked + peer->pc->tries - 1;
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
ngx_pdn_ffi_balancer_get_last_failure(void *r, int *status, const char **err)
{
    ngx_pdn_peer_t *peer;

    (void) r;

    peer = ngx_pdn_peer_current(err);
    if (peer == NULL) {
        return NGX_ERROR;
    }

    *status = peer->ops->last_status(peer);

    return (int) peer->state;
}


/* In milliseconds, of this request only; 0 leaves one as it is. */
int
ngx_pdn_ffi_balancer_set_timeouts(void *r, long connect_timeout,
                                  long send_timeout, long read_timeout,
                                  const char **err)
{
    ngx_pdn_peer_t *peer;
    ngx_pdn_timeouts_t timeouts;

    (void) r;

    peer = ngx_pdn_peer_current(err);
    if (peer == NULL) {
        return NGX_ERROR;
    }

    timeouts.connect = connect_timeout;
    timeouts.send = send_timeout;
    timeouts.read = read_timeout;

    return peer->ops->set_timeouts(peer, &timeouts, err);
}


/* Before the first byte is sent: the code has changed what goes into it. */
int
ngx_pdn_ffi_balancer_recreate_request(void *r, const char **err)
{
    ngx_pdn_peer_t *peer;

    (void) r;

    peer = ngx_pdn_peer_current(err);
    if (peer == NULL) {
        return NGX_ERROR;
    }

    *err = NULL;

    if (peer->ops->recreate == NULL) {
        *err = "there is no request to be made anew";
        return NGX_ERROR;
    }

    return peer->ops->recreate(peer, err);
}
