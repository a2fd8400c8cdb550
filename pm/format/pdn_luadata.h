/* SPDX-License-Identifier: MIT */
/*
 * Reads Lua that is data: strings, numbers, booleans and tables of these,
 * with comments. Nothing is executed and nothing else is understood: a call,
 * an operator or a name where a value belongs is an error with its place.
 */

#ifndef PDN_LUADATA_H
#define PDN_LUADATA_H

#include "pdn_value.h"

#define PDN_LUADATA_DEPTH 64

typedef enum {
    PDN_LUADATA_RETURN = 0,  /* `return { ... }` and nothing else */
    PDN_LUADATA_GLOBALS = 1, /* `name = value` lines: rockspec, manifest */
    PDN_LUADATA_UNIQUE = 2   /* add: a key that comes twice is an error */
} pdn_luadata_how_t;

/*
 * Fills `d->root`, a table, with memory of `a`. `d->file`, `d->text` and
 * `d->len` are set by the caller. A byte order mark and a first line that
 * begins with `#` are skipped, `;` ends a statement as in Lua.
 *
 * Globals may be fields too (`build.type = "none"` is refused: rockspecs that
 * are programs are evaluated elsewhere). Returns 0, or -1 with P0101 noted.
 */
int pdn_luadata_read(pdn_arena_t *a, pdn_document_t *d, unsigned how,
                     pdn_error_t *err);

/* Appends a Lua string literal of the bytes, in double quotes. */
void pdn_luadata_quote(pdn_str_t *out, const char *text, size_t len);

#endif /* PDN_LUADATA_H */
