/*
 * SPDX-License-Identifier: MIT
 *
 * Frames were scanned before they come here: whatever they hold is there, and
 * no deeper than PDN_RESP_DEPTH.
 */

#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "pdn_lua_resp.h"
#include "pdn_redis.h"


#define PDN_LUA_RESP_INT    9007199254740992LL /* 2^53 */
#define PDN_LUA_RESP_DOUBLE 64


static void pdn_lua_resp_next(const char *data, size_t len, size_t *pos,
                              pdn_resp_item_t *item);
static void pdn_lua_resp_value(lua_State *L, const char *data, size_t len,
                               size_t *pos, const pdn_resp_item_t *item);
static void pdn_lua_resp_array(lua_State *L, const char *data, size_t len,
                               size_t *pos, int64_t n);
static void pdn_lua_resp_map(lua_State *L, const char *data, size_t len,
                             size_t *pos, int64_t n);
static void pdn_lua_resp_int(lua_State *L, int64_t n);
static void pdn_lua_resp_double(lua_State *L, const pdn_resp_item_t *item);
static void pdn_lua_resp_error(lua_State *L, const pdn_resp_item_t *item);
static void pdn_lua_resp_error_parts(lua_State *L, const pdn_resp_item_t *item);


int
pdn_lua_resp(lua_State *L, const char *data, size_t len, int pairs)
{
    size_t pos;
    pdn_resp_item_t item;

    pos = 0;
    pdn_lua_resp_next(data, len, &pos, &item);

    if (item.null) {
        lua_pushnil(L);
        return 1;
    }

    if (item.type == '-' || item.type == '!') {
        pdn_lua_resp_error_parts(L, &item);
        return 3;
    }

    if (pairs && item.type == '*' && item.n % 2 == 0) {
        item.type = '%';
    }

    pdn_lua_resp_value(L, data, len, &pos, &item);

    return 1;
}


void
pdn_lua_resp_list(lua_State *L, const char *data, size_t len, unsigned n)
{
    size_t pos;
    unsigned i, failed;
    pdn_resp_item_t item;

    lua_createtable(L, (int) n, 0);

    pos = 0;
    failed = 0;

    for (i = 1; i <= n; /* void */) {
        pdn_lua_resp_next(data, len, &pos, &item);
        pdn_lua_resp_value(L, data, len, &pos, &item);

        if (item.type == '>') {
            lua_pop(L, 1);
            continue;
        }

        failed += item.type == '-' || item.type == '!';
        lua_rawseti(L, -2, (int) i++);
    }

    lua_pushinteger(L, failed);
}


/* The next value: what is said about it is left out. */
static void
pdn_lua_resp_next(const char *data, size_t len, size_t *pos,
                  pdn_resp_item_t *item)
{
    int64_t n;
    size_t want;
    const char *err;

    for (;;) {
        (void) pdn_resp_item(data, len, pos, item, &want, &err);

        if (item->type != '|') {
            return;
        }

        /* attributes hold attributes, too */
        for (n = item->n; n > 0; n--) {
            pdn_lua_resp_next(data, len, pos, item);

            if (pdn_resp_holds(item->type)) {
                n += item->n;
            }
        }
    }
}


static void
pdn_lua_resp_value(lua_State *L, const char *data, size_t len, size_t *pos,
                   const pdn_resp_item_t *item)
{
    if (item->null) {
        lua_pushlightuserdata(L, NULL);
        return;
    }

    switch (item->type) {

    case ':':
        pdn_lua_resp_int(L, item->n);
        break;

    case '#':
        lua_pushboolean(L, (int) item->n);
        break;

    case ',':
        pdn_lua_resp_double(L, item);
        break;

    case '-':
    case '!':
        pdn_lua_resp_error(L, item);
        break;

    case '*':
    case '~':
    case '>':
        pdn_lua_resp_array(L, data, len, pos, item->n);
        break;

    case '%':
        pdn_lua_resp_map(L, data, len, pos, item->n);
        break;

    default:
        lua_pushlstring(L, item->data, item->len);
        break;
    }
}


static void
pdn_lua_resp_array(lua_State *L, const char *data, size_t len, size_t *pos,
                   int64_t n)
{
    int i;
    pdn_resp_item_t item;

    luaL_checkstack(L, 8, "a reply is too deep");
    lua_createtable(L, (int) n, 0);

    for (i = 1; i <= n; i++) {
        pdn_lua_resp_next(data, len, pos, &item);
        pdn_lua_resp_value(L, data, len, pos, &item);
        lua_rawseti(L, -2, i);
    }
}


/* Not a number cannot be a key of a table: numbers stay texts there. */
static void
pdn_lua_resp_map(lua_State *L, const char *data, size_t len, size_t *pos,
                 int64_t n)
{
    pdn_resp_item_t item;

    luaL_checkstack(L, 8, "a reply is too deep");
    lua_createtable(L, 0, (int) (n / 2));

    for (/* void */; n > 0; n -= 2) {
        pdn_lua_resp_next(data, len, pos, &item);

        if (item.type == ',') {
            item.type = '+';
        }

        pdn_lua_resp_value(L, data, len, pos, &item);
        pdn_lua_resp_next(data, len, pos, &item);
        pdn_lua_resp_value(L, data, len, pos, &item);
        lua_rawset(L, -3);
    }
}


static void
pdn_lua_resp_int(lua_State *L, int64_t n)
{
    char *p;
    uint64_t value;
    char text[24];

    if (n <= PDN_LUA_RESP_INT && n >= -PDN_LUA_RESP_INT) {
        lua_pushnumber(L, (double) n);
        return;
    }

    p = text + sizeof(text);
    value = n < 0 ? 0 - (uint64_t) n : (uint64_t) n;

    do {
        *--p = (char) ('0' + value % 10);
        value /= 10;
    } while (value);

    if (n < 0) {
        *--p = '-';
    }

    lua_pushlstring(L, p, text + sizeof(text) - p);
}


static void
pdn_lua_resp_double(lua_State *L, const pdn_resp_item_t *item)
{
    char *end;
    double d;
    char text[PDN_LUA_RESP_DOUBLE];

    if (item->len < sizeof(text)) {
        memcpy(text, item->data, item->len);
        text[item->len] = '\0';
        d = strtod(text, &end);

        if (end == text + item->len && item->len > 0) {
            lua_pushnumber(L, d);
            return;
        }
    }

    lua_pushlstring(L, item->data, item->len);
}


static void
pdn_lua_resp_error(lua_State *L, const pdn_resp_item_t *item)
{
    lua_createtable(L, 0, 3);
    pdn_lua_resp_error_parts(L, item);
    lua_setfield(L, -4, "server");
    lua_setfield(L, -3, "code");
    lua_setfield(L, -2, "err");
    luaL_getmetatable(L, PDN_LUA_REDIS_ERROR);
    lua_setmetatable(L, -2);
}


/* [-0, +3, m] */
static void
pdn_lua_resp_error_parts(lua_State *L, const pdn_resp_item_t *item)
{
    const char *code;
    char word[PDN_REDIS_WORD_MAX];

    code = pdn_redis_code(item->data, item->len, word);

    lua_pushlstring(L, item->data, item->len);
    lua_pushstring(L, code);
    lua_pushstring(L, word);
}
