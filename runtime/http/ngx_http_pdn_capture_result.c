/*
 * SPDX-License-Identifier: MIT
 *
 * What a captured subrequest answered, as a table of Lua.
 */

#include "ngx_http_pdn_capture.h"


static void ngx_http_pdn_sub_push_headers(lua_State *L,
                                          ngx_http_headers_out_t *out);
static void ngx_http_pdn_sub_add_header(lua_State *L, ngx_table_elt_t *h);
static void ngx_http_pdn_sub_push_time(lua_State *L,
                                       ngx_http_headers_out_t *out);


void
ngx_http_pdn_sub_push(lua_State *L, ngx_http_pdn_sub_t *sub)
{
    lua_createtable(L, 0, 4);

    lua_pushinteger(L, sub->status);
    lua_setfield(L, -2, "status");

    lua_pushboolean(L, !sub->whole);
    lua_setfield(L, -2, "truncated");

    lua_pushlstring(L, (char *) sub->body, sub->len);
    lua_setfield(L, -2, "body");

    ngx_http_pdn_sub_push_headers(L, &sub->request->headers_out);
    lua_setfield(L, -2, "header");
}


static void
ngx_http_pdn_sub_push_headers(lua_State *L, ngx_http_headers_out_t *out)
{
    ngx_uint_t i, n;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    n = 3;

    for (part = &out->headers.part; part != NULL; part = part->next) {
        n += part->nelts;
    }

    lua_createtable(L, 0, n);

    for (part = &out->headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash != 0) {
                ngx_http_pdn_sub_add_header(L, &h[i]);
            }
        }
    }

    if (out->content_type.len > 0) {
        lua_pushlstring(L, (char *) out->content_type.data,
                        out->content_type.len);
        lua_setfield(L, -2, "Content-Type");
    }

    if (out->content_length == NULL && out->content_length_n >= 0) {
        lua_pushnumber(L, (lua_Number) out->content_length_n);
        lua_setfield(L, -2, "Content-Length");
    }

    if (out->location != NULL && out->location->value.len > 0) {
        /* nginx's static module keeps its redirects out of the list. */
        lua_pushlstring(L, (char *) out->location->value.data,
                        out->location->value.len);
        lua_setfield(L, -2, "Location");
    }

    ngx_http_pdn_sub_push_time(L, out);
}


/* Headers of one name make an array. */
static void
ngx_http_pdn_sub_add_header(lua_State *L, ngx_table_elt_t *h)
{
    int table;

    table = lua_gettop(L);

    lua_pushlstring(L, (char *) h->key.data, h->key.len);
    lua_pushvalue(L, -1);
    lua_rawget(L, table);

    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushlstring(L, (char *) h->value.data, h->value.len);
        lua_rawset(L, table);
        return;
    }

    if (!lua_istable(L, -1)) {
        lua_createtable(L, 2, 0);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 1);
    }

    lua_pushlstring(L, (char *) h->value.data, h->value.len);
    lua_rawseti(L, -2, (int) lua_objlen(L, -2) + 1);
    lua_rawset(L, table);
}


/* nginx would make the header of it, of answers that may have one. */
static void
ngx_http_pdn_sub_push_time(lua_State *L, ngx_http_headers_out_t *out)
{
    u_char text[sizeof("Mon, 28 Sep 1970 06:00:00 GMT")];

    if (out->last_modified != NULL || out->last_modified_time == -1) {
        return;
    }

    switch (out->status) {

    case NGX_HTTP_OK:
    case NGX_HTTP_NO_CONTENT:
    case NGX_HTTP_PARTIAL_CONTENT:
    case NGX_HTTP_NOT_MODIFIED:
        lua_pushlstring(L, (char *) text,
                        ngx_http_time(text, out->last_modified_time) - text);
        lua_setfield(L, -2, "Last-Modified");
        break;

    default:
        break;
    }
}
