/*
 * SPDX-License-Identifier: MIT
 *
 * What the table of directives in ngx_http_pdn_module.c calls: how code is
 * given to a location, and how configurations are made and merged.
 */

#ifndef NGX_HTTP_PDN_DIRECTIVE_H
#define NGX_HTTP_PDN_DIRECTIVE_H


#include "ngx_http_pdn_phase.h"


char *ngx_http_pdn_chunk(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

void *ngx_http_pdn_create_main_conf(ngx_conf_t *cf);
char *ngx_http_pdn_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_pdn_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_pdn_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);


#endif /* NGX_HTTP_PDN_DIRECTIVE_H */
