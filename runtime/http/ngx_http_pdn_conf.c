/*
 * SPDX-License-Identifier: MIT
 *
 * The configurations of the HTTP module: how they are made and merged, and
 * what every VM gets of it.
 */

#include "ngx_http_pdn_directive.h"
#include "ngx_http_pdn_parts.h"


static void ngx_http_pdn_open(lua_State *L);
static void *ngx_http_pdn_compile(ngx_conf_t *cf, ngx_str_t *path);


void *
ngx_http_pdn_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_pdn_main_conf_t *pmcf;

    pmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_pdn_main_conf_t));

    if (pmcf == NULL
        || ngx_pdn_main_init(cf, &pmcf->main, NGX_PDN_OF_HTTP,
                             ngx_http_pdn_open, "ngx_http_pandan_module.so")
               != NGX_OK)
    {
        return NULL;
    }

    pmcf->main.compile = ngx_http_pdn_compile;

    pmcf->rewrite_no_postpone = NGX_CONF_UNSET;
    pmcf->access_no_postpone = NGX_CONF_UNSET;
    pmcf->trim_cycle = NGX_CONF_UNSET;

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


static void *
ngx_http_pdn_compile(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_http_complex_value_t *value;
    ngx_http_compile_complex_value_t ccv;

    value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = path;
    ccv.complex_value = value;

    if (value == NULL || ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NULL;
    }

    return value;
}


char *
ngx_http_pdn_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_pdn_main_conf_t *pmcf = conf;

    ngx_http_pdn_loc_conf_t *plcf;

    ngx_conf_init_value(pmcf->rewrite_no_postpone, 0);
    ngx_conf_init_value(pmcf->access_no_postpone, 0);
    ngx_conf_init_value(pmcf->trim_cycle, pmcf->main.core->used ? 1000 : 0);

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

    plcf->need_request_body = NGX_CONF_UNSET;
    plcf->use_default_type = NGX_CONF_UNSET;
    plcf->http10_buffering = NGX_CONF_UNSET;
    plcf->transform_underscores = NGX_CONF_UNSET;

    ngx_pdn_place_init(&plcf->place, NGX_PDN_OF_HTTP);

    return plcf;
}


char *
ngx_http_pdn_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_pdn_loc_conf_t *prev = parent;
    ngx_http_pdn_loc_conf_t *conf = child;

    ngx_uint_t i;
    ngx_http_core_loc_conf_t *clcf;

    for (i = 0; i < NGX_HTTP_PDN_NCHUNKS; i++) {
        if (conf->chunks[i] == NULL) {
            conf->chunks[i] = prev->chunks[i];
        }
    }

    ngx_conf_merge_value(conf->need_request_body, prev->need_request_body, 0);
    ngx_conf_merge_value(conf->use_default_type, prev->use_default_type, 1);
    ngx_conf_merge_value(conf->http10_buffering, prev->http10_buffering, 1);
    ngx_conf_merge_value(conf->transform_underscores,
                         prev->transform_underscores, 1);

    /* the core module's configurations of this place are merged already */
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (ngx_pdn_place_merge(cf, &prev->place, &conf->place, clcf->tcp_nodelay,
                            clcf->error_log)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_pdn_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_loc_conf_t *plcf = conf;
    ngx_pdn_directive_t *row = cmd->post;

    ngx_http_core_loc_conf_t *clcf;
    ngx_http_pdn_main_conf_t *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pandan_module);
    pmcf->used |= 1 << row->slot;

    if (row->slot == NGX_HTTP_PDN_CONTENT) {
        clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
        clcf->handler = ngx_http_pdn_content_handler;
    }

    return ngx_pdn_set_chunk(cf, cmd, &pmcf->main, plcf->chunks);
}


void
ngx_http_pdn_like_conf(ngx_http_conf_ctx_t *ctx, ngx_log_t *log,
                       ngx_pdn_like_t *like)
{
    ngx_http_pdn_loc_conf_t *plcf;
    ngx_http_core_loc_conf_t *clcf;
    ngx_http_pdn_main_conf_t *pmcf;

    pmcf = ctx->main_conf[ngx_http_pandan_module.ctx_index];
    plcf = ctx->loc_conf[ngx_http_pandan_module.ctx_index];
    clcf = ctx->loc_conf[ngx_http_core_module.ctx_index];

    ngx_pdn_place_like(&pmcf->main, &plcf->place, clcf->resolver,
                       clcf->resolver_timeout, log, like);
}
