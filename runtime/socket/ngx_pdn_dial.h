/*
 * SPDX-License-Identifier: MIT
 *
 * Opening and closing connections of any kind of socket.
 */

#ifndef NGX_PDN_DIAL_H
#define NGX_PDN_DIAL_H


#include "ngx_pdn_engine.h"
#include "ngx_pdn_fault.h"
#include "ngx_pdn_resolve.h"


/* Is it "unix:...", in place of a host? */
ngx_uint_t ngx_pdn_is_path(const ngx_str_t *name);

/* The address of such a name; NULL, or why it is none. */
const char *ngx_pdn_path_addr(const ngx_str_t *name, ngx_pdn_addr_t *addr);

/*
 * Opens a socket of `type` (SOCK_STREAM, SOCK_DGRAM) for the host, from
 * `local` if its length is not 0, to `addr`.  NGX_OK connected, NGX_AGAIN
 * under way, both with `*c`; NGX_ERROR see `*fault`.
 */
ngx_int_t ngx_pdn_dial(ngx_pdn_host_t *host, int type, ngx_pdn_addr_t *addr,
                       ngx_pdn_addr_t *local, ngx_connection_t **c,
                       ngx_pdn_fault_t *fault);

/*
 * The same for a stream that belongs to no host: its log is `log`, and what
 * fails is the caller's to tell.
 */
ngx_int_t ngx_pdn_dial_plain(ngx_log_t *log, ngx_pdn_addr_t *addr,
                             ngx_connection_t **c, ngx_pdn_fault_t *fault);

/* The connection's log and how loud it is; also when it changes its host. */
void ngx_pdn_dial_log(ngx_pdn_host_t *host, ngx_connection_t *c);

/* Closes it, with a goodbye of TLS if that can be said without waiting. */
void ngx_pdn_hang_up(ngx_connection_t *c);


#endif /* NGX_PDN_DIAL_H */
