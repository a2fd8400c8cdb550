/* SPDX-License-Identifier: MIT */
/*
 * Does a zip say one thing only? Two readers of the same zip may see other
 * files in it: by its table at the end or by the heads before each file, with
 * bytes before, between and behind. A zip that allows that is refused.
 */

#ifndef PDN_ZIP_H
#define PDN_ZIP_H

#include "pdn_error.h"

/* 0, or -1 with P0610 (it is ambiguous) or P0601 (it is broken). */
int pdn_zip_check(const char *data, size_t len, pdn_error_t *err);

#endif /* PDN_ZIP_H */
