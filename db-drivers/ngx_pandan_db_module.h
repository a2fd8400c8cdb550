/*
 * SPDX-License-Identifier: MIT
 *
 * The module's state, which hangs on the cycle.
 */

#ifndef NGX_PANDAN_DB_MODULE_H
#define NGX_PANDAN_DB_MODULE_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_thread_pool.h>


typedef struct {
    ngx_queue_t pools;          /* ngx_pdn_db_pool_t, this worker's */
    ngx_thread_pool_t *threads; /* that block for us; a worker's */
    ngx_msec_t brief_tick;      /* when this began: */
    uint64_t brief_spent;       /* ns of SQLite on the event loop */
} ngx_pdn_db_conf_t;


ngx_pdn_db_conf_t *ngx_pdn_db_conf(void);


#endif /* NGX_PANDAN_DB_MODULE_H */
