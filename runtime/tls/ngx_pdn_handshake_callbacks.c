/*
 * SPDX-License-Identifier: MIT
 *
 * OpenSSL's callbacks, and the code that each of them runs:
 *
 *   client hello   ssl_client_hello_by_lua, then ssl_session_fetch_by_lua:
 *                  OpenSSL itself cannot wait for a session, so what it is
 *                  going to ask for is fetched here, and kept for it
 *   get session    hands it over
 *   certificate    ssl_certificate_by_lua
 *   new session    ssl_session_store_by_lua, which cannot wait
 */

#include "ngx_pdn_handshake.h"


static ngx_pdn_handshake_t *ngx_pdn_handshake_get(SSL *ssl);
static int ngx_pdn_handshake_hello(SSL *ssl, int *alert, void *data);
static ngx_uint_t ngx_pdn_handshake_resumes(SSL *ssl);
static ngx_uint_t ngx_pdn_handshake_is_tls13(SSL *ssl);
static int ngx_pdn_handshake_cert(SSL *ssl, void *data);
static SSL_SESSION *ngx_pdn_handshake_fetch(SSL *ssl, const u_char *id, int len,
                                            int *copy);
static int ngx_pdn_handshake_store(SSL *ssl, SSL_SESSION *session);


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
