/*
 * SPDX-License-Identifier: MIT
 *
 * Code that takes part in the TLS handshakes of HTTP's servers: directives,
 * and which code is whose.  How it runs stands in runtime/tls.
 */

#include "ngx_http_pdn.h"
#include "ngx_http_pdn_phase.h"
#include "ngx_pdn_handshake.h"


typedef struct {
    ngx_pdn_chunk_t *chunks[NGX_PDN_TLS_NCHUNKS];
} ngx_http_pdn_tls_conf_t;


static char *ngx_http_pdn_tls_chunk(ngx_conf_t *cf, ngx_command_t *cmd,
                                    void *conf);
static void *ngx_http_pdn_tls_create_conf(ngx_conf_t *cf);
static char *ngx_http_pdn_tls_merge_conf(ngx_conf_t *cf, void *parent,
                                         void *child);
static ngx_int_t ngx_http_pdn_tls_init(ngx_conf_t *cf);
static void ngx_http_pdn_tls_hook(void *conf, ngx_pdn_tls_hook_t *hook);
static void ngx_http_pdn_tls_server(ngx_connection_t *c,
                                    ngx_pdn_tls_server_t *server);


#define ROWS(id, where)                                                        \
    NGX_PDN_CODE(ssl_##id, "ssl_" #id "_by_lua", where,                        \
                 ngx_http_pdn_tls_chunk, NGX_HTTP_SRV_CONF_OFFSET)


NGX_PDN_FORMS(ssl_client_hello, "ssl_client_hello_by_lua", NGX_PDN_TLS_HELLO);
NGX_PDN_FORMS(ssl_certificate, "ssl_certificate_by_lua", NGX_PDN_TLS_CERT);
NGX_PDN_FORMS(ssl_session_fetch, "ssl_session_fetch_by_lua", NGX_PDN_TLS_FETCH);
NGX_PDN_FORMS(ssl_session_store, "ssl_session_store_by_lua", NGX_PDN_TLS_STORE);


/* clang-format off */

static ngx_command_t  ngx_http_pdn_tls_commands[] = {
    ROWS(client_hello,  NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF),
    ROWS(certificate,   NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF),
    ROWS(session_fetch, NGX_HTTP_MAIN_CONF),
    ROWS(session_store, NGX_HTTP_MAIN_CONF),
    ngx_null_command
};

/* clang-format on */


static const ngx_pdn_tls_ops_t ngx_http_pdn_tls_ops = {
    .hook = ngx_http_pdn_tls_hook,
    .server = ngx_http_pdn_tls_server,
};


static ngx_http_module_t ngx_http_pandan_tls_module_ctx = {
    NULL,                         /* preconfiguration */
    ngx_http_pdn_tls_init,        /* postconfiguration */
    NULL,                         /* create main configuration */
    NULL,                         /* init main configuration */
    ngx_http_pdn_tls_create_conf, /* create server configuration */
    ngx_http_pdn_tls_merge_conf,  /* merge server configuration */
    NULL,                         /* create location configuration */
    NULL                          /* merge location configuration */
};


ngx_module_t ngx_http_pandan_tls_module = {
    NGX_MODULE_V1,
    &ngx_http_pandan_tls_module_ctx, /* module context */
    ngx_http_pdn_tls_commands,       /* module directives */
    NGX_HTTP_MODULE,                 /* module type */
    NULL,                            /* init master */
    NULL,                            /* init module */
    NULL,                            /* init process */
    NULL,                            /* init thread */
    NULL,                            /* exit thread */
    NULL,                            /* exit process */
    NULL,                            /* exit master */
    NGX_MODULE_V1_PADDING
};


static char *
ngx_http_pdn_tls_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_tls_conf_t *ptcf = conf;

    return ngx_pdn_set_chunk(cf, cmd, NULL, ptcf->chunks);
}


static void *
ngx_http_pdn_tls_create_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_pdn_tls_conf_t));
}


static char *
ngx_http_pdn_tls_merge_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_pdn_tls_conf_t *prev = parent;
    ngx_http_pdn_tls_conf_t *conf = child;

    ngx_uint_t i;
    ngx_http_ssl_srv_conf_t *sscf;

    /* SSL's own configuration of the server is merged already. */

    sscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_ssl_module);

    for (i = 0; i < NGX_PDN_TLS_NCHUNKS; i++) {
        if (conf->chunks[i] != NULL && (sscf == NULL || sscf->ssl.ctx == NULL))
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "no ssl configured for the server");
            return NGX_CONF_ERROR;
        }
    }

    ngx_pdn_tls_chunks_merge(prev->chunks, conf->chunks);

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_pdn_tls_init(ngx_conf_t *cf)
{
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    return ngx_pdn_handshake_hook_all(cf, &cmcf->servers,
                                      &ngx_http_pdn_tls_ops);
}


static void
ngx_http_pdn_tls_hook(void *conf, ngx_pdn_tls_hook_t *hook)
{
    void **confs = ((ngx_http_core_srv_conf_t *) conf)->ctx->srv_conf;

    ngx_http_ssl_srv_conf_t *sscf;
    ngx_http_pdn_tls_conf_t *ptcf;

    sscf = confs[ngx_http_ssl_module.ctx_index];
    ptcf = confs[ngx_http_pandan_tls_module.ctx_index];

    hook->ctx = sscf->ssl.ctx;
    hook->chunks = ptcf->chunks;
}


static void
ngx_http_pdn_tls_server(ngx_connection_t *c, ngx_pdn_tls_server_t *server)
{
    ngx_http_connection_t *hc = c->data;

    ngx_http_conf_ctx_t *ctx;
    ngx_http_ssl_srv_conf_t *sscf;
    ngx_http_pdn_tls_conf_t *ptcf;
    ngx_http_core_srv_conf_t *cscf;
    ngx_http_core_loc_conf_t *clcf;
    ngx_http_pdn_loc_conf_t *plcf;
    ngx_http_pdn_main_conf_t *pmcf;

    ctx = hc->conf_ctx;
    sscf = ngx_http_get_module_srv_conf(ctx, ngx_http_ssl_module);
    cscf = ngx_http_get_module_srv_conf(ctx, ngx_http_core_module);
    clcf = ngx_http_get_module_loc_conf(ctx, ngx_http_core_module);
    ptcf = ngx_http_get_module_srv_conf(ctx, ngx_http_pandan_tls_module);
    plcf = ngx_http_get_module_loc_conf(ctx, ngx_http_pandan_module);
    pmcf = ngx_http_get_module_main_conf(ctx, ngx_http_pandan_module);

    server->chunks = ptcf->chunks;
    server->name = cscf->server_name;
    server->vm = pmcf->main.core->vm;
    server->verify_depth = sscf->verify_depth;
    server->check_client_abort = plcf->place.check_client_abort;

    ngx_http_pdn_like_conf(ctx, clcf->error_log, &server->like);
}
