/*
 * SPDX-License-Identifier: MIT
 *
 * The handshake as a host, and how its code runs.
 */

#include "ngx_pdn_handshake.h"


typedef struct {
    ngx_pdn_phase_t phase;
    const char *action;   /* what nginx's lines say */
    const char *name;     /* in debug lines: of the callback before ... */
    const char *label;    /* ... and after its code has ended */
    const char *callback; /* of OpenSSL */
} ngx_pdn_handshake_row_t;


int ngx_pdn_ffi_ctx_behind(void);

static ngx_int_t ngx_pdn_handshake_enter(ngx_pdn_handshake_t *hs,
                                         ngx_pdn_tls_slot_e slot);
static void ngx_pdn_handshake_ended(ngx_pdn_handshake_t *hs, ngx_int_t rc);
static void ngx_pdn_handshake_finish(ngx_pdn_host_t *host, ngx_int_t rc);
static ngx_resolver_t *ngx_pdn_handshake_resolver(ngx_pdn_host_t *host,
                                                  ngx_msec_t *timeout);
static void ngx_pdn_handshake_like(ngx_pdn_host_t *host, ngx_pdn_like_t *like);
static ngx_connection_t *ngx_pdn_handshake_connection(ngx_pdn_host_t *host);
static u_char *ngx_pdn_handshake_log(ngx_log_t *log, u_char *buf, size_t len);


/* clang-format off */

static const ngx_pdn_handshake_row_t  ngx_pdn_handshake_rows[] = {

    [NGX_PDN_TLS_HELLO] = {
        { NGX_PDN_SSL_CLIENT_HELLO, "ssl_client_hello_by_lua*",
          "ssl_client_hello" },
        "loading SSL client hello by lua", "ssl client hello",
        "lua_client_hello_by_lua", "client hello cb"
    },

    [NGX_PDN_TLS_CERT] = {
        { NGX_PDN_SSL_CERT, "ssl_certificate_by_lua*", "ssl_cert" },
        "loading SSL certificate by lua", "ssl cert",
        "lua_certificate_by_lua", "cert cb"
    },

    [NGX_PDN_TLS_FETCH] = {
        { NGX_PDN_SSL_SESS_FETCH, "ssl_session_fetch_by_lua*",
          "ssl_session_fetch" },
        "fetching SSL session by lua", "ssl session fetch",
        "ssl_session_fetch_by_lua*", "sess get cb"
    },

    [NGX_PDN_TLS_STORE] = {
        { NGX_PDN_SSL_SESS_STORE, "ssl_session_store_by_lua*",
          "ssl_session_store" },
        "storing SSL session by lua", "ssl session store",
        "ssl_session_store_by_lua*", "sess new cb"
    },
};

/* clang-format on */


static const ngx_pdn_host_ops_t ngx_pdn_handshake_ops = {
    .name = "tls",
    .finish = ngx_pdn_handshake_finish,
    .resolver = ngx_pdn_handshake_resolver,
    .pause = NULL,
    .like = ngx_pdn_handshake_like,
    .connection = ngx_pdn_handshake_connection,
};


/* The host */

void
ngx_pdn_handshake_host(ngx_pdn_handshake_t *hs, ngx_pool_t *pool)
{
    hs->ops->server(hs->connection, &hs->server);

    ngx_pdn_host_init(&hs->host, &ngx_pdn_handshake_ops, hs->server.vm, pool,
                      &hs->log);
    hs->host.subsystem = hs->server.like.subsystem;
}


ngx_pdn_handshake_t *
ngx_pdn_handshake_current(void)
{
    if (ngx_pdn_task == NULL
        || ngx_pdn_task->host->ops != &ngx_pdn_handshake_ops) {
        return NULL;
    }

    return (ngx_pdn_handshake_t *) ngx_pdn_task->host;
}


/*
 * For the first look at a request's ngx.ctx: where that of its connection's
 * handshake lies in the registry, or LUA_NOREF.
 */
int
ngx_pdn_ffi_ctx_behind(void)
{
    ngx_pdn_host_t *host;
    ngx_connection_t *c;
    ngx_pdn_handshake_t *hs;

    host = ngx_pdn_task->host;

    if (host->ops->connection == NULL) {
        return LUA_NOREF;
    }

    c = host->ops->connection(host);

    if (c == NULL || c->ssl == NULL) {
        return LUA_NOREF;
    }

    hs = ngx_pdn_handshake_of(c->ssl->connection);

    return hs != NULL && hs->host.vm == host->vm ? hs->host.ctx_ref : LUA_NOREF;
}


static void
ngx_pdn_handshake_finish(ngx_pdn_host_t *host, ngx_int_t rc)
{
    ngx_pdn_handshake_t *hs = (ngx_pdn_handshake_t *) host;

    ngx_pdn_handshake_ended(hs, rc);
    ngx_pdn_handshake_drive(hs);
}


static ngx_resolver_t *
ngx_pdn_handshake_resolver(ngx_pdn_host_t *host, ngx_msec_t *timeout)
{
    ngx_pdn_handshake_t *hs = (ngx_pdn_handshake_t *) host;

    *timeout = hs->server.like.resolver_timeout;

    return hs->server.like.resolver;
}


static void
ngx_pdn_handshake_like(ngx_pdn_host_t *host, ngx_pdn_like_t *like)
{
    ngx_pdn_handshake_t *hs = (ngx_pdn_handshake_t *) host;

    *like = hs->server.like;
    like->client = hs->connection->addr_text;

    if (hs->connection->listening != NULL) {
        like->server = hs->connection->listening->addr_text;
    }
}


static ngx_connection_t *
ngx_pdn_handshake_connection(ngx_pdn_host_t *host)
{
    return ((ngx_pdn_handshake_t *) host)->connection;
}


/* What log lines end with: where the code runs, and for whom. */
static u_char *
ngx_pdn_handshake_log(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char *p, *last;
    ngx_pdn_like_t like;
    ngx_pdn_handshake_t *hs = log->data;

    p = buf;
    last = buf + len;

    if (log->action) {
        p = ngx_slprintf(p, last, " while %s", log->action);
    }

    p = ngx_slprintf(p, last, ", context: %s", hs->host.phase->label);

    ngx_pdn_handshake_like(&hs->host, &like);

    if (like.client.len != 0) {
        p = ngx_slprintf(p, last, ", client: %V", &like.client);
    }

    if (like.server.len != 0) {
        p = ngx_slprintf(p, last, ", server: %V", &like.server);
    }

    return p;
}


/* Code */

ngx_int_t
ngx_pdn_handshake_run(ngx_pdn_handshake_t *hs, ngx_pdn_tls_slot_e slot)
{
    ngx_int_t rc;
    ngx_connection_t *c;
    const ngx_pdn_handshake_row_t *row;

    c = hs->connection;
    row = &ngx_pdn_handshake_rows[slot];

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, c->log, 0,
                   "%s: connection reusable: %d", row->name, (int) c->reusable);

    if (!(hs->entered & 1 << slot)) {
        rc = ngx_pdn_handshake_enter(hs, slot);

        if (rc != NGX_AGAIN) {
            ngx_pdn_handshake_ended(hs, rc);
        }

    } else if (hs->done & 1 << slot) {
        ngx_log_debug3(NGX_LOG_DEBUG_EVENT, c->log, 0, "%s: %s exit code: %d",
                       row->label, row->callback, hs->result[slot]);
    }

    return hs->done & 1 << slot ? hs->result[slot] : NGX_AGAIN;
}


/* The code's own answer, or NGX_AGAIN. */
static ngx_int_t
ngx_pdn_handshake_enter(ngx_pdn_handshake_t *hs, ngx_pdn_tls_slot_e slot)
{
    ngx_log_t *log;
    ngx_connection_t *c;
    ngx_pdn_chunk_t *chunk;
    const ngx_pdn_handshake_row_t *row;

    c = hs->connection;
    row = &ngx_pdn_handshake_rows[slot];

    hs->entered |= 1 << slot;
    hs->slot = slot;

    /* By now SNI may have led it to another server. */

    hs->ops->server(c, &hs->server);
    chunk = hs->server.chunks[slot];

    if (chunk == NULL) {
        ngx_log_error(NGX_LOG_ALERT, c->log, 0, "no %s defined in server %V",
                      row->phase.label, &hs->server.name);
        return NGX_ERROR;
    }

    log = &hs->log;
    *log = *hs->server.like.log;
    log->connection = c->number;
    log->handler = ngx_pdn_handshake_log;
    log->data = hs;
    log->action = NULL;

    hs->host.phase = &row->phase;
    hs->host.socket_conf = hs->server.like.socket_conf;
    c->log->action = (char *) row->action;

    if (ngx_pdn_chunk_push(chunk, hs->host.vm, log) != NGX_OK) {
        return NGX_ERROR;
    }

    if (row->phase.bit & NGX_PDN_MAY_WAIT) {
        return ngx_pdn_run(&hs->host, &row->phase, 0);
    }

    return ngx_pdn_call(&hs->host, &row->phase, 0, 0);
}


static void
ngx_pdn_handshake_ended(ngx_pdn_handshake_t *hs, ngx_int_t rc)
{
    const ngx_pdn_handshake_row_t *row;

    row = &ngx_pdn_handshake_rows[hs->slot];

    if (row->phase.bit & NGX_PDN_MAY_WAIT) {
        hs->result[hs->slot] = rc != NGX_ERROR && rc < 400;
        rc = rc == NGX_ERROR && hs->host.failed ? 500 : rc;

    } else {
        /* nobody is asked: 0 tells OpenSSL that we kept no reference */
        rc = NGX_OK;
    }

    hs->done |= 1 << hs->slot;
    hs->connection->log->action = "SSL handshaking";

    ngx_log_debug4(NGX_LOG_DEBUG_EVENT, hs->connection->log, 0,
                   "%s: handler return value: %i, %s exit code: %d", row->label,
                   rc, row->callback, hs->result[hs->slot]);
}
