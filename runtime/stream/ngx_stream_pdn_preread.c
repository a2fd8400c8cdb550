/*
 * SPDX-License-Identifier: MIT
 *
 * The order of the preread phase.  nginx leaves it as soon as one handler is
 * content (ssl_preread, when it has read the name); preread_by_lua* runs
 * behind the others and in any case, so they are made to decline instead.
 */

#include "ngx_stream_pdn.h"


static ngx_int_t ngx_stream_pdn_other_handler(ngx_stream_session_t *s);


ngx_int_t
ngx_stream_pdn_preread_init(ngx_conf_t *cf)
{
    ngx_uint_t i, n;
    ngx_array_t *handlers;
    ngx_stream_handler_pt *h, *other;
    ngx_stream_pdn_main_conf_t *pmcf;
    ngx_stream_core_main_conf_t *cmcf;

    cmcf = ngx_stream_conf_get_module_main_conf(cf, ngx_stream_core_module);
    pmcf = ngx_stream_conf_get_module_main_conf(cf, ngx_stream_pandan_module);
    handlers = &cmcf->phases[NGX_STREAM_PREREAD_PHASE].handlers;
    n = handlers->nelts;

    if (ngx_array_push(handlers) == NULL) {
        return NGX_ERROR;
    }

    h = handlers->elts;

    /* nginx runs them from the last to the first */

    if (pmcf->no_postpone) {
        h[n] = ngx_stream_pdn_preread_handler;
        return NGX_OK;
    }

    if (ngx_array_init(&pmcf->prereads, cf->pool, n + 1,
                       sizeof(ngx_stream_handler_pt))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = n; i > 0; i--) {
        other = ngx_array_push(&pmcf->prereads);
        *other = h[i - 1];
        h[i] = ngx_stream_pdn_other_handler;
    }

    h[0] = ngx_stream_pdn_preread_handler;

    return NGX_OK;
}


/* In the place of each of the others, in the order in which they run. */
static ngx_int_t
ngx_stream_pdn_other_handler(ngx_stream_session_t *s)
{
    ngx_int_t rc;
    ngx_uint_t i;
    ngx_stream_handler_pt *other;
    ngx_stream_phase_handler_t *ph;
    ngx_stream_pdn_main_conf_t *pmcf;
    ngx_stream_core_main_conf_t *cmcf;

    cmcf = ngx_stream_get_module_main_conf(s, ngx_stream_core_module);
    pmcf = ngx_stream_get_module_main_conf(s, ngx_stream_pandan_module);
    ph = cmcf->phase_engine.handlers;
    other = pmcf->prereads.elts;

    /* How many of us come before this one? */

    for (i = s->phase_handler;
         i > 0 && ph[i - 1].handler == ngx_stream_pdn_other_handler; i--)
    {
        /* void */
    }

    rc = other[s->phase_handler - i](s);

    return rc == NGX_OK ? NGX_DECLINED : rc;
}
