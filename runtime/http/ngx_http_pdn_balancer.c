/*
 * SPDX-License-Identifier: MIT
 *
 * Where nginx's upstreams call us.  What the code may do is
 * ngx_http_pdn_balancer_api.c.
 */

#include "ngx_http_pdn_balancer.h"
#include "ngx_http_pdn_phase.h"


typedef struct {
    ngx_pdn_chunk_t *chunk;
} ngx_http_pdn_balancer_conf_t;


static char *ngx_http_pdn_balancer(ngx_conf_t *cf, ngx_command_t *cmd,
                                   void *conf);
static void *ngx_http_pdn_balancer_create_conf(ngx_conf_t *cf);
static ngx_int_t ngx_http_pdn_balancer_filter_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_pdn_balancer_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_pdn_balancer_init(ngx_conf_t *cf,
                                            ngx_http_upstream_srv_conf_t *us);
static ngx_int_t
ngx_http_pdn_balancer_init_peer(ngx_http_request_t *r,
                                ngx_http_upstream_srv_conf_t *us);


NGX_PDN_FORMS(balancer, "balancer_by_lua", 0);


/* clang-format off */

static ngx_command_t  ngx_http_pdn_balancer_commands[] = {
    NGX_PDN_CODE(balancer, "balancer_by_lua", NGX_HTTP_UPS_CONF,
                 ngx_http_pdn_balancer, NGX_HTTP_SRV_CONF_OFFSET),
    ngx_null_command
};

/* clang-format on */


static ngx_http_module_t ngx_http_pandan_balancer_module_ctx = {
    NULL,                              /* preconfiguration */
    ngx_http_pdn_balancer_filter_init, /* postconfiguration */
    NULL,                              /* create main configuration */
    NULL,                              /* init main configuration */
    ngx_http_pdn_balancer_create_conf, /* create server configuration */
    NULL,                              /* merge server configuration */
    NULL,                              /* create location configuration */
    NULL                               /* merge location configuration */
};


ngx_module_t ngx_http_pandan_balancer_module = {
    NGX_MODULE_V1,
    &ngx_http_pandan_balancer_module_ctx, /* module context */
    ngx_http_pdn_balancer_commands,       /* module directives */
    NGX_HTTP_MODULE,                      /* module type */
    NULL,                                 /* init master */
    NULL,                                 /* init module */
    NULL,                                 /* init process */
    NULL,                                 /* init thread */
    NULL,                                 /* exit thread */
    NULL,                                 /* exit process */
    NULL,                                 /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_output_header_filter_pt ngx_http_pdn_balancer_next_filter;


/* Configuration */

static ngx_int_t
ngx_http_pdn_balancer_filter_init(ngx_conf_t *cf)
{
    (void) cf;

    ngx_http_pdn_balancer_next_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_pdn_balancer_filter;

    return NGX_OK;
}


static void *
ngx_http_pdn_balancer_create_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_pdn_balancer_conf_t));
}


static char *
ngx_http_pdn_balancer(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_balancer_conf_t *pbcf = conf;

    char *rv;
    ngx_http_upstream_srv_conf_t *uscf;

    rv = ngx_pdn_set_chunk(cf, cmd, NULL, &pbcf->chunk);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    uscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_upstream_module);

    ngx_pdn_peer_warn(cf, uscf->peer.init_upstream != NULL);

    uscf->peer.init_upstream = ngx_http_pdn_balancer_init;
    uscf->flags = NGX_HTTP_UPSTREAM_CREATE | NGX_HTTP_UPSTREAM_WEIGHT
                  | NGX_HTTP_UPSTREAM_MAX_FAILS | NGX_HTTP_UPSTREAM_FAIL_TIMEOUT
                  | NGX_HTTP_UPSTREAM_DOWN;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_pdn_balancer_init(ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *us)
{
    if (ngx_http_upstream_init_round_robin(cf, us) != NGX_OK) {
        return NGX_ERROR;
    }

    us->peer.init = ngx_http_pdn_balancer_init_peer;

    return NGX_OK;
}


/* A request */

static ngx_int_t
ngx_http_pdn_balancer_init_peer(ngx_http_request_t *r,
                                ngx_http_upstream_srv_conf_t *us)
{
    ngx_http_pdn_peer_t *peer;
    ngx_peer_connection_t *pc;
    ngx_http_pdn_balancer_conf_t *pbcf;

    peer = ngx_pcalloc(r->pool, sizeof(ngx_http_pdn_peer_t));
    if (peer == NULL) {
        return NGX_ERROR;
    }

    pc = &r->upstream->peer;
    pc->data = &peer->rr;

    if (ngx_http_upstream_init_round_robin_peer(r, us) != NGX_OK) {
        return NGX_ERROR;
    }

    pbcf = ngx_http_conf_upstream_srv_conf(us, ngx_http_pandan_balancer_module);

    peer->request = r;
    peer->peer.ops = &ngx_http_pdn_peer_ops;
    peer->peer.chunk = pbcf->chunk;
    peer->peer.pool = r->pool;

    ngx_pdn_peer_begin(&peer->peer, pc);

    return NGX_OK;
}


/* Peers have no way to tell nginx a status: it says 500, and is corrected. */
static ngx_int_t
ngx_http_pdn_balancer_filter(ngx_http_request_t *r)
{
    ngx_int_t rc;
    ngx_http_pdn_ctx_t *ctx;

    ctx = ngx_http_pdn_ctx(r);

    if (ctx == NULL || ctx->refused == 0) {
        return ngx_http_pdn_balancer_next_filter(r);
    }

    rc = ctx->refused;
    ctx->refused = 0;
    r->error_page = 0; /* nginx has looked for one of the 500 */

    return ngx_http_filter_finalize_request(r, &ngx_http_pandan_balancer_module,
                                            rc);
}
