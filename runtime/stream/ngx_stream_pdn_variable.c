/*
 * SPDX-License-Identifier: MIT
 *
 * Stream's variables and captures, for ngx.var; and lua_add_variable.
 */

#include "ngx_stream_pdn.h"


static ngx_hash_t *ngx_stream_pdn_var_known(void *of);
static ngx_variable_value_t *ngx_stream_pdn_var_get(void *of, void *variable,
                                                    ngx_variable_value_t *own);
static ngx_variable_value_t *ngx_stream_pdn_var_find(void *of, ngx_str_t *name,
                                                     ngx_uint_t hash);
static ngx_int_t ngx_stream_pdn_var_set(void *of, void *variable,
                                        ngx_pool_t *pool, ngx_str_t *value);
static int *ngx_stream_pdn_var_captures(void *of, ngx_uint_t *n, u_char **data);
static ngx_int_t ngx_stream_pdn_var_unset(ngx_stream_session_t *s,
                                          ngx_stream_variable_value_t *v,
                                          uintptr_t data);


/* clang-format off */

const ngx_pdn_variable_ops_t  ngx_stream_pdn_variable_ops = {
    .known = ngx_stream_pdn_var_known,
    .get = ngx_stream_pdn_var_get,
    .find = ngx_stream_pdn_var_find,
    .set = ngx_stream_pdn_var_set,
    .captures = ngx_stream_pdn_var_captures,
};

/* clang-format on */


static ngx_hash_t *
ngx_stream_pdn_var_known(void *of)
{
    ngx_stream_core_main_conf_t *cmcf;

    cmcf = ngx_stream_get_module_main_conf((ngx_stream_session_t *) of,
                                           ngx_stream_core_module);

    return &cmcf->variables_hash;
}


static ngx_variable_value_t *
ngx_stream_pdn_var_get(void *of, void *variable, ngx_variable_value_t *own)
{
    ngx_stream_variable_t *v = variable;

    if (v->flags & NGX_STREAM_VAR_INDEXED) {
        return ngx_stream_get_flushed_variable(of, v->index);
    }

    return v->get_handler(of, own, v->data) == NGX_OK ? own : NULL;
}


static ngx_variable_value_t *
ngx_stream_pdn_var_find(void *of, ngx_str_t *name, ngx_uint_t hash)
{
    return ngx_stream_get_variable(of, name, hash);
}


static ngx_int_t
ngx_stream_pdn_var_set(void *of, void *variable, ngx_pool_t *pool,
                       ngx_str_t *value)
{
    ngx_stream_session_t *s = of;
    ngx_stream_variable_t *v = variable;
    ngx_variable_value_t own;

    (void) pool;

    if (!(v->flags & NGX_STREAM_VAR_CHANGEABLE)) {
        return NGX_PDN_VAR_CONSTANT;
    }

    if (v->set_handler != NULL) {
        ngx_pdn_variable_fill(&own, value);
        v->set_handler(s, &own, v->data);
        return NGX_OK;
    }

    if (!(v->flags & NGX_STREAM_VAR_INDEXED)) {
        return NGX_PDN_VAR_NO_SETTER;
    }

    ngx_pdn_variable_fill(&s->variables[v->index], value);

    return NGX_OK;
}


static int *
ngx_stream_pdn_var_captures(void *of, ngx_uint_t *n, u_char **data)
{
    ngx_stream_session_t *s = of;

    *n = s->ncaptures;
    *data = s->captures_data;

    return s->captures;
}


/* lua_add_variable $name; one that is there already stays as it is. */
char *
ngx_stream_pdn_add_variable(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t name;
    ngx_stream_variable_t *v;

    (void) cmd;
    (void) conf;

    if (ngx_pdn_read_variable(cf, &name) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    v = ngx_stream_add_variable(cf, &name, NGX_STREAM_VAR_CHANGEABLE);

    if (v == NULL || ngx_stream_get_variable_index(cf, &name) == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    if (v->get_handler == NULL) {
        v->get_handler = ngx_stream_pdn_var_unset;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_stream_pdn_var_unset(ngx_stream_session_t *s,
                         ngx_stream_variable_value_t *v, uintptr_t data)
{
    (void) s;
    (void) data;

    v->not_found = 1;

    return NGX_OK;
}
