/*
 * SPDX-License-Identifier: MIT
 *
 * Base64, digests and SQL quoting, called through LuaJIT's FFI.
 */

#include "ngx_pdn_codec.h"

#include <ngx_md5.h>
#include <ngx_sha1.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>


static ngx_int_t ngx_pdn_base64_value(u_char ch, int how);


size_t
ngx_pdn_base64_encode(u_char *dst, const u_char *src, size_t len, int how)
{
    static const u_char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const u_char url[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    u_char *p;
    const u_char *map;

    p = dst;
    map = how == NGX_PDN_BASE64_URL ? url : plain;

    for (/* void */; len > 2; len -= 3, src += 3) {
        *p++ = map[src[0] >> 2];
        *p++ = map[(src[0] & 3) << 4 | src[1] >> 4];
        *p++ = map[(src[1] & 0xf) << 2 | src[2] >> 6];
        *p++ = map[src[2] & 0x3f];
    }

    if (len > 0) {
        *p++ = map[src[0] >> 2];

        if (len == 1) {
            *p++ = map[(src[0] & 3) << 4];

        } else {
            *p++ = map[(src[0] & 3) << 4 | src[1] >> 4];
            *p++ = map[(src[1] & 0xf) << 2];
        }

        if (how == NGX_PDN_BASE64_PAD) {
            *p++ = '=';

            if (len == 1) {
                *p++ = '=';
            }
        }
    }

    return p - dst;
}


static ngx_int_t
ngx_pdn_base64_value(u_char ch, int how)
{
    if (ch >= 'A' && ch <= 'Z') {
        return ch - 'A';
    }

    if (ch >= 'a' && ch <= 'z') {
        return ch - 'a' + 26;
    }

    if (ch >= '0' && ch <= '9') {
        return ch - '0' + 52;
    }

    if (ch == (how == NGX_PDN_BASE64_URL ? '-' : '+')) {
        return 62;
    }

    if (ch == (how == NGX_PDN_BASE64_URL ? '_' : '/')) {
        return 63;
    }

    return -1;
}


ssize_t
ngx_pdn_base64_decode(u_char *dst, const u_char *src, size_t len, int how)
{
    u_char *p;
    size_t i, n;
    uint32_t bits;
    ngx_int_t v;

    p = dst;
    bits = 0;
    n = 0;

    for (i = 0; i < len; i++) {

        if (src[i] == '=') {
            break;
        }

        v = ngx_pdn_base64_value(src[i], how);

        if (v < 0) {
            if (how == NGX_PDN_BASE64_MIME) {
                continue;
            }

            return -1;
        }

        bits = bits << 6 | (uint32_t) v;

        if (++n % 4 == 0) {
            *p++ = (u_char) (bits >> 16);
            *p++ = (u_char) (bits >> 8);
            *p++ = (u_char) bits;
        }
    }

    switch (n % 4) {

    case 1:
        return -1;

    case 2:
        *p++ = (u_char) (bits >> 4);
        break;

    case 3:
        *p++ = (u_char) (bits >> 10);
        *p++ = (u_char) (bits >> 2);
        break;
    }

    return p - dst;
}


uint32_t
ngx_pdn_crc32(const u_char *src, size_t len, int long_text)
{
    return long_text ? ngx_crc32_long((u_char *) src, len)
                     : ngx_crc32_short((u_char *) src, len);
}


void
ngx_pdn_md5(u_char *dst, const u_char *src, size_t len)
{
    ngx_md5_t md5;

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, src, len);
    ngx_md5_final(dst, &md5);
}


void
ngx_pdn_sha1(u_char *dst, const u_char *src, size_t len)
{
    ngx_sha1_t sha1;

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, src, len);
    ngx_sha1_final(dst, &sha1);
}


int
ngx_pdn_hmac_sha1(u_char *dst, const u_char *key, size_t nkey,
                  const u_char *src, size_t len)
{
    unsigned int n;

    return HMAC(EVP_sha1(), key, (int) nkey, src, len, dst, &n) != NULL
               ? NGX_OK
               : NGX_ERROR;
}


size_t
ngx_pdn_quote_sql(u_char *dst, const u_char *src, size_t len)
{
    static const u_char special[] = "\0\n\r\b\t\x1a\\'\"";
    static const u_char letter[] = "0nrbtZ\\'\"";

    u_char *p;
    size_t i;
    const u_char *s;

    p = dst;
    *p++ = '\'';

    for (i = 0; i < len; i++) {
        s = memchr(special, src[i], sizeof(special) - 1);

        if (s != NULL) {
            *p++ = '\\';
            *p++ = letter[s - special];

        } else {
            *p++ = src[i];
        }
    }

    *p++ = '\'';

    return p - dst;
}
