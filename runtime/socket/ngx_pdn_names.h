/*
 * SPDX-License-Identifier: MIT
 *
 * The system's way to addresses: /etc/hosts and the servers of resolv.conf,
 * with a small cache in each worker.
 */

#ifndef NGX_PDN_NAMES_H
#define NGX_PDN_NAMES_H


#include "ngx_pdn_resolve.h"


/*
 * Looks rs->name up and ends with ngx_pdn_resolve_done(), at once or later;
 * until then `rs` is linked by rs->link and may be unlinked at any time.
 * The same name asked for twice is asked of the servers once.
 */
void ngx_pdn_names_lookup(ngx_pdn_resolve_t *rs);


#endif /* NGX_PDN_NAMES_H */
