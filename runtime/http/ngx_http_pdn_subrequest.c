/*
 * SPDX-License-Identifier: MIT
 *
 * Makes a subrequest that is its parent's equal: with headers, a body and
 * variables of its own.  nginx's own ngx_http_subrequest() shares these, and
 * orders the output of those that it makes; ours has none.
 */

#include "ngx_http_pdn_capture.h"


static ngx_http_request_t *ngx_http_pdn_sub_alloc(ngx_http_request_t *r);
static ngx_int_t
ngx_http_pdn_sub_body(ngx_http_request_t *sr,
                      const ngx_http_pdn_sub_options_t *options);
static ngx_int_t ngx_http_pdn_sub_length(ngx_http_request_t *sr);
static ngx_int_t
ngx_http_pdn_sub_variables(ngx_http_request_t *sr,
                           const ngx_http_pdn_sub_options_t *options);


ngx_http_request_t *
ngx_http_pdn_sub_create(ngx_http_request_t *r,
                        const ngx_http_pdn_sub_options_t *options)
{
    ngx_http_request_t *sr;

    if (r->subrequests == 0) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "lua subrequests cycle while processing \"%V\"",
                      &options->uri);
        return NULL;
    }

    sr = ngx_http_pdn_sub_alloc(r);
    if (sr == NULL) {
        return NULL;
    }

    sr->uri = options->uri;
    sr->args = options->args;

    ngx_http_set_exten(sr);

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                   "lua http subrequest \"%V?%V\"", &sr->uri, &sr->args);

    if (ngx_http_pdn_set_method(sr, options->method) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "unsupported HTTP method: %ui", options->method);
        return NULL;
    }

    if (ngx_http_pdn_sub_variables(sr, options) != NGX_OK
        || ngx_http_pdn_copy_headers_in(sr, r) != NGX_OK
        || ngx_http_pdn_sub_body(sr, options) != NGX_OK)
    {
        return NULL;
    }

    return sr;
}


/* What does not depend on what was asked for. */
static ngx_http_request_t *
ngx_http_pdn_sub_alloc(ngx_http_request_t *r)
{
    ngx_time_t *now;
    ngx_http_request_t *sr;
    ngx_http_core_srv_conf_t *cscf;

    sr = ngx_pcalloc(r->pool, sizeof(ngx_http_request_t));
    if (sr == NULL) {
        return NULL;
    }

    sr->ctx = ngx_pcalloc(r->pool, sizeof(void *) * ngx_http_max_module);

    if (sr->ctx == NULL
        || ngx_list_init(&sr->headers_out.headers, r->pool, 8,
                         sizeof(ngx_table_elt_t))
               != NGX_OK
        || ngx_list_init(&sr->headers_out.trailers, r->pool, 1,
                         sizeof(ngx_table_elt_t))
               != NGX_OK)
    {
        return NULL;
    }

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    sr->signature = NGX_HTTP_MODULE;
    sr->connection = r->connection;
    sr->pool = r->pool;
    sr->main = r->main;
    sr->parent = r;

    sr->main_conf = cscf->ctx->main_conf;
    sr->srv_conf = cscf->ctx->srv_conf;
    sr->loc_conf = cscf->ctx->loc_conf;

    ngx_http_clear_content_length(sr);
    ngx_http_clear_accept_ranges(sr);
    ngx_http_clear_last_modified(sr);

    sr->header_in = r->header_in;
    sr->http_version = r->http_version;
    sr->http_protocol = r->http_protocol;
    sr->request_line = r->request_line;
    sr->unparsed_uri = r->unparsed_uri;
    sr->variables = r->variables;
    sr->log_handler = r->log_handler;

    sr->read_event_handler = ngx_http_request_empty_handler;
    sr->write_event_handler = ngx_http_handler;

    sr->internal = 1;
    sr->discard_body = r->discard_body;
    sr->expect_tested = 1;
    sr->main_filter_need_in_memory = r->main_filter_need_in_memory;
    sr->uri_changes = NGX_HTTP_MAX_URI_CHANGES + 1;
    sr->subrequests = r->subrequests - 1;

    now = ngx_timeofday();
    sr->start_sec = now->sec;
    sr->start_msec = now->msec;

    return sr;
}


ngx_int_t
ngx_http_pdn_sub_post(ngx_http_request_t *sr)
{
    if (sr->main->count >= 65535 - 1000) {
        ngx_log_error(NGX_LOG_CRIT, sr->connection->log, 0,
                      "request reference counter overflow while processing "
                      "\"%V\"",
                      &sr->uri);
        return NGX_ERROR;
    }

    if (ngx_http_post_request(sr, NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    sr->main->count++;

    return NGX_OK;
}


/*
 * The body: one of its own, its parent's, or none.  The parent's length is
 * true of the parent's body only, if it has one at all.
 */
static ngx_int_t
ngx_http_pdn_sub_body(ngx_http_request_t *sr,
                      const ngx_http_pdn_sub_options_t *options)
{
    ngx_str_t name, none;
    ngx_http_request_t *r;

    r = sr->parent;

    if (options->body == NULL
        && (options->forward_body || options->method == NGX_HTTP_PUT
            || options->method == NGX_HTTP_POST
            || r->headers_in.content_length_n <= 0))
    {
        if (r->request_body != NULL) {
            /* A copy: what changes it there leaves the parent's alone. */

            sr->request_body = ngx_palloc(sr->pool,
                                          sizeof(ngx_http_request_body_t));
            if (sr->request_body == NULL) {
                return NGX_ERROR;
            }

            *sr->request_body = *r->request_body;
        }

        if (!sr->headers_in.chunked) {
            return NGX_OK;
        }

    } else {
        sr->request_body = options->body;
    }

    sr->headers_in.chunked = 0;

    if (sr->request_body != NULL) {
        return ngx_http_pdn_sub_length(sr);
    }

    ngx_str_set(&name, "Content-Length");
    ngx_str_null(&none);

    return ngx_http_pdn_set_header_in(sr, &name, &none, 0);
}


static ngx_int_t
ngx_http_pdn_sub_length(ngx_http_request_t *sr)
{
    off_t len;
    ngx_str_t name, value;
    ngx_chain_t *cl;

    len = 0;

    for (cl = sr->request_body->bufs; cl != NULL; cl = cl->next) {
        len += ngx_buf_size(cl->buf);
    }

    ngx_str_set(&name, "Content-Length");

    value.data = ngx_pnalloc(sr->pool, NGX_OFF_T_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%O", len) - value.data;

    return ngx_http_pdn_set_header_in(sr, &name, &value, 0);
}


static ngx_int_t
ngx_http_pdn_sub_variables(ngx_http_request_t *sr,
                           const ngx_http_pdn_sub_options_t *options)
{
    size_t size;
    ngx_http_core_main_conf_t *cmcf;

    if (options->share_vars) {
        return NGX_OK;
    }

    cmcf = ngx_http_get_module_main_conf(sr, ngx_http_core_module);
    size = cmcf->variables.nelts * sizeof(ngx_http_variable_value_t);

    sr->variables = ngx_pcalloc(sr->pool, size);

    if (sr->variables == NULL) {
        return NGX_ERROR;
    }

    if (options->copy_vars) {
        ngx_memcpy(sr->variables, sr->parent->variables, size);
    }

    return NGX_OK;
}
