/*
 * SPDX-License-Identifier: MIT
 *
 * The peer that balancer_by_lua* chooses, each time that nginx asks for one.
 * What HTTP and stream know of it in common; each embeds it behind nginx's
 * own data of the upstream's servers.
 */

#ifndef NGX_PDN_PEER_H
#define NGX_PDN_PEER_H


#include "ngx_pdn_client.h"
#include "ngx_pdn_chunk.h"

#include <ngx_event_connect.h>


typedef struct {
    long connect; /* milliseconds; 0: as configured */
    long send;
    long read;
} ngx_pdn_timeouts_t;


typedef struct {
    /* The host whose code runs now, which knows the peer; NULL: no memory. */
    ngx_pdn_host_t *(*enter)(ngx_pdn_peer_t *peer);

    /* It has ended: NGX_OK, NGX_DECLINED, an error or its ngx.exit(status). */
    void (*leave)(ngx_pdn_peer_t *peer, ngx_int_t rc);

    /* proxy_next_upstream_tries, 0: any number */
    ngx_uint_t (*max_tries)(ngx_pdn_peer_t *peer);

    /* Of the peer before, as its protocol has it; 0: it has none. */
    int (*last_status)(ngx_pdn_peer_t *peer);

    /* Each of these: NGX_OK, or NGX_ERROR with a reason in `*err`. */
    ngx_int_t (*set_timeouts)(ngx_pdn_peer_t *peer,
                              const ngx_pdn_timeouts_t *timeouts,
                              const char **err);

    /* NULL where there is no request that could be made anew. */
    ngx_int_t (*recreate)(ngx_pdn_peer_t *peer, const char **err);
} ngx_pdn_peer_ops_t;


struct ngx_pdn_peer_s {
    const ngx_pdn_peer_ops_t *ops;
    ngx_pdn_chunk_t *chunk;
    ngx_pool_t *pool;
    ngx_peer_connection_t *pc;
    ngx_peer_connection_t own; /* how nginx chooses by the configuration */

    /* what the code chose; no address: the servers of the configuration */
    struct sockaddr *sockaddr;
    socklen_t socklen;
    ngx_str_t *name;

    ngx_uint_t more_tries;
    ngx_uint_t asked; /* how often nginx has asked */
    ngx_uint_t state; /* NGX_PEER_FAILED ..., of the last one; 0: none yet */
};


extern const ngx_pdn_phase_t ngx_pdn_balancer_phase;


/*
 * For ngx_pdn_client_ops_t: the peer that a host knows at the moment, NULL
 * with a reason where there is none, or no upstream.
 */
ngx_pdn_peer_t *ngx_pdn_peer_known(ngx_pdn_peer_t *peer, const void *upstream,
                                   const char **err);

/* `load balancing method redefined`, when another one stands there. */
void ngx_pdn_peer_warn(ngx_conf_t *cf, ngx_uint_t redefined);

/*
 * Puts the code before nginx's own choice, which `pc` is ready for.  The rest
 * of `peer` is zero but for `ops`, `chunk` and `pool`.
 */
void ngx_pdn_peer_begin(ngx_pdn_peer_t *peer, ngx_peer_connection_t *pc);


#endif /* NGX_PDN_PEER_H */
