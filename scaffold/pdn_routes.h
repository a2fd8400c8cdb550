/* SPDX-License-Identifier: MIT */
/*
 * Lines in config/routes.lua. Generators put theirs above the mark
 *
 *     -- pandan: new routes go above this line
 *
 * or, when somebody took it away, above the last line that begins with `end`.
 */

#ifndef PDN_ROUTES_H
#define PDN_ROUTES_H

#include "pdn_str.h"

#define PDN_ROUTES_MARK "-- pandan: new routes go above this line"

/*
 * Adds the whole text with `line` in it to `out`; a line that is there is not
 * added again. -1 when the place is not found.
 */
int pdn_routes_with(const char *text, const char *line, pdn_str_t *out);

/* The whole text without the line. */
void pdn_routes_without(const char *text, const char *line, pdn_str_t *out);

#endif /* PDN_ROUTES_H */
