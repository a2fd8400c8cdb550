/*
 * SPDX-License-Identifier: MIT
 *
 * What a pool knows of the statements that it runs again and again: whether
 * they may share a connection with others, and how long they take.
 */

#ifndef NGX_PDN_DB_KNOWN_H
#define NGX_PDN_DB_KNOWN_H


#include "ngx_pdn_db.h"


#define NGX_PDN_DB_UNKNOWN UINT32_MAX /* microseconds: it never ended */


struct ngx_pdn_db_known_s {
    ngx_str_t sql;
    uint32_t hash;
    uint32_t us;         /* that it takes, network and all */
    unsigned shares : 1; /* its words allow it */
};


/*
 * Of the statement of a request; it is noted now if it was not known, and may
 * take the place of another one.  NULL without memory.
 */
ngx_pdn_db_known_t *ngx_pdn_db_known(ngx_pdn_db_pool_t *pool,
                                     const pdn_db_request_t *rq);

/*
 * The statement that op->known was made for has ended after so long, as one
 * of `n`.
 */
void ngx_pdn_db_known_took(ngx_pdn_db_op_t *op, ngx_msec_t ms, ngx_uint_t n);

void ngx_pdn_db_known_release(ngx_pdn_db_pool_t *pool);


#endif /* NGX_PDN_DB_KNOWN_H */
