/* SPDX-License-Identifier: MIT */
/* A proof that nothing fits, in words that people can follow. */

#ifndef PDN_EXPLAIN_H
#define PDN_EXPLAIN_H

#include "pdn_solver.h"

/* "rocks:lpeg >=1.0.0": which of a package's versions a set is. */
void pdn_explain_range(const pdn_universe_t *u, uint32_t package,
                       const pdn_set_t *set, pdn_str_t *out);

/* Appends the proof, a step a line. */
void pdn_explain(const pdn_universe_t *u, pdn_clash_t *proof, pdn_str_t *out);

/* Calls `visit` for each dependency that the proof rests on, in the order of
 * the words, each once; stops when it returns non-zero and returns that. */
typedef int (*pdn_explain_visit_pt)(void *ctx, uint32_t package,
                                    const pdn_edge_t *edge);
int pdn_explain_edges(pdn_clash_t *proof, pdn_explain_visit_pt visit,
                      void *ctx);

#endif /* PDN_EXPLAIN_H */
