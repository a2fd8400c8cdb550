/*
 * SPDX-License-Identifier: MIT
 *
 * HTTP's variables and captures, for ngx.var.
 */

#include "ngx_http_pdn_api.h"


static ngx_hash_t *ngx_http_pdn_var_known(void *of);
static ngx_variable_value_t *ngx_http_pdn_var_get(void *of, void *variable,
                                                  ngx_variable_value_t *own);
static ngx_variable_value_t *ngx_http_pdn_var_find(void *of, ngx_str_t *name,
                                                   ngx_uint_t hash);
static ngx_int_t ngx_http_pdn_var_set(void *of, void *variable,
                                      ngx_pool_t *pool, ngx_str_t *value);
static int *ngx_http_pdn_var_captures(void *of, ngx_uint_t *n, u_char **data);


/* clang-format off */

const ngx_pdn_variable_ops_t  ngx_http_pdn_variable_ops = {
    .known = ngx_http_pdn_var_known,
    .get = ngx_http_pdn_var_get,
    .find = ngx_http_pdn_var_find,
    .set = ngx_http_pdn_var_set,
    .captures = ngx_http_pdn_var_captures,
};

/* clang-format on */


static ngx_hash_t *
ngx_http_pdn_var_known(void *of)
{
    ngx_http_request_t *r = of;
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    return &cmcf->variables_hash;
}


static ngx_variable_value_t *
ngx_http_pdn_var_get(void *of, void *variable, ngx_variable_value_t *own)
{
    ngx_http_variable_t *v = variable;

    if (v->flags & NGX_HTTP_VAR_INDEXED) {
        return ngx_http_get_flushed_variable(of, v->index);
    }

    return v->get_handler(of, own, v->data) == NGX_OK ? own : NULL;
}


static ngx_variable_value_t *
ngx_http_pdn_var_find(void *of, ngx_str_t *name, ngx_uint_t hash)
{
    return ngx_http_get_variable(of, name, hash);
}


static ngx_int_t
ngx_http_pdn_var_set(void *of, void *variable, ngx_pool_t *pool,
                     ngx_str_t *value)
{
    ngx_http_request_t *r = of;
    ngx_http_variable_t *v = variable;
    ngx_http_variable_value_t *vv;

    if (!(v->flags & NGX_HTTP_VAR_CHANGEABLE)) {
        return NGX_PDN_VAR_CONSTANT;
    }

    if (v->set_handler == NULL && !(v->flags & NGX_HTTP_VAR_INDEXED)) {
        return NGX_PDN_VAR_NO_SETTER;
    }

    vv = v->set_handler != NULL
             ? ngx_palloc(pool, sizeof(ngx_http_variable_value_t))
             : &r->variables[v->index];

    if (vv == NULL) {
        return NGX_ERROR;
    }

    ngx_pdn_variable_fill(vv, value);

    if (v->set_handler != NULL) {
        v->set_handler(r, vv, v->data);
    }

    return NGX_OK;
}


static int *
ngx_http_pdn_var_captures(void *of, ngx_uint_t *n, u_char **data)
{
#if (NGX_PCRE)
    ngx_http_request_t *r = of;

    *n = r->ncaptures;
    *data = r->captures_data;

    return r->captures;

#else
    (void) of;
    (void) n;
    (void) data;

    return NULL;
#endif
}
