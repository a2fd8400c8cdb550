/*
 * SPDX-License-Identifier: MIT
 *
 * ngx.socket.*: a part of the runtime, see ngx_pdn_opener_pt.
 */

#ifndef NGX_PDN_SOCKET_H
#define NGX_PDN_SOCKET_H


#include "ngx_pdn_engine.h"


void ngx_pdn_socket_open(lua_State *L);
void ngx_pdn_udp_open(lua_State *L);


#endif /* NGX_PDN_SOCKET_H */
