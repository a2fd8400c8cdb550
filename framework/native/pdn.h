/* SPDX-License-Identifier: MIT */
/*
 * What every pure C file of the framework shares: result codes, slices and
 * the error record. It knows the C library only; files named pdn_* include
 * neither Lua nor nginx, files named pdn_lua_* add Lua.
 */

#ifndef PDN_H
#define PDN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef enum {
    PDN_OK = 0, /* done, or one more result is ready */
    PDN_AGAIN,  /* all input was taken and more is needed */
    PDN_DONE,   /* the end of the input was reached as it should be */
    PDN_ERROR   /* refused, the pdn_err_t says why; stays so */
} pdn_rc_t;

/* Bytes that somebody else owns; not terminated by a zero. */
typedef struct {
    const u_char *data;
    size_t len;
} pdn_slice_t;

/*
 * `msg` is a static text in lower case, NULL while nothing failed; `pos` is
 * the offset in the input, in bytes from 0, that the text is about.
 */
typedef struct {
    const char *msg;
    size_t pos;
} pdn_err_t;

#define pdn_slice(p, n) ((pdn_slice_t){ (const u_char *) (p), (n) })
#define pdn_text(s)     pdn_slice("" s, sizeof(s) - 1)

#endif /* PDN_H */
