/*
 * SPDX-License-Identifier: MIT
 *
 * The request's body: read by nginx while the code waits.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_parts.h"


/* ngx.req.read_body() */

typedef struct {
    ngx_pdn_wait_t wait;
    ngx_http_pdn_ctx_t *ctx;
} ngx_http_pdn_read_t;


static int ngx_http_pdn_read_body(lua_State *L);
static int ngx_http_pdn_discard_body(lua_State *L);
static int ngx_http_pdn_get_body_data(lua_State *L);
static int ngx_http_pdn_get_body_file(lua_State *L);
static void ngx_http_pdn_body_done(ngx_http_request_t *r);
static int ngx_http_pdn_body_push(lua_State *L, ngx_pdn_wait_t *wait);
static void ngx_http_pdn_body_cancel(ngx_pdn_wait_t *wait);


static const luaL_Reg ngx_http_pdn_body_functions[] = {
    { "read_body", ngx_http_pdn_read_body },
    { "discard_body", ngx_http_pdn_discard_body },
    { "get_body_data", ngx_http_pdn_get_body_data },
    { "get_body_file", ngx_http_pdn_get_body_file },
    { NULL, NULL }
};


void
ngx_http_pdn_body_open(lua_State *L)
{
    lua_getfield(L, 1, "req");
    luaL_register(L, NULL, ngx_http_pdn_body_functions);
}


/* Lua: read_body(); ends the request with 413 and the like  [-0, +0, e] */
static int
ngx_http_pdn_read_body(lua_State *L)
{
    ngx_int_t rc;
    ngx_http_request_t *r;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_read_t *read;

    if (lua_gettop(L) != 0) {
        return luaL_error(L, "expecting 0 arguments but seen %d",
                          lua_gettop(L));
    }

    r = ngx_http_pdn_check(L, NGX_PDN_ANSWERING);
    ctx = ngx_http_pdn_ctx(r);

    r->request_body_in_single_buf = 1;
    r->request_body_in_persistent_file = 1;
    r->request_body_in_clean_file = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_pdn_body_done);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return ngx_pdn_leave(L, rc);
    }

    /* The reader's reference: the one of the running request is enough. */

    r->main->count--;

    if (rc == NGX_OK) {
        return 0;
    }

    read = ngx_palloc(r->pool, sizeof(ngx_http_pdn_read_t));
    if (read == NULL) {
        return luaL_error(L, "no memory");
    }

    read->ctx = ctx;
    read->wait.push = ngx_http_pdn_body_push;
    read->wait.cancel = ngx_http_pdn_body_cancel;
    ctx->read = &read->wait;

    return ngx_pdn_suspend(L, &read->wait);
}


static void
ngx_http_pdn_body_done(ngx_http_request_t *r)
{
    ngx_http_pdn_ctx_t *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_pandan_module);

    if (ctx == NULL) {
        return;
    }

    ngx_http_pdn_watch_client(ctx);

    if (ctx->read != NULL) {
        ngx_pdn_wake(ctx->read);
    }
}


static int
ngx_http_pdn_body_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    (void) L;
    ngx_http_pdn_body_cancel(wait);

    return 0;
}


static void
ngx_http_pdn_body_cancel(ngx_pdn_wait_t *wait)
{
    ((ngx_http_pdn_read_t *) wait)->ctx->read = NULL;
}


/* Lua: discard_body()  [-0, +0, e] */
static int
ngx_http_pdn_discard_body(lua_State *L)
{
    ngx_int_t rc;
    ngx_http_request_t *r;

    r = ngx_http_pdn_check(L, NGX_PDN_ANSWERING);
    rc = ngx_http_discard_request_body(r);

    if (rc == NGX_ERROR || rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return luaL_error(L, "failed to discard request body");
    }

    return 0;
}


/* Lua: get_body_data(max?) -> string | nil  [-1, +1, e] */
static int
ngx_http_pdn_get_body_data(lua_State *L)
{
    size_t len, left;
    lua_Integer max;
    luaL_Buffer buf;
    ngx_chain_t *cl;
    ngx_http_request_t *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);
    max = luaL_optinteger(L, 1, 0);

    if (max < 0) {
        return luaL_error(L, "bad max argument: %d", (int) max);
    }

    if (r->request_body == NULL || r->request_body->temp_file != NULL
        || r->request_body->bufs == NULL)
    {
        lua_pushnil(L);
        return 1;
    }

    cl = r->request_body->bufs;
    left = max ? (size_t) max : (size_t) -1;

    if (cl->next == NULL) {
        len = ngx_min((size_t) (cl->buf->last - cl->buf->pos), left);

        if (len == 0) {
            lua_pushnil(L);
            return 1;
        }

        lua_pushlstring(L, (char *) cl->buf->pos, len);
        return 1;
    }

    luaL_buffinit(L, &buf);

    for (/* void */; cl != NULL && left > 0; cl = cl->next) {
        len = ngx_min((size_t) (cl->buf->last - cl->buf->pos), left);
        luaL_addlstring(&buf, (char *) cl->buf->pos, len);
        left -= len;
    }

    luaL_pushresult(&buf);

    if (lua_objlen(L, -1) == 0) {
        lua_pushnil(L);
    }

    return 1;
}


/* Lua: get_body_file() -> path | nil  [-0, +1, e] */
static int
ngx_http_pdn_get_body_file(lua_State *L)
{
    ngx_str_t *name;
    ngx_http_request_t *r;

    r = ngx_http_pdn_check(L, NGX_PDN_REQUEST);

    if (r->request_body == NULL || r->request_body->temp_file == NULL) {
        lua_pushnil(L);
        return 1;
    }

    name = &r->request_body->temp_file->file.name;
    lua_pushlstring(L, (char *) name->data, name->len);

    return 1;
}
