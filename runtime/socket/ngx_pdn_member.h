/*
 * SPDX-License-Identifier: MIT
 *
 * What lives no longer than a host: sockets above all.  One cleanup of the
 * host's pool ends all of its members, wherever Lua may still keep them.
 */

#ifndef NGX_PDN_MEMBER_H
#define NGX_PDN_MEMBER_H


#include "ngx_pdn_engine.h"


typedef struct ngx_pdn_member_s ngx_pdn_member_t;

typedef void (*ngx_pdn_member_pt)(ngx_pdn_member_t *member);

/* Embedded in what belongs to the host. */

struct ngx_pdn_member_s {
    ngx_queue_t link;
    ngx_pdn_member_pt ended;
};


/*
 * `ended` will be called when the host ends; the member has left it then.
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_pdn_member_join(ngx_pdn_member_t *member, ngx_pdn_host_t *host,
                              ngx_pdn_member_pt ended);

/* To be called by a member that ends before its host. */
void ngx_pdn_member_leave(ngx_pdn_member_t *member);


#endif /* NGX_PDN_MEMBER_H */
