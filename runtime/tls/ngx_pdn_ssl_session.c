/*
 * SPDX-License-Identifier: MIT
 *
 * The C halves of ngx.ssl.clienthello and ngx.ssl.session.
 */

#include "ngx_pdn_ssl.h"
#include "ngx_pdn_handshake.h"


int ngx_pdn_ffi_ssl_get_client_hello_server_name(void *r, const char **name,
                                                 size_t *len, char **err);
int ngx_pdn_ffi_ssl_get_client_hello_ext(void *r, unsigned int type,
                                         const u_char **out, size_t *len,
                                         char **err);
int ngx_pdn_ffi_ssl_set_protocols(void *r, int protocols, char **err);
int ngx_pdn_ffi_ssl_get_session_id_size(void *r, char **err);
int ngx_pdn_ffi_ssl_get_session_id(void *r, char *buf, char **err);
int ngx_pdn_ffi_ssl_get_serialized_session_size(void *r, char **err);
int ngx_pdn_ffi_ssl_get_serialized_session(void *r, char *buf, char **err);
int ngx_pdn_ffi_ssl_set_serialized_session(void *r, const u_char *buf, int len,
                                           char **err);

static ngx_pdn_handshake_t *ngx_pdn_ssl_handshake(ngx_uint_t phases,
                                                  char **err);


NGX_PDN_SSL_ALIAS(ssl_get_client_hello_server_name);
NGX_PDN_SSL_ALIAS(ssl_get_client_hello_ext);
NGX_PDN_SSL_ALIAS(ssl_set_protocols);
NGX_PDN_SSL_ALIAS(ssl_get_session_id_size);
NGX_PDN_SSL_ALIAS(ssl_get_session_id);
NGX_PDN_SSL_ALIAS(ssl_get_serialized_session_size);
NGX_PDN_SSL_ALIAS(ssl_get_serialized_session);
NGX_PDN_SSL_ALIAS(ssl_set_serialized_session);


/* Options that forbid a protocol, by nginx's bits of those that are allowed. */

static const struct {
    int protocol;
    uint64_t option;
} ngx_pdn_ssl_protocols[] = { { NGX_SSL_SSLv3, SSL_OP_NO_SSLv3 },
                              { NGX_SSL_TLSv1, SSL_OP_NO_TLSv1 },
                              { NGX_SSL_TLSv1_1, SSL_OP_NO_TLSv1_1 },
                              { NGX_SSL_TLSv1_2, SSL_OP_NO_TLSv1_2 },
                              { NGX_SSL_TLSv1_3, SSL_OP_NO_TLSv1_3 },
                              { 0, 0 } };


/* The running task's handshake in one of `phases`; NULL with `*err`. */
static ngx_pdn_handshake_t *
ngx_pdn_ssl_handshake(ngx_uint_t phases, char **err)
{
    ngx_pdn_handshake_t *hs;

    if (ngx_pdn_ssl_of_task(err) == NULL) {
        return NULL;
    }

    hs = ngx_pdn_handshake_current();

    if (hs == NULL || !(hs->host.phase->bit & phases)) {
        *err = "bad lua context";
        return NULL;
    }

    return hs;
}


/* The client's hello */

/* NGX_DECLINED: it names none. */
int
ngx_pdn_ffi_ssl_get_client_hello_server_name(void *r, const char **name,
                                             size_t *len, char **err)
{
    int rc;
    size_t size;
    const u_char *p;

    rc = ngx_pdn_ffi_ssl_get_client_hello_ext(r, TLSEXT_TYPE_server_name, &p,
                                              &size, err);
    if (rc != NGX_OK) {
        return rc;
    }

    /*
     * RFC 6066, 3: the length of a list, then of each name a type and its
     * length, all of them but the type two bytes; only host names exist.
     */

    if (size <= 5 || (size_t) (p[0] << 8 | p[1]) != size - 2
        || p[2] != TLSEXT_NAMETYPE_host_name
        || (size_t) (p[3] << 8 | p[4]) > size - 5)
    {
        *err = "Bad SSL Client Hello Extension";
        return NGX_ERROR;
    }

    *name = (const char *) p + 5;
    *len = p[3] << 8 | p[4];

    return NGX_OK;
}


/* NGX_DECLINED: there is no such extension. */
int
ngx_pdn_ffi_ssl_get_client_hello_ext(void *r, unsigned int type,
                                     const u_char **out, size_t *len,
                                     char **err)
{
    ngx_pdn_handshake_t *hs;

    (void) r;

    hs = ngx_pdn_ssl_handshake(NGX_PDN_SSL_CLIENT_HELLO, err);
    if (hs == NULL) {
        return NGX_ERROR;
    }

    return SSL_client_hello_get0_ext(hs->connection->ssl->connection, type, out,
                                     len)
               ? NGX_OK
               : NGX_DECLINED;
}


/* Bits of NGX_SSL_TLSv1_2 ...: only these from now on. */
int
ngx_pdn_ffi_ssl_set_protocols(void *r, int protocols, char **err)
{
    SSL *ssl;
    ngx_uint_t i;

    (void) r;

    ssl = ngx_pdn_ssl_of_task(err);
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; ngx_pdn_ssl_protocols[i].protocol != 0; i++) {

        if (protocols & ngx_pdn_ssl_protocols[i].protocol) {
            SSL_clear_options(ssl, ngx_pdn_ssl_protocols[i].option);

        } else {
            SSL_set_options(ssl, ngx_pdn_ssl_protocols[i].option);
        }
    }

    return NGX_OK;
}


/* Sessions */

int
ngx_pdn_ffi_ssl_get_session_id_size(void *r, char **err)
{
    ngx_pdn_handshake_t *hs;

    (void) r;

    hs = ngx_pdn_ssl_handshake(NGX_PDN_SSL_SESS_FETCH | NGX_PDN_SSL_SESS_STORE,
                               err);
    if (hs == NULL) {
        return NGX_ERROR;
    }

    if (hs->session_id.len == 0) {
        *err = "uninitialized session id len in lua context";
        return NGX_ERROR;
    }

    return (int) (hs->session_id.len * 2);
}


/* In hex digits, as many as ngx_pdn_ffi_ssl_get_session_id_size() says. */
int
ngx_pdn_ffi_ssl_get_session_id(void *r, char *buf, char **err)
{
    if (ngx_pdn_ffi_ssl_get_session_id_size(r, err) == NGX_ERROR) {
        return NGX_ERROR;
    }

    (void) ngx_hex_dump((u_char *) buf,
                        ngx_pdn_handshake_current()->session_id.data,
                        ngx_pdn_handshake_current()->session_id.len);

    return NGX_OK;
}


int
ngx_pdn_ffi_ssl_get_serialized_session_size(void *r, char **err)
{
    int len;
    ngx_pdn_handshake_t *hs;

    (void) r;

    hs = ngx_pdn_ssl_handshake(NGX_PDN_SSL_SESS_STORE, err);
    if (hs == NULL) {
        return NGX_ERROR;
    }

    len = i2d_SSL_SESSION(hs->stored, NULL);

    if (len <= 0) {
        *err = "i2d_SSL_SESSION() failed";
        return NGX_ERROR;
    }

    return len;
}


int
ngx_pdn_ffi_ssl_get_serialized_session(void *r, char *buf, char **err)
{
    u_char *p = (u_char *) buf;

    if (ngx_pdn_ffi_ssl_get_serialized_session_size(r, err) == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (i2d_SSL_SESSION(ngx_pdn_handshake_current()->stored, &p) <= 0) {
        *err = "i2d_SSL_SESSION() failed";
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* OpenSSL will be given it when it asks. */
int
ngx_pdn_ffi_ssl_set_serialized_session(void *r, const u_char *buf, int len,
                                       char **err)
{
    SSL_SESSION *session;
    ngx_pdn_handshake_t *hs;

    (void) r;

    hs = ngx_pdn_ssl_handshake(NGX_PDN_SSL_SESS_FETCH, err);
    if (hs == NULL) {
        return NGX_ERROR;
    }

    session = d2i_SSL_SESSION(NULL, &buf, len);

    if (session == NULL) {
        ERR_clear_error();
        *err = "failed to de-serialize session";
        return NGX_ERROR;
    }

    SSL_SESSION_free(hs->fetched);
    hs->fetched = session;

    return NGX_OK;
}
