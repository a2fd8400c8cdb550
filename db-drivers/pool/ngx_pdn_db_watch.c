/*
 * SPDX-License-Identifier: MIT
 *
 * A client library's socket on nginx's event loop.
 */

#include <netinet/tcp.h>
#include <sys/stat.h>

#include "ngx_pdn_db_watch.h"


static ngx_int_t ngx_pdn_db_watch_new(ngx_pdn_db_watch_t *w, int fd);
static ngx_int_t ngx_pdn_db_set_event(ngx_event_t *ev, ngx_int_t event,
                                      ngx_uint_t on);
static void ngx_pdn_db_watch_handler(ngx_event_t *ev);


ngx_int_t
ngx_pdn_db_watch(ngx_pdn_db_watch_t *w, int fd, ngx_uint_t read,
                 ngx_uint_t write, ngx_uint_t changed)
{
    struct stat st;

    if (fd == -1) {
        return NGX_ERROR;
    }

    if (changed) {
        if (fstat(fd, &st) != 0) {
            return NGX_ERROR;
        }

        if (w->nc != NULL && (w->nc->fd != fd || w->inode != st.st_ino)) {
            ngx_pdn_db_unwatch(w);
        }

        w->inode = st.st_ino;
    }

    if (w->nc == NULL && ngx_pdn_db_watch_new(w, fd) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_pdn_db_set_event(w->nc->read, NGX_READ_EVENT, read) != NGX_OK
        || ngx_pdn_db_set_event(w->nc->write, NGX_WRITE_EVENT, write) != NGX_OK)
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
ngx_pdn_db_unwatch(ngx_pdn_db_watch_t *w)
{
    ngx_connection_t *nc = w->nc;

    if (nc == NULL) {
        return;
    }

    w->nc = NULL;

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


void
ngx_pdn_db_cork(int fd, int on)
{
    (void) setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}


static ngx_int_t
ngx_pdn_db_watch_new(ngx_pdn_db_watch_t *w, int fd)
{
    ngx_connection_t *nc;

    nc = ngx_get_connection(fd, ngx_cycle->log);
    if (nc == NULL) {
        return NGX_ERROR;
    }

    nc->data = w;
    nc->log = ngx_cycle->log;
    nc->read->handler = ngx_pdn_db_watch_handler;
    nc->read->log = nc->log;
    nc->write->handler = ngx_pdn_db_watch_handler;
    nc->write->log = nc->log;

    /* a worker that ends gracefully calls those that are idle */
    nc->idle = 1;

    w->nc = nc;

    return NGX_OK;
}


/* By level: a library does not always read until there is nothing left. */
static ngx_int_t
ngx_pdn_db_set_event(ngx_event_t *ev, ngx_int_t event, ngx_uint_t on)
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
ngx_pdn_db_watch_handler(ngx_event_t *ev)
{
    ngx_connection_t *nc = ev->data;
    ngx_pdn_db_watch_t *w = nc->data;

    if (nc->close && w->conn->idle) {
        ngx_pdn_db_lost(w->conn);
        return;
    }

    nc->close = 0;
    w->handler(w->conn);
}
