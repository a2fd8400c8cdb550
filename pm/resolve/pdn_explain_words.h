/* SPDX-License-Identifier: MIT */
/* One clash in words; the order of a proof's steps is pdn_explain.c's. */

#ifndef PDN_EXPLAIN_WORDS_H
#define PDN_EXPLAIN_WORDS_H

#include "pdn_explain.h"

/* "iresty/menu >=1.1.0 needs iresty/dropdown ^2" */
void pdn_explain_clash(const pdn_universe_t *u, const pdn_clash_t *clash,
                       pdn_str_t *out);

/* Two of them, the second led in by "which" where it goes on from the first. */
void pdn_explain_pair(const pdn_universe_t *u, const pdn_clash_t *a,
                      const pdn_clash_t *b, pdn_str_t *out);

#endif /* PDN_EXPLAIN_WORDS_H */
