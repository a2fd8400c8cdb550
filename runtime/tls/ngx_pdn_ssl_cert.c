/*
 * SPDX-License-Identifier: MIT
 *
 * The C half of ngx.ssl as far as it changes the handshake: the server's
 * certificate and key, and whether the client is to show one.
 */

#include "ngx_pdn_ssl.h"
#include "ngx_pdn_handshake.h"


int ngx_pdn_ffi_ssl_clear_certs(void *r, char **err);
int ngx_pdn_ffi_ssl_set_der_certificate(void *r, const char *der, size_t len,
                                        char **err);
int ngx_pdn_ffi_ssl_set_der_private_key(void *r, const char *der, size_t len,
                                        char **err);
int ngx_pdn_ffi_set_cert(void *r, void *chain, char **err);
int ngx_pdn_ffi_set_priv_key(void *r, void *key, char **err);
int ngx_pdn_ffi_ssl_verify_client(void *r, void *chain, int depth, char **err);

void *ngx_pdn_ffi_parse_der_cert(const u_char *der, size_t der_len, char **err);
void *ngx_pdn_ffi_parse_der_priv_key(const u_char *der, size_t der_len,
                                     char **err);
void ngx_pdn_ffi_free_cert(void *chain);
void ngx_pdn_ffi_free_priv_key(void *key);

static ngx_int_t ngx_pdn_ssl_trust(SSL *ssl, STACK_OF(X509) * chain,
                                   char **err);
static int ngx_pdn_ssl_verified(int ok, X509_STORE_CTX *store);


NGX_PDN_SSL_ALIAS(ssl_clear_certs);
NGX_PDN_SSL_ALIAS(ssl_set_der_certificate);
NGX_PDN_SSL_ALIAS(ssl_set_der_private_key);
NGX_PDN_SSL_ALIAS(set_cert);
NGX_PDN_SSL_ALIAS(set_priv_key);
NGX_PDN_SSL_ALIAS(ssl_verify_client);


/* Those of the configuration. */
int
ngx_pdn_ffi_ssl_clear_certs(void *r, char **err)
{
    SSL *ssl;

    (void) r;

    ssl = ngx_pdn_ssl_of_task(err);
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    SSL_certs_clear(ssl);

    return NGX_OK;
}


/* Leaf first. */
int
ngx_pdn_ffi_ssl_set_der_certificate(void *r, const char *der, size_t len,
                                    char **err)
{
    int rc;
    void *chain;

    if (ngx_pdn_ssl_of_task(err) == NULL) {
        return NGX_ERROR;
    }

    chain = ngx_pdn_ffi_parse_der_cert((u_char *) der, len, err);
    if (chain == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_pdn_ffi_set_cert(r, chain, err);
    ngx_pdn_ffi_free_cert(chain);

    return rc;
}


int
ngx_pdn_ffi_ssl_set_der_private_key(void *r, const char *der, size_t len,
                                    char **err)
{
    int rc;
    void *key;

    if (ngx_pdn_ssl_of_task(err) == NULL) {
        return NGX_ERROR;
    }

    key = ngx_pdn_ffi_parse_der_priv_key((u_char *) der, len, err);
    if (key == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_pdn_ffi_set_priv_key(r, key, err);
    ngx_pdn_ffi_free_priv_key(key);

    return rc;
}


/* `cdata` as of ngx_pdn_ffi_parse_pem_cert(); stays the caller's. */
int
ngx_pdn_ffi_set_cert(void *r, void *cdata, char **err)
{
    int i;
    SSL *ssl;
    STACK_OF(X509) *chain = cdata;

    (void) r;

    ssl = ngx_pdn_ssl_of_task(err);
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    if (chain == NULL || sk_X509_num(chain) < 1) {
        *err = "invalid certificate chain";
        return NGX_ERROR;
    }

    if (SSL_use_certificate(ssl, sk_X509_value(chain, 0)) == 0) {
        *err = "SSL_use_certificate() failed";
        goto failed;
    }

    for (i = 1; i < sk_X509_num(chain); i++) {
        if (SSL_add1_chain_cert(ssl, sk_X509_value(chain, i)) == 0) {
            *err = "SSL_add1_chain_cert() failed";
            goto failed;
        }
    }

    return NGX_OK;

failed:

    ERR_clear_error();

    return NGX_ERROR;
}


/* `key` as of ngx_pdn_ffi_parse_pem_priv_key(); stays the caller's. */
int
ngx_pdn_ffi_set_priv_key(void *r, void *key, char **err)
{
    SSL *ssl;

    (void) r;

    ssl = ngx_pdn_ssl_of_task(err);
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    if (key == NULL) {
        *err = "invalid private key failed";
        return NGX_ERROR;
    }

    if (SSL_use_PrivateKey(ssl, key) == 0) {
        *err = "SSL_use_PrivateKey() failed";
        ERR_clear_error();
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * Asks the client for a certificate; whether it is good, by the authorities
 * in `chain` or those of the configuration (NULL), tells $ssl_client_verify.
 * A depth below zero is the configuration's.
 */
int
ngx_pdn_ffi_ssl_verify_client(void *r, void *chain, int depth, char **err)
{
    SSL *ssl;
    ngx_pdn_handshake_t *hs;

    (void) r;

    hs = ngx_pdn_handshake_current();

    if (hs == NULL || hs->host.phase->bit != NGX_PDN_SSL_CERT) {
        *err = "API disabled in the current context";
        return NGX_ERROR;
    }

    ssl = ngx_pdn_ssl_of_task(err);
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    if (depth < 0) {
        depth = (int) hs->server.verify_depth;
    }

    SSL_set_verify(ssl, SSL_VERIFY_PEER, ngx_pdn_ssl_verified);
    SSL_set_verify_depth(ssl, depth);

    return chain != NULL ? ngx_pdn_ssl_trust(ssl, chain, err) : NGX_OK;
}


/* The request's code may look at the outcome, so the handshake goes on. */
static int
ngx_pdn_ssl_verified(int ok, X509_STORE_CTX *store)
{
    (void) ok;
    (void) store;

    return 1;
}


static ngx_int_t
ngx_pdn_ssl_trust(SSL *ssl, STACK_OF(X509) * chain, char **err)
{
    int i;
    X509 *cert;
    X509_NAME *name;
    X509_STORE *store;
    STACK_OF(X509_NAME) * names;

    store = X509_STORE_new();
    names = sk_X509_NAME_new_null();

    if (store == NULL || names == NULL) {
        *err = store == NULL ? "X509_STORE_new() failed"
                             : "sk_X509_NAME_new_null() failed";
        goto failed;
    }

    for (i = 0; i < sk_X509_num(chain); i++) {
        cert = sk_X509_value(chain, i);
        name = X509_NAME_dup(X509_get_subject_name(cert));

        if (name == NULL) {
            *err = "X509_get_subject_name() failed";
            goto failed;
        }

        if (sk_X509_NAME_push(names, name) == 0) {
            *err = "sk_X509_NAME_push() failed";
            X509_NAME_free(name);
            goto failed;
        }

        if (X509_STORE_add_cert(store, cert) == 0) {
            *err = "X509_STORE_add_cert() failed";
            goto failed;
        }
    }

    if (SSL_set0_verify_cert_store(ssl, store) == 0) {
        *err = "SSL_set0_verify_cert_store() failed";
        goto failed;
    }

    SSL_set_client_CA_list(ssl, names);

    return NGX_OK;

failed:

    ERR_clear_error();
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    X509_STORE_free(store);

    return NGX_ERROR;
}
