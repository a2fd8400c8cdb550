/*
 * SPDX-License-Identifier: MIT
 *
 * TLS as the pool's keywords want it: `tls` (the name that the server must
 * have), `tls_verify` ("no": any will do), `tls_ca`, `tls_cert`, `tls_key`
 * (files).  Settings that are alike are read once in a worker.
 */

#include "ngx_pandan_db_module.h"
#include "ngx_pdn_wire.h"
#include "ngx_pdn_tls.h"


typedef struct {
    ngx_queue_t link;
    ngx_ssl_t ssl;
    char *key[4]; /* see ngx_pdn_wire_tls_keys */
} ngx_pdn_wire_tls_t;


static ngx_pdn_wire_tls_t *ngx_pdn_wire_tls_settings(ngx_pdn_wire_t *wire);
static ngx_pdn_wire_tls_t *ngx_pdn_wire_tls_create(ngx_pdn_wire_t *wire);
static const char *ngx_pdn_wire_tls_fill(SSL_CTX *ctx, char **key);
static void ngx_pdn_wire_tls_free(ngx_pdn_wire_tls_t *tls);
static ngx_uint_t ngx_pdn_wire_tls_same(const char *a, const char *b);
static void ngx_pdn_wire_tls_event(ngx_connection_t *c);
static void ngx_pdn_wire_tls_end(ngx_pdn_wire_t *wire);
static void ngx_pdn_wire_tls_refuse(ngx_pdn_wire_t *wire, const char *why);


static const char *ngx_pdn_wire_tls_keys[] = { "tls_ca", "tls_cert", "tls_key",
                                               "tls_verify" };


ngx_uint_t
ngx_pdn_wire_wants_tls(ngx_pdn_wire_t *wire)
{
    return ngx_pdn_db_pool_get(wire->pool, "tls") != NULL;
}


ngx_int_t
ngx_pdn_wire_tls(ngx_pdn_wire_t *wire, void (*done)(ngx_pdn_wire_t *wire))
{
    ngx_int_t rc;
    const char *err;
    ngx_connection_t *c = wire->connection;
    ngx_pdn_wire_tls_t *tls;
    ngx_pdn_tls_offer_t offer;

    wire->error.code = NULL;
    wire->tls_done = done;
    tls = ngx_pdn_wire_tls_settings(wire);

    if (tls == NULL) {
        return NGX_ERROR;
    }

    c->pool = ngx_create_pool(512, c->log);

    if (c->pool == NULL
        || ngx_ssl_create_connection(&tls->ssl, c,
                                     NGX_SSL_BUFFER | NGX_SSL_CLIENT)
               != NGX_OK)
    {
        ngx_pdn_wire_tls_refuse(wire, "no memory");
        return NGX_ERROR;
    }

    /* what is written lies elsewhere when it has grown */
    SSL_set_mode(c->ssl->connection, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    ngx_memzero(&offer, sizeof(ngx_pdn_tls_offer_t));
    offer.name = ngx_pdn_db_pool_get(wire->pool, "tls");
    offer.name_len = ngx_strlen(offer.name);

    if (offer.name_len == 0) {
        offer.name = NULL;
    }

    if (ngx_pdn_tls_identify(c->ssl->connection, &offer, &err) != NGX_OK) {
        ngx_pdn_wire_tls_refuse(wire, err);
        return NGX_ERROR;
    }

    rc = ngx_ssl_handshake(c);

    if (rc == NGX_AGAIN) {
        c->ssl->handler = ngx_pdn_wire_tls_event;

    } else {
        ngx_pdn_wire_tls_end(wire);
    }

    return NGX_OK;
}


void
ngx_pdn_wire_tls_release(ngx_queue_t *settings)
{
    ngx_queue_t *q;

    while (!ngx_queue_empty(settings)) {
        q = ngx_queue_head(settings);
        ngx_queue_remove(q);
        ngx_pdn_wire_tls_free(ngx_queue_data(q, ngx_pdn_wire_tls_t, link));
    }
}


static ngx_pdn_wire_tls_t *
ngx_pdn_wire_tls_settings(ngx_pdn_wire_t *wire)
{
    ngx_uint_t i;
    ngx_queue_t *q, *settings;
    ngx_pdn_wire_tls_t *tls;

    settings = &ngx_pdn_db_conf()->tls;

    for (q = ngx_queue_head(settings); q != ngx_queue_sentinel(settings);
         q = ngx_queue_next(q))
    {
        tls = ngx_queue_data(q, ngx_pdn_wire_tls_t, link);

        for (i = 0; i < 4; i++) {
            if (!ngx_pdn_wire_tls_same(
                    tls->key[i],
                    ngx_pdn_db_pool_get(wire->pool, ngx_pdn_wire_tls_keys[i])))
            {
                break;
            }
        }

        if (i == 4) {
            return tls;
        }
    }

    tls = ngx_pdn_wire_tls_create(wire);

    if (tls != NULL) {
        ngx_queue_insert_tail(settings, &tls->link);
    }

    return tls;
}


static ngx_pdn_wire_tls_t *
ngx_pdn_wire_tls_create(ngx_pdn_wire_t *wire)
{
    ngx_uint_t i;
    const char *err, *value;
    ngx_pdn_wire_tls_t *tls;

    tls = ngx_calloc(sizeof(ngx_pdn_wire_tls_t), ngx_cycle->log);
    if (tls == NULL) {
        ngx_pdn_wire_tls_refuse(wire, "no memory");
        return NULL;
    }

    tls->ssl.log = ngx_cycle->log;
    err = "no memory";

    for (i = 0; i < 4; i++) {
        value = ngx_pdn_db_pool_get(wire->pool, ngx_pdn_wire_tls_keys[i]);

        if (value != NULL) {
            tls->key[i] = strdup(value);

            if (tls->key[i] == NULL) {
                goto failed;
            }
        }
    }

    if (ngx_ssl_create(&tls->ssl, NGX_SSL_TLSv1_2 | NGX_SSL_TLSv1_3, NULL)
        != NGX_OK)
    {
        goto failed;
    }

    err = ngx_pdn_wire_tls_fill(tls->ssl.ctx, tls->key);

    if (err == NULL) {
        return tls;
    }

failed:

    ERR_clear_error();
    ngx_pdn_wire_tls_refuse(wire, err);
    ngx_pdn_wire_tls_free(tls);

    return NULL;
}


/* NULL, or why not. */
static const char *
ngx_pdn_wire_tls_fill(SSL_CTX *ctx, char **key)
{
    if (key[0] == NULL) {
        if (SSL_CTX_set_default_verify_paths(ctx) == 0) {
            return "the system's certificates cannot be read";
        }

    } else if (SSL_CTX_load_verify_locations(ctx, key[0], NULL) == 0) {
        return "the file of option tls_ca cannot be read";
    }

    if (key[1] == NULL) {
        return NULL;
    }

    if (SSL_CTX_use_certificate_chain_file(ctx, key[1]) == 0) {
        return "the file of option tls_cert cannot be read";
    }

    if (SSL_CTX_use_PrivateKey_file(ctx, key[2] ? key[2] : key[1],
                                    SSL_FILETYPE_PEM)
        == 0)
    {
        return "the file of option tls_key cannot be read";
    }

    return NULL;
}


static void
ngx_pdn_wire_tls_free(ngx_pdn_wire_tls_t *tls)
{
    ngx_uint_t i;

    for (i = 0; i < 4; i++) {
        free(tls->key[i]);
    }

    SSL_CTX_free(tls->ssl.ctx);
    ngx_free(tls);
}


static ngx_uint_t
ngx_pdn_wire_tls_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : ngx_strcmp(a, b) == 0;
}


static void
ngx_pdn_wire_tls_event(ngx_connection_t *c)
{
    ngx_pdn_wire_tls_end(c->data);
}


/* The handshake has ended, well or not. */
static void
ngx_pdn_wire_tls_end(ngx_pdn_wire_t *wire)
{
    long rc;
    ngx_str_t name;
    const char *verify;
    ngx_connection_t *c = wire->connection;

    verify = ngx_pdn_db_pool_get(wire->pool, "tls_verify");
    name.data = (u_char *) ngx_pdn_db_pool_get(wire->pool, "tls");
    name.len = ngx_strlen(name.data);

    if (!c->ssl->handshaked) {
        ngx_pdn_wire_tls_refuse(wire, "the handshake failed");

    } else if (verify == NULL || ngx_strcmp(verify, "no") != 0) {
        rc = SSL_get_verify_result(c->ssl->connection);

        if (rc != X509_V_OK) {
            ngx_pdn_wire_tls_refuse(wire, X509_verify_cert_error_string(rc));

        } else if (name.len > 0 && !ngx_pdn_tls_is_for(c, &name)) {
            ngx_pdn_wire_tls_refuse(wire, "its certificate is for another");
        }
    }

    wire->tls_done(wire);
}


static void
ngx_pdn_wire_tls_refuse(ngx_pdn_wire_t *wire, const char *why)
{
    const char *place;

    place = ngx_pdn_db_pool_get(wire->pool, "place");

    pdn_db_fail(&wire->error, "connect_failed",
                "cannot speak TLS with '%s': %s",
                place ? place : wire->protocol->name, why);
}
