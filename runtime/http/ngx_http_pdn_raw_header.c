/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.req.raw_header(): the request's line and headers as the client wrote
 * them, put together from the buffers that nginx has parsed.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_unparse.h"


static u_char *ngx_http_pdn_header_end(ngx_http_request_t *r);
static u_char *ngx_http_pdn_counted_end(ngx_http_request_t *r);
static size_t ngx_http_pdn_copy_raw(ngx_http_request_t *r, u_char *dst,
                                    u_char *end);
static ngx_buf_t *ngx_http_pdn_header_buf(ngx_http_request_t *r, ngx_int_t i);
static u_char *ngx_http_pdn_whole_lines(ngx_buf_t *b);
static void ngx_http_pdn_push_parsed(lua_State *L, ngx_http_request_t *r);


/* Lua: raw_header(without_line?) -> string  [-1, +1, e] */
int
ngx_http_pdn_raw_header(lua_State *L)
{
    u_char *end, *out, *body;
    size_t n;
    ngx_int_t i;
    ngx_buf_t *b;
    ngx_uint_t bare;
    ngx_http_request_t *r;

    bare = lua_toboolean(L, 1);
    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST)->main;

#if (NGX_HTTP_V2)
    if (r->stream != NULL) {
        return luaL_error(L, "http2 requests not supported yet");
    }
#endif

    end = ngx_http_pdn_header_end(r);

    if (end == NULL) {
        ngx_http_pdn_push_parsed(L, r);

    } else {
        n = 0;

        for (i = 0; (b = ngx_http_pdn_header_buf(r, i)) != NULL; i++) {
            n += b->pos - b->start;
        }

        out = lua_newuserdata(L, n);
        n = ngx_http_pdn_copy_raw(r, out, end);
        lua_pushlstring(L, (char *) out, n);
    }

    if (bare) {
        out = (u_char *) lua_tolstring(L, -1, &n);
        body = ngx_strlchr(out, out + n, LF) + 1;
        lua_pushlstring(L, (char *) body, out + n - body);
    }

    return 1;
}


/* The empty line behind the headers; NULL where nobody knows. */
static u_char *
ngx_http_pdn_header_end(ngx_http_request_t *r)
{
    ngx_buf_t *b;

    if (r->http_version < NGX_HTTP_VERSION_10 || r->header_end == NULL) {
        return NULL;
    }

    b = r->header_in;

    if (r->header_end >= b->start && r->header_end < b->pos) {
        return r->header_end;
    }

    return ngx_http_pdn_counted_end(r);
}


/*
 * An upstream module lets the parser's mark point to its own buffer.  Then
 * what nginx has counted tells, if all is in one buffer.
 */
static u_char *
ngx_http_pdn_counted_end(ngx_http_request_t *r)
{
    off_t n;
    u_char *end;
    ngx_buf_t *b;

    n = r->request_length;

    if (r->request_body != NULL) {
        n -= r->headers_in.content_length_n - r->request_body->rest;
    }

    b = r->header_in;

    if (r->headers_in.chunked || r->request_line.data < b->start
        || r->request_line.data >= b->pos || n < 4
        || n > b->pos - r->request_line.data)
    {
        return NULL;
    }

    end = r->request_line.data + n - 1;

    if (*end != LF) {
        return NULL;
    }

    return end[-1] == CR ? end - 1 : end;
}


/* The length of all, with the empty line. */
static size_t
ngx_http_pdn_copy_raw(ngx_http_request_t *r, u_char *dst, u_char *end)
{
    u_char *p, *line, *start;
    ngx_int_t i;
    ngx_buf_t *b;

    start = dst;
    line = r->request_line.data;

    for (i = 0; (b = ngx_http_pdn_header_buf(r, i)) != NULL; i++) {

        if (line >= b->start && line < b->pos) {
            p = line;
            line = NULL;

        } else if (line == NULL) {
            p = b->start;

        } else {
            continue; /* what stood here was moved on */
        }

        if (b == r->header_in) {
            dst = ngx_http_pdn_unparse(dst, p, end);
            break;
        }

        dst = ngx_http_pdn_unparse(dst, p, ngx_http_pdn_whole_lines(b));
    }

    if (*end == CR) {
        *dst++ = CR;
    }

    *dst++ = LF;

    return dst - start;
}


/* The buffers of the header in the order in which they were filled. */
static ngx_buf_t *
ngx_http_pdn_header_buf(ngx_http_request_t *r, ngx_int_t i)
{
    ngx_int_t n;
    ngx_chain_t *cl, *found;
    ngx_http_connection_t *hc;

    if (i == 0) {
        return r->connection->buffer;
    }

    hc = r->http_connection;
    n = 0;

    for (cl = hc->busy; cl != NULL; cl = cl->next) {
        n++;
    }

    if (i > n) {
        return NULL;
    }

    found = hc->busy; /* the youngest stands first */

    while (n-- > i) {
        found = found->next;
    }

    return found->buf;
}


/*
 * A line that did not fit was copied to the next buffer; the parser has not
 * marked what it left here.
 */
static u_char *
ngx_http_pdn_whole_lines(ngx_buf_t *b)
{
    u_char *p;

    for (p = b->pos; p > b->start; p--) {
        if (p[-1] == LF || p[-1] == '\0') {
            break;
        }
    }

    return p;
}


/* Written again from what the parser found. */
static void
ngx_http_pdn_push_parsed(lua_State *L, ngx_http_request_t *r)
{
    ngx_uint_t i;
    luaL_Buffer buf;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    luaL_buffinit(L, &buf);

    luaL_addlstring(&buf, (char *) r->request_line.data, r->request_line.len);
    luaL_addlstring(&buf, "\r\n", 2);

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            luaL_addlstring(&buf, (char *) h[i].key.data, h[i].key.len);
            luaL_addlstring(&buf, ": ", 2);
            luaL_addlstring(&buf, (char *) h[i].value.data, h[i].value.len);
            luaL_addlstring(&buf, "\r\n", 2);
        }
    }

    if (r->http_version >= NGX_HTTP_VERSION_10) {
        luaL_addlstring(&buf, "\r\n", 2);
    }

    luaL_pushresult(&buf);
}
