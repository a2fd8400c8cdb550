/* SPDX-License-Identifier: MIT */
/* A next step when nothing fits, tried by the solver before it is given. */

#ifndef PDN_ADVICE_H
#define PDN_ADVICE_H

#include "pdn_solver.h"

/*
 * Looks for one requirement of the manifest whose change makes it fit, and
 * adds to the error of the universe what to write and where. The universe is
 * the one whose proof it is. Returns 0 or -1: memory ran out.
 */
int pdn_advice(const pdn_universe_t *u, pdn_clash_t *proof);

#endif /* PDN_ADVICE_H */
