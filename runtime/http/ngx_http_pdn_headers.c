/*
 * SPDX-License-Identifier: MIT
 *
 * What reading and writing headers has in common, in both directions.
 */

#include "ngx_http_pdn_headers.h"
#include "ngx_pdn_uri.h"


static int ngx_http_pdn_lenient_index(lua_State *L);
static ngx_uint_t ngx_http_pdn_bad_name_char(u_char ch);


/* The address keys the metatable in the registry. */
static char  ngx_http_pdn_lenient_key;


ngx_uint_t
ngx_http_pdn_push_headers(lua_State *L, ngx_list_t *headers, ngx_int_t max,
    ngx_uint_t raw)
{
    int               table;
    ngx_int_t         n;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    lua_createtable(L, 0, 8);
    table = lua_gettop(L);
    n = 0;

    for (part = &headers->part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash == 0) {
                continue;
            }

            if (max > 0 && n++ == max) {
                return 1;
            }

            if (raw || h[i].lowcase_key == NULL) {
                lua_pushlstring(L, (char *) h[i].key.data, h[i].key.len);

            } else {
                lua_pushlstring(L, (char *) h[i].lowcase_key, h[i].key.len);
            }

            lua_pushlstring(L, (char *) h[i].value.data, h[i].value.len);
            ngx_http_pdn_add_header(L, table);
        }
    }

    return 0;
}


void
ngx_http_pdn_add_header(lua_State *L, int table)
{
    lua_pushvalue(L, -2);
    lua_rawget(L, table);

    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_rawset(L, table);
        return;
    }

    if (lua_istable(L, -1)) {
        lua_insert(L, -2);
        lua_rawseti(L, -2, (int) lua_objlen(L, -2) + 1);
        lua_pop(L, 2);
        return;
    }

    lua_createtable(L, 2, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 2);
    lua_rawset(L, table);
}


void
ngx_http_pdn_lenient(lua_State *L)
{
    lua_pushlightuserdata(L, &ngx_http_pdn_lenient_key);
    lua_rawget(L, LUA_REGISTRYINDEX);

    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_createtable(L, 0, 1);
        lua_pushcfunction(L, ngx_http_pdn_lenient_index);
        lua_setfield(L, -2, "__index");
        lua_pushlightuserdata(L, &ngx_http_pdn_lenient_key);
        lua_pushvalue(L, -2);
        lua_rawset(L, LUA_REGISTRYINDEX);
    }

    lua_setmetatable(L, -2);
}


/* Lua: headers.X_Foo, where there is no such key  [-2, +1, e] */
static int
ngx_http_pdn_lenient_index(lua_State *L)
{
    size_t       i, len;
    u_char       name[256];
    const char  *key;

    if (lua_type(L, 2) != LUA_TSTRING) {
        return 0;
    }

    key = lua_tolstring(L, 2, &len);

    if (len > sizeof(name)) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        name[i] = key[i] == '_' ? '-' : ngx_tolower(key[i]);
    }

    lua_pushlstring(L, (char *) name, len);
    lua_rawget(L, 1);

    return 1;
}


ngx_uint_t
ngx_http_pdn_remove_header(ngx_list_t *headers, ngx_str_t *name)
{
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    n = 0;

    for (part = &headers->part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash != 0 && h[i].key.len == name->len
                && ngx_strncasecmp(h[i].key.data, name->data, name->len) == 0)
            {
                h[i].hash = 0;
                h[i].value.len = 0;
                n++;
            }
        }
    }

    return n;
}


ngx_table_elt_t *
ngx_http_pdn_push_header(ngx_list_t *headers, ngx_pool_t *pool,
    ngx_str_t *name, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->key = *name;
    h->value = *value;
    h->lowcase_key = ngx_pnalloc(pool, name->len + 1);

    if (h->lowcase_key == NULL) {
        return NULL;
    }

    ngx_strlow(h->lowcase_key, name->data, name->len);
    h->lowcase_key[name->len] = '\0';
    h->hash = ngx_hash_key(h->lowcase_key, name->len);

    if (h->hash == 0) {
        h->hash = 1;
    }

    return h;
}


ngx_int_t
ngx_http_pdn_copy_value(ngx_pool_t *pool, ngx_str_t *dst, const char *src,
    size_t len)
{
    dst->len = ngx_pdn_escape(NULL, (u_char *) src, len,
                              NGX_PDN_ESCAPE_HEADER);
    dst->data = ngx_pnalloc(pool, dst->len + 1);

    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_pdn_escape(dst->data, (u_char *) src, len,
                          NGX_PDN_ESCAPE_HEADER);
    dst->data[dst->len] = '\0';

    return NGX_OK;
}


/* RFC 9110's tokens; what is none is escaped. */
static ngx_uint_t
ngx_http_pdn_bad_name_char(u_char ch)
{
    return ch <= 0x20 || ch >= 0x7f || ngx_strchr("()<>@,;:\\\"/[]?={}", ch);
}


ngx_int_t
ngx_http_pdn_copy_name(ngx_pool_t *pool, ngx_str_t *dst, const char *src,
    size_t len, ngx_uint_t dashes)
{
    u_char  *p;
    size_t   i;

    p = ngx_pnalloc(pool, len * 3 + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    dst->data = p;

    for (i = 0; i < len; i++) {

        if (dashes && src[i] == '_') {
            *p++ = '-';

        } else if (ngx_http_pdn_bad_name_char((u_char) src[i])) {
            p = ngx_sprintf(p, "%%%02Xd", (u_char) src[i]);

        } else {
            *p++ = src[i];
        }
    }

    *p = '\0';
    dst->len = p - dst->data;

    return NGX_OK;
}
