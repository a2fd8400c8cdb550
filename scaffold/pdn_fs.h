/* SPDX-License-Identifier: MIT */
/*
 * Files and folders as the generators and the command line need them: whole
 * files, written so that a reader sees the old or the new one, never half.
 * Every function returns 0, or -1 with the problem noted.
 */

#ifndef PDN_FS_H
#define PDN_FS_H

#include "pdn_str.h"

#include <limits.h>
#include <sys/types.h>

int pdn_fs_exists(const char *path);
int pdn_fs_is_folder(const char *path);

/* Adds the file's bytes to `out`. */
int pdn_fs_read(const char *path, pdn_str_t *out, pdn_problem_t *problem);

/* Writes by a new file beside it and a rename; makes the folders. */
int pdn_fs_write(const char *path, const char *data, size_t len, mode_t mode,
                 pdn_problem_t *problem);

/* Makes a folder and those above it; one that is there is fine. */
int pdn_fs_mkdir(const char *path, pdn_problem_t *problem);

/* Removes a file, then the folders above it that became empty, up to root. */
int pdn_fs_remove(const char *root, const char *path, pdn_problem_t *problem);

/* "a" and "b" as "a/b"; refuses what does not fit PATH_MAX. */
int pdn_fs_join(char out[PATH_MAX], const char *a, const char *b);

/*
 * Calls `visit` for each file below `folder`, in the order of names, with its
 * path from there; stops when it returns non-zero and returns that.
 */
typedef int (*pdn_fs_visit_pt)(void *ctx, const char *path);
int pdn_fs_walk(const char *folder, pdn_fs_visit_pt visit, void *ctx,
                pdn_problem_t *problem);

#endif /* PDN_FS_H */
