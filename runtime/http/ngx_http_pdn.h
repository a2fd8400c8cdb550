/*
 * SPDX-License-Identifier: MIT
 *
 * A request as a host of the engine, and what its parts share.
 */

#ifndef NGX_HTTP_PDN_H
#define NGX_HTTP_PDN_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_pdn_engine.h"
#include "ngx_pdn_vm.h"
#include "ngx_pdn_chunk.h"
#include "ngx_pdn_lent.h"
#include "ngx_pdn_tls.h"
#include "ngx_pdn_client.h"
#include "ngx_pdn_output.h"
#include "ngx_pdn_settings.h"


/* Chunks that a location runs; NULL where it has none. */

typedef enum {
    NGX_HTTP_PDN_SERVER_REWRITE = 0,
    NGX_HTTP_PDN_REWRITE,
    NGX_HTTP_PDN_ACCESS,
    NGX_HTTP_PDN_CONTENT,
    NGX_HTTP_PDN_HEADER_FILTER,
    NGX_HTTP_PDN_BODY_FILTER,
    NGX_HTTP_PDN_LOG,
    NGX_HTTP_PDN_NCHUNKS
} ngx_http_pdn_slot_e;


typedef struct {
    ngx_pdn_main_t main;
    ngx_array_t *preloads; /* of other modules, see ngx_http_lua_api.h */
    ngx_uint_t used;       /* bits of 1 << slot, in any place */
    ngx_flag_t rewrite_no_postpone;
    ngx_flag_t access_no_postpone;
    ngx_int_t trim_cycle;    /* requests; 0: never */
    ngx_int_t trim_requests; /* of this worker, since it last did */
} ngx_http_pdn_main_conf_t;


typedef struct {
    ngx_pdn_place_t place;
    ngx_pdn_chunk_t *chunks[NGX_HTTP_PDN_NCHUNKS];
    ngx_flag_t need_request_body;
    ngx_flag_t use_default_type;
    ngx_flag_t http10_buffering;
    ngx_flag_t transform_underscores;
} ngx_http_pdn_loc_conf_t;


typedef struct ngx_http_pdn_sub_s ngx_http_pdn_sub_t;


/* One for each request that ran Lua; host.data is the request. */

typedef struct {
    ngx_pdn_host_t host;
    ngx_http_request_t *request;

    /* output, see ngx_http_pdn_output.h */
    ngx_pdn_output_t output;
    ngx_pdn_wait_t *read; /* ngx.req.read_body() waits */

    /* body_filter_by_lua: the chain that ngx.arg reads and replaces */
    ngx_chain_t *filter_in;
    ngx_chain_t *filter_free;
    ngx_chain_t *filter_busy;

    /* set_by_lua: arguments of ngx.arg */
    ngx_http_variable_value_t *set_args;
    ngx_uint_t set_nargs;

    ngx_pdn_peer_t *peer; /* balancer_by_lua chooses it, or NULL */
    ngx_int_t refused;    /* by its ngx.exit(status) */

    ngx_pdn_tcp_t *reader; /* of ngx.req.socket(), that waits */
    ngx_pdn_tcp_t *writer;

    /* ngx.location.capture() */
    ngx_uint_t captures;       /* subrequests that have not ended */
    ngx_http_pdn_sub_t *ended; /* those that just did */
    ngx_http_event_handler_pt settled_handler;

    ngx_str_t exec_uri; /* of ngx.exec, and req.set_uri */
    ngx_str_t exec_args;

    ngx_http_pdn_slot_e slot; /* whose code runs, or ran last */
    ngx_int_t result;         /* of a run that had to wait */
    ngx_int_t filtered;       /* ngx.exit() in a header filter */

    unsigned entered : 8; /* 1 << ngx_http_pdn_slot_e */
    unsigned whole : 1;   /* all was printed: length known */
    unsigned holding : 1; /* HTTP/1.0: all at the end */
    unsigned body_suspended : 1;
    unsigned eof : 1;          /* ngx.eof() was called */
    unsigned seen_last : 1;    /* by body_filter_by_lua */
    unsigned headers_set : 1;  /* by the user's code */
    unsigned type_set : 1;     /* Content-Type among them */
    unsigned reading_body : 1; /* lua_need_request_body */
    unsigned body_ready : 1;
    unsigned jumping : 1; /* set_uri(uri, true) */
    unsigned raw : 1;     /* ngx.req.socket(true): nginx is silent */
} ngx_http_pdn_ctx_t;


extern ngx_module_t ngx_http_pandan_module;
extern const ngx_pdn_host_ops_t ngx_http_pdn_host_ops;
extern const ngx_pdn_client_ops_t ngx_http_pdn_client_ops;


/*
 * The request that the current task runs for.  NULL when there is none (a
 * timer, the worker); the phase is not checked.
 */
ngx_http_request_t *ngx_http_pdn_current(void);

/*
 * The same for classic C functions; raises "no request found" or "API
 * disabled in the context of ..." outside of `phases`.
 */
ngx_http_request_t *ngx_http_pdn_check(lua_State *L, ngx_uint_t phases);

ngx_http_pdn_ctx_t *ngx_http_pdn_ctx(ngx_http_request_t *r);


/*
 * Appends to the task's output.  NGX_OK, or NGX_ERROR with a reason in
 * `*err`: "seen eof", "nginx output filter error", "header only".
 */
ngx_int_t ngx_http_pdn_print(ngx_pdn_host_t *host, const u_char *data,
                             size_t len, const char **err);

/* Sends what was printed, headers first; `last` ends the response. */
ngx_int_t ngx_http_pdn_send(ngx_http_pdn_ctx_t *ctx, ngx_uint_t last);

/* Sends the headers if they have not been. */
ngx_int_t ngx_http_pdn_send_header(ngx_http_pdn_ctx_t *ctx);


#endif /* NGX_HTTP_PDN_H */
