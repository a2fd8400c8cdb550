/*
 * SPDX-License-Identifier: MIT
 *
 * lua_capture_error_log, and which logs of http it means.
 */

#include "ngx_http_pdn_phase.h"
#include "ngx_pdn_errlog.h"


/* Two lines, of the length that nginx cuts them to. */
#define NGX_HTTP_PDN_CAPTURE_MIN (2 * NGX_MAX_ERROR_STR)


char *
ngx_http_pdn_capture_error_log(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ssize_t size;
    ngx_str_t *value;

    (void) cmd;
    (void) conf;

    if (ngx_pdn_conf(cf->cycle)->errlog != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[1]);

    if (size < NGX_HTTP_PDN_CAPTURE_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid capture error log size \"%V\", minimum "
                           "size is %d",
                           &value[1], NGX_HTTP_PDN_CAPTURE_MIN);
        return NGX_CONF_ERROR;
    }

    ngx_pdn_conf(cf->cycle)->used = 1;

    return ngx_pdn_errlog_create(cf, size) == NGX_OK ? NGX_CONF_OK
                                                     : NGX_CONF_ERROR;
}


ngx_int_t
ngx_http_pdn_capture_log_of(ngx_conf_t *cf)
{
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    return clcf->error_log != NULL
               ? ngx_pdn_errlog_add(ngx_pdn_conf(cf->cycle), clcf->error_log)
               : NGX_OK;
}
