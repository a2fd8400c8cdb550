/*
 * SPDX-License-Identifier: MIT
 *
 * ndk.set_var.*: calls what other modules offer to the `set` of their
 * directives through the NGINX Development Kit.  The kit is found at run
 * time, so this module does not depend on it.
 */

#include <dlfcn.h>

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_parts.h"


/* Both as the kit declares them. */

typedef ngx_int_t (*ngx_http_pdn_ndk_pt)(ngx_http_request_t *r, ngx_str_t *val,
                                         ngx_http_variable_value_t *v);

typedef struct {
    ngx_int_t type;
    ngx_http_pdn_ndk_pt func;
    size_t size; /* how many values it takes */
    void *data;
} ngx_http_pdn_ndk_filter_t;


/* For Lua's FFI. */

ngx_http_pdn_ndk_pt ngx_http_pdn_ffi_ndk_find(const u_char *name, size_t len);
ngx_int_t ngx_http_pdn_ffi_ndk_call(ngx_http_pdn_ndk_pt func, const u_char *arg,
                                    size_t len, ngx_str_t *value);


static ngx_http_request_t *ngx_http_pdn_ndk_request(ngx_pdn_host_t *host);


void
ngx_http_pdn_ndk_open(lua_State *L)
{
    lua_pushboolean(L, dlsym(RTLD_DEFAULT, "ndk_set_var_value") != NULL);
    lua_setfield(L, 2, "has_ndk");
}


/* NULL: no such directive, or it does not set its variable by one value. */
ngx_http_pdn_ndk_pt
ngx_http_pdn_ffi_ndk_find(const u_char *name, size_t len)
{
    void *set;
    ngx_uint_t i;
    ngx_module_t *module;
    ngx_command_t *cmd;
    ngx_http_pdn_ndk_filter_t *filter;

    set = dlsym(RTLD_DEFAULT, "ndk_set_var_value");
    if (set == NULL) {
        return NULL;
    }

    for (i = 0; ngx_cycle->modules[i] != NULL; i++) {
        module = ngx_cycle->modules[i];

        if (module->type != NGX_HTTP_MODULE || module->commands == NULL) {
            continue;
        }

        for (cmd = module->commands; cmd->name.len != 0; cmd++) {
            filter = cmd->post;

            if ((void *) cmd->set == set && filter != NULL
                && cmd->name.len == len
                && ngx_strncmp(cmd->name.data, name, len) == 0)
            {
                return filter->func;
            }
        }
    }

    return NULL;
}


ngx_int_t
ngx_http_pdn_ffi_ndk_call(ngx_http_pdn_ndk_pt func, const u_char *arg,
                          size_t len, ngx_str_t *value)
{
    ngx_int_t rc;
    ngx_http_request_t *r;
    ngx_http_variable_value_t v;

    rc = ngx_pdn_allowed(~NGX_PDN_INIT);
    if (rc != NGX_OK) {
        return rc;
    }

    r = ngx_http_pdn_current();

    if (r == NULL) {
        r = ngx_http_pdn_ndk_request(ngx_pdn_task->host);
        if (r == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_memzero(&v, sizeof(ngx_http_variable_value_t));
    ngx_str_null(value);

    v.valid = 1;
    v.len = len;
    v.data = (u_char *) arg;

    return func(r, value, &v);
}


/*
 * These functions want a request, for its pool, log and configuration.  A
 * timer has none, so it lends them one in which nothing was asked for.
 */
static ngx_http_request_t *
ngx_http_pdn_ndk_request(ngx_pdn_host_t *host)
{
    ngx_connection_t *c;
    ngx_http_request_t *r;
    ngx_http_conf_ctx_t *ctx;
    ngx_http_core_main_conf_t *cmcf;

    ctx = (ngx_http_conf_ctx_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                               ngx_http_module);

    r = ngx_pcalloc(host->pool, sizeof(ngx_http_request_t));
    c = ngx_pcalloc(host->pool, sizeof(ngx_connection_t));

    if (r == NULL || c == NULL) {
        return NULL;
    }

    c->fd = (ngx_socket_t) -1;
    c->log = host->log;
    c->pool = host->pool;
    c->data = r;

    r->signature = NGX_HTTP_MODULE;
    r->connection = c;
    r->pool = host->pool;
    r->main = r;
    r->count = 1;
    r->main_conf = ctx->main_conf;
    r->srv_conf = ctx->srv_conf;
    r->loc_conf = ctx->loc_conf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    r->ctx = ngx_pcalloc(host->pool, sizeof(void *) * ngx_http_max_module);
    r->variables = ngx_pcalloc(
        host->pool, cmcf->variables.nelts * sizeof(ngx_http_variable_value_t));

    return r->ctx != NULL && r->variables != NULL ? r : NULL;
}
