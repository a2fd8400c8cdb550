/*
 * SPDX-License-Identifier: MIT
 *
 * Lua that takes part in a client's TLS handshake, and may wait there.  What
 * http and stream share: the configuration's owner hooks the SSL_CTX of each
 * server, and tells by ngx_pdn_tls_ops_t what a connection is to run.
 *
 * nginx gives up a handshake that OpenSSL suspends.  So it meets, at first,
 * a gate instead of the socket, which says "come later"; from there on the
 * handshake is driven here, and handed back when it has ended.
 */

#ifndef NGX_PDN_HANDSHAKE_H
#define NGX_PDN_HANDSHAKE_H


#include "ngx_pdn_vm.h"
#include "ngx_pdn_chunk.h"
#include "ngx_pdn_background.h"


typedef enum {
    NGX_PDN_TLS_HELLO = 0,
    NGX_PDN_TLS_CERT,
    NGX_PDN_TLS_FETCH,
    NGX_PDN_TLS_STORE,
    NGX_PDN_TLS_NCHUNKS
} ngx_pdn_tls_slot_e;


/* What a connection is to run, by the server that it has fallen to. */

typedef struct {
    ngx_pdn_chunk_t **chunks; /* by slot; NULL where it has none */
    ngx_str_t name;           /* of the server */
    ngx_pdn_vm_t *vm;
    ngx_pdn_like_t like;           /* without client and server */
    ngx_uint_t verify_depth;       /* of a client's certificate */
    ngx_flag_t check_client_abort; /* code dies with its client */
} ngx_pdn_tls_server_t;


/* What code may be hooked into. */

typedef struct {
    SSL_CTX *ctx;             /* NULL: it has no TLS */
    ngx_pdn_chunk_t **chunks; /* its own, by slot */
} ngx_pdn_tls_hook_t;


typedef struct {
    /* Of a server of the configuration, as its host has it. */
    void (*hook)(void *conf, ngx_pdn_tls_hook_t *hook);

    /* During a handshake the connection's data still name its server. */
    void (*server)(ngx_connection_t *c, ngx_pdn_tls_server_t *server);
} ngx_pdn_tls_ops_t;


typedef struct {
    ngx_pdn_host_t host; /* of all its phases, one behind the other */
    ngx_connection_t *connection;
    const ngx_pdn_tls_ops_t *ops;
    ngx_pdn_tls_server_t server;
    ngx_log_t log;
    ngx_event_t start; /* begins to drive, behind nginx's own try */
    BIO *socket;       /* while the gate stands in its place */

    ngx_str_t session_id; /* that is fetched or stored */
    SSL_SESSION *stored;  /* OpenSSL's, while its code runs */
    SSL_SESSION *fetched; /* ours until OpenSSL asks for it */

    ngx_pdn_tls_slot_e slot;         /* whose code runs, or ran last */
    int result[NGX_PDN_TLS_NCHUNKS]; /* of code that has ended: 1 or 0 */
    unsigned entered : 4;            /* 1 << slot: its code has begun */
    unsigned done : 4;               /* 1 << slot: its code has ended */
    unsigned driven : 1;             /* here, not by nginx */
} ngx_pdn_handshake_t;


/*
 * Hooks all servers of a configuration, an array of pointers to what
 * ops->hook() knows, unless none of them has code.  NGX_ERROR after logging
 * why.
 */
ngx_int_t ngx_pdn_handshake_hook_all(ngx_conf_t *cf, ngx_array_t *servers,
                                     const ngx_pdn_tls_ops_t *ops);

/*
 * Makes the handshakes that begin with `ctx` run the code of `chunks`, those
 * of its own server.  Handshakes begin with the SSL_CTX of an address's
 * default server, so each one is to be hooked as soon as code of any server
 * may wait (`waits`).  NGX_ERROR after logging why.
 */
ngx_int_t ngx_pdn_handshake_hook(ngx_conf_t *cf, SSL_CTX *ctx,
                                 const ngx_pdn_tls_ops_t *ops,
                                 ngx_pdn_chunk_t **chunks, ngx_uint_t waits);

/* The connection's, from its handshake until it closes; NULL: no code ran. */
ngx_pdn_handshake_t *ngx_pdn_handshake_of(SSL *ssl);

/* The one that the running task works for, or NULL. */
ngx_pdn_handshake_t *ngx_pdn_handshake_current(void);


/* For the files of runtime/tls */

/* Of a connection that has none yet; NULL without memory. */
ngx_pdn_handshake_t *ngx_pdn_handshake_create(ngx_connection_t *c);

/* Lets go of all but ngx.ctx; may be called again. */
void ngx_pdn_handshake_release(ngx_pdn_handshake_t *hs);

/*
 * Goes on until it has to wait for the socket or for its code, or has ended:
 * then the connection is nginx's again, and may be gone.
 */
void ngx_pdn_handshake_drive(ngx_pdn_handshake_t *hs);

/* The connection's event handler meanwhile. */
void ngx_pdn_handshake_event(ngx_event_t *ev);

/* Sets OpenSSL's callbacks for the code that there is. */
void ngx_pdn_handshake_callbacks(SSL_CTX *ctx, ngx_pdn_chunk_t **chunks);

/* Makes it a host. */
void ngx_pdn_handshake_host(ngx_pdn_handshake_t *hs, ngx_pool_t *pool);

/* Runs a slot's code, once: 1 or 0, or NGX_AGAIN while it waits. */
ngx_int_t ngx_pdn_handshake_run(ngx_pdn_handshake_t *hs,
                                ngx_pdn_tls_slot_e slot);


#endif /* NGX_PDN_HANDSHAKE_H */
