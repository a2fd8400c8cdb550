/*
 * SPDX-License-Identifier: MIT
 *
 * The gate before handshakes whose code may wait, and what hangs on their
 * connections.  Behind it ngx_pdn_handshake_drive.c takes over.
 *
 *   nginx: ngx_ssl_handshake() ── OpenSSL says that it starts ── the gate is
 *   put before the socket ── nginx sees "want read", sets its timer, leaves
 *   posted event: the socket is back ── drive() ─┬─ waits for the socket
 *                                                ├─ waits for Lua
 *                                                └─ the end: c->ssl->handler()
 */

#include "ngx_pdn_handshake.h"


typedef struct {
    const ngx_pdn_tls_ops_t *ops;
    void (*info)(const SSL *ssl, int where, int ret); /* nginx's own */
    ngx_uint_t waits;
} ngx_pdn_handshake_hooks_t;


static ngx_int_t ngx_pdn_handshake_indices(ngx_conf_t *cf);
static void ngx_pdn_handshake_info(const SSL *ssl, int where, int ret);
static void ngx_pdn_handshake_gate(ngx_connection_t *c);
static void ngx_pdn_handshake_start(ngx_event_t *ev);
static void ngx_pdn_handshake_cleanup(void *data);


/* OpenSSL counts them by process, as nginx's own. */
static int ngx_pdn_handshake_index = -1;       /* of SSL: the handshake */
static int ngx_pdn_handshake_hooks_index = -1; /* of SSL_CTX */


ngx_int_t
ngx_pdn_handshake_hook_all(ngx_conf_t *cf, ngx_array_t *servers,
                           const ngx_pdn_tls_ops_t *ops)
{
    void **server;
    ngx_uint_t i, k, any, waits;
    ngx_pdn_tls_hook_t hook;

    server = servers->elts;
    any = 0;
    waits = 0;

    for (i = 0; i < servers->nelts; i++) {
        ops->hook(server[i], &hook);

        for (k = 0; k < NGX_PDN_TLS_NCHUNKS; k++) {
            any |= hook.chunks[k] != NULL;
            waits |= hook.chunks[k] != NULL && k != NGX_PDN_TLS_STORE;
        }
    }

    for (i = 0; any && i < servers->nelts; i++) {
        ops->hook(server[i], &hook);

        if (hook.ctx != NULL
            && ngx_pdn_handshake_hook(cf, hook.ctx, ops, hook.chunks, waits)
                   != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_pdn_handshake_hook(ngx_conf_t *cf, SSL_CTX *ctx,
                       const ngx_pdn_tls_ops_t *ops, ngx_pdn_chunk_t **chunks,
                       ngx_uint_t waits)
{
    ngx_pdn_handshake_hooks_t *hooks;

    if (ngx_pdn_handshake_indices(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    hooks = ngx_palloc(cf->pool, sizeof(ngx_pdn_handshake_hooks_t));
    if (hooks == NULL) {
        return NGX_ERROR;
    }

    hooks->ops = ops;
    hooks->waits = waits;
    hooks->info = SSL_CTX_get_info_callback(ctx);

    if (SSL_CTX_set_ex_data(ctx, ngx_pdn_handshake_hooks_index, hooks) == 0) {
        ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                      "SSL_CTX_set_ex_data() failed");
        return NGX_ERROR;
    }

    SSL_CTX_set_info_callback(ctx, ngx_pdn_handshake_info);
    ngx_pdn_handshake_callbacks(ctx, chunks);

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_handshake_indices(ngx_conf_t *cf)
{
    if (ngx_pdn_handshake_index != -1) {
        return NGX_OK;
    }

    ngx_pdn_handshake_hooks_index = SSL_CTX_get_ex_new_index(0, NULL, NULL,
                                                             NULL, NULL);
    ngx_pdn_handshake_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);

    if (ngx_pdn_handshake_hooks_index == -1 || ngx_pdn_handshake_index == -1) {
        ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                      "SSL_get_ex_new_index() failed");
        ngx_pdn_handshake_index = -1;
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_pdn_handshake_t *
ngx_pdn_handshake_of(SSL *ssl)
{
    return ngx_pdn_handshake_index == -1
               ? NULL
               : SSL_get_ex_data(ssl, ngx_pdn_handshake_index);
}


ngx_pdn_handshake_t *
ngx_pdn_handshake_create(ngx_connection_t *c)
{
    SSL *ssl;
    ngx_pool_t *pool;
    ngx_pool_cleanup_t *cln;
    ngx_pdn_handshake_t *hs;
    ngx_pdn_handshake_hooks_t *hooks;

    ssl = c->ssl->connection;
    hooks = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl),
                                ngx_pdn_handshake_hooks_index);

    cln = ngx_pool_cleanup_add(c->pool, sizeof(ngx_pdn_handshake_t));
    pool = ngx_create_pool(512, c->log);

    if (cln == NULL || pool == NULL) {
        goto failed;
    }

    hs = cln->data;
    ngx_memzero(hs, sizeof(ngx_pdn_handshake_t));

    if (SSL_set_ex_data(ssl, ngx_pdn_handshake_index, hs) == 0) {
        goto failed;
    }

    hs->connection = c;
    hs->ops = hooks->ops;
    cln->handler = ngx_pdn_handshake_cleanup;
    ngx_pdn_handshake_host(hs, pool);

    return hs;

failed:

    if (pool != NULL) {
        ngx_destroy_pool(pool);
    }

    return NULL;
}


static void
ngx_pdn_handshake_cleanup(void *data)
{
    ngx_pdn_handshake_t *hs = data;

    ngx_pdn_handshake_release(hs);
    ngx_pdn_host_release(&hs->host);
}


void
ngx_pdn_handshake_release(ngx_pdn_handshake_t *hs)
{
    if (hs->start.posted) {
        ngx_delete_posted_event((&hs->start));
    }

    ngx_pdn_host_stop(&hs->host);

    if (hs->socket != NULL) {
        BIO_free(hs->socket);
        hs->socket = NULL;
    }

    if (hs->fetched != NULL) {
        SSL_SESSION_free(hs->fetched);
        hs->fetched = NULL;
    }

    if (hs->host.pool != NULL) {
        ngx_destroy_pool(hs->host.pool);
        hs->host.pool = NULL;
    }

    if (hs->host.ctx_ref == LUA_NOREF) {
        ngx_pdn_host_release(&hs->host);
    }
}


/* The gate */

/* Of OpenSSL: called again and again amid a handshake, by nginx or by us. */
static void
ngx_pdn_handshake_info(const SSL *ssl, int where, int ret)
{
    ngx_connection_t *c;
    ngx_pdn_handshake_hooks_t *hooks;

    hooks = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl),
                                ngx_pdn_handshake_hooks_index);

    if (hooks->info != NULL) {
        hooks->info(ssl, where, ret);
    }

    if (!(where & SSL_CB_HANDSHAKE_START) || !hooks->waits) {
        return;
    }

    c = ngx_ssl_get_connection((SSL *) ssl);

    if (!c->ssl->handshaked && ngx_pdn_handshake_of((SSL *) ssl) == NULL) {
        ngx_pdn_handshake_gate(c);
    }
}


/*
 * Without a gate the handshake goes on under nginx, and its code fails it:
 * see ngx_pdn_handshake_callbacks.c.
 */
static void
ngx_pdn_handshake_gate(ngx_connection_t *c)
{
    BIO *gate, *socket;
    ngx_pdn_handshake_t *hs;

    hs = ngx_pdn_handshake_create(c);
    if (hs == NULL) {
        return;
    }

    /* An empty one of memory asks to come again. */

    gate = BIO_new(BIO_s_mem());
    if (gate == NULL) {
        return;
    }

    socket = SSL_get_rbio(c->ssl->connection);
    BIO_up_ref(socket);
    SSL_set0_rbio(c->ssl->connection, gate);

    hs->socket = socket;
    hs->driven = 1;
    hs->start.handler = ngx_pdn_handshake_start;
    hs->start.data = hs;
    hs->start.log = c->log;

    ngx_post_event(&hs->start, &ngx_posted_events);
}


static void
ngx_pdn_handshake_start(ngx_event_t *ev)
{
    ngx_connection_t *c;
    ngx_pdn_handshake_t *hs = ev->data;

    c = hs->connection;

    SSL_set0_rbio(c->ssl->connection, hs->socket);
    hs->socket = NULL;

    c->read->handler = ngx_pdn_handshake_event;
    c->write->handler = ngx_pdn_handshake_event;

    ngx_pdn_handshake_drive(hs);
}
