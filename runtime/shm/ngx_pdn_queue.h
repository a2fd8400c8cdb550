/*
 * SPDX-License-Identifier: MIT
 *
 * Queues of bytes, of a fixed size, that all workers put into and take out
 * of, first in, first out.
 */

#ifndef NGX_PDN_QUEUE_H
#define NGX_PDN_QUEUE_H


#include "ngx_pdn_sync.h"


/* Known to Lua's FFI. */

typedef struct {
    const u_char *data;
    size_t len;
    uint32_t flags; /* the user's */
} ngx_pdn_queue_value_t;


/* NGX_OK; NGX_AGAIN: it holds `max` or more; NGX_ERROR: no memory. */
int ngx_pdn_queue_push(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                       size_t max, const ngx_pdn_queue_value_t *v);

/*
 * NGX_OK: what v->data points to lies in memory of the process until the next
 * call with the same dictionary; NGX_AGAIN: it is empty; NGX_ERROR: no memory.
 */
int ngx_pdn_queue_pop(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                      ngx_pdn_queue_value_t *v);

double ngx_pdn_queue_count(ngx_pdn_shm_t *dict, const u_char *key, size_t len);


#endif /* NGX_PDN_QUEUE_H */
