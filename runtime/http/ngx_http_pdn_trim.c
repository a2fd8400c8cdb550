/*
 * SPDX-License-Identifier: MIT
 *
 * lua_malloc_trim: gives memory that requests have freed back to the system,
 * once in so many requests.
 */

#include "ngx_http_pdn_phase.h"

#include <malloc.h>


ngx_int_t
ngx_http_pdn_trim_handler(ngx_http_request_t *r)
{
    int released;
    ngx_http_pdn_main_conf_t *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_pandan_module);

    if (pmcf->trim_cycle == 0) {
        ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "malloc_trim() disabled");
        return NGX_DECLINED;
    }

    if (++pmcf->trim_requests >= pmcf->trim_cycle) {
        pmcf->trim_requests = 0;
        released = malloc_trim(1);

        ngx_log_debug1(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "malloc_trim(1) returned %d", released);
    }

    return NGX_DECLINED;
}
