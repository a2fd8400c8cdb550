/*
 * SPDX-License-Identifier: MIT
 *
 * Redis as a driver of the pool, and its shared wire.
 */

#include "ngx_pdn_redis.h"
#include "ngx_pdn_shared.h"


typedef struct {
    ngx_pdn_wire_ask_t ask; /* first: a block of the heap */
    ngx_pdn_redis_conn_t *c;
} ngx_pdn_redis_check_t;


static void ngx_pdn_redis_begin(ngx_pdn_wire_t *wire);
static ngx_int_t ngx_pdn_redis_frame(ngx_pdn_wire_t *wire, u_char *data,
                                     size_t len, size_t *size,
                                     ngx_pdn_wire_frame_e *kind,
                                     const char **err);
static void ngx_pdn_redis_open(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static void ngx_pdn_redis_ready(ngx_pdn_wire_t *wire);
static void ngx_pdn_redis_gone(ngx_pdn_wire_t *wire);
static void ngx_pdn_redis_run(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static void ngx_pdn_redis_check(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
static void ngx_pdn_redis_checked(ngx_pdn_wire_ask_t *ask);
static void ngx_pdn_redis_abandon(ngx_pdn_db_conn_t *conn, ngx_uint_t late);
static ngx_uint_t ngx_pdn_redis_dirty(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_redis_close(ngx_pdn_db_conn_t *conn);
static void ngx_pdn_redis_free_result(void *result);


const ngx_pdn_wire_protocol_t ngx_pdn_redis_protocol = {
    .name = "Redis",
    .port = 6379,
    .begin = ngx_pdn_redis_begin,
    .frame = ngx_pdn_redis_frame,
    .greet = ngx_pdn_redis_greet
};


const ngx_pdn_db_driver_t ngx_pdn_redis_driver = {
    .name = "redis",
    .conn_size = sizeof(ngx_pdn_redis_conn_t),
    .open = ngx_pdn_redis_open,
    .run = ngx_pdn_redis_run,
    .check = ngx_pdn_redis_check,
    .abandon = ngx_pdn_redis_abandon,
    .dirty = ngx_pdn_redis_dirty,
    .close = ngx_pdn_redis_close,
    .free_result = ngx_pdn_redis_free_result,
    .drain = ngx_pdn_shared_drain
};


ngx_pdn_wire_t *
ngx_pdn_redis_wire(ngx_pdn_db_pool_t *pool)
{
    return ngx_pdn_wire_create(&ngx_pdn_redis_protocol, pool,
                               sizeof(pdn_resp_scan_t));
}


ngx_int_t
ngx_pdn_redis_put(ngx_pdn_bytes_t *out, const char **words)
{
    size_t n, size;

    size = NGX_INT_T_LEN + 4;

    for (n = 0; words[n]; n++) {
        size += ngx_strlen(words[n]) + NGX_INT_T_LEN + 8;
    }

    if (ngx_pdn_bytes_reserve(out, size) != NGX_OK) {
        return NGX_ERROR;
    }

    out->last = ngx_sprintf(out->last, "*%uz\r\n", n);

    for (n = 0; words[n]; n++) {
        out->last = ngx_sprintf(out->last, "$%uz\r\n%s\r\n",
                                ngx_strlen(words[n]), words[n]);
    }

    return NGX_OK;
}


static void
ngx_pdn_redis_begin(ngx_pdn_wire_t *wire)
{
    pdn_resp_scan_init(wire->scan);
}


static ngx_int_t
ngx_pdn_redis_frame(ngx_pdn_wire_t *wire, u_char *data, size_t len,
                    size_t *size, ngx_pdn_wire_frame_e *kind, const char **err)
{
    pdn_resp_scan_t *scan = wire->scan;

    switch (pdn_resp_scan(scan, (const char *) data, len)) {

    case PDN_RESP_OK:
        *size = scan->pos;
        *kind = scan->type == '>' ? NGX_PDN_WIRE_MESSAGE : NGX_PDN_WIRE_REPLY;
        return NGX_OK;

    case PDN_RESP_AGAIN:
        *size = scan->want;
        return NGX_AGAIN;

    default:
        *err = scan->err;
        return NGX_ERROR;
    }
}


static void
ngx_pdn_redis_open(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_redis_conn_t *c = (ngx_pdn_redis_conn_t *) conn;

    c->wire = ngx_pdn_redis_wire(conn->pool);

    if (c->wire == NULL) {
        conn->broken = 1;
        pdn_db_fail(&op->error, "error", "no memory");
        ngx_pdn_db_finish(op);
        return;
    }

    c->wire->data = c;
    c->wire->ready = ngx_pdn_redis_ready;
    c->wire->gone = ngx_pdn_redis_gone;
    ngx_pdn_wire_open(c->wire, op->host);
}


static void
ngx_pdn_redis_ready(ngx_pdn_wire_t *wire)
{
    ngx_pdn_redis_conn_t *c = wire->data;

    if (c->conn.op != NULL) {
        ngx_pdn_db_finish(c->conn.op);
    }
}


/* While it is opened or checked, that has failed; else it may be idle. */
static void
ngx_pdn_redis_gone(ngx_pdn_wire_t *wire)
{
    ngx_pdn_redis_conn_t *c = wire->data;
    ngx_pdn_db_op_t *op = c->conn.op;

    if (op != NULL && op->stage != NGX_PDN_DB_DONE) {
        c->conn.broken = 1;
        op->error = wire->error;
        ngx_pdn_db_finish(op);
        return;
    }

    ngx_pdn_db_lost(&c->conn);
}


/* Nothing to run: the connection itself was asked for. */
static void
ngx_pdn_redis_run(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    (void) conn;

    ngx_pdn_db_finish(op);
}


static void
ngx_pdn_redis_check(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_pdn_redis_conn_t *c = (ngx_pdn_redis_conn_t *) conn;
    ngx_pdn_redis_check_t *check;

    static const char *ping[] = { "PING", NULL };

    check = ngx_calloc(sizeof(ngx_pdn_redis_check_t), ngx_cycle->log);

    if (check == NULL || ngx_pdn_redis_put(&c->wire->out, ping) != NGX_OK) {
        ngx_free(check);
        conn->broken = 1;
        pdn_db_fail(&op->error, "error", "no memory");
        ngx_pdn_db_finish(op);
        return;
    }

    check->c = c;
    check->ask.replies = 1;
    check->ask.done = ngx_pdn_redis_checked;
    ngx_pdn_wire_ask(c->wire, &check->ask);
}


/* Of a wire that failed, ngx_pdn_redis_gone() has told. */
static void
ngx_pdn_redis_checked(ngx_pdn_wire_ask_t *ask)
{
    ngx_pdn_redis_check_t *check = (ngx_pdn_redis_check_t *) ask;
    ngx_pdn_redis_conn_t *c = check->c;

    if (ask->error == NULL && c->conn.op != NULL) {
        ngx_pdn_db_finish(c->conn.op);
    }

    ngx_free(check);
}


static void
ngx_pdn_redis_abandon(ngx_pdn_db_conn_t *conn, ngx_uint_t late)
{
    (void) late;

    conn->op = NULL;
    conn->broken = 1;
    ngx_pdn_db_give_back(conn);
}


/*
 * There is nothing to roll back.  A connection that still owes answers, or
 * was told what the next one should not find, is closed.
 */
static ngx_uint_t
ngx_pdn_redis_dirty(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_redis_conn_t *c = (ngx_pdn_redis_conn_t *) conn;

    if (c->wire->state != NGX_PDN_WIRE_READY || c->wire->listening
        || !ngx_queue_empty(&c->wire->asks))
    {
        conn->retired = 1;
    }

    return 0;
}


static void
ngx_pdn_redis_close(ngx_pdn_db_conn_t *conn)
{
    ngx_pdn_redis_conn_t *c = (ngx_pdn_redis_conn_t *) conn;

    if (c->wire != NULL) {
        ngx_pdn_wire_free(c->wire);
    }

    ngx_free(c);
}


static void
ngx_pdn_redis_free_result(void *result)
{
    (void) result;
}


ngx_pdn_wire_t *
ngx_pdn_redis_shared(ngx_pdn_db_pool_t *pool, struct ngx_pdn_host_s *host)
{
    return ngx_pdn_shared_wire(pool, host, ngx_pdn_redis_wire);
}
