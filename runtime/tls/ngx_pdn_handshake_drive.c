/*
 * SPDX-License-Identifier: MIT
 *
 * Drives handshakes from behind the gate to their end, in nginx's place: it
 * would give up when the code waits.
 */

#include "ngx_pdn_handshake.h"


static ngx_uint_t ngx_pdn_handshake_gone(ngx_connection_t *c);
static ngx_int_t ngx_pdn_handshake_try(ngx_connection_t *c);
static ngx_int_t ngx_pdn_handshake_early(ngx_connection_t *c, u_char byte);
static ngx_int_t ngx_pdn_handshake_arm(ngx_connection_t *c);
static ngx_int_t ngx_pdn_handshake_failed(ngx_connection_t *c, int sslerr);
static ngx_uint_t ngx_pdn_handshake_level(u_long err);
static void ngx_pdn_handshake_end(ngx_pdn_handshake_t *hs);


void
ngx_pdn_handshake_event(ngx_event_t *ev)
{
    ngx_connection_t *c = ev->data;
    ngx_pdn_handshake_t *hs;

    hs = ngx_pdn_handshake_of(c->ssl->connection);

    if (ev->timedout) {
        ngx_pdn_handshake_end(hs);
        return;
    }

    if (!hs->host.running) {
        ngx_pdn_handshake_drive(hs);
        return;
    }

    if (!ev->write && ngx_pdn_handshake_gone(c)
        && hs->server.check_client_abort) {
        ngx_log_error(NGX_LOG_INFO, c->log, 0,
                      "peer closed connection in SSL handshake");

        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;
        c->read->eof = 1;
        ngx_pdn_handshake_end(hs);
    }
}


/* The code waits: what comes stays in the socket, and is told of once. */
static ngx_uint_t
ngx_pdn_handshake_gone(ngx_connection_t *c)
{
    char byte;
    ssize_t n;

    n = recv(c->fd, &byte, 1, MSG_PEEK);

    if (n != -1 && (ngx_event_flags & NGX_USE_LEVEL_EVENT) && c->read->active) {
        (void) ngx_del_event(c->read, NGX_READ_EVENT, 0);
    }

    return n == 0
           || (n == -1 && ngx_socket_errno != NGX_EAGAIN
               && ngx_socket_errno != NGX_EINTR);
}


void
ngx_pdn_handshake_drive(ngx_pdn_handshake_t *hs)
{
    switch (ngx_pdn_handshake_try(hs->connection)) {

    case NGX_AGAIN:
        return;

    case NGX_DONE:
        /* nginx goes on by itself: it asks for the client's OCSP status */
        ngx_pdn_handshake_release(hs);
        return;

    default:
        ngx_pdn_handshake_end(hs);
        return;
    }
}


/* Ended, well or not: c->ssl->handshaked tells, and nginx's handler acts. */
static void
ngx_pdn_handshake_end(ngx_pdn_handshake_t *hs)
{
    ngx_connection_t *c;

    c = hs->connection;
    ngx_pdn_handshake_release(hs);
    c->ssl->handler(c);
}


static ngx_int_t
ngx_pdn_handshake_try(ngx_connection_t *c)
{
    int n, sslerr;
    SSL *ssl;
    u_char byte;
    size_t len;

    if (c->ssl->in_ocsp) {
        return ngx_ssl_ocsp_validate(c);
    }

    ssl = c->ssl->connection;
    ERR_clear_error();

    if (c->ssl->try_early_data) {
        n = SSL_read_early_data(ssl, &byte, 1, &len);

        if (n == SSL_READ_EARLY_DATA_SUCCESS) {
            return ngx_pdn_handshake_early(c, byte);
        }

        if (n == SSL_READ_EARLY_DATA_FINISH) {
            c->ssl->try_early_data = 0;
            n = SSL_do_handshake(ssl);
        }

    } else {
        n = SSL_do_handshake(ssl);
    }

    ngx_log_debug1(NGX_LOG_DEBUG_EVENT, c->log, 0, "SSL_do_handshake: %d", n);

    if (n == 1) {
        /* OpenSSL says the same once more, and nginx does all that follows. */
        return ngx_ssl_handshake(c) == NGX_AGAIN ? NGX_DONE : NGX_OK;
    }

    sslerr = SSL_get_error(ssl, n);

    ngx_log_debug1(NGX_LOG_DEBUG_EVENT, c->log, 0, "SSL_get_error: %d", sslerr);

    switch (sslerr) {

    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_X509_LOOKUP:
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
        c->read->ready = 0;
        return ngx_pdn_handshake_arm(c);

    case SSL_ERROR_WANT_WRITE:
        c->write->ready = 0;
        return ngx_pdn_handshake_arm(c);

    default:
        return ngx_pdn_handshake_failed(c, sslerr);
    }
}


/* What ngx_ssl_try_early_data() does with the first byte of the request. */
static ngx_int_t
ngx_pdn_handshake_early(ngx_connection_t *c, u_char byte)
{
    ngx_int_t rc;

    if (ngx_pdn_handshake_arm(c) == NGX_ERROR) {
        return NGX_ERROR;
    }

    c->ssl->try_early_data = 0;
    c->ssl->early_buf = byte;
    c->ssl->early_preread = 1;
    c->ssl->in_early = 1;

    c->recv = ngx_ssl_recv;
    c->send = ngx_ssl_write;
    c->recv_chain = ngx_ssl_recv_chain;
    c->send_chain = ngx_ssl_send_chain;

    c->read->ready = 1;
    c->write->ready = 1;

#ifdef BIO_get_ktls_send
    if (BIO_get_ktls_send(SSL_get_wbio(c->ssl->connection)) == 1) {
        c->ssl->sendfile = 1;
    }
#endif

    rc = ngx_ssl_ocsp_validate(c);
    c->ssl->handshaked = rc == NGX_OK;

    return rc == NGX_AGAIN ? NGX_DONE : rc;
}


static ngx_int_t
ngx_pdn_handshake_arm(ngx_connection_t *c)
{
    if (ngx_handle_read_event(c->read, 0) != NGX_OK
        || ngx_handle_write_event(c->write, 0) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_AGAIN;
}


/* As nginx: what the client may have caused is no error of the server. */
static ngx_int_t
ngx_pdn_handshake_failed(ngx_connection_t *c, int sslerr)
{
    ngx_err_t err;

    err = sslerr == SSL_ERROR_SYSCALL ? ngx_errno : 0;

    c->ssl->no_wait_shutdown = 1;
    c->ssl->no_send_shutdown = 1;
    c->read->eof = 1;

    if (sslerr == SSL_ERROR_ZERO_RETURN || ERR_peek_error() == 0) {
        (void) ngx_connection_error(c, err,
                                    "peer closed connection in SSL handshake");
        return NGX_ERROR;
    }

    if (c->ssl->handshake_rejected) {
        (void) ngx_connection_error(c, err, "handshake rejected");
        ERR_clear_error();
        return NGX_ERROR;
    }

    c->read->error = 1;

    ngx_ssl_error(ngx_pdn_handshake_level(ERR_peek_last_error()), c->log, err,
                  "SSL_do_handshake() failed");

    return NGX_ERROR;
}


static ngx_uint_t
ngx_pdn_handshake_level(u_long err)
{
    return ERR_GET_LIB(err) == ERR_LIB_SSL
                   && ERR_GET_REASON(err) != ERR_R_INTERNAL_ERROR
                   && ERR_GET_REASON(err) != ERR_R_MALLOC_FAILURE
               ? NGX_LOG_INFO
               : NGX_LOG_CRIT;
}
