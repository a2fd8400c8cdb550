/*
 * SPDX-License-Identifier: MIT
 *
 * A client library's socket on nginx's event loop.  nginx never closes it;
 * the library may close it and open another, even one of the same number,
 * while it connects.
 */

#ifndef NGX_PDN_DB_WATCH_H
#define NGX_PDN_DB_WATCH_H


#include "ngx_pdn_db.h"


typedef struct {
    ngx_connection_t *nc; /* NULL: not watched */
    ino_t inode;          /* the socket's, to know it by */

    /* Set by the driver: what is called when something happens, for whom. */
    void (*handler)(ngx_pdn_db_conn_t *conn);
    ngx_pdn_db_conn_t *conn;
} ngx_pdn_db_watch_t;


/*
 * Watches the socket for what is asked; with `changed`, the library may have
 * replaced it.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_pdn_db_watch(ngx_pdn_db_watch_t *w, int fd, ngx_uint_t read,
                           ngx_uint_t write, ngx_uint_t changed);
void ngx_pdn_db_unwatch(ngx_pdn_db_watch_t *w);

/*
 * Holds back what is sent, until packets are full or it is off again.  Of a
 * unix socket it fails, which does no harm.
 */
void ngx_pdn_db_cork(int fd, int on);


#endif /* NGX_PDN_DB_WATCH_H */
