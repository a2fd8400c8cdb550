/*
 * SPDX-License-Identifier: MIT
 *
 * The table of directives, in ngx_http_pdn_module.c, and what it calls: the
 * functions that read a directive, and those that make and merge
 * configurations.
 */

#ifndef NGX_HTTP_PDN_DIRECTIVE_H
#define NGX_HTTP_PDN_DIRECTIVE_H


#include "ngx_http_pdn_phase.h"


/* How a directive gives its code. */

typedef enum {
    NGX_HTTP_PDN_BLOCK = 0,
    NGX_HTTP_PDN_FILE,
    NGX_HTTP_PDN_STRING
} ngx_http_pdn_form_e;


typedef struct {
    ngx_http_pdn_form_e form;
    const char *label; /* in chunk names and messages */
    ngx_uint_t slot;   /* of the location's chunks */
} ngx_http_pdn_directive_t;


/* ngx_http_pdn_directive.c */

char *ngx_http_pdn_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_pdn_main_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_pdn_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_pdn_number(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_pdn_core_flag(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_pdn_load_resty_core(ngx_conf_t *cf, ngx_command_t *cmd,
                                   void *conf);
char *ngx_http_pdn_watch(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_pdn_code_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* ngx_http_pdn_conf.c */

void *ngx_http_pdn_create_main_conf(ngx_conf_t *cf);
char *ngx_http_pdn_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_pdn_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_pdn_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);


#endif /* NGX_HTTP_PDN_DIRECTIVE_H */
