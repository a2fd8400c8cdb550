/*
 * SPDX-License-Identifier: MIT
 *
 * The argument of a socket's send().
 */

#ifndef NGX_PDN_MESSAGE_H
#define NGX_PDN_MESSAGE_H


#include "ngx_pdn_engine.h"
#include "ngx_pdn_bytes.h"


/*
 * The bytes of the value at index 2, where Lua keeps them or put together in
 * `out`, whose old content goes; raises on what cannot be sent.
 */
const u_char *ngx_pdn_message(lua_State *L, ngx_pdn_bytes_t *out, size_t *len);


#endif /* NGX_PDN_MESSAGE_H */
