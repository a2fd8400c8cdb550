/*
 * SPDX-License-Identifier: MIT
 *
 * The handshake as a host, and OpenSSL's callbacks that run its code:
 *
 *   client hello   ssl_client_hello_by_lua, then ssl_session_fetch_by_lua:
 *                  OpenSSL itself cannot wait for a session, so what it is
 *                  going to ask for is fetched here, and kept for it
 *   get session    hands it over
 *   certificate    ssl_certificate_by_lua
 *   new session    ssl_session_store_by_lua, which cannot wait
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

static ngx_int_t ngx_pdn_handshake_run(ngx_pdn_handshake_t *hs,
                                       ngx_pdn_tls_slot_e slot);
static ngx_int_t ngx_pdn_handshake_enter(ngx_pdn_handshake_t *hs,
                                         ngx_pdn_tls_slot_e slot);
static void ngx_pdn_handshake_ended(ngx_pdn_handshake_t *hs, ngx_int_t rc);
static ngx_pdn_handshake_t *ngx_pdn_handshake_get(SSL *ssl);
static int ngx_pdn_handshake_hello(SSL *ssl, int *alert, void *data);
static ngx_uint_t ngx_pdn_handshake_resumes(SSL *ssl);
static ngx_uint_t ngx_pdn_handshake_is_tls13(SSL *ssl);
static int ngx_pdn_handshake_cert(SSL *ssl, void *data);
static SSL_SESSION *ngx_pdn_handshake_fetch(SSL *ssl, const u_char *id, int len,
                                            int *copy);
static int ngx_pdn_handshake_store(SSL *ssl, SSL_SESSION *session);
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

/* Runs a slot's code once: 1 or 0, or NGX_AGAIN while it waits. */
static ngx_int_t
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


/* OpenSSL's callbacks */

void
ngx_pdn_handshake_callbacks(SSL_CTX *ctx, ngx_pdn_chunk_t **chunks)
{
    if (chunks[NGX_PDN_TLS_HELLO] != NULL || chunks[NGX_PDN_TLS_FETCH] != NULL)
    {
        SSL_CTX_set_client_hello_cb(ctx, ngx_pdn_handshake_hello, chunks);
    }

    if (chunks[NGX_PDN_TLS_CERT] != NULL) {
        SSL_CTX_set_cert_cb(ctx, ngx_pdn_handshake_cert, NULL);
    }

    if (chunks[NGX_PDN_TLS_FETCH] != NULL) {
        SSL_CTX_sess_set_get_cb(ctx, ngx_pdn_handshake_fetch);
    }

    if (chunks[NGX_PDN_TLS_STORE] != NULL) {
        SSL_CTX_sess_set_new_cb(ctx, ngx_pdn_handshake_store);
    }
}


/* NULL where code may not run: it could wait, and nobody would drive it on. */
static ngx_pdn_handshake_t *
ngx_pdn_handshake_get(SSL *ssl)
{
    ngx_pdn_handshake_t *hs;

    hs = ngx_pdn_handshake_of(ssl);

    return hs != NULL && hs->driven ? hs : NULL;
}


static int
ngx_pdn_handshake_hello(SSL *ssl, int *alert, void *data)
{
    ngx_int_t rc;
    const u_char *id;
    ngx_pdn_chunk_t **chunks = data;
    ngx_pdn_handshake_t *hs;

    hs = ngx_pdn_handshake_get(ssl);

    if (hs == NULL) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_CLIENT_HELLO_ERROR;
    }

    if (chunks[NGX_PDN_TLS_HELLO] != NULL) {
        rc = ngx_pdn_handshake_run(hs, NGX_PDN_TLS_HELLO);

        if (rc != 1) {
            return rc == NGX_AGAIN ? SSL_CLIENT_HELLO_RETRY
                                   : SSL_CLIENT_HELLO_ERROR;
        }
    }

    if (chunks[NGX_PDN_TLS_FETCH] == NULL || !ngx_pdn_handshake_resumes(ssl)) {
        return SSL_CLIENT_HELLO_SUCCESS;
    }

    /* The client's words lie where they are until its hello is done with. */

    hs->session_id.len = SSL_client_hello_get0_session_id(ssl, &id);
    hs->session_id.data = (u_char *) id;

    rc = ngx_pdn_handshake_run(hs, NGX_PDN_TLS_FETCH);

    return rc == NGX_AGAIN ? SSL_CLIENT_HELLO_RETRY : SSL_CLIENT_HELLO_SUCCESS;
}


/*
 * Will OpenSSL look for a session by the client's id?  Not if there is a
 * ticket, and TLS 1.3 sends an id that is none.
 */
static ngx_uint_t
ngx_pdn_handshake_resumes(SSL *ssl)
{
    size_t len;
    const u_char *p;

    if (SSL_client_hello_get0_session_id(ssl, &p) == 0
        || ngx_pdn_handshake_is_tls13(ssl))
    {
        return 0;
    }

    return SSL_get_options(ssl) & SSL_OP_NO_TICKET
           || !SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_session_ticket, &p,
                                         &len)
           || len == 0;
}


/* The version is not decided on yet. */
static ngx_uint_t
ngx_pdn_handshake_is_tls13(SSL *ssl)
{
    size_t i, len;
    ngx_int_t max;
    const u_char *p;

    max = SSL_get_max_proto_version(ssl);

    if (SSL_get_options(ssl) & SSL_OP_NO_TLSv1_3
        || (max != 0 && max < TLS1_3_VERSION)
        || !SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &p,
                                      &len))
    {
        return 0;
    }

    /* A byte with the length, then two for each version. */

    for (i = 1; i + 1 < len; i += 2) {
        if ((p[i] << 8 | p[i + 1]) == TLS1_3_VERSION) {
            return 1;
        }
    }

    return 0;
}


static int
ngx_pdn_handshake_cert(SSL *ssl, void *data)
{
    ngx_int_t rc;
    ngx_pdn_handshake_t *hs;

    (void) data;

    hs = ngx_pdn_handshake_get(ssl);

    if (hs == NULL) {
        return 0;
    }

    rc = ngx_pdn_handshake_run(hs, NGX_PDN_TLS_CERT);

    return rc == NGX_AGAIN ? -1 : (int) rc;
}


static SSL_SESSION *
ngx_pdn_handshake_fetch(SSL *ssl, const u_char *id, int len, int *copy)
{
    SSL_SESSION *session;
    ngx_connection_t *c;
    ngx_pdn_handshake_t *hs;

    *copy = 0; /* OpenSSL takes our reference over */

    if (SSL_version(ssl) >= TLS1_3_VERSION) {
        c = ngx_ssl_get_connection(ssl);

        ngx_log_debug1(NGX_LOG_DEBUG_EVENT, c->log, 0,
                       "ssl_session_fetch_by_lua*: skipped since TLS version "
                       ">= 1.3 (%xd)",
                       SSL_version(ssl));
        return NULL;
    }

    hs = ngx_pdn_handshake_get(ssl);

    if (hs == NULL || hs->session_id.len != (size_t) len
        || ngx_memcmp(hs->session_id.data, id, len) != 0)
    {
        return NULL;
    }

    session = hs->fetched;
    hs->fetched = NULL;

    return session;
}


/* 0: we keep no reference to it. */
static int
ngx_pdn_handshake_store(SSL *ssl, SSL_SESSION *session)
{
    unsigned len;
    ngx_connection_t *c;
    ngx_pdn_handshake_t *hs;

    c = ngx_ssl_get_connection(ssl);

    if (SSL_version(ssl) >= TLS1_3_VERSION) {
        ngx_log_debug1(NGX_LOG_DEBUG_EVENT, c->log, 0,
                       "ssl_session_store_by_lua*: skipped since TLS version "
                       ">= 1.3 (%xd)",
                       SSL_version(ssl));
        return 0;
    }

    hs = ngx_pdn_handshake_of(ssl);

    if (hs == NULL) {
        hs = ngx_pdn_handshake_create(c);
    }

    if (hs == NULL || hs->entered & 1 << NGX_PDN_TLS_STORE) {
        return 0;
    }

    hs->stored = session;
    hs->session_id.data = (u_char *) SSL_SESSION_get_id(session, &len);
    hs->session_id.len = len;

    (void) ngx_pdn_handshake_run(hs, NGX_PDN_TLS_STORE);

    hs->stored = NULL;
    ngx_str_null(&hs->session_id);

    if (!hs->driven) {
        ngx_pdn_handshake_release(hs);
    }

    return 0;
}
