/*
 * SPDX-License-Identifier: MIT
 *
 * The configurations of the HTTP module: how they are made and merged, and
 * what every VM gets of it.
 */

#include "ngx_http_pdn_directive.h"
#include "ngx_http_pdn_parts.h"


static void ngx_http_pdn_open(lua_State *L);
static ngx_int_t ngx_http_pdn_init(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm,
                                   void *data);


void *
ngx_http_pdn_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_pdn_main_conf_t *pmcf;

    pmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_pdn_main_conf_t));
    if (pmcf == NULL) {
        return NULL;
    }

    pmcf->core = ngx_pdn_conf(cf->cycle);

    if (pmcf->core == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "ngx_pandan_module.so must be loaded before "
                           "ngx_http_pandan_module.so");
        return NULL;
    }

    pmcf->rewrite_no_postpone = NGX_CONF_UNSET;
    pmcf->access_no_postpone = NGX_CONF_UNSET;
    pmcf->trim_cycle = NGX_CONF_UNSET;

    if (ngx_pdn_add_opener(cf->cycle, ngx_http_pdn_open) != NGX_OK) {
        return NULL;
    }

    return pmcf;
}


static void
ngx_http_pdn_open(lua_State *L)
{
    ngx_uint_t i;

    for (i = 0; ngx_http_pdn_parts[i] != NULL; i++) {
        ngx_http_pdn_parts[i](L);
        lua_settop(L, 2);
    }

    ngx_pdn_vm_run_embedded(L, "http");
}


char *
ngx_http_pdn_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_pdn_main_conf_t *pmcf = conf;

    ngx_http_pdn_loc_conf_t *plcf;

    ngx_conf_init_value(pmcf->rewrite_no_postpone, 0);
    ngx_conf_init_value(pmcf->access_no_postpone, 0);
    ngx_conf_init_value(pmcf->trim_cycle, pmcf->core->used ? 1000 : 0);

    pmcf->core->init = ngx_http_pdn_init;
    pmcf->core->init_data = pmcf;

    /* code of the worker itself lives by the settings of http { } */
    plcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_pandan_module);

    return ngx_http_pdn_merge_loc_conf(cf, plcf, plcf);
}


void *
ngx_http_pdn_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_pdn_loc_conf_t *plcf;

    plcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_pdn_loc_conf_t));
    if (plcf == NULL) {
        return NULL;
    }

    plcf->code_cache = NGX_CONF_UNSET;
    plcf->need_request_body = NGX_CONF_UNSET;
    plcf->check_client_abort = NGX_CONF_UNSET;
    plcf->use_default_type = NGX_CONF_UNSET;
    plcf->http10_buffering = NGX_CONF_UNSET;
    plcf->transform_underscores = NGX_CONF_UNSET;

    plcf->socket.connect_timeout = NGX_CONF_UNSET_MSEC;
    plcf->socket.send_timeout = NGX_CONF_UNSET_MSEC;
    plcf->socket.read_timeout = NGX_CONF_UNSET_MSEC;
    plcf->socket.keepalive_timeout = NGX_CONF_UNSET_MSEC;
    plcf->socket.send_lowat = NGX_CONF_UNSET_SIZE;
    plcf->socket.buffer_size = NGX_CONF_UNSET_SIZE;
    plcf->socket.pool_size = NGX_CONF_UNSET_UINT;
    plcf->socket.log_errors = NGX_CONF_UNSET;

    ngx_pdn_tls_conf_init(&plcf->tls);

    return plcf;
}


char *
ngx_http_pdn_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_pdn_loc_conf_t *prev = parent;
    ngx_http_pdn_loc_conf_t *conf = child;

    ngx_uint_t i;
    ngx_http_core_loc_conf_t *clcf;

    if (ngx_http_pdn_capture_log_of(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < NGX_HTTP_PDN_NCHUNKS; i++) {
        if (conf->chunks[i] == NULL) {
            conf->chunks[i] = prev->chunks[i];
        }
    }

    ngx_conf_merge_value(conf->code_cache, prev->code_cache, 1);
    ngx_conf_merge_value(conf->need_request_body, prev->need_request_body, 0);
    ngx_conf_merge_value(conf->check_client_abort, prev->check_client_abort, 0);
    ngx_conf_merge_value(conf->use_default_type, prev->use_default_type, 1);
    ngx_conf_merge_value(conf->http10_buffering, prev->http10_buffering, 1);
    ngx_conf_merge_value(conf->transform_underscores,
                         prev->transform_underscores, 1);

    ngx_conf_merge_msec_value(conf->socket.connect_timeout,
                              prev->socket.connect_timeout, 60000);
    ngx_conf_merge_msec_value(conf->socket.send_timeout,
                              prev->socket.send_timeout, 60000);
    ngx_conf_merge_msec_value(conf->socket.read_timeout,
                              prev->socket.read_timeout, 60000);
    ngx_conf_merge_msec_value(conf->socket.keepalive_timeout,
                              prev->socket.keepalive_timeout, 60000);
    ngx_conf_merge_size_value(conf->socket.send_lowat, prev->socket.send_lowat,
                              0);
    ngx_conf_merge_size_value(conf->socket.buffer_size,
                              prev->socket.buffer_size, ngx_pagesize);
    ngx_conf_merge_uint_value(conf->socket.pool_size, prev->socket.pool_size,
                              30);
    ngx_conf_merge_value(conf->socket.log_errors, prev->socket.log_errors, 1);

    /* the core module's configurations of this place are merged already */
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    conf->socket.tcp_nodelay = clcf->tcp_nodelay;

    if (ngx_pdn_tls_conf_merge(cf, &prev->tls, &conf->tls) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    conf->socket.ssl = conf->tls.ssl;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_pdn_init(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm, void *data)
{
    ngx_http_pdn_main_conf_t *pmcf = data;

    return pmcf->init ? ngx_http_pdn_run_init(cycle, vm, pmcf->init) : NGX_OK;
}
