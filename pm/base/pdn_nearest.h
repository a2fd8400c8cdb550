/* SPDX-License-Identifier: MIT */
/* For "did you mean": the word that is nearest to what was typed. */

#ifndef PDN_NEAREST_H
#define PDN_NEAREST_H

#include <stddef.h>

/* NULL when none is near. */
const char *pdn_nearest(const char *typed, const char *const *names, size_t n);

#endif /* PDN_NEAREST_H */
