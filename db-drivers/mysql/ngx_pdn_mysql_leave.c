/*
 * SPDX-License-Identifier: MIT
 *
 * What a connection to MySQL does for nobody: how it is brought to an end, and
 * whether it lives on.
 */

#include "ngx_pdn_mysql.h"


/* An abandoned statement: ms to end by itself, then when it was told to. */
#define NGX_PDN_MYSQL_GRACE        500
#define NGX_PDN_MYSQL_CANCEL_GRACE 1000

/* A call that was told to end may still try some things. */
#define NGX_PDN_MYSQL_UNWIND_MAX 64


static void ngx_pdn_mysql_grace_over(ngx_event_t *ev);


/*
 * Most statements end within the grace; others the server is asked to end.
 * In both cases the connection lives on.
 */
void
ngx_pdn_mysql_abandon(ngx_pdn_db_conn_t *conn, ngx_uint_t late)
{
    ngx_pdn_mysql_t *c = (ngx_pdn_mysql_t *) conn;

    conn->op = NULL;

    /* the thread has a timeout of its own */
    if (c->threaded) {
        return;
    }

    c->grace.handler = ngx_pdn_mysql_grace_over;
    c->grace.data = c;
    c->grace.log = ngx_cycle->log;

    if (late) {
        ngx_pdn_mysql_grace_over(&c->grace);
        return;
    }

    ngx_add_timer(&c->grace, c->state == NGX_PDN_MYSQL_CONNECTING
                                 ? conn->pool->options.connect_timeout
                                 : NGX_PDN_MYSQL_GRACE);

    /* the rest must be read, or its end is never found */
    if (c->paused) {
        c->paused = 0;
        ngx_pdn_mysql_go(c, NGX_PDN_MYSQL_FETCH);
    }
}


/*
 * The connection is not used again.  A suspended call holds memory on a stack
 * of its own: it is told that its time is over, and gives that back on its
 * way out, for which it needs the request and the statement.
 */
void
ngx_pdn_mysql_unwind(ngx_pdn_mysql_t *c)
{
    int fd;
    ngx_uint_t i;

    fd = mysql_get_socket(c->mysql);

    if (fd != -1) {
        shutdown(fd, SHUT_RDWR);
    }

    c->conn.broken = 1;

    for (i = 0; c->waits && i < NGX_PDN_MYSQL_UNWIND_MAX; i++) {
        c->waits = MYSQL_WAIT_TIMEOUT;
        c->waits = c->call->cont(c);
    }
}


/*
 * What asks the server to end the statement may come too late and hit the
 * next one: that is a ping of our own.
 */
void
ngx_pdn_mysql_end_abandoned(ngx_pdn_mysql_t *c)
{
    if (!c->conn.broken && c->cancel != NULL) {
        c->ended = 1;
        return;
    }

    if (!c->conn.broken && c->cancelled) {
        c->cancelled = 0;
        c->state = NGX_PDN_MYSQL_BUSY;
        ngx_pdn_mysql_go(c, NGX_PDN_MYSQL_PING);
        return;
    }

    ngx_pdn_mysql_clear(c);
    ngx_pdn_db_give_back(&c->conn);
}


void
ngx_pdn_mysql_cancel_over(ngx_pdn_mysql_t *c)
{
    if (c->ended) {
        c->ended = 0;
        ngx_pdn_mysql_end_abandoned(c);
    }
}


static void
ngx_pdn_mysql_grace_over(ngx_event_t *ev)
{
    ngx_pdn_mysql_t *c = ev->data;

    if (c->state == NGX_PDN_MYSQL_BUSY && !c->cancelled && !c->ended) {
        c->cancelled = 1;
        ngx_pdn_mysql_cancel(c);
        ngx_add_timer(ev, NGX_PDN_MYSQL_CANCEL_GRACE);
        return;
    }

    c->conn.broken = 1;

    if (c->mysql != NULL) {
        ngx_pdn_mysql_unwind(c);
    }

    ngx_pdn_mysql_end(c);
}
