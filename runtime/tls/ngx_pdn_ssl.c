/*
 * SPDX-License-Identifier: MIT
 *
 * The C half of ngx.ssl as far as it asks about the connection.
 */

#include "ngx_pdn_ssl.h"


/* What kind of address it is, for Lua. */

#define NGX_PDN_SSL_UNIX  0
#define NGX_PDN_SSL_INET  1
#define NGX_PDN_SSL_INET6 2


int ngx_pdn_ffi_ssl_get_tls1_version(void *r, char **err);
int ngx_pdn_ffi_ssl_server_name(void *r, char **name, size_t *len, char **err);
int ngx_pdn_ffi_ssl_server_port(void *r, unsigned short *port, char **err);
int ngx_pdn_ffi_ssl_raw_server_addr(void *r, char **addr, size_t *len,
                                    int *type, char **err);
int ngx_pdn_ffi_ssl_raw_client_addr(void *r, char **addr, size_t *len,
                                    int *type, char **err);
int ngx_pdn_ffi_ssl_get_random(int client, u_char *out, char **err);
int ngx_pdn_ffi_ssl_export_keying_material(u_char *out, size_t size,
                                           const char *label, size_t llen,
                                           const u_char *context, size_t clen,
                                           int use_context, char **err);
int ngx_pdn_ffi_ssl_session_reused(char **err);
void *ngx_pdn_ffi_get_req_ssl_pointer(void *r);

static int ngx_pdn_ssl_raw_addr(struct sockaddr *sockaddr, socklen_t socklen,
                                char **addr, size_t *len, int *type);


NGX_PDN_SSL_ALIAS(ssl_get_tls1_version);
NGX_PDN_SSL_ALIAS(ssl_server_name);
NGX_PDN_SSL_ALIAS(ssl_server_port);
NGX_PDN_SSL_ALIAS(ssl_raw_server_addr);
NGX_PDN_SSL_ALIAS(ssl_raw_client_addr);
NGX_PDN_SSL_ALIAS(get_req_ssl_pointer);


ngx_connection_t *
ngx_pdn_ssl_connection(char **err)
{
    ngx_connection_t *c;
    ngx_pdn_host_t *host;

    host = ngx_pdn_task ? ngx_pdn_task->host : NULL;
    c = host != NULL && host->ops->connection != NULL
            ? host->ops->connection(host)
            : NULL;

    if (c == NULL || c->ssl == NULL) {
        *err = "bad request";
        return NULL;
    }

    if (c->ssl->connection == NULL) {
        *err = "bad ssl conn";
        return NULL;
    }

    return c;
}


SSL *
ngx_pdn_ssl_of_task(char **err)
{
    ngx_connection_t *c;

    c = ngx_pdn_ssl_connection(err);

    return c != NULL ? c->ssl->connection : NULL;
}


/* The version's number, of the protocol that was agreed on. */
int
ngx_pdn_ffi_ssl_get_tls1_version(void *r, char **err)
{
    SSL *ssl;

    (void) r;

    ssl = ngx_pdn_ssl_of_task(err);

    return ssl != NULL ? SSL_version(ssl) : NGX_ERROR;
}


/* NGX_DECLINED: the client named none. */
int
ngx_pdn_ffi_ssl_server_name(void *r, char **name, size_t *len, char **err)
{
    SSL *ssl;

    (void) r;

    ssl = ngx_pdn_ssl_of_task(err);
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    *name = (char *) SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    if (*name == NULL) {
        return NGX_DECLINED;
    }

    *len = ngx_strlen(*name);

    return NGX_OK;
}


int
ngx_pdn_ffi_ssl_server_port(void *r, unsigned short *port, char **err)
{
    ngx_connection_t *c;

    (void) r;

    c = ngx_pdn_ssl_connection(err);
    if (c == NULL) {
        return NGX_ERROR;
    }

    if (ngx_connection_local_sockaddr(c, NULL, 0) != NGX_OK) {
        *err = "no local address";
        return NGX_ERROR;
    }

    if (c->local_sockaddr->sa_family == AF_UNIX) {
        *err = "unix domain has no port";
        return NGX_ERROR;
    }

    *port = (unsigned short) ngx_inet_get_port(c->local_sockaddr);

    return NGX_OK;
}


/* The address in network order; it is the connection's. */
int
ngx_pdn_ffi_ssl_raw_server_addr(void *r, char **addr, size_t *len, int *type,
                                char **err)
{
    ngx_connection_t *c;

    (void) r;

    c = ngx_pdn_ssl_connection(err);
    if (c == NULL) {
        return NGX_ERROR;
    }

    if (ngx_connection_local_sockaddr(c, NULL, 0) != NGX_OK) {
        *err = "no local address";
        return NGX_ERROR;
    }

    return ngx_pdn_ssl_raw_addr(c->local_sockaddr, c->local_socklen, addr, len,
                                type);
}


int
ngx_pdn_ffi_ssl_raw_client_addr(void *r, char **addr, size_t *len, int *type,
                                char **err)
{
    ngx_connection_t *c;

    (void) r;

    c = ngx_pdn_ssl_connection(err);
    if (c == NULL) {
        return NGX_ERROR;
    }

    return ngx_pdn_ssl_raw_addr(c->sockaddr, c->socklen, addr, len, type);
}


static int
ngx_pdn_ssl_raw_addr(struct sockaddr *sockaddr, socklen_t socklen, char **addr,
                     size_t *len, int *type)
{
    struct sockaddr_in *sin;
    struct sockaddr_un *saun;
    struct sockaddr_in6 *sin6;

    switch (sockaddr->sa_family) {

    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sockaddr;
        *addr = (char *) &sin6->sin6_addr.s6_addr;
        *len = 16;
        *type = NGX_PDN_SSL_INET6;
        break;

    case AF_UNIX:
        saun = (struct sockaddr_un *) sockaddr;
        *type = NGX_PDN_SSL_UNIX;

        /* Linux may leave the path of a nameless one out. */

        if (socklen <= (socklen_t) offsetof(struct sockaddr_un, sun_path)) {
            *addr = "";
            *len = 0;

        } else {
            *addr = saun->sun_path;
            *len = ngx_strlen(saun->sun_path);
        }

        break;

    default:
        sin = (struct sockaddr_in *) sockaddr;
        *addr = (char *) &sin->sin_addr.s_addr;
        *len = 4;
        *type = NGX_PDN_SSL_INET;
        break;
    }

    return NGX_OK;
}


/* Writes SSL3_RANDOM_SIZE bytes: the client's, or the server's. */
int
ngx_pdn_ffi_ssl_get_random(int client, u_char *out, char **err)
{
    SSL *ssl;

    ssl = ngx_pdn_ssl_of_task(err);
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    if (client) {
        (void) SSL_get_client_random(ssl, out, SSL3_RANDOM_SIZE);

    } else {
        (void) SSL_get_server_random(ssl, out, SSL3_RANDOM_SIZE);
    }

    return NGX_OK;
}


int
ngx_pdn_ffi_ssl_export_keying_material(u_char *out, size_t size,
                                       const char *label, size_t llen,
                                       const u_char *context, size_t clen,
                                       int use_context, char **err)
{
    SSL *ssl;

    ssl = ngx_pdn_ssl_of_task(err);
    if (ssl == NULL) {
        return NGX_ERROR;
    }

    if (SSL_export_keying_material(ssl, out, size, label, llen, context, clen,
                                   use_context)
        != 1)
    {
        *err = "SSL_export_keying_material() failed";
        ERR_clear_error();
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* 1: the session is one of before; 0: it is new. */
int
ngx_pdn_ffi_ssl_session_reused(char **err)
{
    SSL *ssl;

    ssl = ngx_pdn_ssl_of_task(err);

    return ssl != NULL ? SSL_session_reused(ssl) : NGX_ERROR;
}


/* OpenSSL's `SSL *`, or NULL. */
void *
ngx_pdn_ffi_get_req_ssl_pointer(void *r)
{
    char *err;

    (void) r;

    return ngx_pdn_ssl_of_task(&err);
}
