/* SPDX-License-Identifier: MIT */
/* What the name of a migration says, and whether there is one of that name. */

#ifndef PDN_MIGRATION_H
#define PDN_MIGRATION_H

#include "pdn_fs.h"
#include "pdn_inflect.h"

#include <time.h>

typedef struct {
    char name[PDN_NAME_MAX + 8];
    char table[PDN_NAME_MAX];
    const char *kind; /* "create", "add", "remove" or "" */
} pdn_migration_t;

/* create_posts, add_author_to_posts, remove_author_from_posts. */
void pdn_migration_read_name(pdn_migration_t *m, const char *name);

/* The file of that name, whatever its time: from the root, or "". */
int pdn_migration_find(const char *root, const char *name, char found[PATH_MAX],
                       pdn_problem_t *problem);

/*
 * The version of a new migration: the time in UTC, or one more than the last
 * migration's, for versions are unique and in the order of writing.
 */
int pdn_migration_version(const char *root, time_t now, char out[16],
                          pdn_problem_t *problem);

#endif /* PDN_MIGRATION_H */
