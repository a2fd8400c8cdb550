/* SPDX-License-Identifier: MIT */
/* The list of what a tree holds, JSON lines; see pdn_tree.h. */

#ifndef PDN_INSTALLED_H
#define PDN_INSTALLED_H

#include "pdn_tree.h"

#define PDN_INSTALLED_NAME ".pandan/installed.jsonl"

/* 0, or -1 when the text is not such a list. */
int pdn_installed_read(pdn_arena_t *a, const char *text, size_t len,
                       pdn_installed_t *out);
void pdn_installed_write(const pdn_installed_t *what, pdn_str_t *out);

#endif /* PDN_INSTALLED_H */
