/* SPDX-License-Identifier: MIT */
/* Searching an opm server; see pdn_search.h. */

#ifndef PDN_OPM_SEARCH_H
#define PDN_OPM_SEARCH_H

#include "pdn_search.h"
#include "pdn_sources.h"

int pdn_opm_search(pdn_sources_t *s, const pdn_source_t *source,
                   const pdn_query_t *words, pdn_finds_t *out,
                   pdn_error_t *err);

#endif /* PDN_OPM_SEARCH_H */
