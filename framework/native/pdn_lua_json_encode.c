/* SPDX-License-Identifier: MIT */
/*
 * Lua values to JSON text. A table without a metatable is taken for what its
 * first key says and written at once; should a later key disagree, what was
 * written is taken back and the table is looked at as a whole first.
 */

#include <stdio.h>
#include <stdlib.h>
#include "pdn_lua.h"
#include "pdn_json_write.h"
#include "pdn_number.h"

#define PDN_LUA_MAX_DEPTH  200
#define PDN_LUA_MAX_GUESS  4
#define PDN_LUA_CDATA      10
#define PDN_LUA_MAX_RESULT ((size_t) 1 << 30)

typedef struct {
    lua_State *L;
    pdn_lua_buf_t out;
    unsigned flags;
    unsigned sort : 1;
    unsigned wrong_guesses;
    unsigned depth;
    unsigned max_depth;
    const char *msg; /* why it failed; the value's path is built behind */
    size_t path_at;  /* the path stands at the end of `path` */
    char path[256];
    const void *open[PDN_LUA_MAX_DEPTH];
} pdn_lua_encoder_t;

typedef struct {
    pdn_slice_t text;
    int index;
} pdn_lua_key_t;

static pdn_rc_t pdn_lua_encode(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_encode_table(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_encode_plain(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_guess_array(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_guess_object(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_encode_array(pdn_lua_encoder_t *e, int index, int n);
static pdn_rc_t pdn_lua_encode_object(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_encode_sorted(pdn_lua_encoder_t *e, int index);
static pdn_rc_t pdn_lua_encode_pair(pdn_lua_encoder_t *e, int key);
static pdn_rc_t pdn_lua_encode_other(pdn_lua_encoder_t *e, int index);
static int pdn_lua_list_length(lua_State *L, int index);
static pdn_rc_t pdn_lua_encode_fail(pdn_lua_encoder_t *e, const char *msg);
static pdn_rc_t pdn_lua_path(pdn_lua_encoder_t *e, const char *s, size_t len);
static pdn_rc_t pdn_lua_path_index(pdn_lua_encoder_t *e, int i);


/* Its address is the value. */
static const char pdn_lua_empty_array = 0;


/* [-0,+1|2,me] encode(value, opts) gives the text, or nil and a text. */
int
pdn_lua_json_encode(lua_State *L)
{
    pdn_lua_encoder_t e;

    luaL_checkany(L, 1);

    e.L = L;
    e.flags = 0;
    e.sort = 0;
    e.max_depth = 128;
    e.wrong_guesses = 0;
    e.depth = 0;
    e.msg = NULL;
    e.path_at = sizeof(e.path);

    if (!lua_isnoneornil(L, 2)) {
        e.flags |= pdn_lua_flag(L, 2, "html", 0) ? PDN_JSON_HTML : 0;
        e.flags |= pdn_lua_flag(L, 2, "replace", 0) ? PDN_JSON_REPLACE : 0;
        e.sort = pdn_lua_flag(L, 2, "sort", 0) ? 1 : 0;
        e.max_depth = (unsigned) pdn_lua_size(L, 2, "max_depth", 128);
    }

    if (e.max_depth > PDN_LUA_MAX_DEPTH) {
        e.max_depth = PDN_LUA_MAX_DEPTH;
    }

    lua_settop(L, 3);
    pdn_lua_buf_init(&e.out, L, 3, PDN_LUA_MAX_RESULT);

    if (pdn_lua_encode(&e, 1) != PDN_OK) {
        lua_pushnil(L);
        lua_pushfstring(L, "cannot encode %s", e.msg);

        if (e.path_at != sizeof(e.path)) {
            lua_pushliteral(L, " at ");
            lua_pushlstring(L, e.path + e.path_at, sizeof(e.path) - e.path_at);
            lua_concat(L, 3);
        }

        return 2;
    }

    pdn_lua_buf_push(&e.out);

    return 1;
}


void
pdn_lua_json_empty(lua_State *L)
{
    lua_pushlightuserdata(L, (void *) (uintptr_t) &pdn_lua_empty_array);
}


static pdn_rc_t
pdn_lua_encode(pdn_lua_encoder_t *e, int index)
{
    size_t len;
    const char *s;
    pdn_buf_t *b;
    lua_State *L;

    L = e->L;
    b = &e->out.buf;

    switch (lua_type(L, index)) {

    case LUA_TSTRING:
        s = lua_tolstring(L, index, &len);

        if (pdn_json_write_string(b, pdn_slice(s, len), e->flags) != PDN_OK) {
            return pdn_lua_encode_fail(e, "a string that is not UTF-8");
        }

        return PDN_OK;

    case LUA_TNUMBER:
        if (pdn_json_write_number(b, lua_tonumber(L, index)) != PDN_OK) {
            return pdn_lua_encode_fail(e, "a number that is not finite");
        }

        return PDN_OK;

    case LUA_TBOOLEAN:
        if (lua_toboolean(L, index)) {
            pdn_buf_text(b, "true");

        } else {
            pdn_buf_text(b, "false");
        }

        return PDN_OK;

    case LUA_TTABLE:
        return pdn_lua_encode_table(e, index);

    default:
        return pdn_lua_encode_other(e, index);
    }
}


static pdn_rc_t
pdn_lua_encode_other(pdn_lua_encoder_t *e, int index)
{
    size_t len;
    const char *s;
    lua_State *L;

    L = e->L;

    switch (lua_type(L, index)) {

    case LUA_TNIL:
        pdn_buf_text(&e->out.buf, "null");
        return PDN_OK;

    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, index) == NULL) {
            pdn_buf_text(&e->out.buf, "null");
            return PDN_OK;
        }

        if (lua_touserdata(L, index) == &pdn_lua_empty_array) {
            pdn_buf_text(&e->out.buf, "[]");
            return PDN_OK;
        }

        return pdn_lua_encode_fail(e, "a userdata");

    case PDN_LUA_CDATA:

        /* the helper knows 64-bit integers: it gives their digits */

        lua_pushvalue(L, lua_upvalueindex(2));
        lua_pushvalue(L, index);
        lua_call(L, 1, 1);

        s = lua_tolstring(L, -1, &len);
        if (s == NULL) {
            lua_pop(L, 1);
            return pdn_lua_encode_fail(e, "a cdata");
        }

        pdn_buf_add(&e->out.buf, s, len);
        lua_pop(L, 1);

        return PDN_OK;

    default:
        e->msg = lua_pushfstring(L, "a %s", luaL_typename(L, index));
        return PDN_ERROR;
    }
}


/*
 * A metatable may say what the table is: ours, or __jsontype = "array" or
 * "object"; or give another value in its place with __tojson(value).
 */
static pdn_rc_t
pdn_lua_encode_table(pdn_lua_encoder_t *e, int index)
{
    int top;
    unsigned i;
    pdn_rc_t rc;
    const void *self;
    lua_State *L;

    L = e->L;
    self = lua_topointer(L, index);

    for (i = 0; i < e->depth; i++) {
        if (e->open[i] == self) {
            return pdn_lua_encode_fail(e, "a table that contains itself");
        }
    }

    if (e->depth == e->max_depth) {
        return pdn_lua_encode_fail(e, "a table nested too deep");
    }

    luaL_checkstack(L, 10, "nested too deep");
    top = lua_gettop(L);

    e->open[e->depth++] = self;

    if (!lua_getmetatable(L, index)) {
        rc = pdn_lua_encode_plain(e, index);

    } else if (lua_rawequal(L, -1, lua_upvalueindex(1))) {
        rc = pdn_lua_encode_array(e, index, (int) lua_objlen(L, index));

    } else if (luaL_getmetafield(L, index, "__tojson")) {
        lua_pushvalue(L, index);
        lua_call(L, 1, 1);
        rc = pdn_lua_encode(e, lua_gettop(L));

    } else if (!luaL_getmetafield(L, index, "__jsontype")) {
        rc = pdn_lua_encode_plain(e, index);

    } else if (strcmp(lua_tostring(L, -1), "array") == 0) {
        rc = pdn_lua_encode_array(e, index, (int) lua_objlen(L, index));

    } else {
        rc = pdn_lua_encode_object(e, index);
    }

    e->depth--;

    if (rc == PDN_OK) {
        lua_settop(L, top);
    }

    return rc;
}


static pdn_rc_t
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


static pdn_rc_t
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


/* Any mixture of names and numbers; a number becomes its text. */
static pdn_rc_t
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


static pdn_rc_t
pdn_lua_encode_fail(pdn_lua_encoder_t *e, const char *msg)
{
    e->msg = msg;

    return PDN_ERROR;
}


/* Puts a step before the path; one that does not fit becomes an ellipsis. */
static pdn_rc_t
pdn_lua_path(pdn_lua_encoder_t *e, const char *s, size_t len)
{
    if (len + 5 > e->path_at) {
        if (e->path_at >= 4) {
            e->path_at -= 3;
            memcpy(e->path + e->path_at, "...", 3);
        }

        return PDN_ERROR;
    }

    if (e->path_at != sizeof(e->path) && e->path[e->path_at] != '[') {
        e->path[--e->path_at] = '.';
    }

    e->path_at -= len;
    memcpy(e->path + e->path_at, s, len);

    return PDN_ERROR;
}


static pdn_rc_t
pdn_lua_path_index(pdn_lua_encoder_t *e, int i)
{
    int n;
    char step[16];

    n = snprintf(step, sizeof(step), "[%d]", i);

    return pdn_lua_path(e, step, (size_t) n);
}
