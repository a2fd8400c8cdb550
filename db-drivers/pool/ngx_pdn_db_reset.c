/*
 * SPDX-License-Identifier: MIT
 *
 * An operation of the pool's own, which makes a connection clean that came
 * back with an open transaction or a changed session.
 */

#include "ngx_pdn_db_pool.h"


#define NGX_PDN_DB_RESET_TIMEOUT 5000
#define NGX_PDN_DB_RESET_MAX     512 /* its statements */


static pdn_db_request_t *ngx_pdn_db_reset_request(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_db_reset_done(ngx_pdn_db_op_t *op);


ngx_uint_t
ngx_pdn_db_reset(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_db_op_t *op = &conn->reset;

    ngx_memzero(op, sizeof(ngx_pdn_db_op_t));

    op->pool = conn->pool;
    op->done = ngx_pdn_db_reset_done;
    op->request = ngx_pdn_db_reset_request(conn);

    if (op->request == NULL) {
        conn->broken = 1;
        return 0;
    }

    op->conn = conn;
    op->leased = 1;
    conn->op = op;
    op->stage = NGX_PDN_DB_RUNNING;

    ngx_pdn_db_set_timer(op, NGX_PDN_DB_RESET_TIMEOUT);
    conn->pool->driver->run(conn, op);

    return 1;
}


static pdn_db_request_t *
ngx_pdn_db_reset_request(ngx_pdn_db_conn_t *conn)
{
    u_char *p;
    pdn_db_request_t *rq;
    u_char sql[NGX_PDN_DB_RESET_MAX];
    const ngx_pdn_db_driver_t *driver = conn->pool->driver;

    p = sql;

    if (driver->dirty(conn)) {
        p = ngx_cpymem(p, "ROLLBACK;", sizeof("ROLLBACK;") - 1);
    }

    if (conn->session != PDN_DB_SESSION_SAME) {
        conn->pool->count->resets++;
        p = ngx_slprintf(p, sql + sizeof(sql), "%s", driver->reset);
    }

    rq = pdn_db_request_create((char *) sql, p - sql, 0, 0);

    if (rq != NULL) {
        rq->script = 1;
    }

    return rq;
}


/*
 * Also by its deadline, when `conn` was left to the driver, which will give
 * it back broken.
 */
static void
ngx_pdn_db_reset_done(ngx_pdn_db_op_t *op)
{
    ngx_pdn_db_conn_t *conn = op->conn;

    ngx_pdn_db_op_release(op);

    if (conn == NULL) {
        return;
    }

    if (op->error.code != NULL || conn->pool->driver->dirty(conn)) {
        conn->broken = 1;
    }

    conn->session = PDN_DB_SESSION_SAME;
    ngx_pdn_db_conn_rest(conn);
}
