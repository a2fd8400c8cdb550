/*
 * SPDX-License-Identifier: MIT
 *
 * TLS of cosockets: the client's settings, sessions that can be resumed
 * (ngx_pdn_tls.c), who is who (ngx_pdn_tls_identity.c).  The handshake itself
 * is ngx_pdn_tcp_tls.c.
 */

#ifndef NGX_PDN_TLS_H
#define NGX_PDN_TLS_H


#include "ngx_pdn_engine.h"


/* Settings as a configuration gives them, merged by location. */

typedef struct {
    ngx_uint_t protocols; /* NGX_SSL_TLSv1_2 ... */
    ngx_str_t ciphers;
    ngx_str_t trusted_certificate;
    ngx_str_t crl;
    ngx_str_t certificate; /* the client's own */
    ngx_str_t certificate_key;
    ngx_uint_t verify_depth;
    ngx_array_t *commands; /* ngx_keyval_t, for OpenSSL */
    ngx_ssl_t *ssl;        /* made of all these */
} ngx_pdn_tls_conf_t;


void ngx_pdn_tls_conf_init(ngx_pdn_tls_conf_t *conf);

/*
 * Completes `conf` by `prev`, both may be the same, and makes conf->ssl; who
 * changes nothing shares the one of `prev`.  NGX_ERROR after logging why.
 */
ngx_int_t ngx_pdn_tls_conf_merge(ngx_conf_t *cf, ngx_pdn_tls_conf_t *prev,
                                 ngx_pdn_tls_conf_t *conf);

/* For directives: names of protocols. */
extern ngx_conf_bitmask_t ngx_pdn_tls_protocols[];


/*
 * What sslhandshake() gives to Lua.  It is counted: Lua's object holds it,
 * and so does the connection, which puts each later ticket of its server
 * into it (those of TLS 1.3 come after the handshake).
 */

typedef struct {
    ngx_ssl_session_t *session; /* NULL: the server has given none yet */
    ngx_uint_t refs;
} ngx_pdn_tls_session_t;


/* What a handshake begins with; declared in 51_tls.lua, too. */

typedef struct {
    ngx_pdn_tls_session_t *session; /* or NULL */
    STACK_OF(X509) * chain;         /* or NULL */
    EVP_PKEY *key;                  /* of the chain's first certificate */
    const char *name;               /* ends with NUL; or NULL */
    size_t name_len;
    int resumable; /* a session is wanted */
    int verify;
    int status; /* ask for the certificate's status */
} ngx_pdn_tls_offer_t;


/*
 * Tells OpenSSL the name, our certificate and the wish for a status;
 * NGX_ERROR: see `*err`.
 */
ngx_int_t ngx_pdn_tls_identify(SSL *ssl, const ngx_pdn_tls_offer_t *offer,
                               const char **err);

/* Is the server's certificate for this name or address?  It ends with NUL. */
ngx_uint_t ngx_pdn_tls_is_for(ngx_connection_t *c, ngx_str_t *name);


/*
 * Makes the connection keep `session`, or a new one when that is NULL, and
 * offer it to the server; before the handshake.  NGX_ERROR: see `*err`.
 */
ngx_int_t ngx_pdn_tls_session_offer(ngx_connection_t *c,
                                    ngx_pdn_tls_session_t *session,
                                    const char **err);

/*
 * The connection's, after the handshake, with a reference for the caller;
 * NULL: no memory.
 */
ngx_pdn_tls_session_t *ngx_pdn_tls_session_take(ngx_connection_t *c);

void ngx_pdn_tls_session_drop(ngx_pdn_tls_session_t *session);


#endif /* NGX_PDN_TLS_H */
