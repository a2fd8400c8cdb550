/* SPDX-License-Identifier: MIT */
/*
 * What the runtime is and carries: the versions behind "runtime:nginx" and
 * its sisters, and the packages whose modules Pandan brings itself, so that
 * they are never fetched.
 */

#ifndef PDN_RUNTIME_H
#define PDN_RUNTIME_H

#include "pdn_id.h"

typedef struct {
    const char *name;    /* "nginx", "luajit", "ngx_lua", "lua", ... */
    const char *version; /* NULL when it could not be found out */
} pdn_runtime_item_t;

/* Ends with a name of NULL. */
extern const pdn_runtime_item_t pdn_runtime_items[];
const pdn_runtime_item_t *pdn_runtime_find(const char *name);

/* The version of the package that the runtime carries, NULL for none. */
const char *pdn_runtime_provides(const pdn_id_t *id);

#endif /* PDN_RUNTIME_H */
