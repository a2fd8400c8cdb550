/*
 * SPDX-License-Identifier: MIT
 *
 * The stream module: the table of directives, its configurations, and where
 * nginx calls us.
 */

#include "ngx_stream_pdn.h"


static ngx_int_t ngx_stream_pdn_postconfiguration(ngx_conf_t *cf);
static void *ngx_stream_pdn_create_main_conf(ngx_conf_t *cf);
static char *ngx_stream_pdn_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_stream_pdn_create_srv_conf(ngx_conf_t *cf);
static char *ngx_stream_pdn_merge_srv_conf(ngx_conf_t *cf, void *parent,
                                           void *child);
static ngx_int_t ngx_stream_pdn_init_process(ngx_cycle_t *cycle);
static void ngx_stream_pdn_exit_process(ngx_cycle_t *cycle);
static char *ngx_stream_pdn_chunk(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf);
static char *ngx_stream_pdn_tls_chunk(ngx_conf_t *cf, ngx_command_t *cmd,
                                      void *conf);
static void ngx_stream_pdn_open(lua_State *L);
static void *ngx_stream_pdn_compile(ngx_conf_t *cf, ngx_str_t *path);
static ngx_pdn_main_t *ngx_stream_pdn_main(ngx_cycle_t *cycle,
                                           ngx_pdn_like_t *like);


#define ANY (NGX_STREAM_MAIN_CONF | NGX_STREAM_SRV_CONF)

#define PHASE(id, where)                                                       \
    NGX_PDN_CODE_STRING(id, #id "_by_lua", where, ngx_stream_pdn_chunk,        \
                        NGX_STREAM_SRV_CONF_OFFSET)

#define HANDSHAKE(id)                                                          \
    NGX_PDN_CODE(ssl_##id, "ssl_" #id "_by_lua", ANY,                          \
                 ngx_stream_pdn_tls_chunk, NGX_STREAM_SRV_CONF_OFFSET)


NGX_PDN_MAIN_FORMS;
NGX_PDN_FORMS(preread, "preread_by_lua", NGX_STREAM_PDN_PREREAD);
NGX_PDN_FORMS(content, "content_by_lua", NGX_STREAM_PDN_CONTENT);
NGX_PDN_FORMS(log, "log_by_lua", NGX_STREAM_PDN_LOG);
NGX_PDN_FORMS(balancer, "balancer_by_lua", NGX_STREAM_PDN_BALANCER);
NGX_PDN_FORMS(ssl_client_hello, "ssl_client_hello_by_lua", NGX_PDN_TLS_HELLO);
NGX_PDN_FORMS(ssl_certificate, "ssl_certificate_by_lua", NGX_PDN_TLS_CERT);


/* clang-format off */

static ngx_command_t  ngx_stream_pdn_commands[] = {

    NGX_PDN_MAIN_ROWS(NGX_STREAM_MAIN_CONF, NGX_STREAM_MAIN_CONF_OFFSET),
    NGX_PDN_PLACE_ROWS(ANY, NGX_STREAM_SRV_CONF_OFFSET),

    PHASE(preread, ANY),
    PHASE(content, NGX_STREAM_SRV_CONF),
    PHASE(log,     ANY),
    HANDSHAKE(client_hello),
    HANDSHAKE(certificate),

    NGX_PDN_CODE(balancer, "balancer_by_lua", NGX_STREAM_UPS_CONF,
        ngx_stream_pdn_balancer, NGX_STREAM_SRV_CONF_OFFSET),

    NGX_PDN_ROW("preread_by_lua_no_postpone", NGX_STREAM_MAIN_CONF,
        NGX_CONF_FLAG, ngx_conf_set_flag_slot, NGX_STREAM_MAIN_CONF_OFFSET,
        offsetof(ngx_stream_pdn_main_conf_t, no_postpone), NULL),
    NGX_PDN_ROW("lua_own_shared_dicts", NGX_STREAM_MAIN_CONF,
        NGX_CONF_FLAG, ngx_conf_set_flag_slot, NGX_STREAM_MAIN_CONF_OFFSET,
        offsetof(ngx_stream_pdn_main_conf_t, main.own_dicts), NULL),
    NGX_PDN_ROW("lua_add_variable", NGX_STREAM_MAIN_CONF, NGX_CONF_TAKE1,
        ngx_stream_pdn_add_variable, 0, 0, NULL),

    ngx_null_command
};

/* clang-format on */


static ngx_stream_module_t ngx_stream_pandan_module_ctx = {
    NULL,                             /* preconfiguration */
    ngx_stream_pdn_postconfiguration, /* postconfiguration */
    ngx_stream_pdn_create_main_conf,  /* create main configuration */
    ngx_stream_pdn_init_main_conf,    /* init main configuration */
    ngx_stream_pdn_create_srv_conf,   /* create server configuration */
    ngx_stream_pdn_merge_srv_conf     /* merge server configuration */
};


ngx_module_t ngx_stream_pandan_module = {
    NGX_MODULE_V1,
    &ngx_stream_pandan_module_ctx, /* module context */
    ngx_stream_pdn_commands,       /* module directives */
    NGX_STREAM_MODULE,             /* module type */
    NULL,                          /* init master */
    NULL,                          /* init module */
    ngx_stream_pdn_init_process,   /* init process */
    NULL,                          /* init thread */
    NULL,                          /* exit thread */
    ngx_stream_pdn_exit_process,   /* exit process */
    NULL,                          /* exit master */
    NGX_MODULE_V1_PADDING
};


/* Configuration */

static void *
ngx_stream_pdn_create_main_conf(ngx_conf_t *cf)
{
    ngx_stream_pdn_main_conf_t *pmcf;

    pmcf = ngx_pcalloc(cf->pool, sizeof(ngx_stream_pdn_main_conf_t));

    if (pmcf == NULL
        || ngx_pdn_main_init(cf, &pmcf->main, NGX_PDN_OF_STREAM,
                             ngx_stream_pdn_open, "ngx_stream_pandan_module.so")
               != NGX_OK)
    {
        return NULL;
    }

    pmcf->main.compile = ngx_stream_pdn_compile;
    pmcf->no_postpone = NGX_CONF_UNSET;

    return pmcf;
}


static void
ngx_stream_pdn_open(lua_State *L)
{
    ngx_stream_pdn_socket_open(L);
    ngx_stream_pdn_udp_open(L);
}


static void *
ngx_stream_pdn_compile(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_stream_complex_value_t *value;
    ngx_stream_compile_complex_value_t ccv = { .cf = cf, .value = path };

    value = ngx_palloc(cf->pool, sizeof(ngx_stream_complex_value_t));
    ccv.complex_value = value;

    if (value == NULL || ngx_stream_compile_complex_value(&ccv) != NGX_OK) {
        return NULL;
    }

    return value;
}


static char *
ngx_stream_pdn_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_stream_pdn_main_conf_t *pmcf = conf;

    ngx_stream_pdn_srv_conf_t *pscf;

    ngx_conf_init_value(pmcf->no_postpone, 0);

    /* code of the worker itself lives by the settings of stream { } */
    pscf = ngx_stream_conf_get_module_srv_conf(cf, ngx_stream_pandan_module);

    return ngx_stream_pdn_merge_srv_conf(cf, pscf, pscf);
}


static void *
ngx_stream_pdn_create_srv_conf(ngx_conf_t *cf)
{
    ngx_stream_pdn_srv_conf_t *pscf;

    pscf = ngx_pcalloc(cf->pool, sizeof(ngx_stream_pdn_srv_conf_t));

    if (pscf != NULL) {
        ngx_pdn_place_init(&pscf->place, NGX_PDN_OF_STREAM);
    }

    return pscf;
}


static char *
ngx_stream_pdn_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_stream_pdn_srv_conf_t *prev = parent;
    ngx_stream_pdn_srv_conf_t *conf = child;

    ngx_uint_t i;
    ngx_stream_core_srv_conf_t *cscf;

    for (i = 0; i < NGX_STREAM_PDN_BALANCER; i++) {
        if (conf->chunks[i] == NULL) {
            conf->chunks[i] = prev->chunks[i];
        }
    }

    ngx_pdn_tls_chunks_merge(prev->tls, conf->tls);

    /* nginx's own configuration of the server is merged already */

    cscf = ngx_stream_conf_get_module_srv_conf(cf, ngx_stream_core_module);

    return ngx_pdn_place_merge(cf, &prev->place, &conf->place,
                               cscf->tcp_nodelay, cscf->error_log)
                   == NGX_OK
               ? NGX_CONF_OK
               : NGX_CONF_ERROR;
}


static char *
ngx_stream_pdn_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_stream_pdn_srv_conf_t *pscf = conf;
    ngx_pdn_directive_t *row = cmd->post;

    ngx_stream_core_srv_conf_t *cscf;
    ngx_stream_pdn_main_conf_t *pmcf;

    if (row->slot == NGX_STREAM_PDN_CONTENT) {
        cscf = ngx_stream_conf_get_module_srv_conf(cf, ngx_stream_core_module);

        if (cscf->handler != NULL && pscf->chunks[row->slot] == NULL) {
            return "is duplicate";
        }

        cscf->handler = ngx_stream_pdn_content_handler;
    }

    pmcf = ngx_stream_conf_get_module_main_conf(cf, ngx_stream_pandan_module);
    pmcf->used |= 1 << row->slot;

    return ngx_pdn_set_chunk(cf, cmd, &pmcf->main, pscf->chunks);
}


static char *
ngx_stream_pdn_tls_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    return ngx_pdn_set_chunk(cf, cmd, NULL,
                             ((ngx_stream_pdn_srv_conf_t *) conf)->tls);
}


/* Hooks */

static ngx_int_t
ngx_stream_pdn_postconfiguration(ngx_conf_t *cf)
{
    ngx_stream_handler_pt *h;
    ngx_stream_core_main_conf_t *cmcf;
    ngx_stream_pdn_main_conf_t *pmcf;

    pmcf = ngx_stream_conf_get_module_main_conf(cf, ngx_stream_pandan_module);

    if ((pmcf->used & 1 << NGX_STREAM_PDN_PREREAD)
        && ngx_stream_pdn_preread_init(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (pmcf->used & (1 << NGX_STREAM_PDN_LOG | 1 << NGX_STREAM_PDN_BALANCER)) {
        cmcf = ngx_stream_conf_get_module_main_conf(cf, ngx_stream_core_module);

        h = ngx_array_push(&cmcf->phases[NGX_STREAM_LOG_PHASE].handlers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *h = ngx_stream_pdn_log_handler;
    }

    return ngx_stream_pdn_tls_init(cf);
}


static ngx_int_t
ngx_stream_pdn_init_process(ngx_cycle_t *cycle)
{
    ngx_pdn_like_t like;
    ngx_pdn_main_t *main;

    main = ngx_stream_pdn_main(cycle, &like);

    if (main != NULL) {
        ngx_pdn_main_start(cycle, main, &like);
    }

    return NGX_OK;
}


static void
ngx_stream_pdn_exit_process(ngx_cycle_t *cycle)
{
    ngx_pdn_like_t like;
    ngx_pdn_main_t *main;

    main = ngx_stream_pdn_main(cycle, &like);

    if (main != NULL) {
        ngx_pdn_main_exit(cycle, main, &like);
    }
}


/* NULL: there is no stream { }. */
static ngx_pdn_main_t *
ngx_stream_pdn_main(ngx_cycle_t *cycle, ngx_pdn_like_t *like)
{
    ngx_stream_conf_ctx_t *ctx;
    ngx_stream_pdn_srv_conf_t *pscf;
    ngx_stream_pdn_main_conf_t *pmcf;
    ngx_stream_core_srv_conf_t *cscf;

    ctx = (ngx_stream_conf_ctx_t *) ngx_get_conf(cycle->conf_ctx,
                                                 ngx_stream_module);
    if (ctx == NULL) {
        return NULL;
    }

    pmcf = ctx->main_conf[ngx_stream_pandan_module.ctx_index];
    pscf = ctx->srv_conf[ngx_stream_pandan_module.ctx_index];
    cscf = ctx->srv_conf[ngx_stream_core_module.ctx_index];

    ngx_pdn_place_like(&pmcf->main, &pscf->place, cscf->resolver,
                       cscf->resolver_timeout, cycle->log, like);

    return &pmcf->main;
}
