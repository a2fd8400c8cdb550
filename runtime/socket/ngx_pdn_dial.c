/*
 * SPDX-License-Identifier: MIT
 *
 * Connections as nginx makes them for its upstreams, without its upstreams.
 */

#include "ngx_pdn_dial.h"

#include <ngx_event_connect.h>


#define NGX_PDN_UNIX "unix:"


static ngx_int_t ngx_pdn_dial_connect(ngx_peer_connection_t *pc,
                                      ngx_pdn_addr_t *addr,
                                      ngx_connection_t **c,
                                      ngx_pdn_fault_t *fault);


ngx_uint_t
ngx_pdn_is_path(const ngx_str_t *name)
{
    return name->len >= sizeof(NGX_PDN_UNIX) - 1
           && ngx_strncasecmp(name->data, (u_char *) NGX_PDN_UNIX,
                              sizeof(NGX_PDN_UNIX) - 1)
                  == 0;
}


const char *
ngx_pdn_path_addr(const ngx_str_t *name, ngx_pdn_addr_t *addr)
{
    ngx_str_t path;
    struct sockaddr_un *sun;

    path.data = name->data + sizeof(NGX_PDN_UNIX) - 1;
    path.len = name->len - (sizeof(NGX_PDN_UNIX) - 1);
    sun = &addr->sockaddr.sockaddr_un;

    if (path.len == 0) {
        return "failed to parse host name \"unix:\": no path in the unix "
               "domain socket";
    }

    if (path.len >= sizeof(sun->sun_path)) {
        return "failed to parse host name: too long path in the unix domain "
               "socket";
    }

    ngx_memzero(addr, sizeof(ngx_pdn_addr_t));
    sun->sun_family = AF_UNIX;
    ngx_memcpy(sun->sun_path, path.data, path.len);
    addr->socklen = sizeof(struct sockaddr_un);

    return NULL;
}


ngx_int_t
ngx_pdn_dial(ngx_pdn_host_t *host, int type, ngx_pdn_addr_t *addr,
             ngx_pdn_addr_t *local, ngx_connection_t **c,
             ngx_pdn_fault_t *fault)
{
    u_char local_text[NGX_SOCKADDR_STRLEN];
    ngx_int_t rc;
    ngx_addr_t from;
    ngx_peer_connection_t pc;

    ngx_memzero(&pc, sizeof(ngx_peer_connection_t));
    pc.type = type;
    pc.log = host->log;
    pc.log_error = host->socket_conf->log_errors ? NGX_ERROR_ERR
                                                 : NGX_ERROR_INFO;

    if (local->socklen != 0) {
        from.sockaddr = &local->sockaddr.sockaddr;
        from.socklen = local->socklen;
        from.name.data = local_text;
        from.name.len = ngx_sock_ntop(from.sockaddr, from.socklen, local_text,
                                      NGX_SOCKADDR_STRLEN, 0);
        pc.local = &from;
    }

    rc = ngx_pdn_dial_connect(&pc, addr, c, fault);

    if (rc != NGX_ERROR) {
        ngx_pdn_dial_log(host, *c);
    }

    return rc;
}


ngx_int_t
ngx_pdn_dial_plain(ngx_log_t *log, ngx_pdn_addr_t *addr, ngx_connection_t **c,
                   ngx_pdn_fault_t *fault)
{
    ngx_int_t rc;
    ngx_peer_connection_t pc;

    ngx_memzero(&pc, sizeof(ngx_peer_connection_t));
    pc.type = SOCK_STREAM;
    pc.log = log;
    pc.log_error = NGX_ERROR_INFO;

    rc = ngx_pdn_dial_connect(&pc, addr, c, fault);

    if (rc != NGX_ERROR) {
        (*c)->log = log;
        (*c)->read->log = log;
        (*c)->write->log = log;
        (*c)->log_error = NGX_ERROR_INFO;
    }

    return rc;
}


static ngx_int_t
ngx_pdn_dial_connect(ngx_peer_connection_t *pc, ngx_pdn_addr_t *addr,
                     ngx_connection_t **c, ngx_pdn_fault_t *fault)
{
    u_char text[NGX_SOCKADDR_STRLEN];
    ngx_int_t rc;
    ngx_str_t name;

    name.data = text;
    name.len = ngx_sock_ntop(&addr->sockaddr.sockaddr, addr->socklen, text,
                             NGX_SOCKADDR_STRLEN, 1);

    pc->sockaddr = &addr->sockaddr.sockaddr;
    pc->socklen = addr->socklen;
    pc->name = &name;
    pc->get = ngx_event_get_peer;

    ngx_set_errno(0);
    rc = ngx_event_connect_peer(pc);

    if (rc != NGX_OK && rc != NGX_AGAIN) {
        fault->code = ngx_socket_errno;

        if (fault->code == 0) {
            fault->text = "no live connection";
        }

        if (pc->connection != NULL) {
            ngx_close_connection(pc->connection);
        }

        return NGX_ERROR;
    }

    ngx_pdn_counters.sockets++;
    *c = pc->connection;

    return rc;
}


void
ngx_pdn_dial_log(ngx_pdn_host_t *host, ngx_connection_t *c)
{
    c->log = host->log;
    c->read->log = c->log;
    c->write->log = c->log;
    c->log_error = host->socket_conf->log_errors ? NGX_ERROR_ERR
                                                 : NGX_ERROR_INFO;

    if (c->pool != NULL) {
        c->pool->log = c->log;
    }
}


void
ngx_pdn_hang_up(ngx_connection_t *c)
{
    ngx_pool_t *pool;

    if (c->ssl != NULL) {
        c->ssl->no_wait_shutdown = 1;

        if (ngx_ssl_shutdown(c) == NGX_AGAIN) {
            /* the goodbye would have to wait for the peer */
            c->ssl->no_send_shutdown = 1;
            (void) ngx_ssl_shutdown(c);
        }
    }

    pool = c->pool;
    ngx_close_connection(c);

    if (pool != NULL) {
        ngx_destroy_pool(pool);
    }

    ngx_pdn_counters.sockets--;
}
