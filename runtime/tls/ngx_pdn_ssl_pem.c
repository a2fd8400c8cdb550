/*
 * SPDX-License-Identifier: MIT
 *
 * Certificates and private keys read from PEM and DER, without a connection.
 */

#include "ngx_pdn_ssl.h"

#include <openssl/pem.h>


int ngx_pdn_ffi_cert_pem_to_der(const u_char *pem, size_t pem_len, u_char *der,
                                char **err);
int ngx_pdn_ffi_priv_key_pem_to_der(const u_char *pem, size_t pem_len,
                                    const u_char *passphrase, u_char *der,
                                    char **err);
void *ngx_pdn_ffi_parse_pem_cert(const u_char *pem, size_t pem_len, char **err);
void *ngx_pdn_ffi_parse_der_cert(const u_char *der, size_t der_len, char **err);
void *ngx_pdn_ffi_parse_pem_priv_key(const u_char *pem, size_t pem_len,
                                     char **err);
void *ngx_pdn_ffi_parse_der_priv_key(const u_char *der, size_t der_len,
                                     char **err);
void ngx_pdn_ffi_free_cert(void *chain);
void ngx_pdn_ffi_free_priv_key(void *key);

static int ngx_pdn_ssl_password(char *buf, int size, int writing, void *data);
static ngx_uint_t ngx_pdn_ssl_pem_ended(void);


NGX_PDN_SSL_ALIAS(cert_pem_to_der);
NGX_PDN_SSL_ALIAS(priv_key_pem_to_der);
NGX_PDN_SSL_ALIAS(parse_pem_cert);
NGX_PDN_SSL_ALIAS(parse_der_cert);
NGX_PDN_SSL_ALIAS(parse_pem_priv_key);
NGX_PDN_SSL_ALIAS(parse_der_priv_key);
NGX_PDN_SSL_ALIAS(free_cert);
NGX_PDN_SSL_ALIAS(free_priv_key);


/*
 * A chain, leaf first; `der` has room for `pem_len` bytes, which is more than
 * it takes.  How many bytes were written, or NGX_ERROR.
 */
int
ngx_pdn_ffi_cert_pem_to_der(const u_char *pem, size_t pem_len, u_char *der,
                            char **err)
{
    int i, len, total;
    STACK_OF(X509) * chain;

    chain = ngx_pdn_ffi_parse_pem_cert(pem, pem_len, err);
    if (chain == NULL) {
        return NGX_ERROR;
    }

    total = 0;

    for (i = 0; i < sk_X509_num(chain); i++) {
        len = i2d_X509(sk_X509_value(chain, i), &der);

        if (len < 0) {
            *err = "i2d_X509() failed";
            ERR_clear_error();
            total = NGX_ERROR;
            break;
        }

        total += len;
    }

    sk_X509_pop_free(chain, X509_free);

    return total;
}


/* A STACK_OF(X509), leaf first, for ngx_pdn_ffi_free_cert(); or NULL. */
void *
ngx_pdn_ffi_parse_pem_cert(const u_char *pem, size_t pem_len, char **err)
{
    BIO *bio;
    X509 *x509;
    STACK_OF(X509) * chain;

    bio = BIO_new_mem_buf(pem, (int) pem_len);
    chain = sk_X509_new_null();

    if (bio == NULL || chain == NULL) {
        *err = bio == NULL ? "BIO_new_mem_buf() failed"
                           : "sk_X509_new_null() failed";
        goto failed;
    }

    x509 = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);

    if (x509 == NULL) {
        *err = "PEM_read_bio_X509_AUX() failed";
        goto failed;
    }

    while (x509 != NULL) {

        if (sk_X509_push(chain, x509) == 0) {
            *err = "sk_X509_push() failed";
            X509_free(x509);
            goto failed;
        }

        x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    }

    if (!ngx_pdn_ssl_pem_ended()) {
        *err = "PEM_read_bio_X509() failed";
        goto failed;
    }

    ERR_clear_error();
    BIO_free(bio);

    return chain;

failed:

    ERR_clear_error();
    sk_X509_pop_free(chain, X509_free);
    BIO_free(bio);

    return NULL;
}


/* Nothing more that looks like PEM: the good way to fail. */
static ngx_uint_t
ngx_pdn_ssl_pem_ended(void)
{
    u_long n;

    n = ERR_peek_last_error();

    return ERR_GET_LIB(n) == ERR_LIB_PEM
           && ERR_GET_REASON(n) == PEM_R_NO_START_LINE;
}


void *
ngx_pdn_ffi_parse_der_cert(const u_char *der, size_t der_len, char **err)
{
    X509 *x509;
    const u_char *p, *last;
    STACK_OF(X509) * chain;

    chain = sk_X509_new_null();
    if (chain == NULL) {
        *err = "sk_X509_new_null() failed";
        return NULL;
    }

    p = der;
    last = der + der_len;

    do {
        x509 = d2i_X509(NULL, &p, last - p);

        if (x509 == NULL) {
            *err = "d2i_X509_bio() failed";
            goto failed;
        }

        if (sk_X509_push(chain, x509) == 0) {
            *err = "sk_X509_push() failed";
            X509_free(x509);
            goto failed;
        }

    } while (p < last);

    return chain;

failed:

    ERR_clear_error();
    sk_X509_pop_free(chain, X509_free);

    return NULL;
}


/* As ngx_pdn_ffi_cert_pem_to_der(); a passphrase ends with a NUL. */
int
ngx_pdn_ffi_priv_key_pem_to_der(const u_char *pem, size_t pem_len,
                                const u_char *passphrase, u_char *der,
                                char **err)
{
    int len;
    BIO *bio;
    EVP_PKEY *key;

    bio = BIO_new_mem_buf(pem, (int) pem_len);
    if (bio == NULL) {
        *err = "BIO_new_mem_buf() failed";
        ERR_clear_error();
        return NGX_ERROR;
    }

    key = PEM_read_bio_PrivateKey(bio, NULL, ngx_pdn_ssl_password,
                                  (void *) passphrase);
    BIO_free(bio);

    if (key == NULL) {
        *err = "PEM_read_bio_PrivateKey() failed";
        ERR_clear_error();
        return NGX_ERROR;
    }

    /* An EC key may have come without its public half, which is added. */

    len = i2d_PrivateKey(key, NULL);

    if (len < 0 || (size_t) len > pem_len || i2d_PrivateKey(key, &der) < 0) {
        *err = "i2d_PrivateKey() failed";
        ERR_clear_error();
        len = NGX_ERROR;
    }

    EVP_PKEY_free(key);

    return len;
}


/* Without one of ours, OpenSSL would ask at the terminal. */
static int
ngx_pdn_ssl_password(char *buf, int size, int writing, void *data)
{
    size_t len;

    (void) writing;

    len = data != NULL ? ngx_strlen(data) : 0;

    if (len > (size_t) size) {
        return -1;
    }

    ngx_memcpy(buf, data, len);

    return (int) len;
}


/* An EVP_PKEY, for ngx_pdn_ffi_free_priv_key(); or NULL. */
void *
ngx_pdn_ffi_parse_pem_priv_key(const u_char *pem, size_t pem_len, char **err)
{
    BIO *bio;
    EVP_PKEY *key;

    bio = BIO_new_mem_buf(pem, (int) pem_len);
    if (bio == NULL) {
        *err = "BIO_new_mem_buf() failed";
        ERR_clear_error();
        return NULL;
    }

    key = PEM_read_bio_PrivateKey(bio, NULL, ngx_pdn_ssl_password, NULL);
    BIO_free(bio);

    if (key == NULL) {
        *err = "PEM_read_bio_PrivateKey() failed";
        ERR_clear_error();
    }

    return key;
}


void *
ngx_pdn_ffi_parse_der_priv_key(const u_char *der, size_t der_len, char **err)
{
    EVP_PKEY *key;

    key = d2i_AutoPrivateKey(NULL, &der, (long) der_len);

    if (key == NULL) {
        *err = "d2i_PrivateKey_bio() failed";
        ERR_clear_error();
    }

    return key;
}


void
ngx_pdn_ffi_free_cert(void *chain)
{
    sk_X509_pop_free((STACK_OF(X509) *) chain, X509_free);
}


void
ngx_pdn_ffi_free_priv_key(void *key)
{
    EVP_PKEY_free(key);
}
