/*
 * SPDX-License-Identifier: MIT
 *
 * The end of a captured subrequest: what became of it, and how its parent
 * hears of that without disturbing nginx's order of subrequests.
 */

#include "ngx_http_pdn_capture.h"


static ngx_int_t ngx_http_pdn_sub_status(ngx_http_request_t *r, ngx_int_t rc);
static ngx_int_t ngx_http_pdn_sub_refused(ngx_http_request_t *r, ngx_int_t rc);
static ngx_int_t ngx_http_pdn_sub_tell(ngx_http_pdn_sub_t *sub);
static void ngx_http_pdn_sub_settle(ngx_http_request_t *r);


/*
 * nginx finishes a subrequest at once only when it is the active one, whose
 * output may go out now.  So it is made that for a moment, wherever it stands
 * in that order, and the order is restored by ngx_http_pdn_sub_settle().
 */
ngx_int_t
ngx_http_pdn_sub_ended(ngx_http_request_t *r, void *data, ngx_int_t rc)
{
    ngx_connection_t *c;
    ngx_http_pdn_sub_t *sub = data;

    c = r->connection;

    if (c->data != r) {
        sub->active = c->data;
        c->data = r;
    }

    if (ngx_http_pdn_sub_tell(sub) != NGX_OK) {
        return NGX_ERROR;
    }

    if (sub->ended) {
        return NGX_OK;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, c->log, 0,
                   "lua run post subrequest handler, rc:%i c:%ud", rc,
                   r->main->count);

    sub->status = ngx_http_pdn_sub_status(r, rc);

    if (rc == NGX_ERROR) {
        rc = NGX_OK;

    } else if (!ngx_http_pdn_hangs_up(rc)
               && (rc >= NGX_HTTP_SPECIAL_RESPONSE || rc == NGX_HTTP_CREATED
                   || rc == NGX_HTTP_NO_CONTENT))
    {
        rc = ngx_http_pdn_sub_refused(r, rc);
    }

    sub->ended = 1;

    return rc;
}


static ngx_int_t
ngx_http_pdn_sub_status(ngx_http_request_t *r, ngx_int_t rc)
{
    if (r->headers_out.status != 0) {
        return r->headers_out.status;
    }

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return rc >= 100 ? rc : NGX_HTTP_OK;
}


/* The status is the answer: no error page, but header filters see it. */
static ngx_int_t
ngx_http_pdn_sub_refused(ngx_http_request_t *r, ngx_int_t rc)
{
    if (r->header_sent) {
        return NGX_OK;
    }

    r->err_status = rc;
    r->headers_out.content_type.len = 0;
    r->headers_out.content_length_n = 0;

    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);

    return ngx_http_send_header(r) == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/*
 * Has ngx_http_pdn_sub_settle() run as soon as nginx is done with `sub`: before
 * any other request that was posted, in its parent's name.
 */
static ngx_int_t
ngx_http_pdn_sub_tell(ngx_http_pdn_sub_t *sub)
{
    ngx_http_request_t *pr;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_posted_request_t *posted;

    ctx = sub->capture->ctx;
    pr = ctx->request;

    posted = ngx_palloc(pr->pool, sizeof(ngx_http_posted_request_t));
    if (posted == NULL) {
        return NGX_ERROR;
    }

    posted->request = pr;
    posted->next = pr->main->posted_requests;
    pr->main->posted_requests = posted;

    if (pr->write_event_handler != ngx_http_pdn_sub_settle) {
        ctx->settled_handler = pr->write_event_handler;
        pr->write_event_handler = ngx_http_pdn_sub_settle;
    }

    if (!sub->listed) {
        sub->listed = 1;
        sub->next = ctx->ended;
        ctx->ended = sub;
    }

    return NGX_OK;
}


/* Subrequests of `r` have ended; nginx has let go of them. */
static void
ngx_http_pdn_sub_settle(ngx_http_request_t *r)
{
    ngx_connection_t *c;
    ngx_http_pdn_ctx_t *ctx;
    ngx_http_pdn_sub_t *sub;
    ngx_http_pdn_capture_t *capture;

    c = r->connection;
    ctx = ngx_http_pdn_ctx(r);

    r->write_event_handler = ctx->settled_handler;

    while (ctx->ended != NULL) {
        sub = ctx->ended;
        ctx->ended = sub->next;
        sub->listed = 0;

        if (sub->active != NULL && c->data == r) {
            c->data = sub->active;
        }

        sub->active = NULL;

        if (sub->counted) {
            continue;
        }

        sub->counted = 1;
        ctx->captures--;

        capture = sub->capture;
        capture->pending--;

        if (capture->pending == 0 && capture->wait.task != NULL) {
            ngx_post_event(&capture->event, &ngx_posted_events);
        }
    }
}
