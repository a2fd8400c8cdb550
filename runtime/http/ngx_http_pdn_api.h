/*
 * SPDX-License-Identifier: MIT
 *
 * What the parts of the request and response API share.  Functions named
 * ngx_http_pdn_ffi_* are called from runtime/lua/http through FFI: they work
 * on the request of the running task and answer NGX_PDN_NO_REQUEST or
 * NGX_PDN_BAD_CONTEXT where they may not be called.
 */

#ifndef NGX_HTTP_PDN_API_H
#define NGX_HTTP_PDN_API_H


#include "ngx_http_pdn.h"


/* A name and its value, as handed to Lua; a NULL value is `true`. */

typedef struct {
    ngx_str_t key;
    ngx_str_t value;
} ngx_http_pdn_pair_t;


/* NGX_OK and the request, if the current phase is one of `phases`. */
ngx_int_t ngx_http_pdn_enter_api(ngx_uint_t phases, ngx_http_request_t **r);


/*
 * Copies a header's value to the pool, NUL-terminated, percent-encoding the
 * control bytes: line breaks above all.
 */
ngx_int_t ngx_http_pdn_copy_value(ngx_pool_t *pool, ngx_str_t *dst,
                                  const u_char *src, size_t len);

/*
 * Sets a header of the request or the response, and the field of
 * r->headers_in or r->headers_out that nginx keeps of it.  Without `add`
 * others of that name vanish, and an empty value removes.  The strings live as
 * long as the request.  NGX_DECLINED: no value for a header of this name.
 */
ngx_int_t ngx_http_pdn_set_header_in(ngx_http_request_t *r, ngx_str_t *name,
                                     ngx_str_t *value, ngx_uint_t add);
ngx_int_t ngx_http_pdn_set_header_out(ngx_http_request_t *r, ngx_str_t *name,
                                      ngx_str_t *value, ngx_uint_t add);


/*
 * The headers of `r` with a list of their own for `sr`, whose are overwritten.
 * The strings stay those of `r`.
 */
ngx_int_t ngx_http_pdn_copy_headers_in(ngx_http_request_t *sr,
                                       ngx_http_request_t *r);

/* Lua: ngx.req.raw_header(). */
int ngx_http_pdn_raw_header(lua_State *L);

/* NGX_HTTP_GET ...  NGX_DECLINED: there is no such method. */
ngx_int_t ngx_http_pdn_set_method(ngx_http_request_t *r, ngx_uint_t id);


extern const ngx_pdn_variable_ops_t ngx_http_pdn_variable_ops;


/*
 * Raises when a byte may not stand in a URI: unsafe byte "0x0d" in `what`
 * "...", with `hint` behind it.
 */
void ngx_http_pdn_check_uri(lua_State *L, const u_char *uri, size_t len,
                            const char *what, const char *hint);


/* Statuses that end the connection, with no answer at all. */
static ngx_inline ngx_uint_t
ngx_http_pdn_hangs_up(ngx_int_t rc)
{
    return rc == NGX_HTTP_CLOSE || rc == NGX_HTTP_REQUEST_TIME_OUT
           || rc == NGX_HTTP_CLIENT_CLOSED_REQUEST;
}

/* Raises while subrequests run: nginx could not end their parent. */
void ngx_http_pdn_check_leave(lua_State *L, ngx_http_pdn_ctx_t *ctx);


/*
 * Looks for a client that leaves while the request's code waits, if
 * lua_check_client_abort says so.  Called when code begins, and when the
 * body has been read, which had nginx's eye on the socket.
 */
void ngx_http_pdn_watch_client(ngx_http_pdn_ctx_t *ctx);


/* Parts of ngx_http_pdn_client_ops, see ngx_pdn_client.h. */

ngx_int_t ngx_http_pdn_exit(lua_State *L, ngx_pdn_host_t *host, ngx_int_t rc);
int ngx_http_pdn_req_socket(lua_State *L, ngx_pdn_host_t *host);
ngx_int_t ngx_http_pdn_status(ngx_pdn_host_t *host);
void ngx_http_pdn_set_status(ngx_pdn_host_t *host, ngx_int_t status);
ngx_flag_t ngx_http_pdn_watches(ngx_pdn_host_t *host);
ngx_int_t ngx_http_pdn_flush(ngx_pdn_host_t *host, ngx_uint_t wait,
                             const char **err);
ngx_int_t ngx_http_pdn_flush_more(ngx_pdn_host_t *host, const char **err);
void ngx_http_pdn_flush_end(ngx_pdn_host_t *host);
ngx_int_t ngx_http_pdn_eof(ngx_pdn_host_t *host, const char **err);
ngx_pdn_peer_t *ngx_http_pdn_balancer_peer(ngx_pdn_host_t *host,
                                           const char **err);


#endif /* NGX_HTTP_PDN_API_H */
