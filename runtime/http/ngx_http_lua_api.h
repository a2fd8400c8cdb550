/*
 * SPDX-License-Identifier: MIT
 *
 * What other nginx modules in C may call, with the names and shapes that
 * lua-nginx-module gives it: a module built against its header runs with
 * ours.
 */

#ifndef NGX_HTTP_LUA_API_H
#define NGX_HTTP_LUA_API_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <lua.h>


#define ngx_http_lua_version 10023


typedef struct {
    uint8_t type; /* 0 nil, 1 boolean, 3 number, 4 string */

    union {
        int b;
        lua_Number n;
        ngx_str_t s; /* in: room for the bytes */
    } value;
} ngx_http_lua_value_t;


/* The VM of the configuration; NULL until it is complete. */
lua_State *ngx_http_lua_get_global_state(ngx_conf_t *cf);

/* The request that Lua runs for; NULL where it runs for none. */
ngx_http_request_t *ngx_http_lua_get_request(lua_State *L);

/*
 * From a postconfiguration: require(package) is to call `func` in each VM.
 * The name lives as long as the configuration.
 */
ngx_int_t ngx_http_lua_add_package_preload(ngx_conf_t *cf, const char *package,
                                           lua_CFunction func);

/* NULL: no shared dictionary of that name. */
ngx_shm_zone_t *ngx_http_lua_find_zone(u_char *name, size_t len);

/*
 *   NGX_OK        found; a string is cut to the room given
 *   NGX_DECLINED  not there, or expired
 *   NGX_ERROR     no zone, no room given, or a list; logged
 */
ngx_int_t ngx_http_lua_shared_dict_get(ngx_shm_zone_t *zone, u_char *key,
                                       size_t len, ngx_http_lua_value_t *value);

/* As ngx_shared_memory_add(): init_by_lua runs after all zones are there. */
ngx_shm_zone_t *ngx_http_lua_shared_memory_add(ngx_conf_t *cf, ngx_str_t *name,
                                               size_t size, void *tag);


#endif /* NGX_HTTP_LUA_API_H */
