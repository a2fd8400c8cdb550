/*
 * SPDX-License-Identifier: MIT
 *
 * Help with calls that are refused.  The error that Lua gets keeps the words
 * of ngx_lua; error.log says once for each place what would be right.
 */

#ifndef NGX_PDN_REFUSAL_H
#define NGX_PDN_REFUSAL_H


#include "ngx_pdn_engine.h"


/*
 * Says in which phases the function that runs may be called, and what to do
 * in the current one instead; `phases` as of ngx_pdn_check().  [-0, +0, m]
 */
void ngx_pdn_refusal_tell(lua_State *L, ngx_uint_t phases);

/*
 * Says that something of another request was used, `what` as "a cosocket",
 * then raises "bad request".  [-0, +0, e]
 */
void ngx_pdn_refusal_foreign(lua_State *L, const char *what);


#endif /* NGX_PDN_REFUSAL_H */
