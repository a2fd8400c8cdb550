/* SPDX-License-Identifier: MIT */
/*
 * JSON text to Lua values. The elements of a table wait on the Lua stack
 * until there is a batch of them, so a small table is made at its final size
 * and never rehashed.
 */

#include <stdio.h>
#include "pdn_lua.h"
#include "pdn_json_read.h"

#define PDN_LUA_EXACT (1ULL << 53)

typedef enum {
    BIG_INT64 = 0,
    BIG_STRING,
    BIG_NUMBER
} pdn_lua_big_t;

typedef struct {
    pdn_json_reader_t reader;
    pdn_lua_buf_t scratch;
    lua_State *L;
    pdn_lua_big_t big;
} pdn_lua_decoder_t;

static int pdn_lua_value(pdn_lua_decoder_t *d, pdn_json_token_t token);
static int pdn_lua_array(pdn_lua_decoder_t *d);
static int pdn_lua_object(pdn_lua_decoder_t *d);
static void pdn_lua_number(pdn_lua_decoder_t *d);
static int pdn_lua_batch(lua_State *L, unsigned depth);
static int pdn_lua_decode_error(lua_State *L, pdn_slice_t in,
                                const pdn_err_t *err);


/* [-0,+1|2,m] decode(text, opts) gives the value, or nil and a text. */
int
pdn_lua_json_decode(lua_State *L)
{
    static const char *const bigs[] = { "int64", "string", "number", NULL };
    unsigned depth;
    pdn_slice_t in;
    pdn_lua_decoder_t d;

    in = pdn_lua_slice(L, 1);
    depth = (unsigned) pdn_lua_size(L, 2, "max_depth", 128);
    d.L = L;
    d.big = BIG_INT64;

    if (lua_istable(L, 2)) {
        lua_getfield(L, 2, "big");
        d.big = (pdn_lua_big_t) luaL_checkoption(L, -1, "int64", bigs);
    }

    lua_settop(L, 3);

    pdn_lua_buf_init(&d.scratch, L, 3, in.len + 8);
    pdn_json_reader_init(&d.reader, in, depth, &d.scratch.buf);

    if (pdn_lua_value(&d, pdn_json_reader_next(&d.reader))
        && pdn_json_reader_next(&d.reader) == PDN_JSON_END)
    {
        return 1;
    }

    return pdn_lua_decode_error(L, in, &d.reader.err);
}


/* Pushes the value that `token` is or starts; 0 when the text is wrong. */
static int
pdn_lua_value(pdn_lua_decoder_t *d, pdn_json_token_t token)
{
    switch (token) {

    case PDN_JSON_STRING:
        lua_pushlstring(d->L, (const char *) d->reader.text.data,
                        d->reader.text.len);
        return 1;

    case PDN_JSON_NUMBER:
        pdn_lua_number(d);
        return 1;

    case PDN_JSON_TRUE:
    case PDN_JSON_FALSE:
        lua_pushboolean(d->L, token == PDN_JSON_TRUE);
        return 1;

    case PDN_JSON_NULL:
        lua_pushlightuserdata(d->L, NULL);
        return 1;

    case PDN_JSON_ARRAY:
        return pdn_lua_array(d);

    case PDN_JSON_OBJECT:
        return pdn_lua_object(d);

    default:
        return 0;
    }
}


static int
pdn_lua_array(pdn_lua_decoder_t *d)
{
    int i, n, batch, stored, slot;
    lua_State *L;
    pdn_json_token_t token;

    L = d->L;
    batch = pdn_lua_batch(L, d->reader.depth);
    stored = 0;
    n = 0;

    lua_pushnil(L);
    slot = lua_gettop(L);

    for (;;) {
        token = pdn_json_reader_next(&d->reader);

        if (token == PDN_JSON_ARRAY_END || n == batch) {
            if (lua_isnil(L, slot)) {
                lua_createtable(L, token == PDN_JSON_ARRAY_END ? n : n * 4, 0);
                lua_replace(L, slot);
            }

            for (i = n; i > 0; i--) {
                lua_rawseti(L, slot, stored + i);
            }

            stored += n;
            n = 0;

            if (token == PDN_JSON_ARRAY_END) {
                break;
            }
        }

        if (!pdn_lua_value(d, token)) {
            return 0;
        }

        n++;
    }

    lua_pushvalue(L, lua_upvalueindex(1));
    lua_setmetatable(L, slot);

    return 1;
}


static int
pdn_lua_object(pdn_lua_decoder_t *d)
{
    int i, n, batch, slot;
    lua_State *L;
    pdn_json_token_t token;

    L = d->L;
    batch = pdn_lua_batch(L, d->reader.depth) / 2;
    n = 0;

    lua_pushnil(L);
    slot = lua_gettop(L);

    for (;;) {
        token = pdn_json_reader_next(&d->reader);

        if (token == PDN_JSON_OBJECT_END || n == batch) {
            if (lua_isnil(L, slot)) {
                lua_createtable(L, 0, token == PDN_JSON_OBJECT_END ? n : n * 4);
                lua_replace(L, slot);
            }

            /* in the order of the text: of equal names the last one stays */
            for (i = 0; i < n; i++) {
                lua_pushvalue(L, slot + 1 + 2 * i);
                lua_pushvalue(L, slot + 2 + 2 * i);
                lua_rawset(L, slot);
            }

            lua_settop(L, slot);
            n = 0;

            if (token == PDN_JSON_OBJECT_END) {
                return 1;
            }
        }

        if (token != PDN_JSON_KEY) {
            return 0;
        }

        lua_pushlstring(L, (const char *) d->reader.text.data,
                        d->reader.text.len);

        if (!pdn_lua_value(d, pdn_json_reader_next(&d->reader))) {
            return 0;
        }

        n++;
    }
}


/*
 * How many slots a level may fill. The whole stack of a C function is some
 * 8000 slots, so levels far down get few.
 */
static int
pdn_lua_batch(lua_State *L, unsigned depth)
{
    int batch;

    batch = depth <= 32 ? 64 : 2;
    luaL_checkstack(L, batch + 8, "nested too deep");

    return batch;
}


static void
pdn_lua_number(pdn_lua_decoder_t *d)
{
    const pdn_number_t *n;
    lua_State *L;

    L = d->L;
    n = &d->reader.number;

    if (n->kind != PDN_NUMBER_INTEGER || n->magnitude <= PDN_LUA_EXACT
        || d->big == BIG_NUMBER)
    {
        lua_pushnumber(L, n->d);
        return;
    }

    if (d->big == BIG_STRING) {
        lua_pushlstring(L, (const char *) d->reader.text.data,
                        d->reader.text.len);
        return;
    }

    if (n->negative && n->magnitude > 1ULL << 63) {
        lua_pushnumber(L, n->d);
        return;
    }

    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushboolean(L, n->negative);
    lua_pushnumber(L, (double) (n->magnitude >> 32));
    lua_pushnumber(L, (double) (n->magnitude & 0xffffffffU));
    lua_call(L, 3, 1);
}


static int
pdn_lua_decode_error(lua_State *L, pdn_slice_t in, const pdn_err_t *err)
{
    size_t line, column;

    pdn_json_position(in, err->pos, &line, &column);

    lua_pushnil(L);
    lua_pushfstring(L, "%s at line %d column %d", err->msg, (int) line,
                    (int) column);

    return 2;
}
