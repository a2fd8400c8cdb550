/*
 * SPDX-License-Identifier: MIT
 *
 * A session as a host of the engine, and what the files of the stream module
 * share.  A thin host: what stream has in common with HTTP stands in
 * runtime/conf, runtime/client, runtime/socket and runtime/tls.
 */

#ifndef NGX_STREAM_PDN_H
#define NGX_STREAM_PDN_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_stream.h>

#include "ngx_pdn_settings.h"
#include "ngx_pdn_client.h"
#include "ngx_pdn_output.h"
#include "ngx_pdn_lent.h"


/* $status of a session whose client left its code alone. */
#define NGX_STREAM_PDN_CLIENT_CLOSED 499


/* Chunks that a server runs; NULL where it has none. */

typedef enum {
    NGX_STREAM_PDN_PREREAD = 0,
    NGX_STREAM_PDN_CONTENT,
    NGX_STREAM_PDN_LOG,
    NGX_STREAM_PDN_BALANCER, /* an upstream's */
    NGX_STREAM_PDN_NCHUNKS
} ngx_stream_pdn_slot_e;


typedef struct {
    ngx_pdn_main_t main;
    ngx_uint_t used; /* bits of 1 << slot, in any place */
    ngx_flag_t no_postpone;
    ngx_array_t prereads; /* ngx_stream_handler_pt of others, see preread.c */
} ngx_stream_pdn_main_conf_t;


typedef struct {
    ngx_pdn_place_t place;
    ngx_pdn_chunk_t *chunks[NGX_STREAM_PDN_NCHUNKS];
    ngx_pdn_chunk_t *tls[NGX_PDN_TLS_NCHUNKS];
} ngx_stream_pdn_srv_conf_t;


typedef struct ngx_stream_pdn_peek_s ngx_stream_pdn_peek_t;
typedef struct ngx_stream_pdn_udp_s ngx_stream_pdn_udp_t;


/* One for each session that ran Lua; host.data is the session. */

typedef struct {
    ngx_pdn_host_t host;
    ngx_stream_session_t *session;
    ngx_pdn_output_t output;

    ngx_pdn_tcp_t *reader; /* of ngx.req.socket(), that waits */
    ngx_pdn_tcp_t *writer;
    ngx_pdn_tcp_t *lent;         /* the socket over the client's connection */
    int socket;                  /* reference of its object, or LUA_NOREF */
    ngx_stream_pdn_peek_t *peek; /* sock:peek() waits */
    ngx_stream_pdn_udp_t *udp;   /* datagrams that wait to be read */

    ngx_pdn_peer_t *peer; /* balancer_by_lua chooses it, or NULL */
    ngx_int_t refused;    /* by its ngx.exit(status) */

    ngx_stream_pdn_slot_e slot; /* whose code runs, or ran last */
    ngx_int_t result;           /* of preread code that had to wait */
    ngx_uint_t status;          /* to end with when all has been sent */

    unsigned entered : 4;  /* 1 << ngx_stream_pdn_slot_e */
    unsigned eof : 1;      /* ngx.eof() was called */
    unsigned consumed : 1; /* the client's bytes have been read */
    unsigned raw : 1;      /* ngx.req.socket(true) was called */
    unsigned draining : 1; /* the code has ended, its output has not */
} ngx_stream_pdn_ctx_t;


extern ngx_module_t ngx_stream_pandan_module;
extern const ngx_pdn_host_ops_t ngx_stream_pdn_host_ops;
extern const ngx_pdn_client_ops_t ngx_stream_pdn_client_ops;


/* ngx_stream_pdn_host.c */

ngx_stream_pdn_ctx_t *ngx_stream_pdn_ctx(ngx_stream_session_t *s);

/* Made at the first call; NULL without memory. */
ngx_stream_pdn_ctx_t *ngx_stream_pdn_ctx_get(ngx_stream_session_t *s);


/* ngx_stream_pdn_phase.c */

ngx_int_t ngx_stream_pdn_preread_handler(ngx_stream_session_t *s);
void ngx_stream_pdn_content_handler(ngx_stream_session_t *s);
ngx_int_t ngx_stream_pdn_log_handler(ngx_stream_session_t *s);

/* A run that had been suspended has ended, see ngx_pdn_host_ops_t. */
void ngx_stream_pdn_finish(ngx_pdn_host_t *host, ngx_int_t rc);

/* Ends the session; its code, if it runs still, dies. */
void ngx_stream_pdn_end(ngx_stream_pdn_ctx_t *ctx, ngx_uint_t status);


/* ngx_stream_pdn_preread.c: the order of the preread phase */

ngx_int_t ngx_stream_pdn_preread_init(ngx_conf_t *cf);


/* ngx_stream_pdn_event.c: the connection's events while code runs */

void ngx_stream_pdn_take_events(ngx_stream_pdn_ctx_t *ctx);

/* lua_check_client_abort: sees to it that a client's end is told of. */
void ngx_stream_pdn_watch(ngx_stream_pdn_ctx_t *ctx);


/* ngx_stream_pdn_output.c */

/* Sends what was printed: NGX_OK, NGX_AGAIN some of it waits, NGX_ERROR. */
ngx_int_t ngx_stream_pdn_send(ngx_stream_pdn_ctx_t *ctx);

ngx_int_t ngx_stream_pdn_can_print(ngx_pdn_host_t *host, const char **err);
ngx_int_t ngx_stream_pdn_print(ngx_pdn_host_t *host, const u_char *data,
                               size_t len, const char **err);
ngx_int_t ngx_stream_pdn_eof(ngx_pdn_host_t *host, const char **err);
ngx_int_t ngx_stream_pdn_flush(ngx_pdn_host_t *host, ngx_uint_t wait,
                               const char **err);
ngx_int_t ngx_stream_pdn_flush_more(ngx_pdn_host_t *host, const char **err);
void ngx_stream_pdn_flush_end(ngx_pdn_host_t *host);

/* The code has ended: NGX_AGAIN, the write event goes on with it. */
ngx_int_t ngx_stream_pdn_drain(ngx_stream_pdn_ctx_t *ctx);


/* ngx_stream_pdn_socket.c, ngx_stream_pdn_peek.c, ngx_stream_pdn_udp.c */

int ngx_stream_pdn_socket(lua_State *L, ngx_pdn_host_t *host);

/* What the socket has read of the client's bytes and nobody took. */
ngx_int_t ngx_stream_pdn_put_back(ngx_stream_pdn_ctx_t *ctx);

int ngx_stream_pdn_sock_peek(lua_State *L);
void ngx_stream_pdn_peek_event(ngx_stream_pdn_ctx_t *ctx);

void ngx_stream_pdn_socket_open(lua_State *L);
void ngx_stream_pdn_udp_open(lua_State *L);
int ngx_stream_pdn_udp_socket(lua_State *L, ngx_stream_pdn_ctx_t *ctx);
void ngx_stream_pdn_udp_event(ngx_stream_pdn_ctx_t *ctx);

/* Makes a later datagram the one to be read; NGX_DECLINED: there is none. */
ngx_int_t ngx_stream_pdn_udp_next(ngx_stream_pdn_ctx_t *ctx);
void ngx_stream_pdn_udp_release(ngx_stream_pdn_ctx_t *ctx);


/* ngx_stream_pdn_variable.c */

extern const ngx_pdn_variable_ops_t ngx_stream_pdn_variable_ops;

char *ngx_stream_pdn_add_variable(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf);


/* ngx_stream_pdn_balancer.c, ngx_stream_pdn_tls.c */

char *ngx_stream_pdn_balancer(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_pdn_peer_t *ngx_stream_pdn_peer(ngx_pdn_host_t *host, const char **err);
ngx_int_t ngx_stream_pdn_tls_init(ngx_conf_t *cf);


#endif /* NGX_STREAM_PDN_H */
