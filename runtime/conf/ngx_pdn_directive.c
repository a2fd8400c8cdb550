/*
 * SPDX-License-Identifier: MIT
 *
 * How directives are read: code in its three forms, paths, numbers.
 */

#include "ngx_pdn_settings.h"
#include "ngx_pdn_errlog.h"
#include "ngx_pdn_shm.h"


/* Two lines, of the length that nginx cuts them to. */
#define NGX_PDN_CAPTURE_MIN (2 * NGX_MAX_ERROR_STR)

#define NGX_PDN_DICT_MIN 8191


static ngx_pdn_chunk_t *ngx_pdn_read_chunk(ngx_conf_t *cf, ngx_command_t *cmd,
                                           ngx_pdn_main_t *main);
static ngx_int_t ngx_pdn_path_expand(ngx_conf_t *cf, ngx_str_t *path,
                                     ngx_str_t *field);
static ngx_int_t ngx_pdn_path_join(ngx_conf_t *cf, ngx_str_t *core,
                                   ngx_str_t *own);
static ngx_uint_t ngx_pdn_has_variables(ngx_str_t *path);


static ngx_pdn_chunk_t *
ngx_pdn_read_chunk(ngx_conf_t *cf, ngx_command_t *cmd, ngx_pdn_main_t *main)
{
    ngx_str_t *value;
    ngx_pdn_directive_t *row = cmd->post;

    value = cf->args->elts;

    switch (row->form) {

    case NGX_PDN_FORM_FILE:
        return ngx_pdn_read_file(cf, main, &value[1]);

    case NGX_PDN_FORM_STRING:
        return ngx_pdn_chunk_block(cf, &value[1], row->label);

    default:
        return ngx_pdn_read_block(cf, row->label);
    }
}


ngx_pdn_chunk_t *
ngx_pdn_read_block(ngx_conf_t *cf, const char *label)
{
    ngx_str_t text;
    ngx_uint_t first, last;
    ngx_pdn_chunk_t *chunk;

    /* Named by the line that the block begins in, not where it ends. */

    first = cf->conf_file->line;

    if (ngx_pdn_block_read(cf, &text) != NGX_CONF_OK) {
        return NULL;
    }

    last = cf->conf_file->line;
    cf->conf_file->line = first;

    chunk = ngx_pdn_chunk_block(cf, &text, label);

    cf->conf_file->line = last;

    return chunk;
}


static ngx_uint_t
ngx_pdn_has_variables(ngx_str_t *path)
{
    return ngx_strlchr(path->data, path->data + path->len, '$') != NULL;
}


ngx_pdn_chunk_t *
ngx_pdn_read_file(ngx_conf_t *cf, ngx_pdn_main_t *main, ngx_str_t *path)
{
    ngx_pdn_chunk_t *chunk;

    if (main == NULL || !ngx_pdn_has_variables(path)) {
        return ngx_pdn_chunk_file(cf, path);
    }

    chunk = ngx_pcalloc(cf->pool, sizeof(ngx_pdn_chunk_t));

    if (chunk == NULL) {
        return NULL;
    }

    chunk->script = main->compile(cf, path);
    chunk->ref = LUA_NOREF;

    return chunk->script != NULL ? chunk : NULL;
}


ngx_int_t
ngx_pdn_read_variable(ngx_conf_t *cf, ngx_str_t *name)
{
    *name = ((ngx_str_t *) cf->args->elts)[1];

    if (name->len < 2 || name->data[0] != '$') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid variable name \"%V\"",
                           name);
        return NGX_ERROR;
    }

    name->data++;
    name->len--;

    return NGX_OK;
}


char *
ngx_pdn_set_chunk(ngx_conf_t *cf, ngx_command_t *cmd, ngx_pdn_main_t *main,
                  ngx_pdn_chunk_t **chunks)
{
    ngx_pdn_directive_t *row = cmd->post;

    if (chunks[row->slot] != NULL) {
        return "is duplicate";
    }

    chunks[row->slot] = ngx_pdn_read_chunk(cf, cmd, main);
    ngx_pdn_conf(cf->cycle)->used = 1;

    return chunks[row->slot] != NULL ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* Code of the whole block: init, init_worker and exit_worker. */
char *
ngx_pdn_set_main_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_pdn_main_t *main = conf;
    ngx_pdn_directive_t *row = cmd->post;

    ngx_pdn_chunk_t **slot;

    slot = row->slot == 0   ? &main->init
           : row->slot == 1 ? &main->init_worker
                            : &main->exit_worker;

    if (*slot != NULL) {
        return "is duplicate";
    }

    *slot = ngx_pdn_read_chunk(cf, cmd, NULL);
    if (*slot == NULL) {
        return NGX_CONF_ERROR;
    }

    (*slot)->what = row->form == NGX_PDN_FORM_FILE ? (char *) cmd->name.data
                                                   : row->label;
    main->core->used = 1;

    return NGX_CONF_OK;
}


/* Paths of http { } and of stream { } are searched one behind the other. */
char *
ngx_pdn_set_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_pdn_main_t *main = conf;

    ngx_str_t *value, *core, *own;

    value = cf->args->elts;
    own = (ngx_str_t *) ((char *) &main->own + cmd->offset);
    core = (ngx_str_t *) ((char *) main->core + cmd->offset);

    if (own->data != NULL) {
        return "is duplicate";
    }

    if (ngx_pdn_path_expand(cf, &value[1], own) != NGX_OK
        || ngx_pdn_path_join(cf, core, own) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    main->core->used = 1;

    return NGX_CONF_OK;
}


/* `$prefix` and `${prefix}` stand for nginx's prefix. */
static ngx_int_t
ngx_pdn_path_expand(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *field)
{
    u_char *p, *last, *dst;
    size_t skip;
    ngx_str_t prefix;

    /* It ends in a slash, so that both $prefix/lua and ${prefix}lua do. */
    prefix = cf->cycle->prefix;

    /* Each `$prefix` grows by less than the prefix's length. */

    dst = ngx_pnalloc(cf->pool, path->len * (prefix.len + 1) + 1);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    field->data = dst;
    p = path->data;
    last = p + path->len;

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

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_path_join(ngx_conf_t *cf, ngx_str_t *core, ngx_str_t *own)
{
    u_char *p;
    ngx_str_t joined;

    if (core->len == 0
        || (core->len == own->len
            && ngx_strncmp(core->data, own->data, own->len) == 0))
    {
        *core = *own;
        return NGX_OK;
    }

    joined.len = core->len + 1 + own->len;
    joined.data = ngx_pnalloc(cf->pool, joined.len + 1);

    if (joined.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(joined.data, core->data, core->len);
    *p++ = ';';
    p = ngx_cpymem(p, own->data, own->len);
    *p = '\0';

    *core = joined;

    return NGX_OK;
}


/*
 * What one VM has once, http { } and stream { } may both set: the larger
 * number is right for both.
 */
char *
ngx_pdn_set_number(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char *rv;
    ngx_int_t *core, *own;
    ngx_pdn_main_t *main = conf;

    rv = ngx_conf_set_num_slot(cf, cmd, &main->own);

    own = (ngx_int_t *) ((char *) &main->own + cmd->offset);
    core = (ngx_int_t *) ((char *) main->core + cmd->offset);

    if (rv == NGX_CONF_OK && (*core == NGX_CONF_UNSET || *core < *own)) {
        *core = *own;
    }

    return rv;
}


char *
ngx_pdn_set_flag(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char *rv;
    ngx_pdn_main_t *main = conf;

    rv = ngx_conf_set_flag_slot(cf, cmd, &main->own);

    if (rv == NGX_CONF_OK) {
        *(ngx_flag_t *) ((char *) main->core + cmd->offset) = *(
            ngx_flag_t *) ((char *) &main->own + cmd->offset);
    }

    return rv;
}


/* lua_watch TIME | off */
char *
ngx_pdn_set_watch(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char *rv;
    ngx_str_t *value;
    ngx_pdn_main_t *main = conf;

    value = cf->args->elts;

    if (main->own.watch == NGX_CONF_UNSET_MSEC
        && ngx_strcmp(value[1].data, "off") == 0)
    {
        main->own.watch = 0;
        rv = NGX_CONF_OK;

    } else {
        rv = ngx_conf_set_msec_slot(cf, cmd, &main->own);
    }

    if (rv == NGX_CONF_OK) {
        main->core->watch = main->own.watch;
    }

    return rv;
}


char *
ngx_pdn_set_code_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char *rv;
    ngx_pdn_place_t *place = conf;

    rv = ngx_conf_set_flag_slot(cf, cmd, conf);

    if (rv == NGX_CONF_OK && !place->code_cache) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, 0,
                           "%slua_code_cache is off; this will hurt "
                           "performance",
                           ngx_pdn_said_by(place->subsystem));
    }

    return rv;
}


/* What it loads is a part of the runtime. */
char *
ngx_pdn_set_load_resty_core(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_pdn_main_t *main = conf;

    (void) cmd;

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "lua_load_resty_core is deprecated (the lua-resty-core "
                       "library is required since %s)",
                       main->subsystem == NGX_PDN_OF_STREAM
                           ? "ngx_stream_lua v0.0.8"
                           : "ngx_lua v0.10.16");

    return NGX_CONF_OK;
}


char *
ngx_pdn_set_capture_error_log(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ssize_t size;
    ngx_str_t *value;

    (void) cmd;
    (void) conf;

    if (ngx_pdn_conf(cf->cycle)->errlog != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[1]);

    if (size < NGX_PDN_CAPTURE_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid capture error log size \"%V\", minimum "
                           "size is %d",
                           &value[1], NGX_PDN_CAPTURE_MIN);
        return NGX_CONF_ERROR;
    }

    ngx_pdn_conf(cf->cycle)->used = 1;

    return ngx_pdn_errlog_create(cf, size) == NGX_OK ? NGX_CONF_OK
                                                     : NGX_CONF_ERROR;
}


char *
ngx_pdn_set_shared_dict(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ssize_t size;
    ngx_str_t *value;
    ngx_pdn_main_t *main = conf;

    (void) cmd;

    value = cf->args->elts;
    size = ngx_parse_size(&value[2]);

    if (value[1].len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid lua shared dict name \"%V\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (size < NGX_PDN_DICT_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid lua shared dict size \"%V\"", &value[2]);
        return NGX_CONF_ERROR;
    }

    main->core->used = 1;

    return ngx_pdn_shm_zone_add(cf, &value[1], size, main->subsystem,
                                main->own_dicts == 1);
}
