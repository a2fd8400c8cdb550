/* SPDX-License-Identifier: MIT */
/*
 * `native.crypto`. A wrong key length or type raises, for it is the caller's
 * mistake; a sealed text that does not open gives nil and a text.
 */

#include "pdn_lua.h"
#include "pdn_base64.h"
#include "pdn_crypto.h"

#define PDN_LUA_HKDF_MAX (255 * PDN_CRYPTO_HASH)


static pdn_slice_t
pdn_lua_optional(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ? pdn_text("") : pdn_lua_slice(L, index);
}


static const u_char *
pdn_lua_key(lua_State *L, int index)
{
    pdn_slice_t key;

    key = pdn_lua_slice(L, index);

    luaL_argcheck(L, key.len == PDN_CRYPTO_KEY, index,
                  "the key must have 32 bytes");

    return key.data;
}


static int
pdn_lua_crypto_result(lua_State *L, pdn_rc_t rc, const void *out, size_t len,
                      const char *what)
{
    if (rc != PDN_OK) {
        return luaL_error(L, "OpenSSL cannot %s", what);
    }

    lua_pushlstring(L, out, len);

    return 1;
}


/* [-0,+1,me] seal(key, text, aad) */
static int
pdn_lua_seal(lua_State *L)
{
    size_t size;
    u_char *out;
    pdn_rc_t rc;
    pdn_slice_t text, aad;
    const u_char *key;

    key = pdn_lua_key(L, 1);
    text = pdn_lua_slice(L, 2);
    aad = pdn_lua_optional(L, 3);
    size = text.len + PDN_CRYPTO_OVERHEAD;

    out = lua_newuserdata(L, size);
    rc = pdn_crypto_seal(out, key, text, aad);

    return pdn_lua_crypto_result(L, rc, out, size, "seal");
}


/* [-0,+1|2,me] open(key, sealed, aad) */
static int
pdn_lua_open(lua_State *L)
{
    u_char *out;
    pdn_slice_t sealed, aad;
    const u_char *key;

    key = pdn_lua_key(L, 1);
    sealed = pdn_lua_slice(L, 2);
    aad = pdn_lua_optional(L, 3);

    if (sealed.len >= PDN_CRYPTO_OVERHEAD) {
        out = lua_newuserdata(L, sealed.len);

        if (pdn_crypto_open(out, key, sealed, aad) == PDN_OK) {
            lua_pushlstring(L, (char *) out, sealed.len - PDN_CRYPTO_OVERHEAD);
            return 1;
        }
    }

    lua_pushnil(L);
    lua_pushliteral(L, "not sealed with this key, or changed since");

    return 2;
}


/* [-0,+1,me] hkdf(key, length, info, salt) */
static int
pdn_lua_hkdf(lua_State *L)
{
    u_char *out;
    pdn_rc_t rc;
    lua_Number len;
    pdn_slice_t key, salt, info;

    key = pdn_lua_slice(L, 1);
    len = luaL_checknumber(L, 2);
    info = pdn_lua_optional(L, 3);
    salt = pdn_lua_optional(L, 4);

    luaL_argcheck(L, len >= 1 && len <= PDN_LUA_HKDF_MAX, 2,
                  "the length must be 1 to 8160");

    out = lua_newuserdata(L, (size_t) len);
    rc = pdn_crypto_hkdf(out, (size_t) len, key, salt, info);

    return pdn_lua_crypto_result(L, rc, out, (size_t) len, "derive a key");
}


/* [-0,+1,me] hmac(key, text) */
static int
pdn_lua_hmac(lua_State *L)
{
    u_char out[PDN_CRYPTO_HASH];
    pdn_rc_t rc;

    rc = pdn_crypto_hmac(out, pdn_lua_slice(L, 1), pdn_lua_slice(L, 2));

    return pdn_lua_crypto_result(L, rc, out, sizeof(out), "sign");
}


/* [-0,+1,me] sha256(text) */
static int
pdn_lua_sha256(lua_State *L)
{
    u_char out[PDN_CRYPTO_HASH];
    pdn_rc_t rc;

    rc = pdn_crypto_sha256(out, pdn_lua_slice(L, 1));

    return pdn_lua_crypto_result(L, rc, out, sizeof(out), "hash");
}


/* [-0,+1,me] random(n) */
static int
pdn_lua_random(lua_State *L)
{
    u_char *out;
    pdn_rc_t rc;
    lua_Number n;

    n = luaL_checknumber(L, 1);
    luaL_argcheck(L, n >= 0 && n <= 1 << 20, 1, "0 to 1048576 bytes");

    out = lua_newuserdata(L, (size_t) n + 1);
    rc = pdn_crypto_random(out, (size_t) n);

    return pdn_lua_crypto_result(L, rc, out, (size_t) n, "draw random bytes");
}


/* [-0,+1,-] equal(a, b) */
static int
pdn_lua_equal(lua_State *L)
{
    lua_pushboolean(L,
                    pdn_crypto_equal(pdn_lua_slice(L, 1), pdn_lua_slice(L, 2)));
    return 1;
}


/* [-0,+1,me] xor(a, b) */
static int
pdn_lua_xor(lua_State *L)
{
    u_char *out;
    pdn_slice_t a, b;

    a = pdn_lua_slice(L, 1);
    b = pdn_lua_slice(L, 2);

    luaL_argcheck(L, a.len == b.len, 2, "the texts must be of one length");

    out = lua_newuserdata(L, a.len + 1);
    pdn_crypto_xor(out, a.data, b.data, a.len);
    lua_pushlstring(L, (char *) out, a.len);

    return 1;
}


static int
pdn_lua_base64(lua_State *L, int url)
{
    u_char *out;
    pdn_slice_t in;

    in = pdn_lua_slice(L, 1);
    out = lua_newuserdata(L, pdn_base64_encoded_size(in.len) + 1);

    lua_pushlstring(L, (char *) out, pdn_base64_encode(out, in, url));

    return 1;
}


static int
pdn_lua_unbase64(lua_State *L, int url)
{
    size_t len;
    u_char *out;
    pdn_slice_t in;

    in = pdn_lua_slice(L, 1);
    out = lua_newuserdata(L, pdn_base64_decoded_size(in.len) + 1);

    if (pdn_base64_decode(out, &len, in, url) != PDN_OK) {
        lua_pushnil(L);
        lua_pushstring(L, url ? "not base64url" : "not base64");
        return 2;
    }

    lua_pushlstring(L, (char *) out, len);

    return 1;
}


/* [-0,+1,me] base64(bytes) */
static int
pdn_lua_base64_plain(lua_State *L)
{
    return pdn_lua_base64(L, 0);
}


/* [-0,+1,me] base64url(bytes) */
static int
pdn_lua_base64_url(lua_State *L)
{
    return pdn_lua_base64(L, 1);
}


/* [-0,+1|2,me] unbase64(text) */
static int
pdn_lua_unbase64_plain(lua_State *L)
{
    return pdn_lua_unbase64(L, 0);
}


/* [-0,+1|2,me] unbase64url(text) */
static int
pdn_lua_unbase64_url(lua_State *L)
{
    return pdn_lua_unbase64(L, 1);
}


void
pdn_lua_crypto_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "seal", pdn_lua_seal },
        { "open", pdn_lua_open },
        { "hkdf", pdn_lua_hkdf },
        { "hmac", pdn_lua_hmac },
        { "sha256", pdn_lua_sha256 },
        { "random", pdn_lua_random },
        { "equal", pdn_lua_equal },
        { "xor", pdn_lua_xor },
        { "base64", pdn_lua_base64_plain },
        { "base64url", pdn_lua_base64_url },
        { "unbase64", pdn_lua_unbase64_plain },
        { "unbase64url", pdn_lua_unbase64_url },
        { NULL, NULL },
    };

    lua_createtable(L, 0, 12);
    luaL_register(L, NULL, functions);
}
