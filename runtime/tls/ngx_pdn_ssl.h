/*
 * SPDX-License-Identifier: MIT
 *
 * What the C halves of ngx.ssl and its sisters share.  Their functions are
 * called through FFI; `r` is there for the sake of ngx_lua's signatures, for
 * they work on the connection of the running task.  They answer NGX_OK, or
 * NGX_ERROR with a reason in `*err`, which is a constant, if they say nothing
 * else.
 */

#ifndef NGX_PDN_SSL_H
#define NGX_PDN_SSL_H


#include "ngx_pdn_engine.h"


/* Code that calls ngx_lua's C functions by itself finds them. */

#define NGX_PDN_SSL_ALIAS(name)                                                \
    extern __typeof__(ngx_pdn_ffi_##name) ngx_http_lua_ffi_##name              \
        __attribute__((alias("ngx_pdn_ffi_" #name)));                          \
    extern __typeof__(ngx_pdn_ffi_##name) ngx_stream_lua_ffi_##name            \
        __attribute__((alias("ngx_pdn_ffi_" #name)))


/* The client's; NULL with "bad request" or "bad ssl conn" in `*err`. */
ngx_connection_t *ngx_pdn_ssl_connection(char **err);
SSL *ngx_pdn_ssl_of_task(char **err);


#endif /* NGX_PDN_SSL_H */
