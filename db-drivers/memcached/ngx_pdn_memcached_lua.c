/*
 * SPDX-License-Identifier: MIT
 *
 * Functions of pandan.memcached.native.  Pools are made by pandan.db.native.
 */

#include "ngx_pdn_memcached.h"
#include "ngx_pdn_shared.h"
#include "ngx_pdn_wire_call.h"
#include "ngx_pdn_vm.h"
#include "pdn_memcached_binary.h"


static int ngx_pdn_memcached_module(lua_State *L);
static int ngx_pdn_memcached_call(lua_State *L);
static int ngx_pdn_memcached_many(lua_State *L);
static int ngx_pdn_memcached_shared(lua_State *L);
static ngx_pdn_wire_t *ngx_pdn_memcached_target(lua_State *L);
static ngx_int_t ngx_pdn_memcached_put(lua_State *L, ngx_pdn_wire_t *wire,
                                       const char *command, size_t command_len,
                                       int key, int tail, int value);
static ngx_int_t ngx_pdn_memcached_put_packet(lua_State *L,
                                              ngx_pdn_bytes_t *out,
                                              const pdn_memcached_ask_t *ask);
static int ngx_pdn_memcached_push(lua_State *L, ngx_pdn_wire_call_t *call);
static int ngx_pdn_memcached_push_many(lua_State *L, ngx_pdn_wire_call_t *call);


static const luaL_Reg ngx_pdn_memcached_functions[] = {
    { "call", ngx_pdn_memcached_call },
    { "many", ngx_pdn_memcached_many },
    { "shared", ngx_pdn_memcached_shared },
    { NULL, NULL }
};


void
ngx_pdn_memcached_lua_open(lua_State *L)
{
    lua_pushcfunction(L, ngx_pdn_memcached_module);
    ngx_pdn_vm_preload(L, "pandan.memcached.native");
}


/* Lua: require("pandan.memcached.native") -> functions  [-0, +1, m] */
static int
ngx_pdn_memcached_module(lua_State *L)
{
    lua_newtable(L);
    luaL_register(L, NULL, ngx_pdn_memcached_functions);

    return 1;
}


/*
 * Lua: call(pool, timeout, command, key, tail, value?)
 *          -> word, value, flags | nil, err, code
 *           | false, the caller's mistake
 * "" is no key.  [-0, +n, -]
 */
static int
ngx_pdn_memcached_call(lua_State *L)
{
    int refused;
    size_t len;
    const char *command;
    ngx_pdn_wire_t *wire;
    ngx_pdn_wire_call_t *call;

    wire = ngx_pdn_memcached_target(L);
    refused = ngx_pdn_wire_call_refuse(L, wire, NULL);

    if (refused) {
        return refused;
    }

    command = luaL_checklstring(L, 3, &len);
    lua_settop(L, 6);
    call = ngx_pdn_wire_call_create(L, NULL);

    if (ngx_pdn_memcached_put(L, wire, command, len, 4, 5,
                              lua_isnil(L, 6) ? 0 : 6)
        != NGX_OK)
    {
        return ngx_pdn_wire_call_misuse(L, call);
    }

    call->push = ngx_pdn_memcached_push;
    call->ask.replies = 1;

    return ngx_pdn_wire_call_wait(L, wire, call);
}


/*
 * Lua: many(pool, timeout, keys, tail?) -> values, by their places, and flags
 *                                           when there is a tail
 *                                         | nil, err, code
 *                                         | false, the caller's mistake
 * [-0, +n, -]
 */
static int
ngx_pdn_memcached_many(lua_State *L)
{
    int refused;
    size_t i, n, before;
    ngx_int_t rc;
    ngx_uint_t flags;
    ngx_pdn_wire_t *wire;
    ngx_pdn_wire_call_t *call;

    wire = ngx_pdn_memcached_target(L);
    refused = ngx_pdn_wire_call_refuse(L, wire, NULL);

    if (refused) {
        return refused;
    }

    lua_settop(L, 4);
    luaL_checktype(L, 3, LUA_TTABLE);
    n = lua_objlen(L, 3);

    if (n == 0) {
        lua_newtable(L);
        lua_newtable(L);
        return 2;
    }

    flags = !lua_isnil(L, 4);

    if (!flags) {
        lua_pushliteral(L, " v");
        lua_replace(L, 4);
    }

    call = ngx_pdn_wire_call_create(L, NULL);
    before = ngx_pdn_bytes_len(&wire->out);

    for (i = 1; i <= n; i++) {
        lua_rawgeti(L, 3, i);
        rc = ngx_pdn_memcached_put(L, wire, "mg", 2, 5, 4, 0);

        if (rc != NGX_OK) {
            wire->out.last = wire->out.pos + before;
            return ngx_pdn_wire_call_misuse(L, call);
        }

        lua_pop(L, 1);
    }

    call->push = ngx_pdn_memcached_push_many;
    call->pairs = flags;
    call->batch = n;
    call->ask.replies = n;

    return ngx_pdn_wire_call_wait(L, wire, call);
}


/* Lua: shared(pool) -> wires, what they owe  [-0, +2, -] */
static int
ngx_pdn_memcached_shared(lua_State *L)
{
    ngx_uint_t n, asks;

    n = ngx_pdn_shared_count(lua_touserdata(L, 1), &asks);
    lua_pushinteger(L, n);
    lua_pushinteger(L, asks);

    return 2;
}


static ngx_pdn_wire_t *
ngx_pdn_memcached_target(lua_State *L)
{
    ngx_pdn_host_t *host;
    ngx_pdn_wire_t *wire;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    wire = ngx_pdn_shared_wire(lua_touserdata(L, 1), host,
                               ngx_pdn_memcached_wire);

    if (wire == NULL) {
        luaL_error(L, "no memory");
    }

    return wire;
}


/*
 * "command key length tail" and the value; indices of the stack, 0 for no
 * value.  A failure's description is pushed.  [-0, +0|1, m]
 */
static ngx_int_t
ngx_pdn_memcached_put(lua_State *L, ngx_pdn_wire_t *wire, const char *command,
                      size_t command_len, int key, int tail, int value)
{
    u_char *p;
    size_t len, tail_len, value_len;
    ngx_str_t name, encoded;
    ngx_uint_t plain;
    const char *flags, *data;
    ngx_pdn_bytes_t *out = &wire->out;
    pdn_memcached_ask_t ask;

    if (!lua_isstring(L, key)) {
        lua_pushfstring(L, "a key is a %s, not a string",
                        luaL_typename(L, key));
        return NGX_ERROR;
    }

    name.data = (u_char *) lua_tolstring(L, key, &name.len);
    flags = lua_tolstring(L, tail, &tail_len);
    data = value ? lua_tolstring(L, value, &value_len) : NULL;
    plain = ngx_pdn_memcached_is_binary(wire)
            || pdn_memcached_plain((char *) name.data, name.len);
    len = plain ? name.len : ngx_base64_encoded_length(name.len);

    if (len > PDN_MEMCACHED_KEY) {
        lua_pushfstring(L, "a key is longer than %d bytes", PDN_MEMCACHED_KEY);
        return NGX_ERROR;
    }

    if (data == NULL) {
        value_len = 0;
    }

    if (ngx_pdn_memcached_is_binary(wire)) {
        ask.command = command;
        ask.command_len = command_len;
        ask.key = (char *) name.data;
        ask.key_len = name.len;
        ask.tail = flags;
        ask.value = data;
        ask.value_len = value_len;

        return ngx_pdn_memcached_put_packet(L, out, &ask);
    }

    if (ngx_pdn_bytes_reserve(out, command_len + len + tail_len + value_len
                                       + NGX_INT_T_LEN + 16)
        != NGX_OK)
    {
        lua_pushliteral(L, "no memory");
        return NGX_ERROR;
    }

    p = ngx_cpymem(out->last, command, command_len);

    if (name.len > 0) {
        *p++ = ' ';
    }

    if (plain) {
        p = ngx_cpymem(p, name.data, name.len);

    } else {
        encoded.data = p;
        ngx_encode_base64(&encoded, &name);
        p += encoded.len;
    }

    if (data != NULL) {
        p = ngx_sprintf(p, " %uz", value_len);
    }

    if (!plain) {
        *p++ = ' ';
        *p++ = 'b';
    }

    p = ngx_cpymem(p, flags, tail_len);
    *p++ = '\r';
    *p++ = '\n';

    if (data != NULL) {
        p = ngx_cpymem(p, data, value_len);
        *p++ = '\r';
        *p++ = '\n';
    }

    out->last = p;

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_memcached_put_packet(lua_State *L, ngx_pdn_bytes_t *out,
                             const pdn_memcached_ask_t *ask)
{
    size_t len;

    if (ngx_pdn_bytes_reserve(out, ask->key_len + ask->value_len
                                       + PDN_MEMCACHED_PACKET)
        != NGX_OK)
    {
        lua_pushliteral(L, "no memory");
        return NGX_ERROR;
    }

    len = pdn_memcached_binary_put((char *) out->last, ask);

    if (len == 0) {
        lua_pushfstring(L, "the binary protocol has no '%s'", ask->command);
        return NGX_ERROR;
    }

    out->last += len;

    return NGX_OK;
}


static int
ngx_pdn_memcached_push(lua_State *L, ngx_pdn_wire_call_t *call)
{
    size_t size;
    const char *err, *code;
    pdn_memcached_reply_t reply;

    (void) ngx_pdn_memcached_read(call->ask.wire, call->ask.data, call->ask.len,
                                  &reply, &size, &err);
    code = pdn_memcached_code(&reply);

    if (code != NULL) {
        lua_pushnil(L);
        lua_pushlstring(L, reply.word,
                        reply.rest + reply.rest_len - reply.word);
        lua_pushstring(L, code);
        return 3;
    }

    lua_pushlstring(L, reply.word, reply.word_len);

    if (reply.value != NULL) {
        lua_pushlstring(L, reply.value, reply.value_len);

    } else {
        lua_pushnil(L);
    }

    lua_pushlstring(L, reply.rest, reply.rest_len);

    return 3;
}


/* One that is an error is the error of all. */
static int
ngx_pdn_memcached_push_many(lua_State *L, ngx_pdn_wire_call_t *call)
{
    int i;
    size_t size, pos;
    const char *err, *code;
    pdn_memcached_reply_t reply;

    lua_createtable(L, (int) call->batch, 0);

    if (call->pairs) {
        lua_createtable(L, (int) call->batch, 0);
    }

    pos = 0;

    for (i = 1; i <= (int) call->batch; i++) {
        (void) ngx_pdn_memcached_read(call->ask.wire, call->ask.data + pos,
                                      call->ask.len - pos, &reply, &size, &err);
        pos += size;
        code = pdn_memcached_code(&reply);

        if (code != NULL) {
            lua_pushnil(L);
            lua_pushlstring(L, reply.word,
                            reply.rest + reply.rest_len - reply.word);
            lua_pushstring(L, code);
            return 3;
        }

        if (reply.value != NULL) {
            lua_pushlstring(L, reply.value, reply.value_len);
            lua_rawseti(L, call->pairs ? -3 : -2, i);
        }

        if (reply.value != NULL && call->pairs) {
            lua_pushlstring(L, reply.rest, reply.rest_len);
            lua_rawseti(L, -2, i);
        }
    }

    return call->pairs ? 2 : 1;
}
