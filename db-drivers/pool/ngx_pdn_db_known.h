/*
 * SPDX-License-Identifier: MIT
 *
 * What a pool knows of the statements that it runs again and again: what their
 * words tell, so that these are looked at once, and how long they take.
 */

#ifndef NGX_PDN_DB_KNOWN_H
#define NGX_PDN_DB_KNOWN_H


#include "ngx_pdn_db.h"


#define NGX_PDN_DB_UNKNOWN UINT32_MAX /* microseconds: it never ended */


struct ngx_pdn_db_known_s {
    ngx_str_t sql;
    uint32_t hash;
    uint32_t us; /* that it takes, network and all */
    unsigned placeholders;
    pdn_db_session_e session;
    unsigned shares : 1; /* a connection, with others */
};


/*
 * Finds out about the statement of an operation, for ngx_pdn_db_known(): it is
 * noted if it was not known, and may take the place of another one.
 */
void ngx_pdn_db_know(ngx_pdn_db_op_t *op, const char *sql, size_t len);

/* NULL: nothing is known, or no longer. */
ngx_pdn_db_known_t *ngx_pdn_db_known(const ngx_pdn_db_op_t *op);

/* The operation has taken so long, as one of `n`. */
void ngx_pdn_db_known_took(ngx_pdn_db_op_t *op, ngx_msec_t ms, ngx_uint_t n);

void ngx_pdn_db_known_release(ngx_pdn_db_pool_t *pool);


#endif /* NGX_PDN_DB_KNOWN_H */
