/*
 * SPDX-License-Identifier: MIT
 *
 * The functions of ngx_http_lua_api.h.
 */

#include "ngx_http_lua_api.h"
#include "ngx_http_pdn.h"
#include "ngx_http_pdn_parts.h"
#include "ngx_pdn_shm.h"


typedef struct {
    const char *name;
    lua_CFunction open;
} ngx_http_lua_preload_t;


lua_State *
ngx_http_lua_get_global_state(ngx_conf_t *cf)
{
    ngx_pdn_vm_t *vm;

    vm = ngx_pdn_conf(cf->cycle)->vm;

    return vm ? vm->L : NULL;
}


ngx_http_request_t *
ngx_http_lua_get_request(lua_State *L)
{
    (void) L;

    return ngx_http_pdn_current();
}


ngx_int_t
ngx_http_lua_add_package_preload(ngx_conf_t *cf, const char *package,
                                 lua_CFunction func)
{
    ngx_http_lua_preload_t *preload;
    ngx_http_pdn_main_conf_t *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_pandan_module);

    if (pmcf->preloads == NULL) {
        pmcf->preloads = ngx_array_create(cf->pool, 2,
                                          sizeof(ngx_http_lua_preload_t));
        if (pmcf->preloads == NULL) {
            return NGX_ERROR;
        }
    }

    preload = ngx_array_push(pmcf->preloads);
    if (preload == NULL) {
        return NGX_ERROR;
    }

    preload->name = package;
    preload->open = func;

    return NGX_OK;
}


/* Gives a new VM what the other modules added. */
void
ngx_http_pdn_preload_open(lua_State *L)
{
    ngx_uint_t i;
    ngx_http_conf_ctx_t *ctx;
    ngx_http_lua_preload_t *preload;
    ngx_http_pdn_main_conf_t *pmcf;

    ctx = (ngx_http_conf_ctx_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                               ngx_http_module);
    pmcf = ctx->main_conf[ngx_http_pandan_module.ctx_index];

    if (pmcf->preloads == NULL) {
        return;
    }

    preload = pmcf->preloads->elts;

    for (i = 0; i < pmcf->preloads->nelts; i++) {
        lua_pushcfunction(L, preload[i].open);
        ngx_pdn_vm_preload(L, preload[i].name);
    }
}


ngx_int_t
ngx_http_lua_shared_dict_get(ngx_shm_zone_t *zone, u_char *key, size_t len,
                             ngx_http_lua_value_t *value)
{
    ngx_pdn_shm_value_t v;

    if (zone == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&v, sizeof(ngx_pdn_shm_value_t));

    if (ngx_pdn_shm_get(zone->data, key, len, &v, 0) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "cannot read \"%*s\" of a shared dictionary: %s", len,
                      key, v.err ? v.err : "unknown");
        return NGX_ERROR;
    }

    value->type = (uint8_t) v.type;

    switch (v.type) {

    case NGX_PDN_SHM_NIL:
        return NGX_DECLINED;

    case NGX_PDN_SHM_BOOLEAN:
        value->value.b = v.number != 0;
        return NGX_OK;

    case NGX_PDN_SHM_NUMBER:
        value->value.n = v.number;
        return NGX_OK;

    default:
        break;
    }

    if (value->value.s.data == NULL || value->value.s.len == 0) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "no string buffer initialized");
        return NGX_ERROR;
    }

    /* What does not fit is cut off. */

    value->value.s.len = ngx_min(value->value.s.len, v.len);
    ngx_memcpy(value->value.s.data, v.data, value->value.s.len);

    return NGX_OK;
}


ngx_shm_zone_t *
ngx_http_lua_shared_memory_add(ngx_conf_t *cf, ngx_str_t *name, size_t size,
                               void *tag)
{
    return ngx_shared_memory_add(cf, name, size, tag);
}
