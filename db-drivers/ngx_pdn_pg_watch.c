/*
 * SPDX-License-Identifier: MIT
 *
 * libpq's socket on nginx's event loop.  nginx never closes it; libpq may
 * close it and open another, even one of the same number, while it connects.
 */

#include <sys/stat.h>

#include "ngx_pandan_db_module.h"
#include "ngx_pdn_pg.h"


typedef struct {
    ngx_thread_task_t task;
    PGcancel *cancel;
    char error[256];
    int ok;
} ngx_pdn_pg_cancel_t;


static ngx_int_t ngx_pdn_pg_watch_new(ngx_pdn_pg_t *c, int fd);
static ngx_int_t ngx_pdn_pg_set_event(ngx_event_t *ev, ngx_int_t event,
                                      ngx_uint_t on);
static void ngx_pdn_pg_handler(ngx_event_t *ev);
static void ngx_pdn_pg_cancel_thread(void *data, ngx_log_t *log);
static void ngx_pdn_pg_cancel_done(ngx_event_t *ev);


ngx_int_t
ngx_pdn_pg_watch(ngx_pdn_pg_t *c, ngx_uint_t read, ngx_uint_t write,
                 ngx_uint_t changed)
{
    int fd;
    struct stat st;

    fd = PQsocket(c->pg);

    if (fd == -1) {
        return NGX_ERROR;
    }

    if (changed) {
        if (fstat(fd, &st) != 0) {
            return NGX_ERROR;
        }

        if (c->watch != NULL && (c->watch->fd != fd || c->inode != st.st_ino)) {
            ngx_pdn_pg_unwatch(c);
        }

        c->inode = st.st_ino;
    }

    if (c->watch == NULL && ngx_pdn_pg_watch_new(c, fd) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_pdn_pg_set_event(c->watch->read, NGX_READ_EVENT, read) != NGX_OK
        || ngx_pdn_pg_set_event(c->watch->write, NGX_WRITE_EVENT, write)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * The socket is closed now or soon, which takes it out of epoll; so nothing
 * is said to the kernel here.
 */
void
ngx_pdn_pg_unwatch(ngx_pdn_pg_t *c)
{
    ngx_connection_t *nc = c->watch;

    if (nc == NULL) {
        return;
    }

    c->watch = NULL;

    if (ngx_del_conn) {
        ngx_del_conn(nc, NGX_CLOSE_EVENT);

    } else {
        if (nc->read->active) {
            ngx_del_event(nc->read, NGX_READ_EVENT, NGX_CLOSE_EVENT);
        }

        if (nc->write->active) {
            ngx_del_event(nc->write, NGX_WRITE_EVENT, NGX_CLOSE_EVENT);
        }
    }

    if (nc->read->posted) {
        ngx_delete_posted_event(nc->read);
    }

    if (nc->write->posted) {
        ngx_delete_posted_event(nc->write);
    }

    nc->read->closed = 1;
    nc->write->closed = 1;

    ngx_free_connection(nc);
    nc->fd = (ngx_socket_t) -1;
}


/*
 * libpq 15 can only cancel by blocking calls: on a thread.  The connection is
 * not needed for it, and never used again: a late cancellation would hit the
 * next statement.
 */
void
ngx_pdn_pg_cancel(ngx_pdn_pg_t *c)
{
    ngx_pdn_pg_cancel_t *cancel;

    cancel = ngx_calloc(sizeof(ngx_pdn_pg_cancel_t), ngx_cycle->log);
    if (cancel == NULL) {
        return;
    }

    cancel->cancel = PQgetCancel(c->pg);
    cancel->task.ctx = cancel;
    cancel->task.handler = ngx_pdn_pg_cancel_thread;
    cancel->task.event.handler = ngx_pdn_pg_cancel_done;
    cancel->task.event.data = cancel;
    cancel->task.event.log = ngx_cycle->log;

    if (cancel->cancel == NULL
        || ngx_thread_task_post(ngx_pdn_db_conf()->threads, &cancel->task)
               != NGX_OK)
    {
        PQfreeCancel(cancel->cancel);
        ngx_free(cancel);
    }
}


static ngx_int_t
ngx_pdn_pg_watch_new(ngx_pdn_pg_t *c, int fd)
{
    ngx_connection_t *nc;

    nc = ngx_get_connection(fd, ngx_cycle->log);
    if (nc == NULL) {
        return NGX_ERROR;
    }

    nc->data = c;
    nc->log = ngx_cycle->log;
    nc->read->handler = ngx_pdn_pg_handler;
    nc->read->log = nc->log;
    nc->write->handler = ngx_pdn_pg_handler;
    nc->write->log = nc->log;

    /* a worker that ends gracefully calls those that are idle */
    nc->idle = 1;

    c->watch = nc;

    return NGX_OK;
}


/* By level: libpq does not always read until there is nothing left. */
static ngx_int_t
ngx_pdn_pg_set_event(ngx_event_t *ev, ngx_int_t event, ngx_uint_t on)
{
    if (on && !ev->active) {
        return ngx_add_event(ev, event, NGX_LEVEL_EVENT);
    }

    if (!on && ev->active) {
        return ngx_del_event(ev, event, 0);
    }

    return NGX_OK;
}


static void
ngx_pdn_pg_handler(ngx_event_t *ev)
{
    ngx_connection_t *nc = ev->data;
    ngx_pdn_pg_t *c = nc->data;

    if (nc->close && c->conn.idle) {
        ngx_pdn_db_lost(&c->conn);
        return;
    }

    nc->close = 0;

    if (c->state == NGX_PDN_PG_CONNECTING) {
        ngx_pdn_pg_connect_event(c);

    } else {
        ngx_pdn_pg_event(c);
    }
}


static void
ngx_pdn_pg_cancel_thread(void *data, ngx_log_t *log)
{
    ngx_pdn_pg_cancel_t *cancel = data;

    (void) log;

    cancel->ok = PQcancel(cancel->cancel, cancel->error, sizeof(cancel->error));
}


static void
ngx_pdn_pg_cancel_done(ngx_event_t *ev)
{
    ngx_pdn_pg_cancel_t *cancel = ev->data;

    if (!cancel->ok) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "cannot cancel a PostgreSQL statement: %s",
                      cancel->error);
    }

    PQfreeCancel(cancel->cancel);
    ngx_free(cancel);
}
