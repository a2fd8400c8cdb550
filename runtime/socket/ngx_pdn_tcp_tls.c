/*
 * SPDX-License-Identifier: MIT
 *
 * sock:sslhandshake(), the part that needs nginx: TLS on a connection that is
 * open, or that comes from a pool with TLS on it already.  The arguments are
 * read in runtime/lua/core/51_tls.lua, which begins with
 * ngx_pdn_ffi_tls_start() and waits in ngx_pdn_tcp_handshake().
 */

#include "ngx_pdn_tcp.h"
#include "ngx_pdn_tls.h"


int ngx_pdn_ffi_tls_start(void *handle, const ngx_pdn_tls_offer_t *offer,
                          const char **err);
ngx_pdn_tls_session_t *ngx_pdn_ffi_tls_session(void *handle);
void ngx_pdn_ffi_tls_session_free(ngx_pdn_tls_session_t *session);

static const char *ngx_pdn_tls_refusal(ngx_pdn_tcp_t *u);
static ngx_int_t ngx_pdn_tls_begin(ngx_pdn_tcp_t *u,
                                   const ngx_pdn_tls_offer_t *offer,
                                   const char **err);
static ngx_int_t ngx_pdn_tls_keep_name(ngx_pdn_tcp_t *u,
                                       const ngx_pdn_tls_offer_t *offer);
static void ngx_pdn_tls_event(ngx_connection_t *c);
static void ngx_pdn_tls_timer(ngx_event_t *ev);
static void ngx_pdn_tls_done(ngx_pdn_tcp_t *u);
static void ngx_pdn_tls_verify(ngx_pdn_tcp_t *u);
static int ngx_pdn_tls_push(lua_State *L, ngx_pdn_wait_t *wait);
static int ngx_pdn_tls_results(lua_State *L, ngx_pdn_tcp_t *u);
static void ngx_pdn_tls_cancel(ngx_pdn_wait_t *wait);


/*
 * NGX_OK: ngx_pdn_tcp_handshake() is to follow; NGX_DONE: the connection has
 * TLS and was checked; NGX_ERROR: see `*err`, the socket is as it was.
 */
int
ngx_pdn_ffi_tls_start(void *handle, const ngx_pdn_tls_offer_t *offer,
                      const char **err)
{
    ngx_int_t rc;
    ngx_pdn_tcp_t *u;

    rc = ngx_pdn_allowed(NGX_PDN_MAY_WAIT);

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_log_debug0(NGX_LOG_DEBUG_CORE, ngx_pdn_task->host->log, 0,
                   "lua tcp socket ssl handshake");

    u = ngx_pdn_tcp_of(handle);
    *err = u == NULL ? "closed" : ngx_pdn_tls_refusal(u);

    if (*err != NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&u->connect.op.fault, sizeof(ngx_pdn_fault_t));
    u->tls.verify = offer->verify != 0;

    if (ngx_pdn_tls_keep_name(u, offer) != NGX_OK) {
        *err = "no memory";
        return NGX_ERROR;
    }

    if (u->connection->ssl == NULL) {
        rc = ngx_pdn_tls_begin(u, offer, err);

        if (rc != NGX_OK && u->connection->ssl != NULL) {
            (void) ngx_ssl_shutdown(u->connection);
        }

        return rc;
    }

    /* whoever opened it may not have asked who the server is */
    ngx_pdn_tls_verify(u);

    return ngx_pdn_fault_seen(&u->connect.op.fault) ? NGX_OK : NGX_DONE;
}


/* Why there can be no handshake now, or NULL. */
static const char *
ngx_pdn_tls_refusal(ngx_pdn_tcp_t *u)
{
    if (u->connection == NULL || u->read_closed || u->write_closed) {
        return "closed";
    }

    if (u->host != ngx_pdn_task->host) {
        return "bad request";
    }

    if (u->owner != NULL) {
        return "not supported for downstream sockets";
    }

    return ngx_pdn_tcp_busy_text(u, NGX_PDN_TCP_CONNECTING | NGX_PDN_TCP_READING
                                        | NGX_PDN_TCP_WRITING);
}


/* Prepares all that must be said to the server. */
static ngx_int_t
ngx_pdn_tls_begin(ngx_pdn_tcp_t *u, const ngx_pdn_tls_offer_t *offer,
                  const char **err)
{
    ngx_connection_t *c;

    c = u->connection;

    if (c->pool == NULL) {
        c->pool = ngx_create_pool(512, c->log);
    }

    if (c->pool == NULL
        || ngx_ssl_create_connection(u->host->socket_conf->ssl, c,
                                     NGX_SSL_BUFFER | NGX_SSL_CLIENT)
               != NGX_OK)
    {
        *err = "failed to create ssl connection";
        return NGX_ERROR;
    }

    /* what the kernel did not take of a string lies elsewhere at the retry */
    SSL_set_mode(c->ssl->connection, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    if (offer->resumable
        && ngx_pdn_tls_session_offer(c, offer->session, err) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (offer->session != NULL) {
        ngx_pdn_tcp_debug1(u, "lua ssl set session: %p", offer->session);
    }

    return ngx_pdn_tls_identify(c->ssl->connection, offer, err);
}


/* The name that the certificate must have, until the handshake's end. */
static ngx_int_t
ngx_pdn_tls_keep_name(ngx_pdn_tcp_t *u, const ngx_pdn_tls_offer_t *offer)
{
    free(u->tls.name.data);
    ngx_str_null(&u->tls.name);

    if (!offer->verify || offer->name_len == 0) {
        return NGX_OK;
    }

    u->tls.name.data = malloc(offer->name_len + 1);

    if (u->tls.name.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(u->tls.name.data, offer->name, offer->name_len + 1);
    u->tls.name.len = offer->name_len;

    return NGX_OK;
}


/* Lua: handshake(sock) -> true | nil, err, after a start that said NGX_OK */
int
ngx_pdn_tcp_handshake(lua_State *L)
{
    ngx_int_t rc;
    ngx_event_t *timer;
    ngx_pdn_tcp_t *u;
    ngx_connection_t *c;

    (void) ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    u = ngx_pdn_tcp_check(L);
    c = u->connection;

    if (ngx_pdn_fault_seen(&u->connect.op.fault)) {
        return ngx_pdn_tls_results(L, u);
    }

    rc = ngx_ssl_handshake(c);

    ngx_pdn_tcp_debug1(u, "ngx_ssl_handshake returned: %i", rc);

    if (rc != NGX_AGAIN) {
        ngx_pdn_tls_done(u);
        return ngx_pdn_tls_results(L, u);
    }

    c->ssl->handler = ngx_pdn_tls_event;

    timer = &u->connect.timer;
    timer->handler = ngx_pdn_tls_timer;
    timer->data = u;
    timer->log = ngx_cycle->log;
    ngx_add_timer(timer, ngx_pdn_tcp_connect_timeout(u));

    return ngx_pdn_tcp_suspend(L, &u->connect.op, ngx_pdn_tls_push,
                               ngx_pdn_tls_cancel);
}


/* The handshake has come to an end. */
static void
ngx_pdn_tls_event(ngx_connection_t *c)
{
    ngx_pdn_tcp_t *u = c->data;

    if (u->connect.op.pending) {
        ngx_del_timer(&u->connect.timer);
        ngx_pdn_tls_done(u);
        ngx_pdn_tcp_op_wake(&u->connect.op);
    }
}


static void
ngx_pdn_tls_timer(ngx_event_t *ev)
{
    ngx_pdn_tcp_t *u = ev->data;

    u->connect.op.fault.text = "timeout";
    ngx_pdn_tcp_op_wake(&u->connect.op);
}


/* The events are the socket's again. */
static void
ngx_pdn_tls_done(ngx_pdn_tcp_t *u)
{
    ngx_connection_t *c;

    c = u->connection;
    c->read->handler = ngx_pdn_tcp_read_event;
    c->write->handler = ngx_pdn_tcp_write_event;

    if (c->ssl->handshaked) {
        ngx_pdn_tls_verify(u);

    } else {
        u->connect.op.fault.text = "handshake failed";
    }
}


static void
ngx_pdn_tls_verify(ngx_pdn_tcp_t *u)
{
    long rc;
    ngx_connection_t *c;
    ngx_pdn_fault_t *fault;

    c = u->connection;
    fault = &u->connect.op.fault;

    if (!u->tls.verify) {
        return;
    }

    rc = SSL_get_verify_result(c->ssl->connection);

    if (rc != X509_V_OK) {
        fault->text = X509_verify_cert_error_string(rc);
        fault->code = rc;

        if (u->host->socket_conf->log_errors) {
            ngx_log_error(NGX_LOG_ERR, u->host->log, 0,
                          "lua ssl certificate verify error: (%l: %s)", rc,
                          fault->text);
        }

        return;
    }

    if (u->tls.name.len > 0 && !ngx_pdn_tls_is_for(c, &u->tls.name)) {
        fault->text = "certificate host mismatch";

        if (u->host->socket_conf->log_errors) {
            ngx_log_error(NGX_LOG_ERR, u->host->log, 0,
                          "lua ssl certificate does not match host \"%V\"",
                          &u->tls.name);
        }
    }
}


static int
ngx_pdn_tls_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_tcp_t *u;

    u = ngx_queue_data(wait, ngx_pdn_tcp_t, connect.op.wait);
    n = ngx_pdn_tls_results(L, u);
    ngx_pdn_tcp_op_end(u, &u->connect.op);

    return n;
}


/* A connection without the TLS that was asked for is of no use. */
static int
ngx_pdn_tls_results(lua_State *L, ngx_pdn_tcp_t *u)
{
    ngx_pdn_fault_t fault;

    fault = u->connect.op.fault;

    if (!ngx_pdn_fault_seen(&fault)) {
        lua_pushboolean(L, 1);
        return 1;
    }

    ngx_pdn_tcp_shut(u);
    lua_pushnil(L);

    if (fault.code != 0) {
        lua_pushfstring(L, "%d: %s", fault.code, fault.text);

    } else {
        lua_pushstring(L, fault.text);
    }

    return 2;
}


static void
ngx_pdn_tls_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_tcp_t *u;

    u = ngx_queue_data(wait, ngx_pdn_tcp_t, connect.op.wait);

    if (u->connect.timer.timer_set) {
        ngx_del_timer(&u->connect.timer);
    }

    ngx_pdn_tcp_shut(u);
    ngx_pdn_tcp_op_end(u, &u->connect.op);
}


/* The session of a connection with TLS, to be freed; NULL: no memory. */
ngx_pdn_tls_session_t *
ngx_pdn_ffi_tls_session(void *handle)
{
    ngx_pdn_tcp_t *u;
    ngx_pdn_tls_session_t *session;

    u = ngx_pdn_tcp_of(handle);

    if (u == NULL || u->connection == NULL || u->connection->ssl == NULL) {
        return NULL;
    }

    session = ngx_pdn_tls_session_take(u->connection);

    ngx_pdn_tcp_debug1(u, "lua ssl save session: %p", session);

    return session;
}


void
ngx_pdn_ffi_tls_session_free(ngx_pdn_tls_session_t *session)
{
    ngx_log_debug1(NGX_LOG_DEBUG_CORE, ngx_cycle->log, 0,
                   "lua ssl free session: %p", session);

    ngx_pdn_tls_session_drop(session);
}
