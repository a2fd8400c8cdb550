/*
 * SPDX-License-Identifier: MIT
 *
 * Cosockets over a connection that somebody else owns: the client's, lent by
 * its request.  The owner keeps the connection's events and closes it.
 */

#ifndef NGX_PDN_LENT_H
#define NGX_PDN_LENT_H


#include "ngx_pdn_engine.h"


typedef struct ngx_pdn_tcp_s ngx_pdn_tcp_t;
typedef struct ngx_pdn_tcp_owner_s ngx_pdn_tcp_owner_t;


/* The owner embeds it; it outlives the sockets' host. */

struct ngx_pdn_tcp_owner_s {
    /*
     * Reads at most `size` bytes, those that the owner has read before first.
     * Answers how many, 0 at the end of what the socket may read, NGX_AGAIN,
     * NGX_ERROR, or NGX_ABORT when the client has gone amid it.
     */
    ssize_t (*recv)(ngx_pdn_tcp_owner_t *owner, u_char *buf, size_t size);

    /*
     * From now on `u` is to be told of read events (write events) by the
     * functions below; NULL: nobody is any more.
     */
    void (*reading)(ngx_pdn_tcp_owner_t *owner, ngx_pdn_tcp_t *u);
    void (*writing)(ngx_pdn_tcp_owner_t *owner, ngx_pdn_tcp_t *u);

    /*
     * Sends what is to leave before the socket's bytes: NGX_OK, NGX_ERROR, or
     * NGX_AGAIN while some of it has not left.  NULL: there is nothing.
     */
    ngx_int_t (*clear)(ngx_pdn_tcp_owner_t *owner);

    /* sock:shutdown() has ended the direction to the client; or NULL. */
    void (*ended)(ngx_pdn_tcp_owner_t *owner);

    /* What ngx_pdn_tcp_lent_class() was given, or NULL. */
    const luaL_Reg *methods;
};


/*
 * Makes a class of lent sockets that have `methods` too; to be called for each
 * VM.  The list must live on: its address names the class.  [-0, +0, e]
 */
void ngx_pdn_tcp_lent_class(lua_State *L, const luaL_Reg *methods);


/*
 * Pushes a socket of the current host that reads, and writes too if it is
 * `writable`; it lives as long as its object.  [-0, +1, e]
 */
ngx_pdn_tcp_t *ngx_pdn_tcp_push_lent(lua_State *L, ngx_pdn_host_t *host,
                                     ngx_connection_t *c,
                                     ngx_pdn_tcp_owner_t *owner,
                                     ngx_uint_t writable);

/*
 * Takes what the socket has read of the connection and nobody has received;
 * the bytes live until the socket reads again.
 */
void ngx_pdn_tcp_lent_rest(ngx_pdn_tcp_t *u, ngx_str_t *rest);

/*
 * The connection's event has come, or its timer has run out.  The socket, its
 * host and the connection may be gone afterwards.
 */
void ngx_pdn_tcp_readable(ngx_pdn_tcp_t *u);
void ngx_pdn_tcp_writable(ngx_pdn_tcp_t *u);


#endif /* NGX_PDN_LENT_H */
