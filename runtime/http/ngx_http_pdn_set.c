/*
 * SPDX-License-Identifier: MIT
 *
 * set_by_lua: code that computes a variable amid the rewrite module's own
 * directives, in their order.
 */

#include "ngx_http_pdn_phase.h"
#include "ngx_pdn_shm.h"


/* The instruction that the rewrite module's interpreter runs. */

typedef struct {
    ngx_http_script_code_pt code;
    ngx_pdn_chunk_t *chunk;
    ngx_int_t index; /* of the variable to set */
    ngx_http_complex_value_t *args;
    ngx_uint_t nargs;
} ngx_http_pdn_set_code_t;


extern ngx_module_t ngx_http_rewrite_module;


/* An instruction of zero ends the interpreter's loop. */
static uintptr_t ngx_http_pdn_set_exit;


static char *ngx_http_pdn_set(ngx_conf_t *cf, ngx_pdn_chunk_t *chunk,
                              ngx_uint_t first);
static void ngx_http_pdn_set_run(ngx_http_script_engine_t *e);
static ngx_int_t ngx_http_pdn_set_value(ngx_http_request_t *r,
                                        ngx_http_pdn_set_code_t *code,
                                        ngx_http_variable_value_t *v);
static ngx_int_t ngx_http_pdn_unset(ngx_http_request_t *r,
                                    ngx_http_variable_value_t *v,
                                    uintptr_t data);


char *
ngx_http_pdn_set_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_pdn_chunk_t *chunk;

    (void) cmd;
    (void) conf;

    chunk = ngx_pdn_read_block(cf, "set_by_lua");

    return chunk ? ngx_http_pdn_set(cf, chunk, 2) : NGX_CONF_ERROR;
}


char *
ngx_http_pdn_set_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t *value;
    ngx_pdn_chunk_t *chunk;
    ngx_http_pdn_main_conf_t *pmcf;

    (void) cmd;
    (void) conf;

    value = cf->args->elts;
    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pandan_module);
    chunk = ngx_pdn_read_file(cf, &pmcf->main, &value[2]);

    return chunk ? ngx_http_pdn_set(cf, chunk, 3) : NGX_CONF_ERROR;
}


char *
ngx_http_pdn_set_string(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t *value;
    ngx_pdn_chunk_t *chunk;

    (void) cmd;
    (void) conf;

    value = cf->args->elts;
    chunk = ngx_pdn_chunk_block(cf, &value[2], "set_by_lua");

    return chunk ? ngx_http_pdn_set(cf, chunk, 3) : NGX_CONF_ERROR;
}


/* Arguments for ngx.arg begin at cf->args[first]. */
static char *
ngx_http_pdn_set(ngx_conf_t *cf, ngx_pdn_chunk_t *chunk, ngx_uint_t first)
{
    ngx_str_t *value, name;
    ngx_uint_t i;
    ngx_array_t **codes;
    ngx_http_variable_t *v;
    ngx_http_pdn_set_code_t *code;
    ngx_http_pdn_main_conf_t *pmcf;
    ngx_http_compile_complex_value_t ccv;

    value = cf->args->elts;

    if (ngx_pdn_read_variable(cf, &name) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    v = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_CHANGEABLE);
    if (v == NULL) {
        return NGX_CONF_ERROR;
    }

    if (v->get_handler == NULL) {
        v->get_handler = ngx_http_pdn_unset;
    }

    /* The rewrite module's location configuration begins with its codes. */

    codes = ngx_http_conf_get_module_loc_conf(cf, ngx_http_rewrite_module);

    code = ngx_http_script_start_code(cf->pool, codes,
                                      sizeof(ngx_http_pdn_set_code_t));
    if (code == NULL) {
        return NGX_CONF_ERROR;
    }

    code->code = ngx_http_pdn_set_run;
    code->chunk = chunk;
    code->nargs = cf->args->nelts > first ? cf->args->nelts - first : 0;
    code->index = ngx_http_get_variable_index(cf, &name);
    code->args = ngx_pcalloc(cf->pool, (code->nargs + 1)
                                           * sizeof(ngx_http_complex_value_t));

    if (code->index == NGX_ERROR || code->args == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < code->nargs; i++) {
        ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

        ccv.cf = cf;
        ccv.value = &value[first + i];
        ccv.complex_value = &code->args[i];

        if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pandan_module);
    pmcf->main.core->used = 1;

    return NGX_CONF_OK;
}


static void
ngx_http_pdn_set_run(ngx_http_script_engine_t *e)
{
    ngx_http_request_t *r;
    ngx_http_pdn_set_code_t *code;
    ngx_http_variable_value_t *v;

    code = (ngx_http_pdn_set_code_t *) e->ip;
    e->ip += sizeof(ngx_http_pdn_set_code_t);

    r = e->request;
    v = &r->variables[code->index];

    if (ngx_http_pdn_set_value(r, code, v) != NGX_OK) {
        e->ip = (u_char *) &ngx_http_pdn_set_exit;
        e->status = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


static ngx_int_t
ngx_http_pdn_set_value(ngx_http_request_t *r, ngx_http_pdn_set_code_t *code,
                       ngx_http_variable_value_t *v)
{
    size_t len;
    u_char *p;
    lua_State *L;
    ngx_str_t text;
    ngx_uint_t i;
    const char *s;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_variable_value_t *args;

    ctx = ngx_http_pdn_ctx_get(r);
    args = ngx_pcalloc(r->pool,
                       (code->nargs + 1) * sizeof(ngx_http_variable_value_t));

    if (ctx == NULL || args == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < code->nargs; i++) {
        if (ngx_http_complex_value(r, &code->args[i], &text) != NGX_OK) {
            return NGX_ERROR;
        }

        args[i].data = text.data;
        args[i].len = text.len;
    }

    ctx->set_args = args;
    ctx->set_nargs = code->nargs;

    if (ngx_http_pdn_push_chunk(ctx, code->chunk) != NGX_OK
        || ngx_pdn_call(&ctx->host, &ngx_http_pdn_set_phase, 0, 1) != NGX_OK)
    {
        return NGX_ERROR;
    }

    L = ctx->host.vm->L;
    s = lua_tolstring(L, -1, &len);
    len = s ? len : 0;

    p = ngx_pnalloc(r->pool, len ? len : 1);

    if (p != NULL) {
        ngx_memcpy(p, s ? s : "", len);
    }

    lua_pop(L, 1);

    if (p == NULL) {
        return NGX_ERROR;
    }

    v->data = p;
    v->len = len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* The variable before its directive ran. */
static ngx_int_t
ngx_http_pdn_unset(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                   uintptr_t data)
{
    (void) r;
    (void) data;

    *v = ngx_http_variable_null_value;

    return NGX_OK;
}
