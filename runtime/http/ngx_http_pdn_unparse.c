/* SPDX-License-Identifier: MIT */

#include "ngx_http_pdn_unparse.h"


static u_char ngx_http_pdn_hidden_char(const u_char *p, const u_char *end,
                                       ngx_uint_t in_value);


u_char *
ngx_http_pdn_unparse(u_char *dst, const u_char *p, const u_char *end)
{
    u_char ch;
    ngx_uint_t in_value;

    in_value = 0;

    for (/* void */; p < end; p++) {
        ch = *p;

        if (ch == '\0') {
            ch = ngx_http_pdn_hidden_char(p, end, in_value);
            in_value = 1;
        }

        if (ch == LF) {
            in_value = 0;
        }

        *dst++ = ch;
    }

    return dst;
}


/* What stood there: the end of a name, of a line, or a blank before that. */
static u_char
ngx_http_pdn_hidden_char(const u_char *p, const u_char *end,
                         ngx_uint_t in_value)
{
    if (p + 1 == end) {
        return LF;
    }

    if (p[1] == LF) {
        return CR;
    }

    if (!in_value) {
        return ':';
    }

    return p[1] == CR || p[1] == ' ' ? ' ' : LF;
}
