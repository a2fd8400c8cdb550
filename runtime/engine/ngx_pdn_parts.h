/*
 * SPDX-License-Identifier: MIT
 *
 * The parts of the core module that every VM is furnished with, in order.
 * To add one: declare its opener, give it a row.
 */

#ifndef NGX_PDN_PARTS_H
#define NGX_PDN_PARTS_H


#include "ngx_pdn_vm.h"


void ngx_pdn_base_open(lua_State *L);
void ngx_pdn_phase_open(lua_State *L);
void ngx_pdn_log_open(lua_State *L);
void ngx_pdn_coroutine_open(lua_State *L);
void ngx_pdn_thread_open(lua_State *L);
void ngx_pdn_sleep_open(lua_State *L);
void ngx_pdn_timer_open(lua_State *L);
void ngx_pdn_semaphore_open(lua_State *L);
void ngx_pdn_offload_open(lua_State *L);
void ngx_pdn_child_open(lua_State *L);
void ngx_pdn_socket_open(lua_State *L);
void ngx_pdn_udp_open(lua_State *L);
void ngx_pdn_ctx_open(lua_State *L);
void ngx_pdn_uri_open(lua_State *L);
void ngx_pdn_shm_open(lua_State *L);
void ngx_pdn_lease_open(lua_State *L);
void ngx_pdn_queue_open(lua_State *L);
void ngx_pdn_re_open(lua_State *L);
void ngx_pdn_codec_open(lua_State *L);
void ngx_pdn_client_open(lua_State *L);
void ngx_pdn_print_open(lua_State *L);
void ngx_pdn_flush_open(lua_State *L);
void ngx_pdn_abort_open(lua_State *L);


/* clang-format off */

static const ngx_pdn_opener_pt  ngx_pdn_parts[] = {
    ngx_pdn_base_open,
    ngx_pdn_phase_open,
    ngx_pdn_log_open,
    ngx_pdn_coroutine_open,
    ngx_pdn_thread_open,
    ngx_pdn_sleep_open,
    ngx_pdn_timer_open,
    ngx_pdn_semaphore_open,
    ngx_pdn_offload_open,
    ngx_pdn_child_open,
    ngx_pdn_socket_open,
    ngx_pdn_udp_open,
    ngx_pdn_ctx_open,
    ngx_pdn_uri_open,
    ngx_pdn_shm_open,
    ngx_pdn_lease_open,
    ngx_pdn_queue_open,
    ngx_pdn_re_open,
    ngx_pdn_codec_open,
    ngx_pdn_client_open,
    ngx_pdn_print_open,
    ngx_pdn_flush_open,
    ngx_pdn_abort_open,
    NULL
};

/* clang-format on */


#endif /* NGX_PDN_PARTS_H */
