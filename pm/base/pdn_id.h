/* SPDX-License-Identifier: MIT */
/*
 * Who a package is: the source that it comes from and its name there. Names
 * of different sources never stand for each other, however alike they are;
 * only the project's `aliases` may say so.
 *
 *     acme/router                       the default registry, source ""
 *     rocks:lpeg                        LuaRocks
 *     opm:ledgetech/lua-resty-http      opm
 *     corp:acme/router                  a registry that the manifest names
 *     runtime:nginx                     what the runtime is, see pdn_runtime.h
 */

#ifndef PDN_ID_H
#define PDN_ID_H

#include "pdn_arena.h"

#include <stddef.h>

#define PDN_ID_MAX 200 /* bytes of the text of one */

/* Both strings end with a zero and are never NULL in a valid id. */
typedef struct {
    const char *source;
    const char *name;
} pdn_id_t;

typedef enum {
    PDN_ID_OK,
    PDN_ID_EMPTY,
    PDN_ID_LONG,
    PDN_ID_BYTE,  /* a byte that no name may have */
    PDN_ID_SHAPE, /* `.`, `..`, empty parts, too many slashes or colons */
    PDN_ID_MEMORY
} pdn_id_rc_t;

/*
 * Reads an id, copying into `a`. A name is one or two parts of letters,
 * digits and `._-`, joined by a slash; a part begins with a letter, digit or
 * `_`, so it is neither an option nor a hidden file, and is safe in a path
 * and in a URL. Names of `rocks` are put into lower case, as LuaRocks does.
 */
pdn_id_rc_t pdn_id_parse(pdn_arena_t *a, const char *text, size_t len,
                         pdn_id_t *id);
const char *pdn_id_problem(pdn_id_rc_t rc);

/* By source, then name, in bytes: the order of the lock. */
int pdn_id_compare(const pdn_id_t *a, const pdn_id_t *b);

/* "rocks:lpeg"; at most PDN_ID_MAX bytes and a zero are written. */
const char *pdn_id_text(const pdn_id_t *id, char out[PDN_ID_MAX + 1]);

#endif /* PDN_ID_H */
