/*
 * SPDX-License-Identifier: MIT
 *
 * A value of PostgreSQL, which comes as text, as a value of Lua.
 */

#include <stdlib.h>
#include <string.h>

#include "pdn_lua_db.h"


typedef struct {
    Oid array;
    Oid element;
} pdn_lua_pg_array_t;


/* Where the text of an array is read, and what it holds. */

typedef struct {
    const char *p;
    const char *end;
    Oid element;
    const pdn_lua_pg_types_t *types;
} pdn_lua_pg_reader_t;


static Oid pdn_lua_pg_element(Oid type);
static void pdn_lua_push_pg_int(lua_State *L, const char *text, int len,
                                pdn_lua_int64_e int64);
static void pdn_lua_push_pg_bytes(lua_State *L, const char *text, int len);
static void pdn_lua_push_pg_json(lua_State *L, const char *text, int len);
static int pdn_lua_push_pg_array(lua_State *L, pdn_lua_pg_reader_t *rd);
static int pdn_lua_push_pg_item(lua_State *L, pdn_lua_pg_reader_t *rd);
static int pdn_lua_hex(char c);


/* Arrays whose elements have a type of their own in Lua, or are texts. */

static const pdn_lua_pg_array_t pdn_lua_pg_arrays[] = {
    { 143, 0 /* xml */ },        { 199, PDN_PG_JSON },
    { 651, 0 /* cidr */ },       { 791, 0 /* money */ },
    { 1000, PDN_PG_BOOL },       { 1001, PDN_PG_BYTEA },
    { 1002, 0 /* char */ },      { 1003, 0 /* name */ },
    { 1005, PDN_PG_INT2 },       { 1007, PDN_PG_INT4 },
    { 1009, 0 /* text */ },      { 1014, 0 /* bpchar */ },
    { 1015, 0 /* varchar */ },   { 1016, PDN_PG_INT8 },
    { 1017, 0 /* point */ },     { 1021, PDN_PG_FLOAT4 },
    { 1022, PDN_PG_FLOAT8 },     { 1028, PDN_PG_OID },
    { 1040, 0 /* macaddr */ },   { 1041, 0 /* inet */ },
    { 1115, 0 /* timestamp */ }, { 1182, 0 /* date */ },
    { 1183, 0 /* time */ },      { 1185, 0 /* timestamptz */ },
    { 1187, 0 /* interval */ },  { 1231, PDN_PG_NUMERIC },
    { 1270, 0 /* timetz */ },    { 1561, 0 /* bit */ },
    { 1563, 0 /* varbit */ },    { 2951, 0 /* uuid */ },
    { 3807, PDN_PG_JSONB },      { 3905, 0 /* int4range */ },
    { 3907, 0 /* numrange */ },  { 3909, 0 /* tsrange */ },
    { 3911, 0 /* tstzrange */ }, { 3913, 0 /* daterange */ },
    { 3927, 0 /* int8range */ }, { 0, 0 }
};


void
pdn_lua_push_pg_value(lua_State *L, Oid type, const char *text, int len,
                      const pdn_lua_pg_types_t *types)
{
    Oid element;
    pdn_lua_pg_reader_t rd;

    switch (type) {

    case PDN_PG_INT2:
    case PDN_PG_INT4:
    case PDN_PG_INT8:
    case PDN_PG_OID:
        pdn_lua_push_pg_int(L, text, len, types->int64);
        return;

    case PDN_PG_FLOAT4:
    case PDN_PG_FLOAT8:
        lua_pushnumber(L, strtod(text, NULL));
        return;

    case PDN_PG_NUMERIC:
        if (types->numeric) {
            lua_pushnumber(L, strtod(text, NULL));
            return;
        }

        break;

    case PDN_PG_BOOL:
        lua_pushboolean(L, text[0] == 't');
        return;

    case PDN_PG_BYTEA:
        pdn_lua_push_pg_bytes(L, text, len);
        return;

    case PDN_PG_JSON:
    case PDN_PG_JSONB:
        if (types->json) {
            pdn_lua_push_pg_json(L, text, len);
            return;
        }

        break;

    default:
        element = types->arrays && text[0] == '{' ? pdn_lua_pg_element(type)
                                                  : (Oid) -1;
        if (element == (Oid) -1) {
            break;
        }

        rd.p = text;
        rd.end = text + len;
        rd.element = element;
        rd.types = types;

        if (pdn_lua_push_pg_array(L, &rd)) {
            return;
        }

        lua_pop(L, 1);
        break;
    }

    lua_pushlstring(L, text, len);
}


/* What the elements of an array are, -1 for what is none that we read. */
static Oid
pdn_lua_pg_element(Oid type)
{
    const pdn_lua_pg_array_t *a;

    for (a = pdn_lua_pg_arrays; a->array != 0; a++) {
        if (a->array == type) {
            return a->element;
        }
    }

    return (Oid) -1;
}


static void
pdn_lua_push_pg_int(lua_State *L, const char *text, int len,
                    pdn_lua_int64_e int64)
{
    double n;

    if (pdn_lua_pg_number(text, len, &n)) {
        lua_pushnumber(L, n);

    } else {
        pdn_lua_push_int64(L, strtoll(text, NULL, 10), int64);
    }
}


/* Fifteen digits fit any number of Lua, and need no look at errno. */
int
pdn_lua_pg_number(const char *text, int len, double *n)
{
    int i;
    int64_t whole;

    whole = 0;

    for (i = text[0] == '-'; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
        whole = whole * 10 + (text[i] - '0');

        if (i == 15) {
            return 0;
        }
    }

    *n = (double) (text[0] == '-' ? -whole : whole);

    /* a fraction, an exponent, no digits at all (NaN, Infinity), or -0 */
    if (i < len || (whole == 0 && text[0] == '-')) {
        *n = strtod(text, NULL);
    }

    return 1;
}


int
pdn_lua_pg_is_array(Oid type)
{
    return pdn_lua_pg_element(type) != (Oid) -1;
}


/* "\x00ff"; the older form with octal digits is left to libpq. */
static void
pdn_lua_push_pg_bytes(lua_State *L, const char *text, int len)
{
    int i;
    char *bytes;
    size_t size;
    unsigned char *data;

    if (len < 2 || text[0] != '\\' || text[1] != 'x') {
        data = PQunescapeBytea((const unsigned char *) text, &size);
        lua_pushlstring(L, (char *) data, data ? size : 0);
        PQfreemem(data);
        return;
    }

    bytes = lua_newuserdata(L, len / 2);

    for (i = 2; i + 1 < len; i += 2) {
        bytes[i / 2 - 1] = pdn_lua_hex(text[i]) << 4 | pdn_lua_hex(text[i + 1]);
    }

    lua_pushlstring(L, bytes, len / 2 - 1);
    lua_remove(L, -2);
}


/* What cannot be decoded, for its depth say, stays the text that it is. */
static void
pdn_lua_push_pg_json(lua_State *L, const char *text, int len)
{
    lua_getfield(L, LUA_REGISTRYINDEX, PDN_LUA_DB_JSON);
    lua_pushlstring(L, text, len);

    if (pdn_lua_call_apart(L, 1)) {
        if (!lua_isnil(L, -1)) {
            return;
        }

        lua_pop(L, 1);
    }

    lua_pushlstring(L, text, len);
}


/*
 * {1,NULL,"a \"b\"",{...}}, all of an array: tables in tables.  0 when it is
 * something else; there is one value on the stack in any case.
 */
static int
pdn_lua_push_pg_array(lua_State *L, pdn_lua_pg_reader_t *rd)
{
    int n;

    lua_newtable(L);

    if (!lua_checkstack(L, 20) || *rd->p++ != '{') {
        return 0;
    }

    if (rd->p < rd->end && *rd->p == '}') {
        rd->p++;
        return 1;
    }

    for (n = 1; rd->p < rd->end; n++) {
        if (*rd->p == '{') {
            if (!pdn_lua_push_pg_array(L, rd)) {
                lua_pop(L, 1);
                return 0;
            }

        } else if (!pdn_lua_push_pg_item(L, rd)) {
            return 0;
        }

        lua_rawseti(L, -2, n);

        if (rd->p >= rd->end) {
            return 0;
        }

        if (*rd->p++ == '}') {
            return 1;
        }
    }

    return 0;
}


/* Up to the comma or brace behind it; pushes nothing when it answers 0. */
static int
pdn_lua_push_pg_item(lua_State *L, pdn_lua_pg_reader_t *rd)
{
    size_t len;
    const char *from, *text;
    luaL_Buffer b;

    if (*rd->p != '"') {
        from = rd->p;

        while (rd->p < rd->end && *rd->p != ',' && *rd->p != '}') {
            rd->p++;
        }

        len = rd->p - from;

        if (len == 4 && memcmp(from, "NULL", 4) == 0) {
            lua_pushlightuserdata(L, NULL);

        } else if (rd->element == 0) {
            lua_pushlstring(L, from, len);

        } else {
            pdn_lua_push_pg_value(L, rd->element, from, len, rd->types);
        }

        return 1;
    }

    luaL_buffinit(L, &b);

    for (rd->p++; rd->p < rd->end && *rd->p != '"'; rd->p++) {
        if (*rd->p == '\\') {
            rd->p++;
        }

        luaL_addchar(&b, *rd->p);
    }

    rd->p++;
    luaL_pushresult(&b);

    if (rd->element != 0) {
        text = lua_tolstring(L, -1, &len);
        pdn_lua_push_pg_value(L, rd->element, text, len, rd->types);
        lua_remove(L, -2);
    }

    return 1;
}


static int
pdn_lua_hex(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
