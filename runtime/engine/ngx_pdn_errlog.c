/*
 * SPDX-License-Identifier: MIT
 *
 * The ring of captured lines, and what else `ngx.errlog` asks of logs.  A log
 * of nginx is a chain, of which each link may have a writer of its own: ours
 * stands behind the first of every chain and keeps what it is handed.
 *
 *   ┌──────┬─────┬───────┬───────────┬──────┬─────┬───────┬───
 *   │ time │ len │ level │ the line  │ time │ len │ level │ ...
 *   └──────┴─────┴───────┴───────────┴──────┴─────┴───────┴───
 *   first                                                  first + used
 *
 * What does not fit pushes out the oldest.
 */

#include "ngx_pdn_errlog.h"
#include "ngx_pdn_parts.h"


typedef struct {
    double time; /* seconds since the epoch */
    uint32_t len;
    uint32_t level;
} ngx_pdn_errlog_line_t;


struct ngx_pdn_errlog_s {
    u_char *data;
    u_char *line; /* the one being read, in one piece */
    size_t size;
    size_t first;
    size_t used;
    ngx_atomic_t lock; /* threads log too */
    ngx_uint_t level;  /* keep these and what is worse */
};


/* For Lua's FFI. */

typedef struct {
    double time;
    const u_char *data;
    intptr_t len;
    intptr_t level;
} ngx_pdn_errlog_entry_t;

ngx_int_t ngx_pdn_ffi_errlog_next(ngx_pdn_errlog_entry_t *entry);
ngx_int_t ngx_pdn_ffi_errlog_filter(ngx_uint_t level);
ngx_int_t ngx_pdn_ffi_errlog_level(void);
ngx_int_t ngx_pdn_ffi_errlog_write(ngx_uint_t level, const u_char *data,
                                   size_t len);


static void ngx_pdn_errlog_capture(ngx_log_t *log, ngx_uint_t level,
                                   u_char *buf, size_t len);
static void ngx_pdn_errlog_put(ngx_pdn_errlog_t *ring, const void *data,
                               size_t len);
static void ngx_pdn_errlog_take(ngx_pdn_errlog_t *ring, void *data, size_t len);
static ngx_log_t *ngx_pdn_errlog_current(void);


ngx_int_t
ngx_pdn_errlog_create(ngx_conf_t *cf, size_t size)
{
    ngx_pdn_conf_t *conf;
    ngx_pdn_errlog_t *ring;

    conf = ngx_pdn_conf(cf->cycle);

    ring = ngx_pcalloc(cf->pool, sizeof(ngx_pdn_errlog_t));
    if (ring == NULL) {
        return NGX_ERROR;
    }

    ring->data = ngx_palloc(cf->pool, size);
    ring->line = ngx_palloc(cf->pool, size);
    ring->size = size;
    ring->level = NGX_LOG_DEBUG;

    if (ring->data == NULL || ring->line == NULL) {
        return NGX_ERROR;
    }

    conf->errlog = ring;

    return NGX_OK;
}


ngx_int_t
ngx_pdn_errlog_add(ngx_pdn_conf_t *conf, ngx_log_t *log)
{
    ngx_uint_t i;
    ngx_log_t **slot;

    slot = conf->logs.elts;

    for (i = 0; i < conf->logs.nelts; i++) {
        if (slot[i] == log) {
            return NGX_OK;
        }
    }

    slot = ngx_array_push(&conf->logs);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = log;

    return NGX_OK;
}


ngx_int_t
ngx_pdn_errlog_install(ngx_cycle_t *cycle, ngx_pdn_conf_t *conf)
{
    ngx_uint_t i;
    ngx_log_t *link, **log;

    if (conf->errlog == NULL) {
        return NGX_OK;
    }

    if (ngx_pdn_errlog_add(conf, cycle->log) != NGX_OK) {
        return NGX_ERROR;
    }

    log = conf->logs.elts;

    for (i = 0; i < conf->logs.nelts; i++) {
        link = ngx_pcalloc(cycle->pool, sizeof(ngx_log_t));
        if (link == NULL) {
            return NGX_ERROR;
        }

        /* A chain goes from the most talkative to the least. */

        link->log_level = log[i]->log_level;
        link->writer = ngx_pdn_errlog_capture;
        link->wdata = conf->errlog;
        link->next = log[i]->next;
        log[i]->next = link;
    }

    return NGX_OK;
}


static void
ngx_pdn_errlog_capture(ngx_log_t *log, ngx_uint_t level, u_char *buf,
                       size_t len)
{
    ngx_time_t *tp;
    ngx_pdn_errlog_t *ring = log->wdata;
    ngx_pdn_errlog_line_t line;

    if (level > ring->level) {
        return;
    }

    while (len > 0 && buf[len - 1] == LF) {
        len--;
    }

    if (sizeof(ngx_pdn_errlog_line_t) + len > ring->size) {
        return;
    }

    ngx_spinlock(&ring->lock, 1, 1024);

    while (ring->size - ring->used < sizeof(ngx_pdn_errlog_line_t) + len) {
        ngx_pdn_errlog_take(ring, &line, sizeof(ngx_pdn_errlog_line_t));
        ngx_pdn_errlog_take(ring, NULL, line.len);
    }

    tp = ngx_timeofday();

    line.time = (double) tp->sec + (double) tp->msec / 1000;
    line.len = (uint32_t) len;
    line.level = (uint32_t) level;

    ngx_pdn_errlog_put(ring, &line, sizeof(ngx_pdn_errlog_line_t));
    ngx_pdn_errlog_put(ring, buf, len);

    ngx_unlock(&ring->lock);
}


static void
ngx_pdn_errlog_put(ngx_pdn_errlog_t *ring, const void *data, size_t len)
{
    size_t at, part;

    at = (ring->first + ring->used) % ring->size;
    part = ngx_min(len, ring->size - at);

    ngx_memcpy(ring->data + at, data, part);
    ngx_memcpy(ring->data, (const u_char *) data + part, len - part);

    ring->used += len;
}


/* To nowhere when `data` is NULL. */
static void
ngx_pdn_errlog_take(ngx_pdn_errlog_t *ring, void *data, size_t len)
{
    size_t part;

    part = ngx_min(len, ring->size - ring->first);

    if (data != NULL) {
        ngx_memcpy(data, ring->data + ring->first, part);
        ngx_memcpy((u_char *) data + part, ring->data, len - part);
    }

    ring->first = (ring->first + len) % ring->size;
    ring->used -= len;
}


/*
 * Takes the oldest line out.  NGX_DECLINED: there is none; NGX_ERROR: nothing
 * is captured; NGX_PDN_NO_REQUEST on another thread.  The bytes stay until the
 * next call.
 */
ngx_int_t
ngx_pdn_ffi_errlog_next(ngx_pdn_errlog_entry_t *entry)
{
    ngx_pdn_errlog_t *ring;
    ngx_pdn_errlog_line_t line;

    ring = ngx_pdn_conf((ngx_cycle_t *) ngx_cycle)->errlog;

    if (ring == NULL) {
        return NGX_ERROR;
    }

    if (ngx_pdn_task == NULL) {
        return NGX_PDN_NO_REQUEST;
    }

    ngx_spinlock(&ring->lock, 1, 1024);

    if (ring->used == 0) {
        ngx_unlock(&ring->lock);
        return NGX_DECLINED;
    }

    ngx_pdn_errlog_take(ring, &line, sizeof(ngx_pdn_errlog_line_t));
    ngx_pdn_errlog_take(ring, ring->line, line.len);

    ngx_unlock(&ring->lock);

    entry->time = line.time;
    entry->data = ring->line;
    entry->len = (intptr_t) line.len;
    entry->level = (intptr_t) line.level;

    return NGX_OK;
}


/* NGX_DECLINED: no such level; NGX_ERROR: nothing is captured. */
ngx_int_t
ngx_pdn_ffi_errlog_filter(ngx_uint_t level)
{
    ngx_pdn_errlog_t *ring;

    ring = ngx_pdn_conf((ngx_cycle_t *) ngx_cycle)->errlog;

    if (ring == NULL) {
        return NGX_ERROR;
    }

    if (level > NGX_LOG_DEBUG) {
        return NGX_DECLINED;
    }

    ring->level = level;

    return NGX_OK;
}


/* How much nginx itself is told to log here. */
ngx_int_t
ngx_pdn_ffi_errlog_level(void)
{
    return (ngx_int_t) ngx_pdn_errlog_current()->log_level;
}


/* A line without a place in front of it.  NGX_DECLINED: no such level. */
ngx_int_t
ngx_pdn_ffi_errlog_write(ngx_uint_t level, const u_char *data, size_t len)
{
    if (level > NGX_LOG_DEBUG) {
        return NGX_DECLINED;
    }

    ngx_log_error(level, ngx_pdn_errlog_current(), 0, "%*s", len, data);

    return NGX_OK;
}


static ngx_log_t *
ngx_pdn_errlog_current(void)
{
    return ngx_pdn_task ? ngx_pdn_task->host->log : ngx_cycle->log;
}
