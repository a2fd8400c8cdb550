/*
 * SPDX-License-Identifier: MIT
 *
 * balancer_by_lua* of an upstream in stream { }.  nginx keeps the settings of
 * its proxy to itself: what the code may change is found by the offsets in
 * that module's table of directives, in a copy for the session.
 */

#include "ngx_stream_pdn.h"
#include "ngx_pdn_peer.h"


/* Larger than any configuration of the proxy, to tell its size. */
#define NGX_STREAM_PDN_PROBE 8192


typedef struct {
    ngx_stream_upstream_rr_peer_data_t rr; /* nginx's own choice */
    ngx_pdn_peer_t peer;
    ngx_stream_session_t *session;
    unsigned own_conf : 1; /* the proxy's is this session's */
} ngx_stream_pdn_peer_t;


static ngx_int_t
ngx_stream_pdn_balancer_init(ngx_conf_t *cf,
                             ngx_stream_upstream_srv_conf_t *us);
static ngx_int_t
ngx_stream_pdn_balancer_init_peer(ngx_stream_session_t *s,
                                  ngx_stream_upstream_srv_conf_t *us);
static ngx_pdn_host_t *ngx_stream_pdn_peer_enter(ngx_pdn_peer_t *p);
static void ngx_stream_pdn_peer_leave(ngx_pdn_peer_t *p, ngx_int_t rc);
static ngx_uint_t ngx_stream_pdn_peer_max_tries(ngx_pdn_peer_t *p);
static int ngx_stream_pdn_peer_last_status(ngx_pdn_peer_t *p);
static ngx_int_t ngx_stream_pdn_peer_set_timeouts(
    ngx_pdn_peer_t *p, const ngx_pdn_timeouts_t *timeouts, const char **err);
static ngx_int_t ngx_stream_pdn_own_conf(ngx_stream_pdn_peer_t *peer);
static size_t ngx_stream_pdn_conf_size(void);
static void *ngx_stream_pdn_setting(ngx_stream_session_t *s, const char *name);


#define ngx_stream_pdn_peer_of(p)                                              \
    (ngx_queue_data(p, ngx_stream_pdn_peer_t, peer))


/* clang-format off */

static const ngx_pdn_peer_ops_t  ngx_stream_pdn_peer_ops = {
    .enter = ngx_stream_pdn_peer_enter,
    .leave = ngx_stream_pdn_peer_leave,
    .max_tries = ngx_stream_pdn_peer_max_tries,
    .last_status = ngx_stream_pdn_peer_last_status,
    .set_timeouts = ngx_stream_pdn_peer_set_timeouts,
};

/* clang-format on */


extern ngx_module_t ngx_stream_proxy_module;
extern ngx_uint_t ngx_stream_max_module;


/* Configuration */

char *
ngx_stream_pdn_balancer(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_stream_pdn_srv_conf_t *pscf = conf;

    char *rv;
    ngx_stream_pdn_main_conf_t *pmcf;
    ngx_stream_upstream_srv_conf_t *uscf;

    rv = ngx_pdn_set_chunk(cf, cmd, NULL, pscf->chunks);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    pmcf = ngx_stream_conf_get_module_main_conf(cf, ngx_stream_pandan_module);
    pmcf->used |= 1 << NGX_STREAM_PDN_BALANCER;

    uscf = ngx_stream_conf_get_module_srv_conf(cf, ngx_stream_upstream_module);

    ngx_pdn_peer_warn(cf, uscf->peer.init_upstream != NULL);

    uscf->peer.init_upstream = ngx_stream_pdn_balancer_init;
    uscf->flags = NGX_STREAM_UPSTREAM_CREATE | NGX_STREAM_UPSTREAM_WEIGHT
                  | NGX_STREAM_UPSTREAM_MAX_FAILS
                  | NGX_STREAM_UPSTREAM_FAIL_TIMEOUT | NGX_STREAM_UPSTREAM_DOWN;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_stream_pdn_balancer_init(ngx_conf_t *cf, ngx_stream_upstream_srv_conf_t *us)
{
    if (ngx_stream_upstream_init_round_robin(cf, us) != NGX_OK) {
        return NGX_ERROR;
    }

    us->peer.init = ngx_stream_pdn_balancer_init_peer;

    return NGX_OK;
}


/* A session */

static ngx_int_t
ngx_stream_pdn_balancer_init_peer(ngx_stream_session_t *s,
                                  ngx_stream_upstream_srv_conf_t *us)
{
    ngx_stream_pdn_ctx_t *ctx;
    ngx_stream_pdn_peer_t *peer;
    ngx_peer_connection_t *pc;
    ngx_stream_pdn_srv_conf_t *pscf;

    ctx = ngx_stream_pdn_ctx_get(s);
    peer = ngx_pcalloc(s->connection->pool, sizeof(ngx_stream_pdn_peer_t));

    if (peer == NULL || ctx == NULL) {
        return NGX_ERROR;
    }

    pc = &s->upstream->peer;
    pc->data = &peer->rr;

    if (ngx_stream_upstream_init_round_robin_peer(s, us) != NGX_OK) {
        return NGX_ERROR;
    }

    pscf = ngx_stream_conf_upstream_srv_conf(us, ngx_stream_pandan_module);

    peer->session = s;
    peer->peer.ops = &ngx_stream_pdn_peer_ops;
    peer->peer.chunk = pscf->chunks[NGX_STREAM_PDN_BALANCER];
    peer->peer.pool = s->connection->pool;

    ngx_pdn_peer_begin(&peer->peer, pc);

    return NGX_OK;
}


/* What ngx.balancer asks */

ngx_pdn_peer_t *
ngx_stream_pdn_peer(ngx_pdn_host_t *host, const char **err)
{
    ngx_stream_pdn_ctx_t *ctx = (ngx_stream_pdn_ctx_t *) host;

    return ngx_pdn_peer_known(ctx->peer, ctx->session->upstream, err);
}


static ngx_pdn_host_t *
ngx_stream_pdn_peer_enter(ngx_pdn_peer_t *p)
{
    ngx_stream_pdn_ctx_t *ctx;

    ctx = ngx_stream_pdn_ctx(ngx_stream_pdn_peer_of(p)->session);
    ctx->peer = p;

    return &ctx->host;
}


static void
ngx_stream_pdn_peer_leave(ngx_pdn_peer_t *p, ngx_int_t rc)
{
    ngx_stream_pdn_ctx_t *ctx;
    ngx_stream_pdn_peer_t *peer = ngx_stream_pdn_peer_of(p);

    ctx = ngx_stream_pdn_ctx(peer->session);
    ctx->peer = NULL;

    if (rc > NGX_OK) {
        ctx->refused = rc;
    }

    if (rc <= NGX_OK && rc != NGX_DECLINED) {
        /* A lone server would never be given up; what is chosen may be. */
        peer->rr.peers->single = 0;
    }
}


static ngx_uint_t
ngx_stream_pdn_peer_max_tries(ngx_pdn_peer_t *p)
{
    ngx_uint_t *tries;

    tries = ngx_stream_pdn_setting(ngx_stream_pdn_peer_of(p)->session,
                                   "proxy_next_upstream_tries");

    return tries != NULL ? *tries : 0;
}


static int
ngx_stream_pdn_peer_last_status(ngx_pdn_peer_t *p)
{
    (void) p;

    return 0;
}


/* Stream knows one timeout for both directions: the shorter one. */
static ngx_int_t
ngx_stream_pdn_peer_set_timeouts(ngx_pdn_peer_t *p,
                                 const ngx_pdn_timeouts_t *timeouts,
                                 const char **err)
{
    ngx_stream_pdn_peer_t *peer = ngx_stream_pdn_peer_of(p);

    long both;
    ngx_msec_t *connect, *timeout;

    if (!peer->own_conf && ngx_stream_pdn_own_conf(peer) != NGX_OK) {
        *err = "no memory";
        return NGX_ERROR;
    }

    connect = ngx_stream_pdn_setting(peer->session, "proxy_connect_timeout");
    timeout = ngx_stream_pdn_setting(peer->session, "proxy_timeout");

    if (connect == NULL || timeout == NULL) {
        *err = "this nginx has other settings";
        return NGX_ERROR;
    }

    if (timeouts->connect > 0) {
        *connect = (ngx_msec_t) timeouts->connect;
    }

    both = timeouts->send > 0 && timeouts->read > 0
               ? ngx_min(timeouts->send, timeouts->read)
               : ngx_max(timeouts->send, timeouts->read);

    if (both > 0) {
        *timeout = (ngx_msec_t) both;
    }

    return NGX_OK;
}


/* The session's own configuration of the proxy, and its own list of all. */
static ngx_int_t
ngx_stream_pdn_own_conf(ngx_stream_pdn_peer_t *peer)
{
    void **confs, *conf;
    size_t size;
    ngx_stream_session_t *s;

    s = peer->session;
    size = ngx_stream_pdn_conf_size();

    if (size == 0) {
        return NGX_ERROR;
    }

    confs = ngx_palloc(s->connection->pool,
                       ngx_stream_max_module * sizeof(void *));
    conf = ngx_palloc(s->connection->pool, size);

    if (confs == NULL || conf == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(confs, s->srv_conf, ngx_stream_max_module * sizeof(void *));
    ngx_memcpy(conf, confs[ngx_stream_proxy_module.ctx_index], size);

    confs[ngx_stream_proxy_module.ctx_index] = conf;
    s->srv_conf = confs;
    peer->own_conf = 1;

    return NGX_OK;
}


/* How far a fresh pool moves when the proxy makes one; 0: no memory. */
static size_t
ngx_stream_pdn_conf_size(void)
{
    static size_t size;

    u_char *before;
    ngx_conf_t cf;
    ngx_pool_t *pool;
    ngx_stream_module_t *module;

    if (size != 0) {
        return size;
    }

    pool = ngx_create_pool(NGX_STREAM_PDN_PROBE, ngx_cycle->log);
    if (pool == NULL) {
        return 0;
    }

    module = ngx_stream_proxy_module.ctx;
    before = pool->d.last;

    ngx_memzero(&cf, sizeof(ngx_conf_t));
    cf.pool = pool;
    cf.log = ngx_cycle->log;

    if (module->create_srv_conf(&cf) != NULL) {
        size = pool->d.last - before;
    }

    ngx_destroy_pool(pool);

    return size;
}


/* Where a setting of the proxy lies in the session's configuration. */
static void *
ngx_stream_pdn_setting(ngx_stream_session_t *s, const char *name)
{
    size_t len;
    u_char *conf;
    ngx_command_t *cmd;

    len = ngx_strlen(name);
    conf = ngx_stream_get_module_srv_conf(s, ngx_stream_proxy_module);

    for (cmd = ngx_stream_proxy_module.commands; cmd->name.len != 0; cmd++) {
        if (cmd->name.len == len && ngx_strncmp(cmd->name.data, name, len) == 0)
        {
            return conf + cmd->offset;
        }
    }

    return NULL;
}
