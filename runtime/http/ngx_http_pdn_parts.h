/*
 * SPDX-License-Identifier: MIT
 *
 * The parts of the HTTP module that every VM is furnished with, in order.
 * To add one: declare its opener, give it a row.
 */

#ifndef NGX_HTTP_PDN_PARTS_H
#define NGX_HTTP_PDN_PARTS_H


#include "ngx_pdn_vm.h"


void ngx_http_pdn_flush_open(lua_State *L);
void ngx_http_pdn_arg_open(lua_State *L);
void ngx_http_pdn_request_open(lua_State *L);
void ngx_http_pdn_args_open(lua_State *L);
void ngx_http_pdn_body_open(lua_State *L);
void ngx_http_pdn_new_body_open(lua_State *L);
void ngx_http_pdn_control_open(lua_State *L);
void ngx_http_pdn_capture_open(lua_State *L);
void ngx_http_pdn_ndk_open(lua_State *L);
void ngx_http_pdn_preload_open(lua_State *L);


/* clang-format off */

static const ngx_pdn_opener_pt  ngx_http_pdn_parts[] = {
    ngx_http_pdn_flush_open,
    ngx_http_pdn_arg_open,
    ngx_http_pdn_request_open,
    ngx_http_pdn_args_open,
    ngx_http_pdn_body_open,
    ngx_http_pdn_new_body_open,
    ngx_http_pdn_control_open,
    ngx_http_pdn_capture_open,
    ngx_http_pdn_ndk_open,
    ngx_http_pdn_preload_open,
    NULL
};

/* clang-format on */


#endif /* NGX_HTTP_PDN_PARTS_H */
