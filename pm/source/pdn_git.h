/* SPDX-License-Identifier: MIT */
/*
 * Source trees out of git repositories, by the program git: at one commit,
 * without history, without its configuration, hooks and filters.
 */

#ifndef PDN_GIT_H
#define PDN_GIT_H

#include "pdn_files.h"
#include "pdn_store.h"

/*
 * Fetches a branch, tag or commit (NULL: the default branch) and unpacks it.
 * `commit` gets its 40 hex digits. With `offline` only what is in the cache
 * is used. P0407, P0502 for addresses that are refused, P0404.
 */
int pdn_git_fetch(pdn_store_t *s, const char *url, const char *rev, int offline,
                  char commit[41], pdn_files_t *files, pdn_error_t *err);

#endif /* PDN_GIT_H */
