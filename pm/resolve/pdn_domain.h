/* SPDX-License-Identifier: MIT */
/* The versions of one package: which there are, and which a text admits. */

#ifndef PDN_DOMAIN_H
#define PDN_DOMAIN_H

#include "pdn_universe.h"

/*
 * Fills the package's versions, asking the provider once, or again for what
 * `req` may bring up of an incomplete list. Returns 0, or -1 noted.
 */
int pdn_domain_load(pdn_universe_t *u, pdn_package_t *p, const char *req);

/* The versions that a requirement admits. NULL: noted. */
const pdn_range_t *pdn_domain_range(pdn_universe_t *u, pdn_package_t *p,
                                    pdn_rules_t rules, const char *req);

#endif /* PDN_DOMAIN_H */
