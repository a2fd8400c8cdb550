/*
 * SPDX-License-Identifier: MIT
 *
 * Ends what a connection to MySQL runs: the server does not see by itself
 * that nobody waits any longer.  Where more statements lie in its buffer, the
 * connection goes with them.
 */

#include "ngx_pandan_db_module.h"
#include "ngx_pdn_mysql.h"


struct ngx_pdn_mysql_cancel_s {
    ngx_thread_task_t task;
    ngx_pdn_mysql_t *c; /* NULL: it was closed meanwhile */
    MYSQL *mysql;
    ngx_pdn_db_pool_t *pool;
    char address[NGX_SOCKADDR_STRLEN + 1]; /* "": not looked up */
    unsigned long id;
    unsigned behind : 1; /* other statements were sent */
    int ok;
};


static void ngx_pdn_mysql_cancel_thread(void *data, ngx_log_t *log);
static void ngx_pdn_mysql_cancel_done(ngx_event_t *ev);


void
ngx_pdn_mysql_cancel(ngx_pdn_mysql_t *c)
{
    ngx_pdn_mysql_cancel_t *cancel;

    cancel = ngx_calloc(sizeof(ngx_pdn_mysql_cancel_t), ngx_cycle->log);
    if (cancel == NULL) {
        return;
    }

    if (c->resolve.naddrs) {
        ngx_cpystrn((u_char *) cancel->address,
                    (u_char *) ngx_pdn_mysql_host(c), sizeof(cancel->address));
    }

    cancel->c = c;
    cancel->pool = c->conn.pool;
    cancel->id = mysql_thread_id(c->mysql);
    cancel->behind = c->behind > 0;
    cancel->mysql = ngx_pdn_mysql_init(c->conn.pool);
    cancel->task.ctx = cancel;
    cancel->task.handler = ngx_pdn_mysql_cancel_thread;
    cancel->task.event.handler = ngx_pdn_mysql_cancel_done;
    cancel->task.event.data = cancel;
    cancel->task.event.log = ngx_cycle->log;

    if (cancel->mysql == NULL
        || ngx_pdn_db_threads_post(&cancel->task) != NGX_OK) {
        mysql_close(cancel->mysql);
        ngx_free(cancel);
        return;
    }

    c->cancel = cancel;
}


void
ngx_pdn_mysql_cancel_detach(ngx_pdn_mysql_t *c)
{
    if (c->cancel != NULL) {
        c->cancel->c = NULL;
        c->cancel = NULL;
    }
}


static void
ngx_pdn_mysql_cancel_thread(void *data, ngx_log_t *log)
{
    char sql[64];
    unsigned seconds;
    const char *host;
    ngx_pdn_mysql_cancel_t *cancel = data;
    ngx_pdn_db_pool_t *pool = cancel->pool;

    (void) log;

    host = cancel->address[0] ? cancel->address
                              : ngx_pdn_db_pool_get(pool, "host");

    seconds = pool->options.connect_timeout / 1000 + 1;
    mysql_options(cancel->mysql, MYSQL_OPT_READ_TIMEOUT, &seconds);

    snprintf(sql, sizeof(sql), "KILL %s %lu",
             cancel->behind ? "CONNECTION" : "QUERY", cancel->id);

    cancel->ok = mysql_real_connect(cancel->mysql, host,
                                    ngx_pdn_db_pool_get(pool, "user"),
                                    ngx_pdn_db_pool_get(pool, "password"), NULL,
                                    ngx_pdn_mysql_port(pool),
                                    ngx_pdn_db_pool_get(pool, "socket"), 0)
                     != NULL
                 && (mysql_query(cancel->mysql, sql) == 0
                     || mysql_errno(cancel->mysql) == 1094);

    mysql_thread_end();
}


static void
ngx_pdn_mysql_cancel_done(ngx_event_t *ev)
{
    ngx_pdn_mysql_cancel_t *cancel = ev->data;
    ngx_pdn_mysql_t *c = cancel->c;

    if (!cancel->ok) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "cannot cancel a MySQL statement: %s",
                      mysql_error(cancel->mysql));
    }

    mysql_close(cancel->mysql);
    ngx_free(cancel);

    if (c != NULL) {
        c->cancel = NULL;
        ngx_pdn_mysql_cancel_over(c);
    }
}
