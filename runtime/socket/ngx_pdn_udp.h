/*
 * SPDX-License-Identifier: MIT
 *
 * UDP and unix datagram cosockets: what their files share.
 *
 *   ngx_pdn_udp.c       the object, its life and death, methods without waits
 *   ngx_pdn_udp_peer.c  setpeername()
 *   ngx_pdn_udp_data.c  send() and receive()
 */

#ifndef NGX_PDN_UDP_H
#define NGX_PDN_UDP_H


#include "ngx_pdn_engine.h"
#include "ngx_pdn_bytes.h"
#include "ngx_pdn_fault.h"
#include "ngx_pdn_member.h"
#include "ngx_pdn_resolve.h"


/* More than any datagram holds. */
#define NGX_PDN_UDP_MAX 65536


typedef struct {
    ngx_pdn_wait_t wait; /* of the one who looks up or receives */
    ngx_connection_t *connection;
    ngx_pdn_host_t *host; /* NULL: never had a peer, or gone */
    ngx_pdn_member_t member;
    ngx_pdn_resolve_t resolve;
    ngx_str_t name;          /* of the peer, as given */
    ngx_pdn_addr_t local;    /* bind() */
    ngx_msec_t read_timeout; /* 0: the host's */
    size_t size;             /* wanted of a datagram */
    ngx_pdn_bytes_t in;      /* a datagram that has come */
    ngx_pdn_bytes_t out;     /* a message that was a table */
    ngx_pdn_fault_t fault;
    unsigned busy : 1;    /* until the results are pushed */
    unsigned pending : 1; /* an event may still end the wait */
    unsigned orphan : 1;  /* collected while busy */
} ngx_pdn_udp_t;


/* The socket at index 1, or raises; also when it is another host's. */
ngx_pdn_udp_t *ngx_pdn_udp_check(lua_State *L);

/* Pushes nil and "socket busy" [+2] and is true, or false [+0]. */
ngx_uint_t ngx_pdn_udp_busy(lua_State *L, ngx_pdn_udp_t *u);

/* Closes the connection, if any. */
void ngx_pdn_udp_shut(ngx_pdn_udp_t *u);

/* Binds the socket to the host until that ends; NGX_ERROR: no memory. */
ngx_int_t ngx_pdn_udp_adopt(ngx_pdn_udp_t *u, ngx_pdn_host_t *host);

/* Suspends the task; a C function returns the value of this at once. */
int ngx_pdn_udp_suspend(lua_State *L, ngx_pdn_udp_t *u,
                        int (*push)(lua_State *L, ngx_pdn_wait_t *wait));

/* The wait is over; `u` may be gone afterwards. */
void ngx_pdn_udp_wake(ngx_pdn_udp_t *u);

/* To be called last by each push: `u` may be gone afterwards. */
void ngx_pdn_udp_end(ngx_pdn_udp_t *u);

ngx_msec_t ngx_pdn_udp_timeout(const ngx_pdn_udp_t *u);

/* Handlers of an open connection's events. */
void ngx_pdn_udp_read_event(ngx_event_t *rev);
void ngx_pdn_udp_write_event(ngx_event_t *wev);


/* Methods: (sock, ...) of Lua */

int ngx_pdn_udp_setpeername(lua_State *L);
int ngx_pdn_udp_send(lua_State *L);
int ngx_pdn_udp_receive(lua_State *L);


#endif /* NGX_PDN_UDP_H */
