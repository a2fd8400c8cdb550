/*
 * SPDX-License-Identifier: MIT
 *
 * What a request offers to the functions about a client, in one table.
 */

#include "ngx_http_pdn_api.h"
#include "ngx_http_pdn_output.h"


static double ngx_http_pdn_start_time(ngx_pdn_host_t *host);


/* clang-format off */

const ngx_pdn_client_ops_t  ngx_http_pdn_client_ops = {
    .can_print = ngx_http_pdn_can_print,
    .print = ngx_http_pdn_print,
    .eof = ngx_http_pdn_eof,
    .flush = ngx_http_pdn_flush,
    .flush_more = ngx_http_pdn_flush_more,
    .flush_end = ngx_http_pdn_flush_end,
    .exit = ngx_http_pdn_exit,
    .socket = ngx_http_pdn_req_socket,
    .start_time = ngx_http_pdn_start_time,
    .status = ngx_http_pdn_status,
    .set_status = ngx_http_pdn_set_status,
    .variables = &ngx_http_pdn_variable_ops,
    .watches = ngx_http_pdn_watches,
    .peer = ngx_http_pdn_balancer_peer,
};

/* clang-format on */


static double
ngx_http_pdn_start_time(ngx_pdn_host_t *host)
{
    ngx_http_request_t *r = host->data;

    return r->start_sec + r->start_msec / 1000.0;
}
