/*
 * SPDX-License-Identifier: MIT
 *
 * The HTTP module: the table of directives, and where nginx calls us.  How
 * they are read and merged stands in ngx_http_pdn_directive.c and
 * ngx_http_pdn_conf.c, what a phase does in ngx_http_pdn_phase.c.
 */

#include "ngx_http_pdn_directive.h"


static ngx_int_t ngx_http_pdn_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_pdn_init_process(ngx_cycle_t *cycle);
static void ngx_http_pdn_exit_process(ngx_cycle_t *cycle);
static ngx_pdn_main_t *ngx_http_pdn_main(ngx_cycle_t *cycle,
                                         ngx_pdn_like_t *like);


#define ANY (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)

#define PHASE(id, where)                                                       \
    NGX_PDN_CODE_STRING(id, #id "_by_lua", where, ngx_http_pdn_chunk,          \
                        NGX_HTTP_LOC_CONF_OFFSET)

#define FLAG(name, where, field)                                               \
    NGX_PDN_ROW(name, where, NGX_CONF_FLAG, ngx_conf_set_flag_slot,            \
                NGX_HTTP_LOC_CONF_OFFSET,                                      \
                offsetof(ngx_http_pdn_loc_conf_t, field), NULL)

#define MAIN(name, args, set, field)                                           \
    NGX_PDN_ROW(name, NGX_HTTP_MAIN_CONF, args, set,                           \
                NGX_HTTP_MAIN_CONF_OFFSET,                                     \
                offsetof(ngx_http_pdn_main_conf_t, field), NULL)


NGX_PDN_MAIN_FORMS;
NGX_PDN_FORMS(server_rewrite, "server_rewrite_by_lua",
              NGX_HTTP_PDN_SERVER_REWRITE);
NGX_PDN_FORMS(rewrite, "rewrite_by_lua", NGX_HTTP_PDN_REWRITE);
NGX_PDN_FORMS(access, "access_by_lua", NGX_HTTP_PDN_ACCESS);
NGX_PDN_FORMS(content, "content_by_lua", NGX_HTTP_PDN_CONTENT);
NGX_PDN_FORMS(header_filter, "header_filter_by_lua",
              NGX_HTTP_PDN_HEADER_FILTER);
NGX_PDN_FORMS(body_filter, "body_filter_by_lua", NGX_HTTP_PDN_BODY_FILTER);
NGX_PDN_FORMS(log, "log_by_lua", NGX_HTTP_PDN_LOG);


/* clang-format off */

static ngx_command_t  ngx_http_pdn_commands[] = {

    NGX_PDN_MAIN_ROWS(NGX_HTTP_MAIN_CONF, NGX_HTTP_MAIN_CONF_OFFSET),
    NGX_PDN_PLACE_ROWS(ANY|NGX_HTTP_LIF_CONF, NGX_HTTP_LOC_CONF_OFFSET),

    PHASE(server_rewrite, NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF),
    PHASE(rewrite,        ANY|NGX_HTTP_LIF_CONF),
    PHASE(access,         ANY|NGX_HTTP_LIF_CONF),
    PHASE(content,        NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF),
    PHASE(header_filter,  ANY|NGX_HTTP_LIF_CONF),
    PHASE(body_filter,    ANY|NGX_HTTP_LIF_CONF),
    PHASE(log,            ANY|NGX_HTTP_LIF_CONF),

    NGX_PDN_ROW("set_by_lua_block", NGX_HTTP_SRV_CONF|NGX_HTTP_SIF_CONF
        |NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF, NGX_CONF_TAKE1|NGX_CONF_BLOCK,
        ngx_http_pdn_set_block, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL),
    NGX_PDN_ROW("set_by_lua_file", NGX_HTTP_SRV_CONF|NGX_HTTP_SIF_CONF
        |NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF, NGX_CONF_2MORE,
        ngx_http_pdn_set_file, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL),
    NGX_PDN_ROW("set_by_lua", NGX_HTTP_SRV_CONF|NGX_HTTP_SIF_CONF
        |NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF, NGX_CONF_2MORE,
        ngx_http_pdn_set_string, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL),

    FLAG("lua_need_request_body", ANY|NGX_HTTP_LIF_CONF, need_request_body),
    FLAG("lua_use_default_type", ANY|NGX_HTTP_LIF_CONF, use_default_type),
    FLAG("lua_http10_buffering", ANY|NGX_HTTP_LIF_CONF, http10_buffering),
    FLAG("lua_transform_underscores_in_response_headers",
         ANY|NGX_HTTP_LIF_CONF, transform_underscores),

    MAIN("lua_malloc_trim", NGX_CONF_TAKE1, ngx_conf_set_num_slot, trim_cycle),
    MAIN("rewrite_by_lua_no_postpone", NGX_CONF_FLAG, ngx_conf_set_flag_slot,
         rewrite_no_postpone),
    MAIN("access_by_lua_no_postpone", NGX_CONF_FLAG, ngx_conf_set_flag_slot,
         access_no_postpone),

    ngx_null_command
};

/* clang-format on */


static ngx_http_module_t ngx_http_pandan_module_ctx = {
    NULL,                           /* preconfiguration */
    ngx_http_pdn_postconfiguration, /* postconfiguration */
    ngx_http_pdn_create_main_conf,  /* create main configuration */
    ngx_http_pdn_init_main_conf,    /* init main configuration */
    NULL,                           /* create server configuration */
    NULL,                           /* merge server configuration */
    ngx_http_pdn_create_loc_conf,   /* create location configuration */
    ngx_http_pdn_merge_loc_conf     /* merge location configuration */
};


ngx_module_t ngx_http_pandan_module = {
    NGX_MODULE_V1,
    &ngx_http_pandan_module_ctx, /* module context */
    ngx_http_pdn_commands,       /* module directives */
    NGX_HTTP_MODULE,             /* module type */
    NULL,                        /* init master */
    NULL,                        /* init module */
    ngx_http_pdn_init_process,   /* init process */
    NULL,                        /* init thread */
    NULL,                        /* exit thread */
    ngx_http_pdn_exit_process,   /* exit process */
    NULL,                        /* exit master */
    NGX_MODULE_V1_PADDING
};


/* Hooks */

/*
 * Rewrite and access code runs behind the other handlers of its phase unless
 * told otherwise; nginx runs the handlers from the last to the first.
 */
static ngx_int_t
ngx_http_pdn_add_handler(ngx_conf_t *cf, ngx_uint_t phase,
                         ngx_http_handler_pt handler, ngx_uint_t last)
{
    ngx_array_t *handlers;
    ngx_http_handler_pt *h, *first;
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    handlers = &cmcf->phases[phase].handlers;

    h = ngx_array_push(handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    if (last) {
        first = handlers->elts;
        ngx_memmove(first + 1, first,
                    (handlers->nelts - 1) * sizeof(ngx_http_handler_pt));
        h = first;
    }

    *h = handler;

    return NGX_OK;
}


static ngx_int_t
ngx_http_pdn_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_pdn_main_conf_t *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pandan_module);

    if ((pmcf->used & 1 << NGX_HTTP_PDN_SERVER_REWRITE)
        && ngx_http_pdn_add_handler(cf, NGX_HTTP_SERVER_REWRITE_PHASE,
                                    ngx_http_pdn_server_rewrite_handler, 0)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    if ((pmcf->used & 1 << NGX_HTTP_PDN_REWRITE)
        && ngx_http_pdn_add_handler(cf, NGX_HTTP_REWRITE_PHASE,
                                    ngx_http_pdn_rewrite_handler,
                                    !pmcf->rewrite_no_postpone)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    if ((pmcf->used & 1 << NGX_HTTP_PDN_ACCESS)
        && ngx_http_pdn_add_handler(cf, NGX_HTTP_ACCESS_PHASE,
                                    ngx_http_pdn_access_handler,
                                    !pmcf->access_no_postpone)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    if ((pmcf->used & 1 << NGX_HTTP_PDN_LOG)
        && ngx_http_pdn_add_handler(cf, NGX_HTTP_LOG_PHASE,
                                    ngx_http_pdn_log_handler, 0)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    if ((pmcf->trim_cycle > 0 || pmcf->used & 1 << NGX_HTTP_PDN_LOG)
        && ngx_http_pdn_add_handler(cf, NGX_HTTP_LOG_PHASE,
                                    ngx_http_pdn_trim_handler, 0)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_pdn_filter_init(pmcf);

    return NGX_OK;
}


static ngx_int_t
ngx_http_pdn_init_process(ngx_cycle_t *cycle)
{
    ngx_pdn_main_t *main;
    ngx_pdn_like_t like;

    main = ngx_http_pdn_main(cycle, &like);

    if (main != NULL) {
        ngx_pdn_main_start(cycle, main, &like);
    }

    return NGX_OK;
}


static void
ngx_http_pdn_exit_process(ngx_cycle_t *cycle)
{
    ngx_pdn_main_t *main;
    ngx_pdn_like_t like;

    main = ngx_http_pdn_main(cycle, &like);

    if (main != NULL) {
        ngx_pdn_main_exit(cycle, main, &like);
    }
}


/* NULL: there is no http { }. */
static ngx_pdn_main_t *
ngx_http_pdn_main(ngx_cycle_t *cycle, ngx_pdn_like_t *like)
{
    ngx_http_conf_ctx_t *ctx;
    ngx_http_pdn_main_conf_t *pmcf;

    ctx = (ngx_http_conf_ctx_t *) ngx_get_conf(cycle->conf_ctx,
                                               ngx_http_module);
    if (ctx == NULL) {
        return NULL;
    }

    pmcf = ctx->main_conf[ngx_http_pandan_module.ctx_index];
    ngx_http_pdn_like_conf(ctx, cycle->log, like);

    return &pmcf->main;
}
