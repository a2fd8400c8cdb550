/*
 * SPDX-License-Identifier: MIT
 *
 * The C half of ngx.ocsp: whom to ask about a certificate, how, what to make
 * of the answer, and how clients get it.  A chain is in DER, leaf first, and
 * holds the issuer behind the leaf.
 */

#include "ngx_pdn_ssl.h"

#include <openssl/ocsp.h>


int ngx_pdn_ffi_ssl_get_ocsp_responder_from_der_chain(const char *chain,
                                                      size_t len, char *out,
                                                      size_t *size, char **err);
int ngx_pdn_ffi_ssl_create_ocsp_request(const char *chain, size_t len,
                                        u_char *out, size_t *size, char **err);
int ngx_pdn_ffi_ssl_validate_ocsp_response(const u_char *response, size_t rlen,
                                           const char *chain, size_t len,
                                           u_char *errbuf, size_t *size);
int ngx_pdn_ffi_ssl_set_ocsp_status_resp(void *r, const u_char *response,
                                         size_t len, char **err);

static ngx_int_t ngx_pdn_ocsp_leaf(X509 **leaf, const u_char **p, size_t len,
                                   char **err);
static ngx_int_t ngx_pdn_ocsp_issuer(X509 **issuer, const u_char *p,
                                     const u_char *last, char **err);
static ngx_int_t ngx_pdn_ocsp_pair(X509 **leaf, X509 **issuer,
                                   const char *chain, size_t len, char **err);
static const char *ngx_pdn_ocsp_verify(OCSP_BASICRESP *basic, X509 *leaf,
                                       X509 *issuer, const char **status);
static int ngx_pdn_ocsp_status_callback(SSL *ssl, void *data);


NGX_PDN_SSL_ALIAS(ssl_get_ocsp_responder_from_der_chain);
NGX_PDN_SSL_ALIAS(ssl_create_ocsp_request);
NGX_PDN_SSL_ALIAS(ssl_validate_ocsp_response);
NGX_PDN_SSL_ALIAS(ssl_set_ocsp_status_resp);


/* How long clocks may differ, in seconds. */
#define NGX_PDN_OCSP_SKEW 300


/*
 * Writes the responder's URL to `out`, whose size is `*size`, and its length
 * to `*size`.  NGX_DECLINED: the certificate names none.  NGX_BUSY: it is
 * longer, and was cut.
 */
int
ngx_pdn_ffi_ssl_get_ocsp_responder_from_der_chain(const char *chain, size_t len,
                                                  char *out, size_t *size,
                                                  char **err)
{
    char *url;
    X509 *leaf, *issuer;
    size_t url_len;
    ngx_int_t rc;
    const u_char *p;
    STACK_OF(OPENSSL_STRING) * urls;

    p = (const u_char *) chain;
    issuer = NULL;
    urls = NULL;

    rc = ngx_pdn_ocsp_leaf(&leaf, &p, len, err);
    if (rc != NGX_OK) {
        return rc;
    }

    urls = X509_get1_ocsp(leaf);
    url = urls != NULL ? sk_OPENSSL_STRING_value(urls, 0) : NULL;

    if (url == NULL) {
        rc = NGX_DECLINED;
        goto done;
    }

    rc = ngx_pdn_ocsp_issuer(&issuer, p, (u_char *) chain + len, err);
    if (rc != NGX_OK) {
        goto done;
    }

    if (X509_check_issued(issuer, leaf) != X509_V_OK) {
        *err = "issuer certificate not next to leaf";
        rc = NGX_ERROR;
        goto done;
    }

    url_len = ngx_strlen(url);
    rc = url_len > *size ? NGX_BUSY : NGX_OK;
    *size = ngx_min(url_len, *size);
    ngx_memcpy(out, url, *size);

done:

    X509_email_free(urls);
    X509_free(issuer);
    X509_free(leaf);
    ERR_clear_error();

    return (int) rc;
}


/*
 * Writes what is to be posted to the responder, as above.  NGX_BUSY: `*size`
 * is what it takes, nothing was written.
 */
int
ngx_pdn_ffi_ssl_create_ocsp_request(const char *chain, size_t len, u_char *out,
                                    size_t *size, char **err)
{
    int n;
    X509 *leaf, *issuer;
    ngx_int_t rc;
    OCSP_CERTID *id;
    OCSP_REQUEST *request;

    rc = NGX_ERROR;
    request = NULL;

    if (ngx_pdn_ocsp_pair(&leaf, &issuer, chain, len, err) != NGX_OK) {
        return NGX_ERROR;
    }

    request = OCSP_REQUEST_new();
    if (request == NULL) {
        *err = "OCSP_REQUEST_new() failed";
        goto done;
    }

    id = OCSP_cert_to_id(NULL, leaf, issuer);
    if (id == NULL) {
        *err = "OCSP_cert_to_id() failed";
        goto done;
    }

    if (OCSP_request_add0_id(request, id) == NULL) {
        *err = "OCSP_request_add0_id() failed";
        OCSP_CERTID_free(id);
        goto done;
    }

    n = i2d_OCSP_REQUEST(request, NULL);
    if (n <= 0) {
        *err = "i2d_OCSP_REQUEST() failed";
        goto done;
    }

    if ((size_t) n > *size) {
        *err = "output buffer too small";
        rc = NGX_BUSY;

    } else {
        (void) i2d_OCSP_REQUEST(request, &out);
        rc = NGX_OK;
    }

    *size = n;

done:

    OCSP_REQUEST_free(request);
    X509_free(issuer);
    X509_free(leaf);
    ERR_clear_error();

    return (int) rc;
}


/*
 * Is it a good answer, and does it say that the leaf is good?  If not, the
 * reason is written to `errbuf`, whose size is `*size`, its length to `*size`.
 */
int
ngx_pdn_ffi_ssl_validate_ocsp_response(const u_char *response, size_t rlen,
                                       const char *chain, size_t len,
                                       u_char *errbuf, size_t *size)
{
    int n;
    char *reason;
    X509 *leaf, *issuer;
    u_char *last;
    const char *err, *status;
    OCSP_RESPONSE *ocsp;
    OCSP_BASICRESP *basic;

    leaf = NULL;
    issuer = NULL;
    basic = NULL;
    status = "";
    last = errbuf;

    ocsp = d2i_OCSP_RESPONSE(NULL, &response, (long) rlen);
    if (ocsp == NULL) {
        err = "d2i_OCSP_RESPONSE() failed";
        goto done;
    }

    n = OCSP_response_status(ocsp);

    if (n != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        last = ngx_snprintf(errbuf, *size,
                            "OCSP response not successful (%d: %s)", n,
                            OCSP_response_status_str(n));
        err = "";
        goto done;
    }

    basic = OCSP_response_get1_basic(ocsp);
    if (basic == NULL) {
        err = "OCSP_response_get1_basic() failed";
        goto done;
    }

    if (ngx_pdn_ocsp_pair(&leaf, &issuer, chain, len, &reason) != NGX_OK) {
        err = reason;
        goto done;
    }

    err = ngx_pdn_ocsp_verify(basic, leaf, issuer, &status);

done:

    if (err != NULL) {
        if (*status != '\0') {
            last = ngx_snprintf(errbuf, *size,
                                "certificate status \"%s\" in the OCSP "
                                "response",
                                status);

        } else if (*err != '\0') {
            last = ngx_snprintf(errbuf, *size, "%s", err);
        }

        *size = last - errbuf;
    }

    X509_free(leaf);
    X509_free(issuer);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(ocsp);
    ERR_clear_error();

    return err == NULL ? NGX_OK : NGX_ERROR;
}


/* NULL: it is good; else why not, or `*status` what else it is. */
static const char *
ngx_pdn_ocsp_verify(OCSP_BASICRESP *basic, X509 *leaf, X509 *issuer,
                    const char **status)
{
    int n;
    const char *err;
    OCSP_CERTID *id;
    STACK_OF(X509) * chain;
    ASN1_GENERALIZEDTIME *from, *until;

    id = OCSP_cert_to_id(NULL, leaf, issuer);
    chain = sk_X509_new_null();
    err = NULL;

    if (chain == NULL || sk_X509_push(chain, issuer) == 0) {
        err = "sk_X509_new_null() failed";

    } else if (id == NULL) {
        err = "OCSP_cert_to_id() failed";

    } else if (OCSP_basic_verify(basic, chain, NULL, OCSP_NOVERIFY) != 1) {
        err = "OCSP_basic_verify() failed";

    } else if (OCSP_resp_find_status(basic, id, &n, NULL, NULL, &from, &until)
               != 1) {
        err = "certificate status not found in the OCSP response";

    } else if (n != V_OCSP_CERTSTATUS_GOOD) {
        *status = OCSP_cert_status_str(n);
        err = "certificate status";

    } else if (OCSP_check_validity(from, until, NGX_PDN_OCSP_SKEW, -1) != 1) {
        err = "OCSP_check_validity() failed";
    }

    sk_X509_free(chain);
    OCSP_CERTID_free(id);

    return err;
}


/* NGX_DECLINED: the client did not ask for it. */
int
ngx_pdn_ffi_ssl_set_ocsp_status_resp(void *r, const u_char *response,
                                     size_t len, char **err)
{
    SSL *ssl;
    u_char *copy;

    (void) r;

    ssl = ngx_pdn_ssl_of_task(err);
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    if (SSL_get_tlsext_status_type(ssl) == -1) {
        return NGX_DECLINED;
    }

    copy = OPENSSL_memdup(response, len);
    if (copy == NULL) {
        *err = "OPENSSL_malloc() failed";
        return NGX_ERROR;
    }

    /* Without a callback OpenSSL sends nothing of it. */

    SSL_CTX_set_tlsext_status_cb(SSL_get_SSL_CTX(ssl),
                                 ngx_pdn_ocsp_status_callback);

    SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long) len);

    return NGX_OK;
}


static int
ngx_pdn_ocsp_status_callback(SSL *ssl, void *data)
{
    (void) ssl;
    (void) data;

    return SSL_TLSEXT_ERR_OK;
}


/* Reading chains */

/* Moves `*p` behind it. */
static ngx_int_t
ngx_pdn_ocsp_leaf(X509 **leaf, const u_char **p, size_t len, char **err)
{
    *leaf = d2i_X509(NULL, p, (long) len);

    if (*leaf == NULL) {
        *err = "d2i_X509_bio() failed";
        ERR_clear_error();
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_pdn_ocsp_issuer(X509 **issuer, const u_char *p, const u_char *last,
                    char **err)
{
    if (p == last) {
        *err = "no issuer certificate in chain";
        return NGX_ERROR;
    }

    return ngx_pdn_ocsp_leaf(issuer, &p, last - p, err);
}


/* Both are the caller's to free when it answers NGX_OK, none otherwise. */
static ngx_int_t
ngx_pdn_ocsp_pair(X509 **leaf, X509 **issuer, const char *chain, size_t len,
                  char **err)
{
    const u_char *p;

    p = (const u_char *) chain;

    if (ngx_pdn_ocsp_leaf(leaf, &p, len, err) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_pdn_ocsp_issuer(issuer, p, (u_char *) chain + len, err) != NGX_OK) {
        X509_free(*leaf);
        *leaf = NULL;
        return NGX_ERROR;
    }

    return NGX_OK;
}
