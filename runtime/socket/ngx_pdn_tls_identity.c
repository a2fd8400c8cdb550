/*
 * SPDX-License-Identifier: MIT
 *
 * Who we are for a TLS server, and who it must be for us.
 */

#include "ngx_pdn_tls.h"


static ngx_uint_t ngx_pdn_tls_is_address(const u_char *name, size_t len);


ngx_int_t
ngx_pdn_tls_identify(SSL *ssl, const ngx_pdn_tls_offer_t *offer,
                     const char **err)
{
    int i;
    ngx_connection_t *c;

    *err = NULL;
    c = ngx_ssl_get_connection(ssl);

    if (offer->chain != NULL) {
        if (sk_X509_num(offer->chain) < 1) {
            *err = "invalid client certificate chain";

        } else if (SSL_use_certificate(ssl, sk_X509_value(offer->chain, 0))
                   == 0) {
            *err = "ssl set client certificate failed";
        }

        for (i = 1; *err == NULL && i < sk_X509_num(offer->chain); i++) {
            if (SSL_add1_chain_cert(ssl, sk_X509_value(offer->chain, i)) == 0) {
                *err = "ssl set client intermediate certificate failed";
            }
        }

        if (*err == NULL && SSL_use_PrivateKey(ssl, offer->key) == 0) {
            *err = "ssl set client private key failed";
        }
    }

    if (*err == NULL && offer->name != NULL
        && !ngx_pdn_tls_is_address((const u_char *) offer->name,
                                   offer->name_len))
    {
        ngx_log_debug1(NGX_LOG_DEBUG_CORE, c->log, 0,
                       "lua ssl server name: \"%s\"", offer->name);

        if (SSL_set_tlsext_host_name(ssl, offer->name) == 0) {
            *err = "SSL_set_tlsext_host_name failed";
        }
    }

    if (offer->status) {
        SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
    }

    if (*err != NULL) {
        ERR_clear_error();
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_pdn_tls_is_for(ngx_connection_t *c, ngx_str_t *name)
{
    int rc;
    X509 *certificate;

    if (!ngx_pdn_tls_is_address(name->data, name->len)) {
        return ngx_ssl_check_host(c, name) == NGX_OK;
    }

    certificate = SSL_get_peer_certificate(c->ssl->connection);

    if (certificate == NULL) {
        return 0;
    }

    rc = X509_check_ip_asc(certificate, (const char *) name->data, 0);
    X509_free(certificate);

    return rc == 1;
}


/* Addresses are not said to servers (RFC 6066, 3). */
static ngx_uint_t
ngx_pdn_tls_is_address(const u_char *name, size_t len)
{
    u_char addr[16];

    return ngx_inet_addr((u_char *) name, len) != INADDR_NONE
           || ngx_inet6_addr((u_char *) name, len, addr) == NGX_OK;
}
