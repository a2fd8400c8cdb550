/* SPDX-License-Identifier: MIT */
/*
 * Lua tables to JSON arrays and objects. A table without a metatable is taken
 * for what its first key says and written at once; should a later key
 * disagree, what was written is taken back and the table is looked at as a
 * whole first.
 */

#include <stdlib.h>
#include "pdn_lua_json_encode.h"

#define PDN_LUA_MAX_GUESS 4

typedef struct {
    pdn_slice_t text;
    int index;
} pdn_lua_key_t;

static pdn_rc_t pdn_lua_guess_array(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_guess_object(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_encode_sorted(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_encode_pair(pdn_lua_encoder_t *e, int key);
static int pdn_lua_list_length(lua_State *L, int index);


pdn_rc_t
pdn_lua_encode_plain(pdn_lua_encoder_t *e, int index)
{
    int n, top;
    size_t mark;
    pdn_rc_t rc;
    lua_State *L;

    L = e->L;

    if (e->wrong_guesses < PDN_LUA_MAX_GUESS) {
        top = lua_gettop(L);
        mark = e->out.buf.len;

        lua_pushnil(L);

        if (!lua_next(L, index)) {
            pdn_buf_text(&e->out.buf, "{}");
            return PDN_OK;
        }

        if (lua_type(L, -2) == LUA_TNUMBER) {
            rc = pdn_lua_guess_array(e, index);

        } else if (!e->sort) {
            rc = pdn_lua_guess_object(e, index);

        } else {
            rc = PDN_AGAIN;
        }

        if (rc != PDN_AGAIN) {
            return rc;
        }

        e->out.buf.len = mark;
        e->wrong_guesses += !e->sort;
        lua_settop(L, top);
    }

    n = pdn_lua_list_length(L, index);

    return n > 0 ? pdn_lua_encode_array(e, index, n)
                 : pdn_lua_encode_object(e, index);
}


/*
 * The first key and value are on the stack. PDN_AGAIN: the keys are not
 * 1, 2, 3 ... in the order of the table.
 */
static pdn_rc_t
pdn_lua_guess_array(pdn_lua_encoder_t *e, int index)
{
    int i;
    lua_State *L;

    L = e->L;
    i = 1;

    pdn_buf_byte(&e->out.buf, '[');

    do {
        if (lua_type(L, -2) != LUA_TNUMBER || lua_tonumber(L, -2) != i) {
            return PDN_AGAIN;
        }

        if (i > 1) {
            pdn_buf_byte(&e->out.buf, ',');
        }

        if (pdn_lua_encode(e, lua_gettop(L)) != PDN_OK) {
            return pdn_lua_path_index(e, i);
        }

        lua_pop(L, 1);
        i++;

    } while (lua_next(L, index));

    pdn_buf_byte(&e->out.buf, ']');

    return PDN_OK;
}


/* The same for names; PDN_AGAIN: there are numbers among the keys. */
static pdn_rc_t
pdn_lua_guess_object(pdn_lua_encoder_t *e, int index)
{
    u_char c;
    lua_State *L;

    L = e->L;
    c = '{';

    do {
        if (lua_type(L, -2) != LUA_TSTRING) {
            return PDN_AGAIN;
        }

        pdn_buf_byte(&e->out.buf, c);
        c = ',';

        if (pdn_lua_encode_pair(e, lua_gettop(L) - 1) != PDN_OK) {
            return PDN_ERROR;
        }

        lua_pop(L, 1);

    } while (lua_next(L, index));

    pdn_buf_byte(&e->out.buf, '}');

    return PDN_OK;
}


/* What stands at `key` is a string, the value above it. */
static pdn_rc_t
pdn_lua_encode_pair(pdn_lua_encoder_t *e, int key)
{
    size_t len;
    const char *s;

    s = lua_tolstring(e->L, key, &len);

    if (pdn_json_write_string(&e->out.buf, pdn_slice(s, len), e->flags)
        != PDN_OK) {
        return pdn_lua_encode_fail(e, "a name that is not UTF-8");
    }

    pdn_buf_byte(&e->out.buf, ':');

    if (pdn_lua_encode(e, key + 1) != PDN_OK) {
        return pdn_lua_path(e, s, len);
    }

    return PDN_OK;
}


pdn_rc_t
pdn_lua_encode_array(pdn_lua_encoder_t *e, int index, int n)
{
    int i;
    lua_State *L;

    L = e->L;

    pdn_buf_byte(&e->out.buf, '[');

    for (i = 1; i <= n; i++) {
        if (i > 1) {
            pdn_buf_byte(&e->out.buf, ',');
        }

        lua_rawgeti(L, index, i);

        if (pdn_lua_encode(e, lua_gettop(L)) != PDN_OK) {
            return pdn_lua_path_index(e, i);
        }

        lua_pop(L, 1);
    }

    pdn_buf_byte(&e->out.buf, ']');

    return PDN_OK;
}


pdn_rc_t
pdn_lua_encode_object(pdn_lua_encoder_t *e, int index)
{
    u_char c;
    lua_State *L;

    if (e->sort) {
        return pdn_lua_encode_sorted(e, index);
    }

    L = e->L;
    c = '{';

    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 2)) {
        if (lua_type(L, -2) != LUA_TSTRING && lua_type(L, -2) != LUA_TNUMBER) {
            return pdn_lua_encode_fail(e, "a key that is no string");
        }

        /* a copy: turning the key itself into a string would upset next */
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);

        pdn_buf_byte(&e->out.buf, c);
        c = ',';

        if (pdn_lua_encode_pair(e, lua_gettop(L) - 1) != PDN_OK) {
            return PDN_ERROR;
        }

        lua_pop(L, 1);
    }

    if (c == '{') {
        pdn_buf_byte(&e->out.buf, c);
    }

    pdn_buf_byte(&e->out.buf, '}');

    return PDN_OK;
}


static int
pdn_lua_key_order(const void *one, const void *two)
{
    int rc;
    size_t n;
    const pdn_lua_key_t *a, *b;

    a = one;
    b = two;
    n = a->text.len < b->text.len ? a->text.len : b->text.len;

    rc = memcmp(a->text.data, b->text.data, n);
    if (rc != 0) {
        return rc;
    }

    return (a->text.len > b->text.len) - (a->text.len < b->text.len);
}


/* A table of the keys keeps them alive; an array beside it is sorted. */
static pdn_rc_t
pdn_lua_encode_sorted(pdn_lua_encoder_t *e, int index)
{
    int i, n, keys;
    size_t len;
    const char *s;
    lua_State *L;
    pdn_lua_key_t *sorted;

    L = e->L;
    n = 0;

    lua_newtable(L);
    keys = lua_gettop(L);

    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING && lua_type(L, -2) != LUA_TNUMBER) {
            return pdn_lua_encode_fail(e, "a key that is no string");
        }

        /* at 2i+1 the key, at 2i+2 its text */
        lua_pushvalue(L, -2);
        lua_rawseti(L, keys, 2 * n + 1);
        lua_pushvalue(L, -2);
        lua_tostring(L, -1);
        lua_rawseti(L, keys, 2 * n + 2);
        n++;
    }

    sorted = lua_newuserdata(L, sizeof(pdn_lua_key_t) * (size_t) (n + 1));

    for (i = 0; i < n; i++) {
        lua_rawgeti(L, keys, 2 * i + 2);
        s = lua_tolstring(L, -1, &len);
        sorted[i].text = pdn_slice(s, len);
        sorted[i].index = i;
        lua_pop(L, 1);
    }

    qsort(sorted, (size_t) n, sizeof(pdn_lua_key_t), pdn_lua_key_order);

    pdn_buf_byte(&e->out.buf, '{');

    for (i = 0; i < n; i++) {
        if (i > 0) {
            pdn_buf_byte(&e->out.buf, ',');
        }

        lua_rawgeti(L, keys, 2 * sorted[i].index + 2);
        lua_rawgeti(L, keys, 2 * sorted[i].index + 1);
        lua_rawget(L, index);

        if (pdn_lua_encode_pair(e, lua_gettop(L) - 1) != PDN_OK) {
            return PDN_ERROR;
        }

        lua_pop(L, 2);
    }

    pdn_buf_byte(&e->out.buf, '}');

    return PDN_OK;
}


/*
 * The length of a table whose keys are all positive integers and that is not
 * mostly holes; 0 for everything else.
 */
static int
pdn_lua_list_length(lua_State *L, int index)
{
    double key, max;
    size_t count;

    max = 0;
    count = 0;

    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        key = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : 0;

        if (key < 1 || key > 1e9 || key != (double) (int) key) {
            lua_pop(L, 2);
            return 0;
        }

        max = key > max ? key : max;
        count++;
    }

    return max <= (double) (2 * count + 8) ? (int) max : 0;
}
