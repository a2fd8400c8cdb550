/* SPDX-License-Identifier: MIT */
/*
 * Inside of the manifest's reader: a function for each key whose value means
 * something, and what they share. All return 0, or -1 with the error noted.
 */

#ifndef PDN_MANIFEST_IN_H
#define PDN_MANIFEST_IN_H

#include "pdn_manifest.h"

typedef int (*pdn_manifest_read_pt)(pdn_arena_t *a, pdn_manifest_t *m,
                                    const pdn_value_t *v, pdn_error_t *err);

typedef struct {
    const char *name; /* NULL ends the table */
    pdn_value_type_t type;
    pdn_manifest_read_pt read; /* NULL: kept for others */
} pdn_manifest_key_t;

int pdn_manifest_read_name(pdn_arena_t *a, pdn_manifest_t *m,
                           const pdn_value_t *v, pdn_error_t *err);
int pdn_manifest_read_version(pdn_arena_t *a, pdn_manifest_t *m,
                              const pdn_value_t *v, pdn_error_t *err);
int pdn_manifest_read_registries(pdn_arena_t *a, pdn_manifest_t *m,
                                 const pdn_value_t *v, pdn_error_t *err);
int pdn_manifest_read_runtime(pdn_arena_t *a, pdn_manifest_t *m,
                              const pdn_value_t *v, pdn_error_t *err);
int pdn_manifest_read_deps(pdn_arena_t *a, pdn_manifest_t *m,
                           const pdn_value_t *v, pdn_error_t *err);
int pdn_manifest_read_dev_deps(pdn_arena_t *a, pdn_manifest_t *m,
                               const pdn_value_t *v, pdn_error_t *err);
int pdn_manifest_read_overrides(pdn_arena_t *a, pdn_manifest_t *m,
                                const pdn_value_t *v, pdn_error_t *err);
int pdn_manifest_read_aliases(pdn_arena_t *a, pdn_manifest_t *m,
                              const pdn_value_t *v, pdn_error_t *err);
int pdn_manifest_read_provided(pdn_arena_t *a, pdn_manifest_t *m,
                               const pdn_value_t *v, pdn_error_t *err);
int pdn_manifest_read_build(pdn_arena_t *a, pdn_manifest_t *m,
                            const pdn_value_t *v, pdn_error_t *err);
int pdn_manifest_read_policy(pdn_arena_t *a, pdn_manifest_t *m,
                             const pdn_value_t *v, pdn_error_t *err);

/* Adds the sources that are always there. */
int pdn_manifest_builtin_sources(pdn_arena_t *a, pdn_manifest_t *m,
                                 pdn_error_t *err);

void pdn_manifest_span(const pdn_manifest_t *m, const pdn_value_t *v,
                       pdn_span_t *span);
void pdn_manifest_key_span(const pdn_manifest_t *m, const pdn_pair_t *pair,
                           pdn_span_t *span);

/* "X has no key 'y'", and which may be meant; `names` ends with NULL. */
int pdn_manifest_unknown(const pdn_manifest_t *m, const pdn_pair_t *pair,
                         const char *where, const char *const *names,
                         pdn_error_t *err);

/* "X should be a string, not a table". */
int pdn_manifest_wants(const pdn_manifest_t *m, const pdn_value_t *v,
                       const char *what, const char *wanted, pdn_error_t *err);

int pdn_manifest_text(const pdn_manifest_t *m, const pdn_value_t *v,
                      const char *what, const char **text, pdn_error_t *err);

/* An id whose source is one of the manifest's. */
int pdn_manifest_id(pdn_arena_t *a, const pdn_manifest_t *m, const char *text,
                    size_t len, const pdn_span_t *span, pdn_id_t *id,
                    pdn_error_t *err);

#endif /* PDN_MANIFEST_IN_H */
