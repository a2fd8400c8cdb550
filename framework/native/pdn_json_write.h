/* SPDX-License-Identifier: MIT */
/* Writes JSON's scalars into a buffer; what is around them is the caller's. */

#ifndef PDN_JSON_WRITE_H
#define PDN_JSON_WRITE_H

#include "pdn.h"
#include "pdn_buf.h"

typedef enum {
    PDN_JSON_HTML = 1,    /* < > & and U+2028, U+2029 as \uXXXX: safe inside
                             <script> and in attributes */
    PDN_JSON_REPLACE = 2, /* U+FFFD for what is not UTF-8, else an error */
} pdn_json_flag_t;

/*
 * Appends the string with its quotes. Memory is asked for by `b->failed`.
 *
 *   PDN_OK     written, or `b->failed`
 *   PDN_ERROR  not UTF-8
 */
pdn_rc_t pdn_json_write_string(pdn_buf_t *b, pdn_slice_t s, unsigned flags);

/*
 *   PDN_ERROR  NaN or infinite: JSON has no such number
 */
pdn_rc_t pdn_json_write_number(pdn_buf_t *b, double d);

#endif /* PDN_JSON_WRITE_H */
