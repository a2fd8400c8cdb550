/*
 * SPDX-License-Identifier: MIT
 *
 * sock:receiveuntil(): an iterator over what stands before a pattern, whole
 * or in pieces of a given size.  Bytes that may be the beginning of the
 * pattern are held back until it is clear that they are not.
 */

#include "ngx_pdn_tcp.h"


struct ngx_pdn_tcp_until_s {
    size_t len; /* of the pattern */
    unsigned inclusive : 1;
    unsigned done : 1; /* pieces: the pattern was passed */
    u_char pattern[1];
};


static int ngx_pdn_tcp_until_next(lua_State *L);
static size_t ngx_pdn_tcp_until_overlap(const u_char *data, size_t len,
                                        const u_char *pattern, size_t plen);


/*
 * sock:receiveuntil(pattern, { inclusive = }) -> function(size?)
 *     | nil, err  [-0, +1|2, e]
 */
int
ngx_pdn_tcp_receiveuntil(lua_State *L)
{
    int n, type, inclusive;
    size_t len;
    const char *pattern;
    ngx_pdn_tcp_until_t *until;

    n = lua_gettop(L);

    if (n != 2 && n != 3) {
        return luaL_error(L,
                          "expecting 2 or 3 arguments "
                          "(including the object), but got %d",
                          n);
    }

    inclusive = 0;

    if (n == 3) {
        luaL_checktype(L, 3, LUA_TTABLE);
        lua_getfield(L, 3, "inclusive");
        type = lua_type(L, -1);

        if (type != LUA_TNIL && type != LUA_TBOOLEAN) {
            return luaL_error(L, "bad \"inclusive\" option value type: %s",
                              lua_typename(L, type));
        }

        inclusive = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }

    (void) ngx_pdn_tcp_check(L);
    pattern = luaL_checklstring(L, 2, &len);

    if (len == 0) {
        return ngx_pdn_fault_text(L, "pattern is empty");
    }

    lua_pushvalue(L, 1);

    until = lua_newuserdata(L, sizeof(ngx_pdn_tcp_until_t) + len);
    until->len = len;
    until->inclusive = inclusive;
    until->done = 0;
    ngx_memcpy(until->pattern, pattern, len);

    lua_pushcclosure(L, ngx_pdn_tcp_until_next, 2);

    return 1;
}


/*
 * The iterator: (size?) -> data | nil, err, partial | nil, nil, nil
 * upvalues: the socket's table, ngx_pdn_tcp_until_t
 */
static int
ngx_pdn_tcp_until_next(lua_State *L)
{
    int n;
    lua_Integer size;
    ngx_pdn_tcp_t *u;
    ngx_pdn_tcp_until_t *until;

    n = lua_gettop(L);

    if (n > 1) {
        return luaL_error(L, "expecting 0 or 1 arguments, but got %d", n);
    }

    size = (n == 1) ? luaL_checkinteger(L, 1) : 0;

    if (size < 0) {
        size = 0;
    }

    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(1));

    u = ngx_pdn_tcp_check(L);
    until = lua_touserdata(L, lua_upvalueindex(2));

    if (until->done) {
        until->done = 0;
        lua_pushnil(L);
        lua_pushnil(L);
        lua_pushnil(L);
        return 3;
    }

    if (ngx_pdn_tcp_unreadable(L, u)) {
        return 2;
    }

    return ngx_pdn_tcp_read(L, u, NGX_PDN_TCP_UNTIL, size, until);
}


ngx_uint_t
ngx_pdn_tcp_until_found(ngx_pdn_tcp_t *u)
{
    size_t len, held;
    u_char *match;
    ngx_pdn_tcp_until_t *until;
    ngx_pdn_tcp_reader_t *reader;

    reader = &u->reader;
    until = reader->until;
    len = ngx_pdn_bytes_len(&u->in);

    if (len == 0) {
        return 0;
    }

    match = memmem(u->in.pos + reader->scanned, len - reader->scanned,
                   until->pattern, until->len);

    if (match != NULL) {
        reader->take = match - u->in.pos;

        if (reader->size > 0 && reader->take > reader->size) {
            reader->take = reader->size;
            return 1;
        }

        if (until->inclusive) {
            reader->take += until->len;

        } else {
            reader->skip = until->len;
        }

        until->done = (reader->size > 0);

        return 1;
    }

    /* the pattern may begin in what has been searched */
    reader->scanned = len - ngx_min(len, until->len - 1);

    if (reader->size == 0 || len < reader->size) {
        return 0;
    }

    held = ngx_pdn_tcp_until_held(u);

    if (len - held < reader->size) {
        return 0;
    }

    reader->take = reader->size;

    return 1;
}


size_t
ngx_pdn_tcp_until_held(ngx_pdn_tcp_t *u)
{
    ngx_pdn_tcp_until_t *until = u->reader.until;

    return ngx_pdn_tcp_until_overlap(u->in.pos, ngx_pdn_bytes_len(&u->in),
                                     until->pattern, until->len);
}


/* The longest end of data that is a beginning of the pattern, not whole. */
static size_t
ngx_pdn_tcp_until_overlap(const u_char *data, size_t len, const u_char *pattern,
                          size_t plen)
{
    size_t n;

    for (n = ngx_min(len, plen - 1); n > 0; n--) {
        if (ngx_memcmp(data + len - n, pattern, n) == 0) {
            break;
        }
    }

    return n;
}
