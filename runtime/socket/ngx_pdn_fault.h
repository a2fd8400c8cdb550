/*
 * SPDX-License-Identifier: MIT
 *
 * Why an operation of a socket failed: a text, or the text of an errno.  All
 * zeros: it has not.
 */

#ifndef NGX_PDN_FAULT_H
#define NGX_PDN_FAULT_H


#include "ngx_pdn_engine.h"


typedef struct {
    const char *text;
    ngx_err_t code;
} ngx_pdn_fault_t;


#define ngx_pdn_fault_seen(fault) ((fault)->text != NULL || (fault)->code != 0)


/* Push nil and why; answer 2.  [-0, +2, -] */
int ngx_pdn_fault_push(lua_State *L, const ngx_pdn_fault_t *fault);
int ngx_pdn_fault_text(lua_State *L, const char *text);


#endif /* NGX_PDN_FAULT_H */
