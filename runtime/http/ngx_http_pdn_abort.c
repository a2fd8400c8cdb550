/*
 * SPDX-License-Identifier: MIT
 *
 * Requests whose client leaves while their code waits.  What becomes of the
 * code is runtime/client/ngx_pdn_abort.c.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_parts.h"


static void ngx_http_pdn_client_event(ngx_http_request_t *r);
static ngx_uint_t ngx_http_pdn_client_gone(ngx_http_request_t *r);


ngx_flag_t
ngx_http_pdn_watches(ngx_pdn_host_t *host)
{
    ngx_http_pdn_loc_conf_t *plcf;

    plcf = ngx_http_get_module_loc_conf((ngx_http_request_t *) host->data,
                                        ngx_http_pandan_module);

    return plcf->place.check_client_abort;
}


void
ngx_http_pdn_watch_client(ngx_http_pdn_ctx_t *ctx)
{
    ngx_http_request_t *r;

    r = ctx->request;

    if (!ngx_http_pdn_watches(&ctx->host) || r != r->main) {
        return;
    }

    r->read_event_handler = ngx_http_pdn_client_event;
    ngx_pdn_abort_watch(r->connection);
}


static void
ngx_http_pdn_client_event(ngx_http_request_t *r)
{
    ngx_http_pdn_ctx_t *ctx;

    if (r->done || !ngx_http_pdn_client_gone(r)) {
        return;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_pandan_module);

    if (ctx == NULL || !ctx->host.running
        || ngx_pdn_abort_tell(&ctx->host) != NGX_DECLINED)
    {
        return;
    }

    r->connection->error = 1;
    ngx_http_finalize_request(r, NGX_HTTP_CLIENT_CLOSED_REQUEST);
}


static ngx_uint_t
ngx_http_pdn_client_gone(ngx_http_request_t *r)
{
#if (NGX_HTTP_V2)
    if (r->stream != NULL) {
        return r->connection->error;
    }
#endif

    return ngx_pdn_client_gone(r->connection);
}
