/*
 * SPDX-License-Identifier: MIT
 *
 * Commands from the stack of Lua to the bytes that go out.  A list among the
 * values stands for its elements, any other table for its keys and values.
 */

#include <math.h>

#include "ngx_pdn_redis_lua.h"
#include "pdn_lua_db.h"


#define NGX_PDN_REDIS_NUMBER 32 /* bytes of a number, at most */
#define NGX_PDN_REDIS_FRAME  32 /* of "$N\r\n" and "\r\n" */
#define NGX_PDN_REDIS_INT    9223372036854775808.0


typedef struct {
    ngx_uint_t words;
    size_t bytes;
} ngx_pdn_redis_size_t;


static ngx_uint_t ngx_pdn_redis_measure(lua_State *L, int index,
                                        ngx_pdn_redis_size_t *size);
static ngx_uint_t ngx_pdn_redis_measure_table(lua_State *L, int index,
                                              ngx_pdn_redis_size_t *size);
static u_char *ngx_pdn_redis_write(lua_State *L, int index, u_char *p);
static u_char *ngx_pdn_redis_write_table(lua_State *L, int index, u_char *p);
static u_char *ngx_pdn_redis_write_bytes(u_char *p, const char *data,
                                         size_t len);
static u_char *ngx_pdn_redis_write_int(u_char *p, int64_t n);
static u_char *ngx_pdn_redis_write_uint(u_char *p, uint64_t n);
static size_t ngx_pdn_redis_number(lua_State *L, int index, u_char *text);
static ngx_uint_t ngx_pdn_redis_is_list(lua_State *L, int index);


int
ngx_pdn_redis_lua_head(lua_State *L)
{
    u_char *p;
    size_t len;
    luaL_Buffer b;
    const char *name;

    name = luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, len < LUAL_BUFFERSIZE - NGX_PDN_REDIS_FRAME, 1,
                  "too long");

    luaL_buffinit(L, &b);
    p = (u_char *) luaL_prepbuffer(&b);
    luaL_addsize(&b, ngx_pdn_redis_write_bytes(p, name, len) - p);
    luaL_pushresult(&b);

    return 1;
}


ngx_int_t
ngx_pdn_redis_encode(lua_State *L, int index, ngx_pdn_bytes_t *out)
{
    int i, top;
    u_char *p;
    size_t len;
    const char *head;
    ngx_pdn_redis_size_t size;

    top = lua_gettop(L);
    head = lua_tolstring(L, index, &len);
    size.words = 1;
    size.bytes = len + NGX_PDN_REDIS_FRAME;

    for (i = index + 1; i <= top; i++) {
        if (!ngx_pdn_redis_measure(L, i, &size)) {
            lua_settop(L, top);
            lua_pushfstring(L,
                            "value %d is a %s; a string, a number, a 64 bit "
                            "integer or a table of these is expected",
                            i - index, luaL_typename(L, i));
            return NGX_ERROR;
        }
    }

    if (ngx_pdn_bytes_reserve(out, size.bytes) != NGX_OK) {
        lua_pushliteral(L, "no memory");
        return NGX_ERROR;
    }

    p = out->last;
    *p++ = '*';
    p = ngx_pdn_redis_write_int(p, size.words);
    p = ngx_cpymem(p, head, len);

    for (i = index + 1; i <= top; i++) {
        p = ngx_pdn_redis_write(L, i, p);
    }

    out->last = p;

    return NGX_OK;
}


static ngx_uint_t
ngx_pdn_redis_measure(lua_State *L, int index, ngx_pdn_redis_size_t *size)
{
    pdn_db_value_t v;

    switch (lua_type(L, index)) {

    case LUA_TSTRING:
        size->bytes += lua_objlen(L, index) + NGX_PDN_REDIS_FRAME;
        break;

    case LUA_TNUMBER:
        size->bytes += NGX_PDN_REDIS_NUMBER + NGX_PDN_REDIS_FRAME;
        break;

    case LUA_TTABLE:
        return ngx_pdn_redis_measure_table(L, index, size);

    case PDN_LUA_TCDATA:
        if (!pdn_lua_cdata(L, index, &v)) {
            return 0;
        }

        size->bytes += NGX_PDN_REDIS_NUMBER + NGX_PDN_REDIS_FRAME;
        break;

    default:
        return 0;
    }

    size->words++;

    return 1;
}


/* Tables do not lie in tables. */
static ngx_uint_t
ngx_pdn_redis_measure_table(lua_State *L, int index, ngx_pdn_redis_size_t *size)
{
    size_t i, n;
    ngx_uint_t ok;

    ok = 1;

    if (ngx_pdn_redis_is_list(L, index)) {
        n = lua_objlen(L, index);

        for (i = 1; ok && i <= n; i++) {
            lua_rawgeti(L, index, i);
            ok = !lua_istable(L, -1) && ngx_pdn_redis_measure(L, -1, size);
            lua_pop(L, 1);
        }

        return ok;
    }

    lua_pushnil(L);

    while (ok && lua_next(L, index)) {
        ok = !lua_istable(L, -2) && !lua_istable(L, -1)
             && ngx_pdn_redis_measure(L, lua_gettop(L) - 1, size)
             && ngx_pdn_redis_measure(L, lua_gettop(L), size);
        lua_pop(L, 1);
    }

    return ok;
}


static u_char *
ngx_pdn_redis_write(lua_State *L, int index, u_char *p)
{
    size_t len;
    const char *text;
    pdn_db_value_t v;
    u_char number[NGX_PDN_REDIS_NUMBER];

    switch (lua_type(L, index)) {

    case LUA_TSTRING:
        text = lua_tolstring(L, index, &len);
        return ngx_pdn_redis_write_bytes(p, text, len);

    case LUA_TNUMBER:
        len = ngx_pdn_redis_number(L, index, number);
        return ngx_pdn_redis_write_bytes(p, (char *) number, len);

    case LUA_TTABLE:
        return ngx_pdn_redis_write_table(L, index, p);

    default:
        (void) pdn_lua_cdata(L, index, &v);
        len = v.type == PDN_DB_UINT
                  ? ngx_pdn_redis_write_uint(number, v.as.i) - number - 2
                  : ngx_pdn_redis_write_int(number, v.as.i) - number - 2;
        return ngx_pdn_redis_write_bytes(p, (char *) number, len);
    }
}


static u_char *
ngx_pdn_redis_write_table(lua_State *L, int index, u_char *p)
{
    size_t i, n;

    if (ngx_pdn_redis_is_list(L, index)) {
        n = lua_objlen(L, index);

        for (i = 1; i <= n; i++) {
            lua_rawgeti(L, index, i);
            p = ngx_pdn_redis_write(L, lua_gettop(L), p);
            lua_pop(L, 1);
        }

        return p;
    }

    lua_pushnil(L);

    while (lua_next(L, index)) {
        p = ngx_pdn_redis_write(L, lua_gettop(L) - 1, p);
        p = ngx_pdn_redis_write(L, lua_gettop(L), p);
        lua_pop(L, 1);
    }

    return p;
}


static u_char *
ngx_pdn_redis_write_bytes(u_char *p, const char *data, size_t len)
{
    *p++ = '$';
    p = ngx_pdn_redis_write_int(p, len);
    p = ngx_cpymem(p, data, len);
    *p++ = '\r';
    *p++ = '\n';

    return p;
}


/* With the end of its line. */
static u_char *
ngx_pdn_redis_write_int(u_char *p, int64_t n)
{
    if (n < 0) {
        *p++ = '-';
        return ngx_pdn_redis_write_uint(p, 0 - (uint64_t) n);
    }

    return ngx_pdn_redis_write_uint(p, n);
}


static u_char *
ngx_pdn_redis_write_uint(u_char *p, uint64_t n)
{
    u_char *q;
    u_char digits[NGX_INT64_LEN];

    q = digits + sizeof(digits);

    do {
        *--q = '0' + n % 10;
        n /= 10;
    } while (n);

    p = ngx_cpymem(p, q, digits + sizeof(digits) - q);
    *p++ = '\r';
    *p++ = '\n';

    return p;
}


/* Whole numbers without a point, all others so that they come back alike. */
static size_t
ngx_pdn_redis_number(lua_State *L, int index, u_char *text)
{
    double d;

    d = lua_tonumber(L, index);

    if (d >= -NGX_PDN_REDIS_INT && d < NGX_PDN_REDIS_INT && floor(d) == d) {
        return ngx_pdn_redis_write_int(text, (int64_t) d) - text - 2;
    }

    return snprintf((char *) text, NGX_PDN_REDIS_NUMBER, "%.17g", d);
}


static ngx_uint_t
ngx_pdn_redis_is_list(lua_State *L, int index)
{
    ngx_uint_t empty;

    if (lua_objlen(L, index) > 0) {
        return 1;
    }

    lua_pushnil(L);
    empty = !lua_next(L, index);

    if (!empty) {
        lua_pop(L, 2);
    }

    return empty;
}
