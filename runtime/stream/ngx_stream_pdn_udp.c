/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.req.socket() of a datagram: what came is read without waiting, and what
 * is sent goes back as datagrams.  More of the same client's datagrams may
 * come while the code runs: nginx hands over each just once, so they are kept
 * here, a few of them.
 */

#include "ngx_stream_pdn.h"
#include "ngx_pdn_message.h"


/* So many bytes of later datagrams are kept; more are lost, as UDP allows. */
#define NGX_STREAM_PDN_UDP_KEEP 65536

#define NGX_STREAM_PDN_UDP_MAX 65535


/* A datagram that has come meanwhile. */

typedef struct {
    ngx_queue_t link;
    size_t len;
    u_char data[1];
} ngx_stream_pdn_packet_t;


struct ngx_stream_pdn_udp_s {
    ngx_queue_t packets;
    size_t size; /* of all of them */
};


static int ngx_stream_pdn_udp_receive(lua_State *L);
static int ngx_stream_pdn_udp_send(lua_State *L);
static int ngx_stream_pdn_udp_settimeout(lua_State *L);
static ngx_stream_pdn_ctx_t *ngx_stream_pdn_udp_check(lua_State *L);


static const luaL_Reg ngx_stream_pdn_udp_methods[] = {
    { "receive", ngx_stream_pdn_udp_receive },
    { "send", ngx_stream_pdn_udp_send },
    { "settimeout", ngx_stream_pdn_udp_settimeout },
    { NULL, NULL }
};


/* Its address is the key of the class in the registry. */
static char ngx_stream_pdn_udp_key;


void
ngx_stream_pdn_udp_open(lua_State *L)
{
    lua_newtable(L);
    luaL_register(L, NULL, ngx_stream_pdn_udp_methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");

    lua_pushlightuserdata(L, &ngx_stream_pdn_udp_key);
    lua_insert(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
}


/* The object holds its host's number, which no other host will ever have. */
int
ngx_stream_pdn_udp_socket(lua_State *L, ngx_stream_pdn_ctx_t *ctx)
{
    lua_createtable(L, 1, 0);
    lua_pushnumber(L, ngx_pdn_host_id(&ctx->host));
    lua_rawseti(L, -2, 1);

    lua_pushlightuserdata(L, &ngx_stream_pdn_udp_key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    lua_setmetatable(L, -2);

    return 1;
}


static ngx_stream_pdn_ctx_t *
ngx_stream_pdn_udp_check(lua_State *L)
{
    lua_Number id;
    ngx_pdn_host_t *host;

    luaL_checktype(L, 1, LUA_TTABLE);
    host = ngx_pdn_check(L, NGX_PDN_ANSWERING);

    lua_rawgeti(L, 1, 1);
    id = lua_tonumber(L, -1);
    lua_pop(L, 1);

    if (host->ops != &ngx_stream_pdn_host_ops || id != ngx_pdn_host_id(host)) {
        (void) luaL_error(L, "bad request");
    }

    return (ngx_stream_pdn_ctx_t *) host;
}


/* sock:receive(size?) -> data | nil, err  [-0, +1|2, e] */
static int
ngx_stream_pdn_udp_receive(lua_State *L)
{
    size_t len;
    ngx_buf_t *b;
    ngx_int_t size;
    ngx_stream_pdn_ctx_t *ctx;

    ctx = ngx_stream_pdn_udp_check(L);
    size = luaL_optinteger(L, 2, NGX_STREAM_PDN_UDP_MAX);

    if (size < 0) {
        return luaL_argerror(L, 2, "bad size argument");
    }

    b = ctx->session->connection->buffer;

    if (b == NULL || (b->pos == b->last && ctx->consumed)) {
        lua_pushnil(L);
        lua_pushliteral(L, "no more data");
        return 2;
    }

    len = ngx_min((size_t) (b->last - b->pos), (size_t) size);

    lua_pushlstring(L, (char *) b->pos, len);

    b->pos += len;
    ctx->consumed = 1;
    ctx->session->received += len;

    return 1;
}


/* sock:send(data) -> 1 | nil, err  [-0, +1|2, e] */
static int
ngx_stream_pdn_udp_send(lua_State *L)
{
    size_t len;
    ngx_int_t rc;
    const char *err;
    const u_char *data;
    ngx_pdn_bytes_t bytes;
    ngx_stream_pdn_ctx_t *ctx;

    ctx = ngx_stream_pdn_udp_check(L);

    lua_settop(L, 2);
    ngx_memzero(&bytes, sizeof(ngx_pdn_bytes_t));
    data = ngx_pdn_message(L, &bytes, &len);

    /* What was printed is a datagram of its own. */

    err = "error";
    rc = ngx_stream_pdn_send(ctx);

    if (rc == NGX_OK) {
        rc = len > 0 ? ngx_stream_pdn_print(&ctx->host, data, len, &err)
             : ngx_pdn_output_special(&ctx->output, ctx->host.pool) == NULL
                 ? NGX_ERROR
                 : NGX_OK;
    }

    ngx_pdn_bytes_release(&bytes);

    if (rc == NGX_OK) {
        rc = ngx_stream_pdn_send(ctx);
    }

    return ngx_pdn_client_result(L, rc == NGX_OK ? NGX_OK : NGX_ERROR, err);
}


/* Nothing here waits.  [-0, +0, e] */
static int
ngx_stream_pdn_udp_settimeout(lua_State *L)
{
    (void) ngx_stream_pdn_udp_check(L);
    (void) luaL_checknumber(L, 2);

    return 0;
}


void
ngx_stream_pdn_udp_event(ngx_stream_pdn_ctx_t *ctx)
{
    u_char data[NGX_STREAM_PDN_UDP_MAX];
    ssize_t n;
    ngx_connection_t *c;
    ngx_stream_pdn_udp_t *udp;
    ngx_stream_pdn_packet_t *packet;

    c = ctx->session->connection;
    udp = ctx->udp;
    n = c->recv(c, data, NGX_STREAM_PDN_UDP_MAX);

    if (n < 0) {
        return;
    }

    if (udp == NULL) {
        udp = ngx_palloc(ctx->host.pool, sizeof(ngx_stream_pdn_udp_t));
        if (udp == NULL) {
            return;
        }

        ngx_queue_init(&udp->packets);
        udp->size = 0;
        ctx->udp = udp;
    }

    if (udp->size + n > NGX_STREAM_PDN_UDP_KEEP) {
        return;
    }

    packet = ngx_alloc(sizeof(ngx_stream_pdn_packet_t) + n, c->log);
    if (packet == NULL) {
        return;
    }

    packet->len = n;
    ngx_memcpy(packet->data, data, n);

    udp->size += n;
    ngx_queue_insert_tail(&udp->packets, &packet->link);
}


ngx_int_t
ngx_stream_pdn_udp_next(ngx_stream_pdn_ctx_t *ctx)
{
    ngx_buf_t *b;
    ngx_queue_t *q;
    ngx_connection_t *c;
    ngx_stream_pdn_udp_t *udp;
    ngx_stream_pdn_packet_t *packet;

    c = ctx->session->connection;
    udp = ctx->udp;

    if (udp == NULL || ngx_queue_empty(&udp->packets)) {
        return NGX_DECLINED;
    }

    q = ngx_queue_head(&udp->packets);
    packet = ngx_queue_data(q, ngx_stream_pdn_packet_t, link);
    b = c->buffer;

    if ((size_t) (b->end - b->start) < packet->len) {
        b = ngx_create_temp_buf(c->pool, packet->len);
        if (b == NULL) {
            return NGX_DECLINED;
        }

        c->buffer = b;
    }

    b->pos = b->start;
    b->last = ngx_cpymem(b->start, packet->data, packet->len);

    udp->size -= packet->len;
    ngx_queue_remove(q);
    ngx_free(packet);

    ctx->consumed = 0;
    ctx->eof = 0;

    return NGX_OK;
}


void
ngx_stream_pdn_udp_release(ngx_stream_pdn_ctx_t *ctx)
{
    ngx_queue_t *q;

    while (ctx->udp != NULL && !ngx_queue_empty(&ctx->udp->packets)) {
        q = ngx_queue_head(&ctx->udp->packets);
        ngx_queue_remove(q);
        ngx_free(ngx_queue_data(q, ngx_stream_pdn_packet_t, link));
    }
}
