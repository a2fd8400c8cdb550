/*
 * SPDX-License-Identifier: MIT
 *
 * Settings of TLS clients as an OpenSSL context, and sessions with a count of
 * who needs them.  Nothing here waits.
 */

#include "ngx_pdn_tls.h"


#define NGX_PDN_TLS_PROTOCOLS                                                  \
    (NGX_CONF_BITMASK_SET | NGX_SSL_TLSv1 | NGX_SSL_TLSv1_1 | NGX_SSL_TLSv1_2  \
     | NGX_SSL_TLSv1_3)


static ngx_uint_t ngx_pdn_tls_conf_given(const ngx_pdn_tls_conf_t *conf);
static ngx_int_t ngx_pdn_tls_conf_create(ngx_conf_t *cf,
                                         ngx_pdn_tls_conf_t *conf);
static ngx_int_t ngx_pdn_tls_conf_fill(ngx_conf_t *cf,
                                       ngx_pdn_tls_conf_t *conf);
static ngx_pdn_tls_session_t *ngx_pdn_tls_session_kept(ngx_connection_t *c);
static ngx_pdn_tls_session_t *
ngx_pdn_tls_session_keep(ngx_connection_t *c, ngx_pdn_tls_session_t *session);
static void ngx_pdn_tls_session_unkeep(void *data);
static void ngx_pdn_tls_session_saved(ngx_connection_t *c);


ngx_conf_bitmask_t ngx_pdn_tls_protocols[] = {
    { ngx_string("SSLv2"), NGX_SSL_SSLv2 },
    { ngx_string("SSLv3"), NGX_SSL_SSLv3 },
    { ngx_string("TLSv1"), NGX_SSL_TLSv1 },
    { ngx_string("TLSv1.1"), NGX_SSL_TLSv1_1 },
    { ngx_string("TLSv1.2"), NGX_SSL_TLSv1_2 },
    { ngx_string("TLSv1.3"), NGX_SSL_TLSv1_3 },
    { ngx_null_string, 0 }
};


void
ngx_pdn_tls_conf_init(ngx_pdn_tls_conf_t *conf)
{
    ngx_memzero(conf, sizeof(ngx_pdn_tls_conf_t));

    conf->verify_depth = NGX_CONF_UNSET_UINT;
    conf->commands = NGX_CONF_UNSET_PTR;
}


ngx_int_t
ngx_pdn_tls_conf_merge(ngx_conf_t *cf, ngx_pdn_tls_conf_t *prev,
                       ngx_pdn_tls_conf_t *conf)
{
    ngx_uint_t given;

    given = ngx_pdn_tls_conf_given(conf);

    ngx_conf_merge_bitmask_value(conf->protocols, prev->protocols,
                                 NGX_PDN_TLS_PROTOCOLS);
    ngx_conf_merge_str_value(conf->ciphers, prev->ciphers, "DEFAULT");
    ngx_conf_merge_str_value(conf->trusted_certificate,
                             prev->trusted_certificate, "");
    ngx_conf_merge_str_value(conf->crl, prev->crl, "");
    ngx_conf_merge_str_value(conf->certificate, prev->certificate, "");
    ngx_conf_merge_str_value(conf->certificate_key, prev->certificate_key, "");
    ngx_conf_merge_uint_value(conf->verify_depth, prev->verify_depth, 1);
    ngx_conf_merge_ptr_value(conf->commands, prev->commands, NULL);

    if (!given && prev->ssl != NULL) {
        conf->ssl = prev->ssl;
        return NGX_OK;
    }

    return ngx_pdn_tls_conf_create(cf, conf);
}


static ngx_uint_t
ngx_pdn_tls_conf_given(const ngx_pdn_tls_conf_t *conf)
{
    return conf->protocols != 0 || conf->ciphers.data != NULL
           || conf->trusted_certificate.data != NULL || conf->crl.data != NULL
           || conf->certificate.data != NULL
           || conf->certificate_key.data != NULL
           || conf->verify_depth != NGX_CONF_UNSET_UINT
           || conf->commands != NGX_CONF_UNSET_PTR;
}


static ngx_int_t
ngx_pdn_tls_conf_create(ngx_conf_t *cf, ngx_pdn_tls_conf_t *conf)
{
    ngx_ssl_t *ssl;
    ngx_pool_cleanup_t *cln;

    ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (ssl == NULL || cln == NULL) {
        return NGX_ERROR;
    }

    ssl->log = cf->log;

    if (ngx_ssl_create(ssl, conf->protocols, NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = ssl;
    conf->ssl = ssl;

    return ngx_pdn_tls_conf_fill(cf, conf);
}


static ngx_int_t
ngx_pdn_tls_conf_fill(ngx_conf_t *cf, ngx_pdn_tls_conf_t *conf)
{
    ngx_ssl_t *ssl;

    ssl = conf->ssl;

    if (SSL_CTX_set_cipher_list(ssl->ctx, (const char *) conf->ciphers.data)
        == 0) {
        ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                      "SSL_CTX_set_cipher_list(\"%V\") failed", &conf->ciphers);
        return NGX_ERROR;
    }

    if (conf->certificate.len > 0) {
        if (conf->certificate_key.len == 0) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "no \"lua_ssl_certificate_key\" is defined for "
                          "certificate \"%V\"",
                          &conf->certificate);
            return NGX_ERROR;
        }

        if (ngx_ssl_certificate(cf, ssl, &conf->certificate,
                                &conf->certificate_key, NULL)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (conf->trusted_certificate.len > 0
        && ngx_ssl_trusted_certificate(cf, ssl, &conf->trusted_certificate,
                                       conf->verify_depth)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_ssl_crl(cf, ssl, &conf->crl) != NGX_OK
        || ngx_ssl_client_session_cache(cf, ssl, 1) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_ssl_conf_commands(cf, ssl, conf->commands);
}


ngx_int_t
ngx_pdn_tls_session_offer(ngx_connection_t *c, ngx_pdn_tls_session_t *session,
                          const char **err)
{
    session = ngx_pdn_tls_session_keep(c, session);

    if (session == NULL) {
        *err = "no memory";
        return NGX_ERROR;
    }

    c->ssl->save_session = ngx_pdn_tls_session_saved;

    if (session->session != NULL
        && ngx_ssl_set_session(c, session->session) != NGX_OK)
    {
        *err = "ssl set session failed";
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_pdn_tls_session_t *
ngx_pdn_tls_session_take(ngx_connection_t *c)
{
    ngx_pdn_tls_session_t *session;

    session = ngx_pdn_tls_session_kept(c);

    if (session == NULL) {
        session = ngx_pdn_tls_session_keep(c, NULL);

        if (session == NULL) {
            return NULL;
        }

        c->ssl->save_session = ngx_pdn_tls_session_saved;
    }

    if (session->session == NULL) {
        session->session = ngx_ssl_get_session(c);
    }

    session->refs++;

    return session;
}


void
ngx_pdn_tls_session_drop(ngx_pdn_tls_session_t *session)
{
    if (--session->refs > 0) {
        return;
    }

    if (session->session != NULL) {
        ngx_ssl_free_session(session->session);
    }

    free(session);
}


/* A connection's session lies in a cleanup of its pool, which has few. */
static ngx_pdn_tls_session_t *
ngx_pdn_tls_session_kept(ngx_connection_t *c)
{
    ngx_pool_cleanup_t *cln;

    for (cln = c->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_pdn_tls_session_unkeep) {
            return cln->data;
        }
    }

    return NULL;
}


static ngx_pdn_tls_session_t *
ngx_pdn_tls_session_keep(ngx_connection_t *c, ngx_pdn_tls_session_t *session)
{
    ngx_pool_cleanup_t *cln;

    cln = ngx_pool_cleanup_add(c->pool, 0);

    if (cln == NULL) {
        return NULL;
    }

    if (session == NULL) {
        session = calloc(1, sizeof(ngx_pdn_tls_session_t));

        if (session == NULL) {
            return NULL;
        }
    }

    session->refs++;
    cln->handler = ngx_pdn_tls_session_unkeep;
    cln->data = session;

    return session;
}


static void
ngx_pdn_tls_session_unkeep(void *data)
{
    ngx_pdn_tls_session_drop(data);
}


/* The server has given a session, or a fresh ticket. */
static void
ngx_pdn_tls_session_saved(ngx_connection_t *c)
{
    ngx_ssl_session_t *fresh;
    ngx_pdn_tls_session_t *session;

    session = ngx_pdn_tls_session_kept(c);
    fresh = ngx_ssl_get_session(c);

    if (session == NULL || fresh == NULL) {
        return;
    }

    if (session->session != NULL) {
        ngx_ssl_free_session(session->session);
    }

    session->session = fresh;
}
