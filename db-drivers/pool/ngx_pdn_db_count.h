/*
 * SPDX-License-Identifier: MIT
 *
 * The counters of all pools of all workers, in shared memory: each has a row
 * that only its worker writes.  Rows of workers that are gone are added up, so
 * that nothing counted is ever less than before, not over a reload either.
 */

#ifndef NGX_PDN_DB_COUNT_H
#define NGX_PDN_DB_COUNT_H


#include "ngx_pdn_db.h"


#define NGX_PDN_DB_COUNTERS  512 /* rows */
#define NGX_PDN_DB_LABEL_MAX 160 /* bytes of a label */


/* In the master, when the configuration is read; NULL on failure. */
ngx_shm_zone_t *ngx_pdn_db_count_zone(ngx_conf_t *cf);

/* At the begin and the end of a worker: its rows, and those of dead ones. */
void ngx_pdn_db_count_sweep(void);

/* A row for this worker; NULL when all are taken or the label is too long. */
ngx_pdn_db_counters_t *ngx_pdn_db_count_take(ngx_str_t *label);

/* A copy of row `i`; NGX_DECLINED when it is free. */
ngx_int_t ngx_pdn_db_count_get(ngx_uint_t i, ngx_str_t *label,
                               ngx_pdn_db_counters_t *count);


#endif /* NGX_PDN_DB_COUNT_H */
