/* SPDX-License-Identifier: MIT */
/*
 * Rockspecs that are more than data: run as Lua in a child process that has
 * no files, no network and no libraries but string methods, for a second and
 * in 64 MB at most.
 */

#ifndef PDN_ROCKSPEC_RUN_H
#define PDN_ROCKSPEC_RUN_H

#include "pdn_error.h"

/*
 * Runs the text; `out` gets what it left in its globals, as lines of
 * `name = value` that pdn_luadata_read() understands. P0506: it would not end
 * or took too much; P0405: an error in it.
 */
int pdn_rockspec_run(const char *file, const char *text, size_t len,
                     pdn_str_t *out, pdn_error_t *err);

#endif /* PDN_ROCKSPEC_RUN_H */
