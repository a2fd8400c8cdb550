/*
 * SPDX-License-Identifier: MIT
 *
 * Lua values as the parameters of a statement.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pdn_lua_db.h"


#define PDN_LUA_INT64_MIN (-9223372036854775808.0)
#define PDN_LUA_INT64_END 9223372036854775808.0
#define PDN_LUA_EXACT_MAX 9007199254740992.0


static int pdn_lua_measure(lua_State *L, int index, pdn_db_dialect_e dialect,
                           size_t *bytes);
static int pdn_lua_is_binary(lua_State *L, int index);
static void pdn_lua_set_param(lua_State *L, int index, pdn_db_request_t *rq,
                              unsigned i, pdn_db_dialect_e dialect);
static void pdn_lua_set_number(pdn_db_value_t *v, double d,
                               pdn_db_dialect_e dialect);


pdn_db_request_t *
pdn_lua_request(lua_State *L, int sql, pdn_db_dialect_e dialect)
{
    size_t len;
    const char *text;

    text = lua_tolstring(L, sql, &len);

    return pdn_lua_known_request(L, sql, dialect,
                                 pdn_db_placeholders(text, len, dialect));
}


pdn_db_request_t *
pdn_lua_known_request(lua_State *L, int sql, pdn_db_dialect_e dialect,
                      unsigned wanted)
{
    int i, n;
    size_t len, bytes;
    const char *text;
    pdn_db_request_t *rq;

    text = lua_tolstring(L, sql, &len);
    n = lua_gettop(L) - sql;

    if (wanted != (unsigned) n) {
        lua_pushfstring(L,
                        "the statement has %d placeholders, "
                        "but %d values were given",
                        (int) wanted, n);
        return NULL;
    }

    if (wanted > PDN_DB_PARAMS_MAX) {
        lua_pushfstring(L, "%d values are too many, %d is the limit",
                        (int) wanted, PDN_DB_PARAMS_MAX);
        return NULL;
    }

    if (memchr(text, '\0', len) != NULL) {
        lua_pushliteral(L, "sql contains a zero byte");
        return NULL;
    }

    bytes = 0;

    for (i = 1; i <= n; i++) {
        if (!pdn_lua_measure(L, sql + i, dialect, &bytes)) {
            lua_pushfstring(L,
                            "value %d is a %s; a string, number, boolean, "
                            "nil, null, 64 bit integer or db.binary() is "
                            "expected",
                            i, luaL_typename(L, sql + i));
            return NULL;
        }
    }

    rq = pdn_db_request_create(text, len, n, bytes);

    if (rq == NULL) {
        lua_pushliteral(L, "no memory");
        return NULL;
    }

    for (i = 1; i <= n; i++) {
        pdn_lua_set_param(L, sql + i, rq, i - 1, dialect);
    }

    return rq;
}


pdn_db_request_t *
pdn_lua_script(lua_State *L, int sql)
{
    size_t len;
    const char *text;
    pdn_db_request_t *rq;

    text = lua_tolstring(L, sql, &len);

    if (memchr(text, '\0', len) != NULL) {
        lua_pushliteral(L, "sql contains a zero byte");
        return NULL;
    }

    rq = pdn_db_request_create(text, len, 0, 0);

    if (rq == NULL) {
        lua_pushliteral(L, "no memory");
        return NULL;
    }

    rq->script = 1;

    return rq;
}


static int
pdn_lua_measure(lua_State *L, int index, pdn_db_dialect_e dialect,
                size_t *bytes)
{
    size_t len;
    pdn_db_value_t v;

    switch (lua_type(L, index)) {

    case LUA_TSTRING:
        lua_tolstring(L, index, &len);
        *bytes += len;
        return 1;

    case LUA_TNUMBER:
    case LUA_TBOOLEAN:
    case LUA_TNIL:
        return 1;

    case LUA_TLIGHTUSERDATA:
        return lua_touserdata(L, index) == NULL;

    case LUA_TTABLE:
        if (!pdn_lua_is_binary(L, index)) {
            return 0;
        }

        lua_rawgeti(L, index, 1);
        lua_tolstring(L, -1, &len);
        lua_pop(L, 1);
        *bytes += len;
        return 1;

    case PDN_LUA_TCDATA:
        return pdn_lua_cdata(L, index, &v)
               && (v.type == PDN_DB_INT || dialect == PDN_DB_MYSQL);

    default:
        return 0;
    }
}


static int
pdn_lua_is_binary(lua_State *L, int index)
{
    int same;

    if (!lua_getmetatable(L, index)) {
        return 0;
    }

    luaL_getmetatable(L, PDN_LUA_DB_BINARY);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);

    if (same) {
        lua_rawgeti(L, index, 1);
        same = lua_type(L, -1) == LUA_TSTRING;
        lua_pop(L, 1);
    }

    return same;
}


/* The C API does not see into cdata, but 5LL says "5LL". */
int
pdn_lua_cdata(lua_State *L, int index, pdn_db_value_t *v)
{
    int ok;
    uint64_t n;
    char *end;
    const char *text;

    if (!luaL_callmeta(L, index, "__tostring")) {
        return 0;
    }

    ok = 0;
    text = lua_tostring(L, -1);

    if (text != NULL) {
        errno = 0;
        n = text[0] == '-' ? (uint64_t) strtoll(text, &end, 10)
                           : strtoull(text, &end, 10);
        ok = errno == 0 && end > text
             && (strcmp(end, "LL") == 0 || strcmp(end, "ULL") == 0);

        v->type = text[0] != '-' && n > INT64_MAX ? PDN_DB_UINT : PDN_DB_INT;
        v->as.i = (int64_t) n;
    }

    lua_pop(L, 1);

    return ok;
}


static void
pdn_lua_set_param(lua_State *L, int index, pdn_db_request_t *rq, unsigned i,
                  pdn_db_dialect_e dialect)
{
    size_t len;
    const char *text;
    pdn_db_value_t *v = &rq->params[i];

    switch (lua_type(L, index)) {

    case LUA_TSTRING:
        text = lua_tolstring(L, index, &len);
        pdn_db_request_set_text(rq, i, PDN_DB_TEXT, text, len);
        break;

    case LUA_TNUMBER:
        pdn_lua_set_number(v, lua_tonumber(L, index), dialect);
        break;

    case LUA_TBOOLEAN:
        v->type = PDN_DB_BOOL;
        v->as.i = lua_toboolean(L, index);
        break;

    case LUA_TTABLE:
        lua_rawgeti(L, index, 1);
        lua_rawgeti(L, index, 2);
        text = lua_tolstring(L, -2, &len);
        pdn_db_request_set_text(
            rq, i, lua_isnil(L, -1) ? PDN_DB_BINARY : PDN_DB_TEXT, text, len);
        v->oid = (unsigned) lua_tonumber(L, -1);
        lua_pop(L, 2);
        break;

    case PDN_LUA_TCDATA:
        pdn_lua_cdata(L, index, v);
        break;

    default:
        v->type = PDN_DB_NULL;
        break;
    }
}


/*
 * 3 is an integer, and so is 2^62; 0.5 and -0.0 are not.  A column of SQLite
 * without a type would give 2^62 back as an integer that no number holds, and
 * so as text; one of integers makes an integer of any number that is one.
 */
static void
pdn_lua_set_number(pdn_db_value_t *v, double d, pdn_db_dialect_e dialect)
{
    if (d >= PDN_LUA_INT64_MIN && d < PDN_LUA_INT64_END && floor(d) == d
        && !(d == 0 && signbit(d))
        && (dialect != PDN_DB_SQLITE || fabs(d) <= PDN_LUA_EXACT_MAX))
    {
        v->type = PDN_DB_INT;
        v->as.i = (int64_t) d;
        return;
    }

    v->type = PDN_DB_FLOAT;
    v->as.f = d;
}
