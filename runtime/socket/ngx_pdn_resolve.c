/*
 * SPDX-License-Identifier: MIT
 *
 * Who answers for a name: its own digits, nginx's resolver or the system's
 * files.  The last is ngx_pdn_names.c; this file knows nothing of DNS.
 */

#include "ngx_pdn_resolve.h"
#include "ngx_pdn_names.h"


static ngx_int_t ngx_pdn_resolve_nginx(ngx_pdn_resolve_t *rs,
                                       ngx_resolver_t *resolver,
                                       ngx_msec_t timeout);
static void ngx_pdn_resolve_nginx_handler(ngx_resolver_ctx_t *ctx);
static ngx_int_t ngx_pdn_resolve_ares(ngx_pdn_resolve_t *rs,
                                      ngx_msec_t timeout);
static void ngx_pdn_resolve_timeout(ngx_event_t *ev);
static void ngx_pdn_resolve_tell(ngx_event_t *ev);
static ngx_int_t ngx_pdn_resolve_started(ngx_pdn_resolve_t *rs);
static void ngx_pdn_resolve_unlink(ngx_pdn_resolve_t *rs);
static void ngx_pdn_resolve_set_port(ngx_pdn_addr_t *addr, in_port_t port);


ngx_int_t
ngx_pdn_resolve_start(ngx_pdn_resolve_t *rs, ngx_pdn_host_t *host,
                      ngx_str_t *name, in_port_t port, ngx_msec_t timeout,
                      ngx_pdn_resolve_pt handler, void *data)
{
    ngx_msec_t resolver_timeout;
    ngx_resolver_t *resolver;

    ngx_pdn_resolve_release(rs);

    rs->name = *name;
    rs->port = port;
    rs->handler = handler;
    rs->data = data;
    rs->error = 0;

    if (ngx_pdn_resolve_literal(rs) == NGX_OK) {
        return NGX_OK;
    }

    resolver = NULL;
    resolver_timeout = timeout;

    if (host != NULL && host->ops->resolver != NULL) {
        resolver = host->ops->resolver(host, &resolver_timeout);
    }

    if (resolver != NULL && resolver->connections.nelts > 0) {
        return ngx_pdn_resolve_nginx(rs, resolver, resolver_timeout);
    }

    return ngx_pdn_resolve_ares(rs, timeout);
}


void
ngx_pdn_resolve_release(ngx_pdn_resolve_t *rs)
{
    ngx_pdn_resolve_unlink(rs);

    if (rs->timer.posted) {
        ngx_delete_posted_event((&rs->timer));
    }

    if (rs->owned) {
        free(rs->addrs);
        rs->owned = 0;
    }

    rs->addrs = NULL;
    rs->naddrs = 0;
}


void
ngx_pdn_resolve_done(ngx_pdn_resolve_t *rs, const ngx_pdn_addr_t *addrs,
                     ngx_uint_t naddrs, ngx_int_t error)
{
    ngx_uint_t i;

    rs->error = error;

    if (error == 0) {
        naddrs = ngx_min(naddrs, NGX_PDN_RESOLVE_MAX);
        rs->addrs = malloc(naddrs * sizeof(ngx_pdn_addr_t));

        if (rs->addrs == NULL) {
            rs->error = NGX_RESOLVE_SERVFAIL;

        } else {
            rs->owned = 1;
            rs->naddrs = naddrs;

            for (i = 0; i < naddrs; i++) {
                rs->addrs[i] = addrs[i];
                ngx_pdn_resolve_set_port(&rs->addrs[i], rs->port);
            }
        }
    }

    ngx_pdn_resolve_unlink(rs);

    if (rs->starting) {
        return;
    }

    /*
     * A resolver tells all who wait for a name in one go, and none of them
     * may go away meanwhile: the Lua that goes on could end the others.
     */

    rs->timer.handler = ngx_pdn_resolve_tell;
    rs->timer.data = rs;
    rs->timer.log = ngx_cycle->log;
    ngx_post_event(&rs->timer, &ngx_posted_events);
}


static void
ngx_pdn_resolve_tell(ngx_event_t *ev)
{
    ngx_pdn_resolve_t *rs = ev->data;

    rs->handler(rs, rs->data);
}


int
ngx_pdn_resolve_push_error(lua_State *L, const ngx_pdn_resolve_t *rs)
{
    lua_pushnil(L);
    lua_pushlstring(L, (char *) rs->name.data, rs->name.len);
    lua_pushfstring(L, " could not be resolved (%d: %s)", (int) rs->error,
                    ngx_resolver_strerror(rs->error));
    lua_concat(L, 2);

    return 2;
}


ngx_int_t
ngx_pdn_resolve_literal(ngx_pdn_resolve_t *rs)
{
    in_addr_t inaddr;
    ngx_str_t text;
    ngx_pdn_addr_t *addr;
    struct sockaddr_in *sin;
    struct sockaddr_in6 *sin6;

    addr = &rs->literal;
    text = rs->name;

    ngx_memzero(addr, sizeof(ngx_pdn_addr_t));

    inaddr = ngx_inet_addr(text.data, text.len);

    if (inaddr != INADDR_NONE) {
        sin = &addr->sockaddr.sockaddr_in;
        sin->sin_family = AF_INET;
        sin->sin_addr.s_addr = inaddr;
        addr->socklen = sizeof(struct sockaddr_in);

    } else {

        if (text.len > 2 && text.data[0] == '['
            && text.data[text.len - 1] == ']') {
            text.data++;
            text.len -= 2;
        }

        sin6 = &addr->sockaddr.sockaddr_in6;

        if (ngx_inet6_addr(text.data, text.len, sin6->sin6_addr.s6_addr)
            != NGX_OK) {
            return NGX_DECLINED;
        }

        sin6->sin6_family = AF_INET6;
        addr->socklen = sizeof(struct sockaddr_in6);
    }

    ngx_pdn_resolve_set_port(addr, rs->port);

    rs->addrs = addr;
    rs->naddrs = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_resolve_nginx(ngx_pdn_resolve_t *rs, ngx_resolver_t *resolver,
                      ngx_msec_t timeout)
{
    ngx_resolver_ctx_t *ctx;

    ctx = ngx_resolve_start(resolver, NULL);

    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        rs->error = NGX_RESOLVE_SERVFAIL;
        return NGX_ERROR;
    }

    ctx->name = rs->name;
    ctx->handler = ngx_pdn_resolve_nginx_handler;
    ctx->data = rs;
    ctx->timeout = timeout;

    rs->ctx = ctx;
    rs->pending = 1;
    rs->starting = 1;

    if (ngx_resolve_name(ctx) != NGX_OK) {
        /* the context has been freed */
        rs->ctx = NULL;
        rs->pending = 0;
        rs->error = NGX_RESOLVE_SERVFAIL;
    }

    return ngx_pdn_resolve_started(rs);
}


static void
ngx_pdn_resolve_nginx_handler(ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t i, n;
    ngx_pdn_addr_t addrs[NGX_PDN_RESOLVE_MAX];
    ngx_pdn_resolve_t *rs;

    rs = ctx->data;
    n = 0;

    if (ctx->state == NGX_OK) {
        n = ngx_min(ctx->naddrs, NGX_PDN_RESOLVE_MAX);

        for (i = 0; i < n; i++) {
            ngx_memcpy(&addrs[i].sockaddr, ctx->addrs[i].sockaddr,
                       ctx->addrs[i].socklen);
            addrs[i].socklen = ctx->addrs[i].socklen;
        }
    }

    ngx_pdn_resolve_done(rs, addrs, n, ctx->state);
}


static ngx_int_t
ngx_pdn_resolve_ares(ngx_pdn_resolve_t *rs, ngx_msec_t timeout)
{
    rs->pending = 1;
    rs->starting = 1;

    ngx_queue_init(&rs->link);
    ngx_pdn_names_lookup(rs);

    if (rs->pending && timeout != 0) {
        rs->timer.handler = ngx_pdn_resolve_timeout;
        rs->timer.data = rs;
        rs->timer.log = ngx_cycle->log;
        ngx_add_timer(&rs->timer, timeout);
    }

    return ngx_pdn_resolve_started(rs);
}


static void
ngx_pdn_resolve_timeout(ngx_event_t *ev)
{
    ngx_pdn_resolve_done(ev->data, NULL, 0, NGX_RESOLVE_TIMEDOUT);
}


static ngx_int_t
ngx_pdn_resolve_started(ngx_pdn_resolve_t *rs)
{
    rs->starting = 0;

    if (rs->pending) {
        return NGX_AGAIN;
    }

    return rs->error == 0 ? NGX_OK : NGX_ERROR;
}


static void
ngx_pdn_resolve_unlink(ngx_pdn_resolve_t *rs)
{
    if (!rs->pending) {
        return;
    }

    rs->pending = 0;

    if (rs->ctx != NULL) {
        ngx_resolve_name_done(rs->ctx);
        rs->ctx = NULL;
        return;
    }

    ngx_queue_remove(&rs->link);

    if (rs->timer.timer_set) {
        ngx_del_timer(&rs->timer);
    }
}


static void
ngx_pdn_resolve_set_port(ngx_pdn_addr_t *addr, in_port_t port)
{
    ngx_inet_set_port(&addr->sockaddr.sockaddr, port);
}
