/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.location.capture(): what its files share.
 *
 *   capture    a call in Lua: some subrequests that its task waits for
 *   sub        one of them, and what it has answered so far
 *
 * nginx keeps the sub's address in r->post_subrequest, which no redirect
 * clears: that is how filters know that a request is captured.  Both live in
 * the pool of the connection's main request, so a subrequest may outlive the
 * task that asked for it.
 */

#ifndef NGX_HTTP_PDN_CAPTURE_H
#define NGX_HTTP_PDN_CAPTURE_H


#include "ngx_http_pdn_api.h"


typedef struct ngx_http_pdn_capture_s ngx_http_pdn_capture_t;


struct ngx_http_pdn_sub_s {
    ngx_http_post_subrequest_t post;
    ngx_http_pdn_capture_t *capture;
    ngx_http_request_t *request;
    ngx_http_request_t *active; /* c->data before it ended */
    ngx_http_pdn_sub_t *next;   /* in ctx->ended */
    ngx_int_t status;
    u_char *body; /* malloc'ed: a pool would keep it */
    size_t len;
    size_t size;
    unsigned ended : 1;
    unsigned listed : 1;
    unsigned counted : 1; /* its capture knows that it ended */
    unsigned whole : 1;   /* the end of the body was seen */
};


struct ngx_http_pdn_capture_s {
    ngx_pdn_wait_t wait;
    ngx_http_pdn_ctx_t *ctx; /* of the request that captures */
    ngx_event_t event;
    ngx_http_pdn_sub_t *subs;
    ngx_uint_t n;
    ngx_uint_t pending; /* have not ended */
};


/* What Lua asked for; strings live as long as the request. */

typedef struct {
    ngx_str_t uri;
    ngx_str_t args;
    ngx_uint_t method;
    ngx_http_request_body_t *body; /* NULL: that of the parent, or none */
    int vars;                      /* stack index of the table, or 0 */
    int ctx;                       /* the same */
    unsigned share_vars : 1;
    unsigned copy_vars : 1;
    unsigned forward_body : 1;
} ngx_http_pdn_sub_options_t;


/*
 * Reads the `i`-th query { uri, options } of the array at stack index 1; may
 * push, and raises if it is wrong.
 */
void ngx_http_pdn_sub_options(lua_State *L, ngx_http_request_t *r, int i,
                              ngx_http_pdn_sub_options_t *options);

/*
 * A subrequest of `r` that nginx does not know of yet, see
 * ngx_http_pdn_sub_post().  NULL after logging why.
 */
ngx_http_request_t *
ngx_http_pdn_sub_create(ngx_http_request_t *r,
                        const ngx_http_pdn_sub_options_t *options);

/* Hands it to nginx, whose loop over the posted requests will run it. */
ngx_int_t ngx_http_pdn_sub_post(ngx_http_request_t *sr);

/* What nginx calls when a captured subrequest ends; tells them by it too. */
ngx_int_t ngx_http_pdn_sub_ended(ngx_http_request_t *r, void *data,
                                 ngx_int_t rc);

/* The record of a captured subrequest, else NULL. */
static ngx_inline ngx_http_pdn_sub_t *
ngx_http_pdn_sub(ngx_http_request_t *r)
{
    if (r->post_subrequest == NULL
        || r->post_subrequest->handler != ngx_http_pdn_sub_ended)
    {
        return NULL;
    }

    return r->post_subrequest->data;
}

/* Pushes { status, header, body, truncated }.  [-0, +1, e] */
void ngx_http_pdn_sub_push(lua_State *L, ngx_http_pdn_sub_t *sub);

void ngx_http_pdn_capture_filter_init(void);


#endif /* NGX_HTTP_PDN_CAPTURE_H */
