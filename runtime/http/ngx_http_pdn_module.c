/*
 * SPDX-License-Identifier: MIT
 *
 * The HTTP module: the table of directives, and where nginx calls us.  How
 * they are read and merged stands in ngx_http_pdn_directive.c and
 * ngx_http_pdn_conf.c, what a phase does in ngx_http_pdn_phase.c.
 */

#include "ngx_http_pdn_directive.h"
#include "ngx_pdn_agent.h"


static ngx_int_t ngx_http_pdn_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_pdn_init_process(ngx_cycle_t *cycle);


#define ANY (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF)
#define ROW(name, where, args, set, conf, offset, post)                        \
    {                                                                          \
        ngx_string(name), (where) | (args), set, conf, offset, post            \
    }

/* A code directive in its three forms, see ngx_http_pdn_directive_t. */

#define FORMS(id, word, n)                                                     \
    static ngx_http_pdn_directive_t ngx_http_pdn_##id##_forms[] = {            \
        { NGX_HTTP_PDN_BLOCK, word, n },                                       \
        { NGX_HTTP_PDN_FILE, word, n },                                        \
        { NGX_HTTP_PDN_STRING, word, n },                                      \
    }

#define CODE(id, word, where, set, conf)                                       \
    ROW(word "_block", where, NGX_CONF_BLOCK | NGX_CONF_NOARGS, set, conf, 0,  \
        &ngx_http_pdn_##id##_forms[0]),                                        \
        ROW(word "_file", where, NGX_CONF_TAKE1, set, conf, 0,                 \
            &ngx_http_pdn_##id##_forms[1]),                                    \
        ROW(word, where, NGX_CONF_TAKE1, set, conf, 0,                         \
            &ngx_http_pdn_##id##_forms[2])

#define PHASE(id, where)                                                       \
    CODE(id, #id "_by_lua", where, ngx_http_pdn_chunk, NGX_HTTP_LOC_CONF_OFFSET)

#define FLAG(name, where, field)                                               \
    ROW(name, where, NGX_CONF_FLAG, ngx_conf_set_flag_slot,                    \
        NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_pdn_loc_conf_t, field),    \
        NULL)

#define MSEC(name, field)                                                      \
    ROW(name, ANY, NGX_CONF_TAKE1, ngx_conf_set_msec_slot,                     \
        NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_pdn_loc_conf_t, field),    \
        NULL)

#define SIZE(name, field)                                                      \
    ROW(name, ANY, NGX_CONF_TAKE1, ngx_conf_set_size_slot,                     \
        NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_pdn_loc_conf_t, field),    \
        NULL)

#define TLS(name, args, set, field, post)                                      \
    ROW(name, ANY, args, set, NGX_HTTP_LOC_CONF_OFFSET,                        \
        offsetof(ngx_http_pdn_loc_conf_t, tls.field), post)

#define NUMBER(name, field)                                                    \
    ROW(name, NGX_HTTP_MAIN_CONF, NGX_CONF_TAKE1, ngx_http_pdn_number,         \
        NGX_HTTP_MAIN_CONF_OFFSET, offsetof(ngx_pdn_conf_t, field), NULL)


FORMS(init, "init_by_lua", 0);
FORMS(init_worker, "init_worker_by_lua", 0);
FORMS(exit_worker, "exit_worker_by_lua", 0);
FORMS(server_rewrite, "server_rewrite_by_lua", NGX_HTTP_PDN_SERVER_REWRITE);
FORMS(rewrite, "rewrite_by_lua", NGX_HTTP_PDN_REWRITE);
FORMS(access, "access_by_lua", NGX_HTTP_PDN_ACCESS);
FORMS(content, "content_by_lua", NGX_HTTP_PDN_CONTENT);
FORMS(header_filter, "header_filter_by_lua", NGX_HTTP_PDN_HEADER_FILTER);
FORMS(body_filter, "body_filter_by_lua", NGX_HTTP_PDN_BODY_FILTER);
FORMS(log, "log_by_lua", NGX_HTTP_PDN_LOG);


/* clang-format off */

static ngx_command_t  ngx_http_pdn_commands[] = {

    CODE(init, "init_by_lua", NGX_HTTP_MAIN_CONF,
         ngx_http_pdn_main_chunk, NGX_HTTP_MAIN_CONF_OFFSET),
    CODE(init_worker, "init_worker_by_lua", NGX_HTTP_MAIN_CONF,
         ngx_http_pdn_main_chunk, NGX_HTTP_MAIN_CONF_OFFSET),
    CODE(exit_worker, "exit_worker_by_lua", NGX_HTTP_MAIN_CONF,
         ngx_http_pdn_main_chunk, NGX_HTTP_MAIN_CONF_OFFSET),

    PHASE(server_rewrite, NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF),
    PHASE(rewrite,        ANY|NGX_HTTP_LIF_CONF),
    PHASE(access,         ANY|NGX_HTTP_LIF_CONF),
    PHASE(content,        NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF),
    PHASE(header_filter,  ANY|NGX_HTTP_LIF_CONF),
    PHASE(body_filter,    ANY|NGX_HTTP_LIF_CONF),
    PHASE(log,            ANY|NGX_HTTP_LIF_CONF),

    ROW("set_by_lua_block", NGX_HTTP_SRV_CONF|NGX_HTTP_SIF_CONF
        |NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF, NGX_CONF_TAKE1|NGX_CONF_BLOCK,
        ngx_http_pdn_set_block, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL),
    ROW("set_by_lua_file", NGX_HTTP_SRV_CONF|NGX_HTTP_SIF_CONF
        |NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF, NGX_CONF_2MORE,
        ngx_http_pdn_set_file, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL),
    ROW("set_by_lua", NGX_HTTP_SRV_CONF|NGX_HTTP_SIF_CONF
        |NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF, NGX_CONF_2MORE,
        ngx_http_pdn_set_string, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL),

    ROW("lua_package_path", NGX_HTTP_MAIN_CONF, NGX_CONF_TAKE1,
        ngx_http_pdn_path, NGX_HTTP_MAIN_CONF_OFFSET,
        offsetof(ngx_pdn_conf_t, package_path), NULL),
    ROW("lua_package_cpath", NGX_HTTP_MAIN_CONF, NGX_CONF_TAKE1,
        ngx_http_pdn_path, NGX_HTTP_MAIN_CONF_OFFSET,
        offsetof(ngx_pdn_conf_t, package_cpath), NULL),
    ROW("lua_shared_dict", NGX_HTTP_MAIN_CONF, NGX_CONF_TAKE2,
        ngx_http_pdn_shared_dict, 0, 0, NULL),

    ROW("lua_code_cache", ANY|NGX_HTTP_LIF_CONF, NGX_CONF_FLAG,
        ngx_http_pdn_code_cache, NGX_HTTP_LOC_CONF_OFFSET,
        offsetof(ngx_http_pdn_loc_conf_t, code_cache), NULL),

    ROW("lua_capture_error_log", NGX_HTTP_MAIN_CONF, NGX_CONF_TAKE1,
        ngx_http_pdn_capture_error_log, 0, 0, NULL),
    ROW("lua_load_resty_core", NGX_HTTP_MAIN_CONF, NGX_CONF_FLAG,
        ngx_http_pdn_load_resty_core, 0, 0, NULL),

    FLAG("lua_need_request_body", ANY|NGX_HTTP_LIF_CONF, need_request_body),
    FLAG("lua_check_client_abort", ANY|NGX_HTTP_LIF_CONF, check_client_abort),
    FLAG("lua_use_default_type", ANY|NGX_HTTP_LIF_CONF, use_default_type),
    FLAG("lua_http10_buffering", ANY|NGX_HTTP_LIF_CONF, http10_buffering),
    FLAG("lua_transform_underscores_in_response_headers",
         ANY|NGX_HTTP_LIF_CONF, transform_underscores),
    FLAG("lua_socket_log_errors", ANY|NGX_HTTP_LIF_CONF, socket.log_errors),

    MSEC("lua_socket_connect_timeout", socket.connect_timeout),
    MSEC("lua_socket_send_timeout", socket.send_timeout),
    MSEC("lua_socket_read_timeout", socket.read_timeout),
    MSEC("lua_socket_keepalive_timeout", socket.keepalive_timeout),
    SIZE("lua_socket_buffer_size", socket.buffer_size),
    SIZE("lua_socket_send_lowat", socket.send_lowat),
    ROW("lua_socket_pool_size", ANY, NGX_CONF_TAKE1, ngx_conf_set_num_slot,
        NGX_HTTP_LOC_CONF_OFFSET,
        offsetof(ngx_http_pdn_loc_conf_t, socket.pool_size), NULL),

    TLS("lua_ssl_protocols", NGX_CONF_1MORE, ngx_conf_set_bitmask_slot,
        protocols, &ngx_pdn_tls_protocols),
    TLS("lua_ssl_ciphers", NGX_CONF_TAKE1, ngx_conf_set_str_slot,
        ciphers, NULL),
    TLS("lua_ssl_verify_depth", NGX_CONF_TAKE1, ngx_conf_set_num_slot,
        verify_depth, NULL),
    TLS("lua_ssl_trusted_certificate", NGX_CONF_TAKE1, ngx_conf_set_str_slot,
        trusted_certificate, NULL),
    TLS("lua_ssl_crl", NGX_CONF_TAKE1, ngx_conf_set_str_slot, crl, NULL),
    TLS("lua_ssl_certificate", NGX_CONF_TAKE1, ngx_conf_set_str_slot,
        certificate, NULL),
    TLS("lua_ssl_certificate_key", NGX_CONF_TAKE1, ngx_conf_set_str_slot,
        certificate_key, NULL),
    TLS("lua_ssl_conf_command", NGX_CONF_TAKE2, ngx_conf_set_keyval_slot,
        commands, NULL),

    NUMBER("lua_thread_cache_max_entries", thread_cache_max_entries),
    NUMBER("lua_max_pending_timers", max_pending_timers),
    NUMBER("lua_max_running_timers", max_running_timers),
    NUMBER("lua_regex_cache_max_entries", regex_cache_max_entries),
    NUMBER("lua_regex_match_limit", regex_match_limit),
    NUMBER("lua_worker_thread_vm_pool_size", max_thread_vms),

    ROW("lua_sa_restart", NGX_HTTP_MAIN_CONF, NGX_CONF_FLAG,
        ngx_http_pdn_core_flag, NGX_HTTP_MAIN_CONF_OFFSET,
        offsetof(ngx_pdn_conf_t, sa_restart), NULL),
    ROW("lua_malloc_trim", NGX_HTTP_MAIN_CONF, NGX_CONF_TAKE1,
        ngx_conf_set_num_slot, NGX_HTTP_MAIN_CONF_OFFSET,
        offsetof(ngx_http_pdn_main_conf_t, trim_cycle), NULL),
    ROW("lua_watch", NGX_HTTP_MAIN_CONF, NGX_CONF_TAKE1, ngx_http_pdn_watch,
        NGX_HTTP_MAIN_CONF_OFFSET, offsetof(ngx_pdn_conf_t, watch), NULL),

    ROW("rewrite_by_lua_no_postpone", NGX_HTTP_MAIN_CONF, NGX_CONF_FLAG,
        ngx_conf_set_flag_slot, NGX_HTTP_MAIN_CONF_OFFSET,
        offsetof(ngx_http_pdn_main_conf_t, rewrite_no_postpone), NULL),
    ROW("access_by_lua_no_postpone", NGX_HTTP_MAIN_CONF, NGX_CONF_FLAG,
        ngx_conf_set_flag_slot, NGX_HTTP_MAIN_CONF_OFFSET,
        offsetof(ngx_http_pdn_main_conf_t, access_no_postpone), NULL),

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
    ngx_http_conf_ctx_t *ctx;
    ngx_http_pdn_main_conf_t *pmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE
        && !ngx_pdn_is_agent())
    {
        return NGX_OK;
    }

    ctx = (ngx_http_conf_ctx_t *) ngx_get_conf(cycle->conf_ctx,
                                               ngx_http_module);
    if (ctx == NULL) {
        return NGX_OK;
    }

    pmcf = ctx->main_conf[ngx_http_pandan_module.ctx_index];

    ngx_pdn_restart_calls(cycle);

    if (pmcf->init_worker != NULL) {
        ngx_http_pdn_run_worker(cycle, pmcf, ctx, 1);
    }

    return NGX_OK;
}


void
ngx_http_pdn_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_conf_ctx_t *ctx;
    ngx_http_pdn_main_conf_t *pmcf;

    ctx = (ngx_http_conf_ctx_t *) ngx_get_conf(cycle->conf_ctx,
                                               ngx_http_module);
    if (ctx == NULL) {
        return;
    }

    pmcf = ctx->main_conf[ngx_http_pandan_module.ctx_index];

    if (pmcf->exit_worker != NULL) {
        ngx_http_pdn_run_worker(cycle, pmcf, ctx, 0);
    }
}
