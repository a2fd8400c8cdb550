/*
 * SPDX-License-Identifier: MIT
 *
 * Counters in shared memory.  Rows are given and taken under the zone's lock;
 * numbers are written and read without one.
 */

#include "ngx_pandan_db_module.h"
#include "ngx_pdn_db_count.h"


#define NGX_PDN_DB_COUNT_PAST 1 /* a pid that no worker has */


typedef struct {
    ngx_pid_t pid; /* 0: free */
    u_char len;
    u_char label[NGX_PDN_DB_LABEL_MAX];
    ngx_pdn_db_counters_t count;
} ngx_pdn_db_row_t;


static ngx_int_t ngx_pdn_db_count_init(ngx_shm_zone_t *zone, void *data);
static ngx_slab_pool_t *ngx_pdn_db_count_slab(void);
static void ngx_pdn_db_count_retire(ngx_pdn_db_row_t *rows, ngx_uint_t i);
static void ngx_pdn_db_count_add(ngx_pdn_db_counters_t *to,
                                 ngx_pdn_db_counters_t *from);


ngx_shm_zone_t *
ngx_pdn_db_count_zone(ngx_conf_t *cf)
{
    size_t size;
    ngx_shm_zone_t *zone;

    static ngx_str_t name = ngx_string("pandan_db");

    /* the slab allocator wants a page for itself, and some more */
    size = ngx_align(NGX_PDN_DB_COUNTERS * sizeof(ngx_pdn_db_row_t),
                     ngx_pagesize)
           + 8 * ngx_pagesize;

    zone = ngx_shared_memory_add(cf, &name, size, &ngx_pandan_db_module);

    if (zone != NULL) {
        zone->init = ngx_pdn_db_count_init;
    }

    return zone;
}


static ngx_int_t
ngx_pdn_db_count_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t *slab = (ngx_slab_pool_t *) zone->shm.addr;

    /* the rows of the cycle before */
    if (data != NULL || zone->shm.exists) {
        zone->data = slab->data;
        return NGX_OK;
    }

    slab->data = ngx_slab_calloc(slab, NGX_PDN_DB_COUNTERS
                                           * sizeof(ngx_pdn_db_row_t));
    zone->data = slab->data;

    return slab->data ? NGX_OK : NGX_ERROR;
}


void
ngx_pdn_db_count_sweep(void)
{
    ngx_uint_t i;
    ngx_pdn_db_row_t *rows;
    ngx_slab_pool_t *slab = ngx_pdn_db_count_slab();

    rows = slab->data;
    ngx_shmtx_lock(&slab->mutex);

    for (i = 0; i < NGX_PDN_DB_COUNTERS; i++) {
        if (rows[i].pid > NGX_PDN_DB_COUNT_PAST
            && (rows[i].pid == ngx_pid
                || (kill(rows[i].pid, 0) == -1 && ngx_errno == ESRCH)))
        {
            ngx_pdn_db_count_retire(rows, i);
        }
    }

    ngx_shmtx_unlock(&slab->mutex);
}


ngx_pdn_db_counters_t *
ngx_pdn_db_count_take(ngx_str_t *label)
{
    ngx_uint_t i;
    ngx_pdn_db_row_t *rows, *row;
    ngx_slab_pool_t *slab = ngx_pdn_db_count_slab();

    if (label->len == 0 || label->len > NGX_PDN_DB_LABEL_MAX) {
        return NULL;
    }

    rows = slab->data;
    row = NULL;
    ngx_shmtx_lock(&slab->mutex);

    for (i = 0; i < NGX_PDN_DB_COUNTERS; i++) {
        if (rows[i].pid == 0) {
            row = &rows[i];
            ngx_memzero(row, sizeof(ngx_pdn_db_row_t));
            ngx_memcpy(row->label, label->data, label->len);
            row->len = label->len;
            row->pid = ngx_pid;
            break;
        }
    }

    ngx_shmtx_unlock(&slab->mutex);

    return row ? &row->count : NULL;
}


ngx_int_t
ngx_pdn_db_count_get(ngx_uint_t i, ngx_str_t *label,
                     ngx_pdn_db_counters_t *count)
{
    ngx_pdn_db_row_t *rows = ngx_pdn_db_count_slab()->data;

    if (rows[i].pid == 0) {
        return NGX_DECLINED;
    }

    label->data = rows[i].label;
    label->len = rows[i].len;
    *count = rows[i].count;

    return NGX_OK;
}


static ngx_slab_pool_t *
ngx_pdn_db_count_slab(void)
{
    return (ngx_slab_pool_t *) ngx_pdn_db_conf()->counters->shm.addr;
}


/* Its worker is gone: what it counted stays, what it had does not. */
static void
ngx_pdn_db_count_retire(ngx_pdn_db_row_t *rows, ngx_uint_t i)
{
    ngx_uint_t j;
    ngx_pdn_db_row_t *row = &rows[i];

    row->count.idle = 0;
    row->count.lent = 0;
    row->count.waiting = 0;
    row->count.limit = 0;

    for (j = 0; j < NGX_PDN_DB_COUNTERS; j++) {
        if (rows[j].pid == NGX_PDN_DB_COUNT_PAST && rows[j].len == row->len
            && ngx_memcmp(rows[j].label, row->label, row->len) == 0)
        {
            ngx_pdn_db_count_add(&rows[j].count, &row->count);
            row->pid = 0;
            return;
        }
    }

    row->pid = NGX_PDN_DB_COUNT_PAST;
}


/* They are nothing but numbers of one size. */
static void
ngx_pdn_db_count_add(ngx_pdn_db_counters_t *to, ngx_pdn_db_counters_t *from)
{
    ngx_uint_t i, *sum, *more;

    sum = (ngx_uint_t *) to;
    more = (ngx_uint_t *) from;

    for (i = 0; i < sizeof(ngx_pdn_db_counters_t) / sizeof(ngx_uint_t); i++) {
        sum[i] += more[i];
    }
}
