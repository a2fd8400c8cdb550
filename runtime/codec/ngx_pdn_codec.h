/*
 * SPDX-License-Identifier: MIT
 *
 * Base64, digests, SQL quoting and time for Lua's FFI.
 */

#ifndef NGX_PDN_CODEC_H
#define NGX_PDN_CODEC_H


#include "ngx_pdn_vm.h"


/* How base64 is written. */
#define NGX_PDN_BASE64_PAD  0
#define NGX_PDN_BASE64_BARE 1 /* without "=" */
#define NGX_PDN_BASE64_URL  2 /* "-" and "_", without "=" */

/* How it is read. */
#define NGX_PDN_BASE64_STRICT 0
#define NGX_PDN_BASE64_MIME   1 /* other bytes are skipped */


/*
 * `dst` has room for 4 bytes for each 3 begun; answers how many were
 * written.
 */
size_t ngx_pdn_base64_encode(u_char *dst, const u_char *src, size_t len,
                             int how);

/* `dst` has room for 3 bytes for each 4 begun; -1 for what is no base64. */
ssize_t ngx_pdn_base64_decode(u_char *dst, const u_char *src, size_t len,
                              int how);

uint32_t ngx_pdn_crc32(const u_char *src, size_t len, int long_text);

/* 16, 20 and 20 bytes. */
void ngx_pdn_md5(u_char *dst, const u_char *src, size_t len);
void ngx_pdn_sha1(u_char *dst, const u_char *src, size_t len);
int ngx_pdn_hmac_sha1(u_char *dst, const u_char *key, size_t nkey,
                      const u_char *src, size_t len);

/* Quoted for MySQL; `dst` has room for 2 + 2 * len; answers the length. */
size_t ngx_pdn_quote_sql(u_char *dst, const u_char *src, size_t len);

double ngx_pdn_now(void);
double ngx_pdn_time(void);
double ngx_pdn_clock(void);
void ngx_pdn_update_time(void);

/* Into room for 32 bytes; answer the length. */
size_t ngx_pdn_today(u_char *dst);
size_t ngx_pdn_localtime(u_char *dst);
size_t ngx_pdn_utctime(u_char *dst);
size_t ngx_pdn_cookie_time(u_char *dst, double t);
size_t ngx_pdn_http_time(u_char *dst, double t);

/* -1 for what is no time. */
double ngx_pdn_parse_http_time(const u_char *src, size_t len);


#endif /* NGX_PDN_CODEC_H */
