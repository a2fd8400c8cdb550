/*
 * SPDX-License-Identifier: MIT
 *
 * Shared dictionaries as other nginx modules read them: two functions with
 * the names and shapes that lua-nginx-module gives them in its
 * ngx_http_lua_api.h.
 */

#include "ngx_pdn_shm.h"


typedef struct {
    uint8_t type; /* NGX_PDN_SHM_NIL ... */

    union {
        int b;
        lua_Number n;
        ngx_str_t s; /* in: room for the bytes */
    } value;
} ngx_http_lua_value_t;


/* NULL: no dictionary of that name. */
ngx_shm_zone_t *ngx_http_lua_find_zone(u_char *name, size_t len);

/*
 *   NGX_OK        found
 *   NGX_DECLINED  not there, or expired
 *   NGX_ERROR     no zone, no room given, or a list; logged
 */
ngx_int_t ngx_http_lua_shared_dict_get(ngx_shm_zone_t *zone, u_char *key,
                                       size_t len, ngx_http_lua_value_t *value);


ngx_shm_zone_t *
ngx_http_lua_find_zone(u_char *name, size_t len)
{
    ngx_uint_t i;
    ngx_array_t *zones;
    ngx_shm_zone_t **zone;

    zones = &ngx_pdn_conf((ngx_cycle_t *) ngx_cycle)->zones;
    zone = zones->elts;

    for (i = 0; i < zones->nelts; i++) {
        if (zone[i]->shm.name.len == len
            && ngx_strncmp(zone[i]->shm.name.data, name, len) == 0)
        {
            return zone[i];
        }
    }

    return NULL;
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
