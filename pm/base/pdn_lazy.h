/* SPDX-License-Identifier: MIT */
/*
 * Libraries that are loaded when they are first needed. Linking libcurl alone
 * would triple the time that every command takes to start.
 */

#ifndef PDN_LAZY_H
#define PDN_LAZY_H

#include "pdn_error.h"

typedef struct {
    const char *name; /* NULL ends the table */
    size_t offset;    /* of the pointer in the caller's struct */
} pdn_lazy_symbol_t;

/* A row for a member of `type` that is named as the function it points to. */
#define pdn_lazy_row(type, member)                                             \
    {                                                                          \
#member, offsetof(type, member)                                        \
    }

/*
 * Loads the library and fills the pointers of `into`. Returns 0, or -1 with
 * the package to install named in `err`.
 */
int pdn_lazy_load(const char *soname, const char *package,
                  const pdn_lazy_symbol_t *symbols, void *into,
                  pdn_error_t *err);

#endif /* PDN_LAZY_H */
