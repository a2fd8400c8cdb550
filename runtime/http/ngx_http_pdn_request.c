/*
 * SPDX-License-Identifier: MIT
 *
 * The request's line and what else there is to know of it, and the status of
 * its response.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_parts.h"


typedef struct {
    ngx_str_t name;
    ngx_uint_t id;
} ngx_http_pdn_method_t;


ngx_int_t ngx_http_pdn_ffi_method(ngx_str_t *name);
ngx_int_t ngx_http_pdn_ffi_line(ngx_str_t *line);
ngx_int_t ngx_http_pdn_ffi_set_method(ngx_uint_t id);
ngx_int_t ngx_http_pdn_ffi_version(ngx_uint_t *version);
ngx_int_t ngx_http_pdn_ffi_flags(void);


static const ngx_http_pdn_method_t ngx_http_pdn_methods[] = {
    { ngx_string("GET"), NGX_HTTP_GET },
    { ngx_string("HEAD"), NGX_HTTP_HEAD },
    { ngx_string("PUT"), NGX_HTTP_PUT },
    { ngx_string("POST"), NGX_HTTP_POST },
    { ngx_string("DELETE"), NGX_HTTP_DELETE },
    { ngx_string("OPTIONS"), NGX_HTTP_OPTIONS },
    { ngx_string("MKCOL"), NGX_HTTP_MKCOL },
    { ngx_string("COPY"), NGX_HTTP_COPY },
    { ngx_string("MOVE"), NGX_HTTP_MOVE },
    { ngx_string("PROPFIND"), NGX_HTTP_PROPFIND },
    { ngx_string("PROPPATCH"), NGX_HTTP_PROPPATCH },
    { ngx_string("LOCK"), NGX_HTTP_LOCK },
    { ngx_string("UNLOCK"), NGX_HTTP_UNLOCK },
    { ngx_string("PATCH"), NGX_HTTP_PATCH },
    { ngx_string("TRACE"), NGX_HTTP_TRACE },
    { ngx_null_string, 0 }
};


void
ngx_http_pdn_request_open(lua_State *L)
{
    char name[32];
    const ngx_http_pdn_method_t *m;

    lua_getfield(L, 1, "req");
    lua_pushcfunction(L, ngx_http_pdn_raw_header);
    lua_setfield(L, -2, "raw_header");
    lua_pop(L, 1);

    for (m = ngx_http_pdn_methods; m->name.len != 0; m++) {
        (void) ngx_snprintf((u_char *) name, sizeof(name), "HTTP_%V%Z",
                            &m->name);
        lua_pushinteger(L, m->id);
        lua_setfield(L, 1, name);
    }
}


ngx_int_t
ngx_http_pdn_ffi_method(ngx_str_t *name)
{
    ngx_int_t rc;
    ngx_http_request_t *r;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);

    if (rc == NGX_OK) {
        *name = r->method_name;
    }

    return rc;
}


/* Method and decoded path, as two strings. */
ngx_int_t
ngx_http_pdn_ffi_line(ngx_str_t *line)
{
    ngx_int_t rc;
    ngx_http_request_t *r;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);

    if (rc == NGX_OK) {
        line[0] = r->method_name;
        line[1] = r->uri;
    }

    return rc;
}


/* NGX_DECLINED: there is no such method. */
ngx_int_t
ngx_http_pdn_ffi_set_method(ngx_uint_t id)
{
    ngx_int_t rc;
    ngx_http_request_t *r;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);

    return rc == NGX_OK ? ngx_http_pdn_set_method(r, id) : rc;
}


ngx_int_t
ngx_http_pdn_set_method(ngx_http_request_t *r, ngx_uint_t id)
{
    const ngx_http_pdn_method_t *m;

    for (m = ngx_http_pdn_methods; m->name.len != 0; m++) {
        if (m->id == id) {
            r->method = m->id;
            r->method_name = m->name;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


/* The version as nginx's number: 1001 is HTTP/1.1. */
ngx_int_t
ngx_http_pdn_ffi_version(ngx_uint_t *version)
{
    ngx_int_t rc;
    ngx_http_request_t *r;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);

    if (rc == NGX_OK) {
        *version = r->http_version;
    }

    return rc;
}


/* 1: internal; 2: a subrequest; 4: its headers have been sent. */
ngx_int_t
ngx_http_pdn_ffi_flags(void)
{
    ngx_int_t rc;
    ngx_http_request_t *r;

    rc = ngx_http_pdn_enter_api(NGX_PDN_REQUEST, &r);
    if (rc != NGX_OK) {
        return rc;
    }

    return (r->internal ? 1 : 0) | (r != r->main ? 2 : 0)
           | (r->header_sent ? 4 : 0);
}


ngx_int_t
ngx_http_pdn_status(ngx_pdn_host_t *host)
{
    ngx_http_request_t *r = host->data;

    if (r->err_status) {
        return r->err_status;
    }

    if (r->headers_out.status) {
        return r->headers_out.status;
    }

    return r->http_version == NGX_HTTP_VERSION_9 ? 9 : 0;
}


void
ngx_http_pdn_set_status(ngx_pdn_host_t *host, ngx_int_t status)
{
    ngx_http_request_t *r = host->data;

    if (r->header_sent) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "attempt to set ngx.status after sending out response "
                      "headers");
        return;
    }

    r->headers_out.status = status;
    r->err_status = 0;

    /* nginx knows no text for 101: it wants the line as it is to be. */

    if (status == NGX_HTTP_SWITCHING_PROTOCOLS) {
        ngx_str_set(&r->headers_out.status_line, "101 Switching Protocols");

    } else {
        r->headers_out.status_line.len = 0;
    }
}
