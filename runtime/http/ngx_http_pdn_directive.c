/*
 * SPDX-License-Identifier: MIT
 *
 * How directives are read: code in its three forms, paths, numbers.
 */

#include "ngx_http_pdn_directive.h"


static ngx_pdn_chunk_t *ngx_http_pdn_read_chunk(ngx_conf_t *cf,
                                                ngx_command_t *cmd);


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


char *
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


char *
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
    if (*slot == NULL) {
        return NGX_CONF_ERROR;
    }

    (*slot)->what = row->form == NGX_HTTP_PDN_FILE ? (char *) cmd->name.data
                                                   : row->label;
    pmcf->core->used = 1;

    return NGX_CONF_OK;
}


/* `$prefix` and `${prefix}` stand for nginx's prefix. */
char *
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

    /* It ends in a slash, so that both $prefix/lua and ${prefix}lua do. */
    prefix = cf->cycle->prefix;

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
char *
ngx_http_pdn_number(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_main_conf_t *pmcf = conf;

    return ngx_conf_set_num_slot(cf, cmd, pmcf->core);
}


/* A flag of the core module's configuration. */
char *
ngx_http_pdn_core_flag(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_main_conf_t *pmcf = conf;

    return ngx_conf_set_flag_slot(cf, cmd, pmcf->core);
}


/* What it loads is a part of the runtime. */
char *
ngx_http_pdn_load_resty_core(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    (void) cmd;
    (void) conf;

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "lua_load_resty_core is deprecated (the lua-resty-core "
                       "library is required since ngx_lua v0.10.16)");

    return NGX_CONF_OK;
}


/* lua_watch TIME | off */
char *
ngx_http_pdn_watch(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_pdn_main_conf_t *pmcf = conf;

    ngx_str_t *value;

    value = cf->args->elts;

    if (pmcf->core->watch == NGX_CONF_UNSET_MSEC
        && ngx_strcmp(value[1].data, "off") == 0)
    {
        pmcf->core->watch = 0;
        return NGX_CONF_OK;
    }

    return ngx_conf_set_msec_slot(cf, cmd, pmcf->core);
}


char *
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
