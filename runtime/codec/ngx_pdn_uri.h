/*
 * SPDX-License-Identifier: MIT
 *
 * Percent-encoding and query strings, for whoever speaks to Lua.
 */

#ifndef NGX_PDN_URI_H
#define NGX_PDN_URI_H


#include "ngx_pdn_vm.h"


/* What ngx.escape_uri(s, type) leaves alone; the values are its types. */

typedef enum {
    NGX_PDN_ESCAPE_URI = 0,
    NGX_PDN_ESCAPE_ARGS,
    NGX_PDN_ESCAPE_COMPONENT,
    NGX_PDN_ESCAPE_HTML,
    NGX_PDN_ESCAPE_REFRESH,
    NGX_PDN_ESCAPE_MEMCACHED,
    NGX_PDN_ESCAPE_MAIL_AUTH,
    NGX_PDN_ESCAPE_HEADER, /* the value of a header: control bytes */
    NGX_PDN_ESCAPE_NTYPES
} ngx_pdn_escape_e;


/*
 * With `dst` NULL answers how many bytes escaping would take; else writes
 * them and answers the same.
 */
size_t ngx_pdn_escape(u_char *dst, const u_char *src, size_t len,
                      ngx_pdn_escape_e type);

/* Decodes in place or elsewhere, `+` too if asked; answers the new length. */
size_t ngx_pdn_unescape(u_char *dst, const u_char *src, size_t len,
                        ngx_uint_t plus);

/*
 * Pushes the table of "a=1&b&a=2": {a = {"1", "2"}, b = true}.  At most `max`
 * pairs unless 0; answers whether some were left out.  Decodes in place, so
 * `text` is scratch.  Fills the table at `table` instead if that is not 0.
 */
ngx_uint_t ngx_pdn_push_args(lua_State *L, u_char *text, size_t len,
                             ngx_int_t max, int table);

/* Pushes the query string of the table at `i`; raises on values it lacks. */
void ngx_pdn_push_query(lua_State *L, int i);


#endif /* NGX_PDN_URI_H */
