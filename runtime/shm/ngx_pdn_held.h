/*
 * SPDX-License-Identifier: MIT
 *
 * Which leases the hosts of this process hold: a request that ends, for
 * whatever reason, gives back what it took.
 */

#ifndef NGX_PDN_HELD_H
#define NGX_PDN_HELD_H


#include "ngx_pdn_shm.h"


/* The host whose Lua runs now, or NULL. */
ngx_pdn_host_t *ngx_pdn_held_host(void);

/*
 * `host` (NULL: nobody) holds the lease from now on.  Without memory the
 * lease has been given back: NGX_ERROR.
 */
ngx_int_t ngx_pdn_held_add(ngx_pdn_host_t *host, ngx_pdn_shm_t *dict,
                           const u_char *key, size_t len, uint64_t id);

/* It has been given back. */
void ngx_pdn_held_forget(ngx_pdn_shm_t *dict, uint64_t id);


#endif /* NGX_PDN_HELD_H */
