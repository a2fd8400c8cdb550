/*
 * SPDX-License-Identifier: MIT
 *
 * Host names to addresses without blocking.  A host with a `resolver`
 * directive is served by nginx's resolver; all others as the system says, by
 * /etc/hosts and resolv.conf, through c-ares on nginx's event loop.  Used by
 * cosockets and by the database drivers.
 */

#ifndef NGX_PDN_RESOLVE_H
#define NGX_PDN_RESOLVE_H


#include "ngx_pdn_engine.h"


#define NGX_PDN_RESOLVE_MAX 16 /* addresses of one name */


typedef struct {
    ngx_sockaddr_t sockaddr;
    socklen_t socklen;
} ngx_pdn_addr_t;


typedef struct ngx_pdn_resolve_s ngx_pdn_resolve_t;

typedef void (*ngx_pdn_resolve_pt)(ngx_pdn_resolve_t *rs, void *data);


/* Embedded by the caller, who zeroes it first; the rest is ours. */

struct ngx_pdn_resolve_s {
    ngx_pdn_addr_t *addrs; /* until ngx_pdn_resolve_release() */
    ngx_uint_t naddrs;
    ngx_int_t error; /* 0, or see ngx_resolver_strerror() */

    ngx_str_t name;
    in_port_t port; /* of host byte order */
    ngx_pdn_resolve_pt handler;
    void *data;
    ngx_event_t timer;       /* until the answer, then posted to tell of it */
    ngx_queue_t link;        /* in the lookup it waits for */
    ngx_resolver_ctx_t *ctx; /* of nginx's resolver */
    ngx_pdn_addr_t literal;
    unsigned pending : 1;
    unsigned starting : 1;
    unsigned owned : 1; /* addrs is on the heap */
};


/*
 * Looks `name` up, an address in digits included.  `host` may be NULL; its
 * `resolver` directive wins over the system's files.  The name must live as
 * long as the operation.
 *
 *   NGX_OK     rs->addrs, at least one, each with `port`; no callback
 *   NGX_AGAIN  `handler` will be called once, with addrs or with error
 *   NGX_ERROR  rs->error says why; no callback
 */
ngx_int_t ngx_pdn_resolve_start(ngx_pdn_resolve_t *rs, ngx_pdn_host_t *host,
                                ngx_str_t *name, in_port_t port,
                                ngx_msec_t timeout, ngx_pdn_resolve_pt handler,
                                void *data);

/* Ends it, pending or not, and frees the addresses. */
void ngx_pdn_resolve_release(ngx_pdn_resolve_t *rs);

/* Pushes nil and why rs->error, which must not be 0; answers 2. */
int ngx_pdn_resolve_push_error(lua_State *L, const ngx_pdn_resolve_t *rs);

/* An address in digits: rs->name with rs->port to rs->addrs; or DECLINED. */
ngx_int_t ngx_pdn_resolve_literal(ngx_pdn_resolve_t *rs);

/* Called by the lookup that `rs` waits for. */
void ngx_pdn_resolve_done(ngx_pdn_resolve_t *rs, const ngx_pdn_addr_t *addrs,
                          ngx_uint_t naddrs, ngx_int_t error);


#endif /* NGX_PDN_RESOLVE_H */
