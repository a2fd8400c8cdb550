/* SPDX-License-Identifier: MIT */
/*
 * What the runtime is and carries: the versions behind "runtime:nginx" and
 * its sisters, and the packages whose modules Pandan brings itself, so that
 * they are never fetched.
 */

#ifndef PDN_RUNTIME_H
#define PDN_RUNTIME_H

#include "pdn_id.h"

/* "nginx", "luajit", "ngx_lua", ...; ends with NULL. */
extern const char *const pdn_runtime_names[];
int pdn_runtime_is_name(const char *name);

/* NULL for what is not one of the names, and for "openresty": it is none. */
const char *pdn_runtime_version(const char *name);

/*
 * Fixes a version in place of the one found out, for tests and for choosing
 * for another machine: "nginx=1.26.0,luajit=2.1.0" as in PANDAN_RUNTIME. What
 * is not understood is skipped. The text must stay.
 */
void pdn_runtime_assume(const char *text);

/* The version of the package that the runtime carries, NULL for none. */
const char *pdn_runtime_provides(const pdn_id_t *id);

#endif /* PDN_RUNTIME_H */
