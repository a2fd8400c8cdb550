/*
 * SPDX-License-Identifier: MIT
 *
 * lua_capture_error_log: a ring of the last lines of the error logs, for the
 * module `ngx.errlog`.
 */

#ifndef NGX_PDN_ERRLOG_H
#define NGX_PDN_ERRLOG_H


#include "ngx_pdn_vm.h"


/* Gives the configuration a ring of `size` bytes; lives as long as it. */
ngx_int_t ngx_pdn_errlog_create(ngx_conf_t *cf, size_t size);

/* `log`, the first of its chain, is to be captured too. */
ngx_int_t ngx_pdn_errlog_add(ngx_pdn_conf_t *conf, ngx_log_t *log);

/* Once the logs are open: all chains write to the ring from now on. */
ngx_int_t ngx_pdn_errlog_install(ngx_cycle_t *cycle, ngx_pdn_conf_t *conf);


#endif /* NGX_PDN_ERRLOG_H */
