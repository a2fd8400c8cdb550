/*
 * SPDX-License-Identifier: MIT
 *
 * What the HTTP module's own files share: directives, phase handlers,
 * filters.
 */

#ifndef NGX_HTTP_PDN_PHASE_H
#define NGX_HTTP_PDN_PHASE_H


#include "ngx_http_pdn.h"


/* Directives */

char *ngx_http_pdn_set_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_pdn_set_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_pdn_set_string(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Phases */

ngx_int_t ngx_http_pdn_server_rewrite_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_pdn_rewrite_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_pdn_access_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_pdn_content_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_pdn_need_body(ngx_http_pdn_ctx_t *ctx,
                                 ngx_http_pdn_slot_e slot);
ngx_int_t ngx_http_pdn_log_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_pdn_trim_handler(ngx_http_request_t *r);

/* What code without a request lives by: the settings of `ctx`. */
void ngx_http_pdn_like_conf(ngx_http_conf_ctx_t *ctx, ngx_log_t *log,
                            ngx_pdn_like_t *like);

/*
 * Pushes the chunk's function for this request, whose path may hold
 * variables.  Answers as ngx_pdn_chunk_push() does.
 */
ngx_int_t ngx_http_pdn_push_chunk(ngx_http_pdn_ctx_t *ctx,
                                  ngx_pdn_chunk_t *chunk);

/* A run that had been suspended has ended, see ngx_pdn_host_ops_t. */
void ngx_http_pdn_finish(ngx_pdn_host_t *host, ngx_int_t rc);

/* The request's context, made at the first call; NULL without memory. */
ngx_http_pdn_ctx_t *ngx_http_pdn_ctx_get(ngx_http_request_t *r);


/* Filters */

void ngx_http_pdn_filter_init(ngx_http_pdn_main_conf_t *pmcf);


/* Rows of the phase table, by slot; set_by_lua stands apart. */
extern const ngx_pdn_phase_t ngx_http_pdn_phases[];
extern const ngx_pdn_phase_t ngx_http_pdn_set_phase;


#endif /* NGX_HTTP_PDN_PHASE_H */
