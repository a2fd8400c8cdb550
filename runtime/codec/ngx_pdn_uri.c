/*
 * SPDX-License-Identifier: MIT
 *
 * Percent-encoding and query strings: ngx.escape_uri and its kin.
 */

#include "ngx_pdn_uri.h"
#include "ngx_pdn_parts.h"


static int ngx_pdn_escape_uri(lua_State *L);
static int ngx_pdn_unescape_uri(lua_State *L);
static int ngx_pdn_encode_args(lua_State *L);
static int ngx_pdn_decode_args(lua_State *L);
static void ngx_pdn_add_arg(lua_State *L, int table);
static void ngx_pdn_add_pair(lua_State *L, int key, int parts, ngx_uint_t *n);
static int ngx_pdn_push_escaped(lua_State *L, const u_char *src, size_t len,
                                ngx_pdn_escape_e type);
static ngx_int_t ngx_pdn_hex(u_char ch);


static const luaL_Reg ngx_pdn_uri_functions[] = {
    { "escape_uri", ngx_pdn_escape_uri },
    { "unescape_uri", ngx_pdn_unescape_uri },
    { "encode_args", ngx_pdn_encode_args },
    { "decode_args", ngx_pdn_decode_args },
    { NULL, NULL }
};


void
ngx_pdn_uri_open(lua_State *L)
{
    lua_pushvalue(L, 1);
    luaL_register(L, NULL, ngx_pdn_uri_functions);
}


/*
 * One bit a character, for 0x00 to 0x7f in four words; all from 0x80 on are
 * escaped where the fifth says so.
 */
static const uint32_t ngx_pdn_escape_maps[NGX_PDN_ESCAPE_NTYPES][5] = {
    /* " ", "#", "%", "?", control */
    [NGX_PDN_ESCAPE_URI] = { 0xffffffff, 0x80000029, 0x00000000, 0x80000000,
                             1 },
    /* " ", "#", "%", "&", "+", "?", control */
    [NGX_PDN_ESCAPE_ARGS] = { 0xffffffff, 0x80000869, 0x00000000, 0x80000000,
                              1 },
    /* all but letters, digits, "-", ".", "_", "~", "!", "*", "'", "()" */
    [NGX_PDN_ESCAPE_COMPONENT] = { 0xffffffff, 0xfc00987d, 0x78000001,
                                   0xb8000001, 1 },
    /* " ", "#", """, "%", "'", control */
    [NGX_PDN_ESCAPE_HTML] = { 0xffffffff, 0x000000ad, 0x00000000, 0x80000000,
                              1 },
    /* " ", """, "'", control */
    [NGX_PDN_ESCAPE_REFRESH] = { 0xffffffff, 0x00000085, 0x00000000, 0x80000000,
                                 1 },
    /* " ", "%", control */
    [NGX_PDN_ESCAPE_MEMCACHED] = { 0xffffffff, 0x00000021, 0x00000000,
                                   0x00000000, 0 },
    [NGX_PDN_ESCAPE_MAIL_AUTH] = { 0xffffffff, 0x00000021, 0x00000000,
                                   0x00000000, 0 },
    /* control but for the tabulator */
    [NGX_PDN_ESCAPE_HEADER] = { 0xfffffdff, 0x00000000, 0x00000000, 0x80000000,
                                0 },
};


size_t
ngx_pdn_escape(u_char *dst, const u_char *src, size_t len,
               ngx_pdn_escape_e type)
{
    static const u_char hex[] = "0123456789ABCDEF";

    u_char ch;
    size_t i, n;
    ngx_uint_t escape;
    const uint32_t *map;

    map = ngx_pdn_escape_maps[type];
    n = 0;

    for (i = 0; i < len; i++) {
        ch = src[i];
        escape = ch < 0x80 ? map[ch >> 5] >> (ch & 0x1f) & 1 : map[4];

        if (!escape) {
            if (dst != NULL) {
                dst[n] = ch;
            }

            n++;
            continue;
        }

        if (dst != NULL) {
            dst[n] = '%';
            dst[n + 1] = hex[ch >> 4];
            dst[n + 2] = hex[ch & 0xf];
        }

        n += 3;
    }

    return n;
}


static ngx_int_t
ngx_pdn_hex(u_char ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }

    ch |= 0x20;

    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}


size_t
ngx_pdn_unescape(u_char *dst, const u_char *src, size_t len, ngx_uint_t plus)
{
    size_t n;
    ngx_int_t high, low;
    const u_char *last;

    last = src + len;

    for (n = 0; src < last; n++) {

        if (*src == '%' && last - src > 2) {
            high = ngx_pdn_hex(src[1]);
            low = ngx_pdn_hex(src[2]);

            if (high >= 0 && low >= 0) {
                dst[n] = (u_char) (high << 4 | low);
                src += 3;
                continue;
            }
        }

        dst[n] = plus && *src == '+' ? ' ' : *src;
        src++;
    }

    return n;
}


static int
ngx_pdn_push_escaped(lua_State *L, const u_char *src, size_t len,
                     ngx_pdn_escape_e type)
{
    size_t size;
    u_char *dst;

    size = ngx_pdn_escape(NULL, src, len, type);

    if (size == len) {
        lua_pushlstring(L, (char *) src, len);
        return 1;
    }

    dst = lua_newuserdata(L, size);
    (void) ngx_pdn_escape(dst, src, len, type);
    lua_pushlstring(L, (char *) dst, size);
    lua_remove(L, -2);

    return 1;
}


/* Lua: escape_uri(s, type?) -> string  [-2, +1, e] */
static int
ngx_pdn_escape_uri(lua_State *L)
{
    size_t len;
    lua_Integer type;
    const char *s;

    if (lua_type(L, 1) == LUA_TSTRING || lua_type(L, 1) == LUA_TNUMBER) {
        s = lua_tolstring(L, 1, &len);

    } else if (lua_isnoneornil(L, 1)) {
        s = "";
        len = 0;

    } else if (lua_isboolean(L, 1)) {
        s = lua_toboolean(L, 1) ? "true" : "false";
        len = strlen(s);

    } else {
        s = luaL_checklstring(L, 1, &len);
    }

    if (!lua_isnoneornil(L, 2) && !lua_isnumber(L, 2)) {
        lua_pushliteral(L, "\"type\" is not a number");
        return lua_error(L);
    }

    type = luaL_optinteger(L, 2, NGX_PDN_ESCAPE_COMPONENT);

    if (type < 0 || type >= NGX_PDN_ESCAPE_NTYPES) {
        lua_pushfstring(L, "\"type\" %d out of range", (int) type);
        return lua_error(L);
    }

    return ngx_pdn_push_escaped(L, (u_char *) s, len, type);
}


/* Lua: unescape_uri(s) -> string  [-1, +1, e] */
static int
ngx_pdn_unescape_uri(lua_State *L)
{
    size_t len;
    u_char *dst;
    const char *s;

    s = luaL_optlstring(L, 1, "", &len);
    dst = lua_newuserdata(L, len + 1);
    len = ngx_pdn_unescape(dst, (u_char *) s, len, 1);
    lua_pushlstring(L, (char *) dst, len);

    return 1;
}


/* Lua: decode_args(s, max?) -> table [, "truncated"]  [-2, +2, e] */
static int
ngx_pdn_decode_args(lua_State *L)
{
    size_t len;
    u_char *text;
    ngx_int_t max;
    const char *s;

    s = luaL_checklstring(L, 1, &len);
    max = luaL_optinteger(L, 2, 100);

    text = lua_newuserdata(L, len + 1);
    ngx_memcpy(text, s, len);

    if (ngx_pdn_push_args(L, text, len, max, 0)) {
        lua_pushliteral(L, "truncated");
        return 2;
    }

    return 1;
}


ngx_uint_t
ngx_pdn_push_args(lua_State *L, u_char *text, size_t len, ngx_int_t max,
                  int table)
{
    u_char *p, *end, *last, *eq;
    ngx_int_t n;

    if (table == 0) {
        lua_createtable(L, 0, 4);
        table = lua_gettop(L);
    }

    p = text;
    last = text + len;
    n = 0;

    for (/* void */; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, '&');
        end = end ? end : last;
        eq = ngx_strlchr(p, end, '=');

        if (max > 0 && n++ == max) {
            return 1;
        }

        if (p == end || eq == p) {
            /* Nothing, or a value without a name; it counts all the same. */
            continue;
        }

        if (eq == NULL) {
            lua_pushlstring(L, (char *) p, ngx_pdn_unescape(p, p, end - p, 1));
            lua_pushboolean(L, 1);

        } else {
            lua_pushlstring(L, (char *) p, ngx_pdn_unescape(p, p, eq - p, 1));
            eq++;
            lua_pushlstring(L, (char *) eq,
                            ngx_pdn_unescape(eq, eq, end - eq, 1));
        }

        ngx_pdn_add_arg(L, table);
    }

    return 0;
}


/* Key and value are on top: adds them, a repeated key becomes a list. */
static void
ngx_pdn_add_arg(lua_State *L, int table)
{
    lua_pushvalue(L, -2);
    lua_rawget(L, table);

    switch (lua_type(L, -1)) {

    case LUA_TNIL:
        lua_pop(L, 1);
        lua_rawset(L, table);
        return;

    case LUA_TTABLE:
        lua_insert(L, -2);
        lua_rawseti(L, -2, (int) lua_objlen(L, -2) + 1);
        lua_pop(L, 2);
        return;

    default:
        lua_createtable(L, 2, 0);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 1);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 2);
        lua_rawset(L, table);
        return;
    }
}


/* Lua: encode_args(table) -> string  [-1, +1, e] */
static int
ngx_pdn_encode_args(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    ngx_pdn_push_query(L, 1);

    return 1;
}


void
ngx_pdn_push_query(lua_State *L, int i)
{
    int j, n, parts;
    ngx_uint_t pairs;
    luaL_Buffer buf;

    /* A table of parts first: a buffer cannot grow between lua_next calls. */

    lua_newtable(L);
    parts = lua_gettop(L);
    pairs = 0;

    lua_pushnil(L);

    while (lua_next(L, i) != 0) {

        if (lua_type(L, -2) != LUA_TSTRING) {
            luaL_error(L, "attempt to use a non-string key in the \"args\" "
                          "option table");
        }

        if (lua_istable(L, -1)) {
            n = (int) lua_objlen(L, -1);

            for (j = 1; j <= n; j++) {
                lua_rawgeti(L, -1, j);
                ngx_pdn_add_pair(L, -3, parts, &pairs);
                lua_pop(L, 1);
            }

        } else {
            ngx_pdn_add_pair(L, -2, parts, &pairs);
        }

        lua_pop(L, 1);
    }

    luaL_buffinit(L, &buf);

    for (j = 1; j <= (int) pairs; j++) {
        lua_rawgeti(L, parts, j);
        luaL_addvalue(&buf);
    }

    luaL_pushresult(&buf);
    lua_remove(L, parts);
}


/* Adds "key=value" of the key at `key` and the value on top to the parts. */
static void
ngx_pdn_add_pair(lua_State *L, int key, int parts, ngx_uint_t *n)
{
    int top;
    size_t len;
    const char *s;

    top = lua_gettop(L);

    if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
        return;
    }

    s = lua_tolstring(L, key, &len);

    lua_pushstring(L, *n > 0 ? "&" : "");
    ngx_pdn_push_escaped(L, (u_char *) s, len, NGX_PDN_ESCAPE_COMPONENT);

    switch (lua_type(L, top)) {

    case LUA_TBOOLEAN:
        break;

    case LUA_TNUMBER:
    case LUA_TSTRING:
        lua_pushliteral(L, "=");
        lua_pushvalue(L, top);
        s = lua_tolstring(L, -1, &len);
        ngx_pdn_push_escaped(L, (u_char *) s, len, NGX_PDN_ESCAPE_COMPONENT);
        lua_remove(L, -2);
        break;

    default:
        luaL_error(L, "attempt to use %s as query arg value",
                   luaL_typename(L, top));
    }

    lua_concat(L, lua_gettop(L) - top);
    lua_rawseti(L, parts, (int) ++*n);
}
