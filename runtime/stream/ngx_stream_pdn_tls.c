/*
 * SPDX-License-Identifier: MIT
 *
 * Code that takes part in the TLS handshakes of stream's servers: which code
 * is whose.  How it runs stands in runtime/tls.
 */

#include "ngx_stream_pdn.h"


static void ngx_stream_pdn_tls_hook(void *conf, ngx_pdn_tls_hook_t *hook);
static void ngx_stream_pdn_tls_server(ngx_connection_t *c,
                                      ngx_pdn_tls_server_t *server);


static const ngx_pdn_tls_ops_t ngx_stream_pdn_tls_ops = {
    .hook = ngx_stream_pdn_tls_hook,
    .server = ngx_stream_pdn_tls_server,
};


ngx_int_t
ngx_stream_pdn_tls_init(ngx_conf_t *cf)
{
    ngx_stream_core_main_conf_t *cmcf;

    cmcf = ngx_stream_conf_get_module_main_conf(cf, ngx_stream_core_module);

    return ngx_pdn_handshake_hook_all(cf, &cmcf->servers,
                                      &ngx_stream_pdn_tls_ops);
}


static void
ngx_stream_pdn_tls_hook(void *conf, ngx_pdn_tls_hook_t *hook)
{
    void **confs = ((ngx_stream_core_srv_conf_t *) conf)->ctx->srv_conf;

    ngx_stream_ssl_conf_t *sslcf;
    ngx_stream_pdn_srv_conf_t *pscf;

    sslcf = confs[ngx_stream_ssl_module.ctx_index];
    pscf = confs[ngx_stream_pandan_module.ctx_index];

    hook->ctx = sslcf->ssl.ctx;
    hook->chunks = pscf->tls;
}


static void
ngx_stream_pdn_tls_server(ngx_connection_t *c, ngx_pdn_tls_server_t *server)
{
    ngx_stream_session_t *s = c->data;
    ngx_stream_ssl_conf_t *sslcf;
    ngx_stream_pdn_srv_conf_t *pscf;
    ngx_stream_pdn_main_conf_t *pmcf;
    ngx_stream_core_srv_conf_t *cscf;

    cscf = ngx_stream_get_module_srv_conf(s, ngx_stream_core_module);
    sslcf = ngx_stream_get_module_srv_conf(s, ngx_stream_ssl_module);
    pscf = ngx_stream_get_module_srv_conf(s, ngx_stream_pandan_module);
    pmcf = ngx_stream_get_module_main_conf(s, ngx_stream_pandan_module);

    server->chunks = pscf->tls;
    server->vm = pmcf->main.core->vm;
    server->verify_depth = sslcf->verify_depth;
    server->check_client_abort = pscf->place.check_client_abort;
    ngx_str_null(&server->name);

    ngx_pdn_place_like(&pmcf->main, &pscf->place, cscf->resolver,
                       cscf->resolver_timeout, cscf->error_log, &server->like);
}
