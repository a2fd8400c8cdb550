/*
 * SPDX-License-Identifier: MIT
 *
 * The module's state, which hangs on the cycle.
 */

#ifndef NGX_PANDAN_DB_MODULE_H
#define NGX_PANDAN_DB_MODULE_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_pdn_db_threads.h"


#define NGX_PDN_DB_SHARED_MAX 320 /* "/dev/shm/", a name, a zero */


typedef struct {
    ngx_queue_t pools;             /* ngx_pdn_db_pool_t, this worker's */
    ngx_queue_t tls;               /* settings of TLS, this worker's */
    ngx_pdn_db_threads_t *threads; /* this worker's; NULL: none needed yet */
    ngx_pdn_db_threads_conf_t threads_conf;
    ngx_msec_t brief_tick; /* when this began: */
    uint64_t brief_spent;  /* ns of SQLite on the event loop */
    int shared_fd;         /* holds the folder; -1: there is none */
    char shared[NGX_PDN_DB_SHARED_MAX];
    ngx_shm_zone_t *counters;
    struct ngx_pdn_db_call_s *spares; /* calls that ended, for the next ones */
    ngx_uint_t nspares;
    ngx_uint_t ncancels; /* of them cancel PostgreSQL's statements */
} ngx_pdn_db_conf_t;


extern ngx_module_t ngx_pandan_db_module;

ngx_pdn_db_conf_t *ngx_pdn_db_conf(void);

/* ngx_pdn_db_call.c, at the end of a worker */
void ngx_pdn_db_calls_release(ngx_pdn_db_conf_t *conf);


/* ngx_pdn_db_shared.c, in the master: the folder is there after _init. */
void ngx_pdn_db_shared_init(ngx_cycle_t *cycle, ngx_pdn_db_conf_t *conf);
void ngx_pdn_db_shared_remove(ngx_pdn_db_conf_t *conf);


#endif /* NGX_PANDAN_DB_MODULE_H */
