/*
 * SPDX-License-Identifier: MIT
 *
 * The system's way to addresses: c-ares with /etc/hosts and resolv.conf on
 * nginx's event loop, one channel in a worker, with a small cache.
 */

#ifndef NGX_PDN_ARES_H
#define NGX_PDN_ARES_H


#include "ngx_pdn_resolve.h"


/*
 * Looks rs->name up and ends with ngx_pdn_resolve_done(), at once or later;
 * until then `rs` is linked by rs->link and may be unlinked at any time.
 * The same name asked for twice is asked of the servers once.
 */
void ngx_pdn_ares_lookup(ngx_pdn_resolve_t *rs);


#endif /* NGX_PDN_ARES_H */
