/*
 * SPDX-License-Identifier: MIT
 *
 * The HTTP module: directives and their configuration, and where nginx calls
 * us.  What a phase does stands in ngx_http_pdn_phase.c.
 */

#include "ngx_http_pdn.h"
#include "ngx_http_pdn_phase.h"
#include "ngx_http_pdn_parts.h"
#include "ngx_pdn_background.h"


/* How a directive gives its code. */

typedef enum {
    NGX_HTTP_PDN_BLOCK = 0,
    NGX_HTTP_PDN_FILE,
    NGX_HTTP_PDN_STRING
} ngx_http_pdn_form_e;


typedef struct {
    ngx_http_pdn_form_e form;
    const char *label; /* in chunk names and messages */
    ngx_uint_t slot;   /* of the location's chunks */
} ngx_http_pdn_directive_t;


static char *ngx_http_pdn_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_pdn_main_chunk(ngx_conf_t *cf, ngx_command_t *cmd,
                                     void *conf);
static ngx_pdn_chunk_t *ngx_http_pdn_read_chunk(ngx_conf_t *cf,
                                                ngx_command_t *cmd);
static char *ngx_http_pdn_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_pdn_number(ngx_conf_t *cf, ngx_command_t *cmd,
                                 void *conf);
static char *ngx_http_pdn_core_flag(ngx_conf_t *cf, ngx_command_t *cmd,
                                    void *conf);
static char *ngx_http_pdn_code_cache(ngx_conf_t *cf, ngx_command_t *cmd,
                                     void *conf);
static char *ngx_http_pdn_load_resty_core(ngx_conf_t *cf, ngx_command_t *cmd,
                                          void *conf);
static void ngx_http_pdn_open(lua_State *L);

static void *ngx_http_pdn_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_pdn_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_pdn_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_pdn_merge_loc_conf(ngx_conf_t *cf, void *parent,
                                         void *child);
static ngx_int_t ngx_http_pdn_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_pdn_init(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm,
                                   void *data);
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


/* Directives */

static ngx_pdn_chunk_t *
ngx_http_pdn_read_chunk(ngx_conf_t *cf, ngx_command_t *cmd)
{
    ngx_str_t text, *value;
    ngx_http_pdn_directive_t *row = cmd->post;

    value = cf->args->elts;

    switch (row->form) {

    case NGX_HTTP_PDN_FILE:
        return ngx_http_pdn_chunk_file(cf, &value[1]);

    case NGX_HTTP_PDN_STRING:
        return ngx_pdn_chunk_block(cf, &value[1], row->label);

    default:
        break;
    }

    /* Named by the line that the block begins in, not where it ends. */

    return ngx_http_pdn_block(cf, row->label, &text);
}


ngx_pdn_chunk_t *
ngx_http_pdn_block(ngx_conf_t *cf, const char *label, ngx_str_t *text)
{
    ngx_uint_t first, last;
    ngx_pdn_chunk_t *chunk;

    first = cf->conf_file->line;

    if (ngx_pdn_block_read(cf, text) != NGX_CONF_OK) {
        return NULL;
    }

    last = cf->conf_file->line;
    cf->conf_file->line = first;

    chunk = ngx_pdn_chunk_block(cf, text, label);

    cf->conf_file->line = last;

    return chunk;
}


ngx_pdn_chunk_t *
ngx_http_pdn_chunk_file(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_pdn_chunk_t *chunk;
    ngx_http_complex_value_t *value;
    ngx_http_compile_complex_value_t ccv;

    if (ngx_http_script_variables_count(path) == 0) {
        return ngx_pdn_chunk_file(cf, path);
    }

    chunk = ngx_pcalloc(cf->pool, sizeof(ngx_pdn_chunk_t));
    value = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));

    if (chunk == NULL || value == NULL) {
        return NULL;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = path;
    ccv.complex_value = value;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NULL;
    }

    chunk->script = value;
    chunk->ref = LUA_NOREF;

    return chunk;
}


static char *
ngx_http_pdn_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_loc_conf_t *plcf = conf;
    ngx_http_pdn_directive_t *row = cmd->post;

    ngx_http_core_loc_conf_t *clcf;
    ngx_http_pdn_main_conf_t *pmcf;

    if (plcf->chunks[row->slot] != NULL) {
        return "is duplicate";
    }

    plcf->chunks[row->slot] = ngx_http_pdn_read_chunk(cf, cmd);
    if (plcf->chunks[row->slot] == NULL) {
        return NGX_CONF_ERROR;
    }

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pandan_module);
    pmcf->used |= 1 << row->slot;
    pmcf->core->used = 1;

    if (row->slot == NGX_HTTP_PDN_CONTENT) {
        clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
        clcf->handler = ngx_http_pdn_content_handler;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_pdn_main_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_main_conf_t *pmcf = conf;
    ngx_http_pdn_directive_t *row = cmd->post;

    ngx_pdn_chunk_t **slot;

    slot = row->label[4] == '_' && row->label[5] == 'b' ? &pmcf->init
           : row->label[0] == 'i'                       ? &pmcf->init_worker
                                                        : &pmcf->exit_worker;

    if (*slot != NULL) {
        return "is duplicate";
    }

    *slot = ngx_http_pdn_read_chunk(cf, cmd);
    pmcf->core->used = 1;

    return *slot ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* `$prefix` and `${prefix}` stand for nginx's prefix. */
static char *
ngx_http_pdn_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_main_conf_t *pmcf = conf;

    u_char *p, *last, *dst;
    size_t skip;
    ngx_str_t *value, *field, prefix;

    value = cf->args->elts;
    field = (ngx_str_t *) ((char *) pmcf->core + cmd->offset);

    if (field->len != 0) {
        return "is duplicate";
    }

    prefix = cf->cycle->prefix;

    if (prefix.len > 1 && prefix.data[prefix.len - 1] == '/') {
        prefix.len--;
    }

    /* Each `$prefix` grows by less than the prefix's length. */

    dst = ngx_pnalloc(cf->pool, value[1].len * (prefix.len + 1) + 1);
    if (dst == NULL) {
        return NGX_CONF_ERROR;
    }

    field->data = dst;
    p = value[1].data;
    last = p + value[1].len;

    while (p < last) {

        if (ngx_strncmp(p, "${prefix}", 9) == 0) {
            skip = 9;

        } else if (ngx_strncmp(p, "$prefix", 7) == 0) {
            skip = 7;

        } else {
            *dst++ = *p++;
            continue;
        }

        dst = ngx_cpymem(dst, prefix.data, prefix.len);
        p += skip;
    }

    *dst = '\0';
    field->len = dst - field->data;
    pmcf->core->used = 1;

    return NGX_CONF_OK;
}


/* A number of the core module's configuration. */
static char *
ngx_http_pdn_number(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_main_conf_t *pmcf = conf;

    return ngx_conf_set_num_slot(cf, cmd, pmcf->core);
}


/* A flag of the core module's configuration. */
static char *
ngx_http_pdn_core_flag(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_main_conf_t *pmcf = conf;

    return ngx_conf_set_flag_slot(cf, cmd, pmcf->core);
}


/* What it loads is a part of the runtime. */
static char *
ngx_http_pdn_load_resty_core(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    (void) cmd;
    (void) conf;

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "lua_load_resty_core is deprecated (the lua-resty-core "
                       "library is required since ngx_lua v0.10.16)");

    return NGX_CONF_OK;
}


static char *
ngx_http_pdn_code_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char *rv;
    ngx_http_pdn_loc_conf_t *plcf = conf;

    rv = ngx_conf_set_flag_slot(cf, cmd, conf);

    if (rv == NGX_CONF_OK && !plcf->code_cache) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, 0,
                           "lua_code_cache is off; this will hurt "
                           "performance");
    }

    return rv;
}


/* Configuration */

static void *
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


static char *
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


static void *
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


static char *
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

    if (pmcf->trim_cycle > 0
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
ngx_http_pdn_init(ngx_cycle_t *cycle, ngx_pdn_vm_t *vm, void *data)
{
    ngx_http_pdn_main_conf_t *pmcf = data;

    return pmcf->init ? ngx_http_pdn_run_init(cycle, vm, pmcf->init) : NGX_OK;
}


static ngx_int_t
ngx_http_pdn_init_process(ngx_cycle_t *cycle)
{
    ngx_http_conf_ctx_t *ctx;
    ngx_http_pdn_main_conf_t *pmcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    ctx = (ngx_http_conf_ctx_t *) ngx_get_conf(cycle->conf_ctx,
                                               ngx_http_module);
    if (ctx == NULL) {
        return NGX_OK;
    }

    pmcf = ctx->main_conf[ngx_http_pandan_module.ctx_index];

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
