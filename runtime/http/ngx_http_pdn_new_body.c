/*
 * SPDX-License-Identifier: MIT
 *
 * The request's body replaced by another: at once, by a file, or in pieces.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_parts.h"


static int ngx_http_pdn_set_body_data(lua_State *L);
static int ngx_http_pdn_set_body_file(lua_State *L);
static int ngx_http_pdn_init_body(lua_State *L);
static int ngx_http_pdn_append_body(lua_State *L);
static int ngx_http_pdn_finish_body(lua_State *L);
static ngx_http_request_t *ngx_http_pdn_check_body(lua_State *L);
static void ngx_http_pdn_drop_file(ngx_pool_t *pool, ngx_fd_t fd);
static ngx_http_request_body_t *ngx_http_pdn_new_body(lua_State *L,
                                                      ngx_http_request_t *r);
static void ngx_http_pdn_set_length_in(lua_State *L, ngx_http_request_t *r,
                                       off_t len);
static ngx_int_t ngx_http_pdn_spill(ngx_http_request_t *r, ngx_buf_t *b);


static const luaL_Reg ngx_http_pdn_new_body_functions[] = {
    { "set_body_data", ngx_http_pdn_set_body_data },
    { "set_body_file", ngx_http_pdn_set_body_file },
    { "init_body", ngx_http_pdn_init_body },
    { "append_body", ngx_http_pdn_append_body },
    { "finish_body", ngx_http_pdn_finish_body },
    { NULL, NULL }
};


void
ngx_http_pdn_new_body_open(lua_State *L)
{
    lua_getfield(L, 1, "req");
    luaL_register(L, NULL, ngx_http_pdn_new_body_functions);
}


/* Who replaces a body must have read the old one. */
static ngx_http_request_t *
ngx_http_pdn_check_body(lua_State *L)
{
    ngx_http_request_t *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    if (r->discard_body) {
        luaL_error(L, "request body already discarded asynchronously");
    }

    if (r->request_body == NULL) {
        luaL_error(L, "request body not read yet");
    }

    return r;
}


/* Closes the old body's file, and deletes it if that was to be done. */
static void
ngx_http_pdn_drop_file(ngx_pool_t *pool, ngx_fd_t fd)
{
    ngx_pool_cleanup_t *c;
    ngx_pool_cleanup_file_t *file;

    for (c = pool->cleanup; c != NULL; c = c->next) {

        if (c->handler != ngx_pool_cleanup_file
            && c->handler != ngx_pool_delete_file) {
            continue;
        }

        file = c->data;

        if (file->fd == fd) {
            c->handler(file);
            c->handler = NULL;
            return;
        }
    }
}


static ngx_http_request_body_t *
ngx_http_pdn_new_body(lua_State *L, ngx_http_request_t *r)
{
    ngx_http_request_body_t *body;

    body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    if (body == NULL) {
        luaL_error(L, "no memory");
        return NULL;
    }

    if (r->request_body != NULL) {
        /* what ngx.req.socket() has still to read is not of this body */
        body->rest = r->request_body->rest;
    }

    if (r->request_body != NULL && r->request_body->temp_file != NULL) {
        ngx_http_pdn_drop_file(r->pool, r->request_body->temp_file->file.fd);
        r->request_body->temp_file->file.fd = NGX_INVALID_FILE;
    }

    r->request_body = body;

    return body;
}


/* Lua: set_body_data(string)  [-1, +0, e] */
static int
ngx_http_pdn_set_body_data(lua_State *L)
{
    size_t len;
    ngx_buf_t *b;
    const char *s;
    ngx_http_request_t *r;
    ngx_http_request_body_t *body;

    s = luaL_checklstring(L, 1, &len);
    r = ngx_http_pdn_check_body(L);
    body = ngx_http_pdn_new_body(L, r);

    if (len > 0) {
        b = ngx_create_temp_buf(r->pool, len);
        body->bufs = ngx_alloc_chain_link(r->pool);

        if (b == NULL || body->bufs == NULL) {
            return luaL_error(L, "no memory");
        }

        b->last = ngx_cpymem(b->last, s, len);
        b->last_buf = 1;
        body->bufs->buf = b;
        body->bufs->next = NULL;
        body->buf = b;
    }

    ngx_http_pdn_set_length_in(L, r, len);

    return 0;
}


/* Lua: set_body_file(path, auto_clean?)  [-2, +0, e] */
static int
ngx_http_pdn_set_body_file(lua_State *L)
{
    size_t len;
    ngx_buf_t *b;
    ngx_str_t path;
    const char *s;
    ngx_file_info_t info;
    ngx_temp_file_t *tf;
    ngx_http_request_t *r;
    ngx_pool_cleanup_t *cln;
    ngx_pool_cleanup_file_t *clnf;
    ngx_http_request_body_t *body;

    s = luaL_checklstring(L, 1, &len);
    r = ngx_http_pdn_check_body(L);

    path.len = len;
    path.data = ngx_pnalloc(r->pool, len + 1);
    tf = ngx_pcalloc(r->pool, sizeof(ngx_temp_file_t));
    b = ngx_calloc_buf(r->pool);
    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_pool_cleanup_file_t));

    if (path.data == NULL || tf == NULL || b == NULL || cln == NULL) {
        return luaL_error(L, "no memory");
    }

    ngx_memcpy(path.data, s, len + 1);

    tf->file.fd = ngx_open_file(path.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    tf->file.name = path;
    tf->file.log = r->connection->log;
    tf->pool = r->pool;
    tf->persistent = !lua_toboolean(L, 2);

    if (tf->file.fd == NGX_INVALID_FILE
        || ngx_fd_info(tf->file.fd, &info) == NGX_FILE_ERROR)
    {
        return luaL_error(L, "cannot open body file '%s'", s);
    }

    clnf = cln->data;
    clnf->fd = tf->file.fd;
    clnf->name = path.data;
    clnf->log = r->connection->log;
    cln->handler = lua_toboolean(L, 2) ? ngx_pool_delete_file
                                       : ngx_pool_cleanup_file;

    body = ngx_http_pdn_new_body(L, r);
    body->temp_file = tf;

    b->in_file = 1;
    b->file = &tf->file;
    b->file_last = ngx_file_size(&info);
    b->last_buf = 1;
    tf->offset = b->file_last;

    if (b->file_last > 0) {
        body->bufs = ngx_alloc_chain_link(r->pool);

        if (body->bufs == NULL) {
            return luaL_error(L, "no memory");
        }

        body->bufs->buf = b;
        body->bufs->next = NULL;
    }

    ngx_http_pdn_set_length_in(L, r, b->file_last);

    return 0;
}


/*
 * Lua: init_body(size?); then append_body()s, then finish_body().  With size
 * 0 all goes to a file.
 */
static int
ngx_http_pdn_init_body(lua_State *L)
{
    lua_Integer size;
    ngx_http_request_t *r;
    ngx_http_request_body_t *body;
    ngx_http_core_loc_conf_t *clcf;

    r = ngx_http_pdn_check_body(L);
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    size = luaL_optinteger(L, 1, clcf->client_body_buffer_size);

    if (size < 0) {
        return luaL_error(L, "bad size argument");
    }

    body = ngx_http_pdn_new_body(L, r);
    body->buf = ngx_create_temp_buf(r->pool, size);

    if (body->buf == NULL) {
        return luaL_error(L, "no memory");
    }

    r->request_body_in_file_only = 0;
    r->headers_in.content_length_n = 0;

    return 0;
}


/* Writes what the buffer holds to the body's temporary file. */
static ngx_int_t
ngx_http_pdn_spill(ngx_http_request_t *r, ngx_buf_t *b)
{
    ngx_chain_t cl;
    ngx_temp_file_t *tf;
    ngx_http_core_loc_conf_t *clcf;

    if (r->request_body->temp_file == NULL) {
        clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

        tf = ngx_pcalloc(r->pool, sizeof(ngx_temp_file_t));
        if (tf == NULL) {
            return NGX_ERROR;
        }

        tf->file.fd = NGX_INVALID_FILE;
        tf->file.log = r->connection->log;
        tf->path = clcf->client_body_temp_path;
        tf->pool = r->pool;
        tf->warn = "a client request body is buffered to a temporary file";
        tf->log_level = r->request_body_file_log_level;
        tf->persistent = 1;
        tf->clean = 1;

        r->request_body->temp_file = tf;
    }

    cl.buf = b;
    cl.next = NULL;

    if (ngx_write_chain_to_temp_file(r->request_body->temp_file, &cl)
        == NGX_ERROR) {
        return NGX_ERROR;
    }

    r->request_body->temp_file->offset += b->last - b->pos;
    b->last = b->pos;

    return NGX_OK;
}


/* Lua: append_body(string)  [-1, +0, e] */
static int
ngx_http_pdn_append_body(lua_State *L)
{
    size_t len, n;
    ngx_buf_t *b, direct;
    const char *s;
    ngx_http_request_t *r;

    s = luaL_checklstring(L, 1, &len);
    r = ngx_http_pdn_check_body(L);
    b = r->request_body->buf;

    if (b == NULL) {
        return luaL_error(L, "request_body not initialized");
    }

    r->headers_in.content_length_n += len;

    if (b->start == b->end && len > 0) {
        ngx_memzero(&direct, sizeof(ngx_buf_t));
        direct.pos = (u_char *) s;
        direct.last = direct.pos + len;
        direct.memory = 1;

        if (ngx_http_pdn_spill(r, &direct) != NGX_OK) {
            return luaL_error(L, "fail to write file");
        }

        return 0;
    }

    while (len > 0) {

        if (b->last == b->end && ngx_http_pdn_spill(r, b) != NGX_OK) {
            return luaL_error(L, "fail to write file");
        }

        n = ngx_min(len, (size_t) (b->end - b->last));
        b->last = ngx_cpymem(b->last, s, n);
        s += n;
        len -= n;
    }

    return 0;
}


/* Lua: finish_body()  [-0, +0, e] */
static int
ngx_http_pdn_finish_body(lua_State *L)
{
    ngx_buf_t *b;
    ngx_http_request_t *r;
    ngx_http_request_body_t *body;

    r = ngx_http_pdn_check_body(L);
    body = r->request_body;
    b = body->buf;

    if (b == NULL) {
        return luaL_error(L, "request_body not initialized");
    }

    if (body->temp_file != NULL) {

        if (b->last > b->pos && ngx_http_pdn_spill(r, b) != NGX_OK) {
            return luaL_error(L, "failed to write request body to file");
        }

        b = ngx_calloc_buf(r->pool);
        if (b == NULL) {
            return luaL_error(L, "no memory");
        }

        b->in_file = 1;
        b->file = &body->temp_file->file;
        b->file_last = body->temp_file->offset;
    }

    b->last_buf = 1;
    body->bufs = ngx_alloc_chain_link(r->pool);

    if (body->bufs == NULL) {
        return luaL_error(L, "no memory");
    }

    body->bufs->buf = b;
    body->bufs->next = NULL;

    ngx_http_pdn_set_length_in(L, r, r->headers_in.content_length_n);

    return 0;
}


/* The request must say the new length to whoever reads it. */
static void
ngx_http_pdn_set_length_in(lua_State *L, ngx_http_request_t *r, off_t len)
{
    ngx_str_t value;

    static ngx_str_t name = ngx_string("Content-Length");

    value.data = ngx_pnalloc(r->pool, NGX_OFF_T_LEN + 1);
    if (value.data == NULL) {
        luaL_error(L, "no memory");
        return;
    }

    value.len = ngx_sprintf(value.data, "%O%Z", len) - value.data - 1;

    if (ngx_http_pdn_set_header_in(r, &name, &value, 0) != NGX_OK) {
        luaL_error(L, "failed to reset the Content-Length input header");
        return;
    }

    r->headers_in.chunked = 0;
}
