/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.var: nginx's variables by name, and regex captures by number.
 */

#include "ngx_http_pdn_api.h"


ngx_int_t ngx_http_pdn_ffi_var(const u_char *name, size_t len, ngx_str_t *value,
                               ngx_http_variable_t **known);
ngx_int_t ngx_http_pdn_ffi_var_of(ngx_http_variable_t *v, ngx_str_t *value);
ngx_int_t ngx_http_pdn_ffi_capture(ngx_int_t n, ngx_str_t *value);
ngx_int_t ngx_http_pdn_ffi_set_var(const u_char *name, size_t len,
                                   const u_char *value, size_t value_len);

static void ngx_http_pdn_var_value(ngx_http_variable_value_t *v,
                                   ngx_str_t *value);


/*
 * NGX_DECLINED: there is no such variable, or it has no value.  `*known` is
 * the variable of the configuration, which lives as long as the VM, so that
 * its name need not be searched again; NULL for names that are made up as
 * they are asked for, like "arg_x".
 */
ngx_int_t
ngx_http_pdn_ffi_var(const u_char *name, size_t len, ngx_str_t *value,
                     ngx_http_variable_t **known)
{
    u_char small[128];
    ngx_int_t rc;
    ngx_str_t low;
    ngx_uint_t hash;
    ngx_http_request_t *r;
    ngx_http_variable_value_t *v;
    ngx_http_core_main_conf_t *cmcf;

    *known = NULL;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);
    if (rc != NGX_OK) {
        return rc;
    }

    low.len = len;
    low.data = len <= sizeof(small) ? small : ngx_pnalloc(r->pool, len);

    if (low.data == NULL) {
        return NGX_ERROR;
    }

    hash = ngx_hash_strlow(low.data, (u_char *) name, len);

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    *known = ngx_hash_find(&cmcf->variables_hash, hash, low.data, len);

    if (*known != NULL) {
        return ngx_http_pdn_ffi_var_of(*known, value);
    }

    v = ngx_http_get_variable(r, &low, hash);

    if (v == NULL || v->not_found) {
        return NGX_DECLINED;
    }

    value->data = v->data;
    value->len = v->len;

    return NGX_OK;
}


/* ngx_http_pdn_ffi_var() of one that was found. */
ngx_int_t
ngx_http_pdn_ffi_var_of(ngx_http_variable_t *v, ngx_str_t *value)
{
    ngx_int_t rc;
    ngx_http_request_t *r;
    ngx_http_variable_value_t *vv, own;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (v->flags & NGX_HTTP_VAR_INDEXED) {
        vv = ngx_http_get_flushed_variable(r, v->index);

    } else {
        vv = &own;
        ngx_memzero(vv, sizeof(ngx_http_variable_value_t));

        if (v->get_handler(r, vv, v->data) != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    if (vv == NULL || vv->not_found) {
        return NGX_DECLINED;
    }

    value->data = vv->data;
    value->len = vv->len;

    return NGX_OK;
}


/* What the n-th parentheses of the last matching regex hold. */
ngx_int_t
ngx_http_pdn_ffi_capture(ngx_int_t n, ngx_str_t *value)
{
    int *cap;
    ngx_int_t rc;
    ngx_http_request_t *r;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);
    if (rc != NGX_OK) {
        return rc;
    }

#if (NGX_PCRE)
    if (n > 0 && r->captures != NULL && (ngx_uint_t) n * 2 < r->ncaptures) {
        cap = &r->captures[n * 2];

        if (cap[0] >= 0) {
            value->data = r->captures_data + cap[0];
            value->len = cap[1] - cap[0];
            return NGX_OK;
        }
    }
#endif

    return NGX_DECLINED;
}


/* A NULL value unsets. */
ngx_int_t
ngx_http_pdn_ffi_set_var(const u_char *name, size_t len, const u_char *value,
                         size_t value_len)
{
    ngx_int_t rc;
    ngx_http_request_t *r;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_pdn_set_variable(r, name, len, value, value_len);
}


ngx_int_t
ngx_http_pdn_set_variable(ngx_http_request_t *r, const u_char *name, size_t len,
                          const u_char *value, size_t value_len)
{
    u_char *low;
    ngx_str_t copy;
    ngx_http_variable_t *v;
    ngx_http_variable_value_t *vv;
    ngx_http_core_main_conf_t *cmcf;

    low = ngx_pnalloc(r->pool, len + value_len + 1);
    if (low == NULL) {
        return NGX_ERROR;
    }

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    v = ngx_hash_find(&cmcf->variables_hash,
                      ngx_hash_strlow(low, (u_char *) name, len), low, len);

    if (v == NULL) {
        return NGX_HTTP_PDN_VAR_UNKNOWN;
    }

    if (!(v->flags & NGX_HTTP_VAR_CHANGEABLE)) {
        return NGX_HTTP_PDN_VAR_CONSTANT;
    }

    ngx_str_null(&copy);

    if (value != NULL) {
        copy.data = low + len;
        copy.len = value_len;
        ngx_memcpy(copy.data, value, value_len);
    }

    if (v->set_handler != NULL) {
        vv = ngx_palloc(r->pool, sizeof(ngx_http_variable_value_t));
        if (vv == NULL) {
            return NGX_ERROR;
        }

        ngx_http_pdn_var_value(vv, &copy);
        v->set_handler(r, vv, v->data);

        return NGX_OK;
    }

    if (!(v->flags & NGX_HTTP_VAR_INDEXED)) {
        return NGX_HTTP_PDN_VAR_NO_SETTER;
    }

    ngx_http_pdn_var_value(&r->variables[v->index], &copy);

    return NGX_OK;
}


static void
ngx_http_pdn_var_value(ngx_http_variable_value_t *v, ngx_str_t *value)
{
    v->valid = value->data != NULL;
    v->not_found = value->data == NULL;
    v->no_cacheable = 0;
    v->escape = 0;
    v->data = value->data;
    v->len = value->len;
}
