/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.var: nginx's variables by name, and regex captures by number.  HTTP and
 * stream have variables of their own; the host knows which.
 */

#include "ngx_pdn_client.h"


ngx_int_t ngx_pdn_ffi_var(const u_char *name, size_t len, ngx_str_t *value,
                          void **known);
ngx_int_t ngx_pdn_ffi_capture(ngx_int_t n, ngx_str_t *value);
ngx_int_t ngx_pdn_ffi_set_var(const u_char *name, size_t len,
                              const u_char *value, size_t value_len);

static ngx_variable_value_t *
ngx_pdn_variable_find(ngx_pdn_host_t *host, const u_char *name, size_t len,
                      ngx_variable_value_t *own, void **known);


/*
 * NGX_DECLINED: there is no such variable, or it has no value.  `known` has a
 * place for each subsystem, for what was found: it lives as long as the VM,
 * and need not be searched again.
 */
ngx_int_t
ngx_pdn_ffi_var(const u_char *name, size_t len, ngx_str_t *value, void **known)
{
    ngx_int_t rc;
    ngx_pdn_host_t *host;
    ngx_variable_value_t *v, own;

    rc = ngx_pdn_client_enter(NGX_PDN_REQUEST, &host);
    if (rc != NGX_OK) {
        return rc;
    }

    known += host->subsystem;
    ngx_memzero(&own, sizeof(ngx_variable_value_t));

    v = *known != NULL
            ? host->ops->client->variables->get(host->data, *known, &own)
            : ngx_pdn_variable_find(host, name, len, &own, known);

    if (v == NULL || v->not_found) {
        return NGX_DECLINED;
    }

    value->data = v->data;
    value->len = v->len;

    return NGX_OK;
}


static ngx_variable_value_t *
ngx_pdn_variable_find(ngx_pdn_host_t *host, const u_char *name, size_t len,
                      ngx_variable_value_t *own, void **known)
{
    u_char small[128];
    ngx_str_t low;
    ngx_uint_t hash;
    const ngx_pdn_variable_ops_t *ops;

    ops = host->ops->client->variables;

    low.len = len;
    low.data = len <= sizeof(small) ? small : ngx_pnalloc(host->pool, len);

    if (low.data == NULL) {
        return NULL;
    }

    hash = ngx_hash_strlow(low.data, (u_char *) name, len);
    *known = ngx_hash_find(ops->known(host->data), hash, low.data, len);

    return *known != NULL ? ops->get(host->data, *known, own)
                          : ops->find(host->data, &low, hash);
}


/* What the n-th parentheses of the last matching regex hold. */
ngx_int_t
ngx_pdn_ffi_capture(ngx_int_t n, ngx_str_t *value)
{
    int *cap;
    u_char *data;
    ngx_int_t rc;
    ngx_uint_t ncaptures;
    ngx_pdn_host_t *host;

    rc = ngx_pdn_client_enter(NGX_PDN_REQUEST, &host);
    if (rc != NGX_OK) {
        return rc;
    }

    cap = host->ops->client->variables->captures(host->data, &ncaptures, &data);

    if (n <= 0 || cap == NULL || (ngx_uint_t) n * 2 >= ncaptures
        || cap[n * 2] < 0) {
        return NGX_DECLINED;
    }

    value->data = data + cap[n * 2];
    value->len = cap[n * 2 + 1] - cap[n * 2];

    return NGX_OK;
}


/* A NULL value unsets. */
ngx_int_t
ngx_pdn_ffi_set_var(const u_char *name, size_t len, const u_char *value,
                    size_t value_len)
{
    ngx_int_t rc;
    ngx_pdn_host_t *host;

    rc = ngx_pdn_client_enter(NGX_PDN_REQUEST, &host);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_pdn_variable_set(host->ops->client->variables, host->data,
                                host->pool, name, len, value, value_len);
}


ngx_int_t
ngx_pdn_variable_set(const ngx_pdn_variable_ops_t *ops, void *of,
                     ngx_pool_t *pool, const u_char *name, size_t len,
                     const u_char *value, size_t value_len)
{
    void *variable;
    u_char *low;
    ngx_str_t copy;

    low = ngx_pnalloc(pool, len + value_len + 1);
    if (low == NULL) {
        return NGX_ERROR;
    }

    variable = ngx_hash_find(
        ops->known(of), ngx_hash_strlow(low, (u_char *) name, len), low, len);
    if (variable == NULL) {
        return NGX_PDN_VAR_UNKNOWN;
    }

    ngx_str_null(&copy);

    if (value != NULL) {
        copy.data = low + len;
        copy.len = value_len;
        ngx_memcpy(copy.data, value, value_len);
    }

    return ops->set(of, variable, pool, &copy);
}


void
ngx_pdn_variable_fill(ngx_variable_value_t *v, const ngx_str_t *value)
{
    v->valid = value->data != NULL;
    v->not_found = value->data == NULL;
    v->no_cacheable = 0;
    v->escape = 0;
    v->data = value->data;
    v->len = value->len;
}
