/* SPDX-License-Identifier: MIT */
/* Names of migrations; see pdn_migration.h. */

#include "pdn_migration.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    const char *name;
    char *found;
} pdn_migration_search_t;


void
pdn_migration_read_name(pdn_migration_t *m, const char *name)
{
    const char *table;

    memset(m, 0, sizeof(pdn_migration_t));
    snprintf(m->name, sizeof(m->name), "%s", name);
    m->kind = "";
    table = "";

    if (strncmp(name, "create_", 7) == 0) {
        m->kind = "create";
        table = name + 7;
    } else if (strncmp(name, "add_", 4) == 0
               && (table = strstr(name, "_to_")) != NULL)
    {
        m->kind = "add";
        table += 4;
    } else if (strncmp(name, "remove_", 7) == 0
               && (table = strstr(name, "_from_")) != NULL)
    {
        m->kind = "remove";
        table += 6;
    }

    snprintf(m->table, sizeof(m->table), "%s", table != NULL ? table : "");
}


static int
pdn_migration_visit(void *ctx, const char *path)
{
    pdn_migration_search_t *s = ctx;
    size_t n, m;

    n = strspn(path, "0123456789");
    m = strlen(s->name);

    if (n == 0 || path[n] != '_' || strncmp(path + n + 1, s->name, m) != 0
        || strcmp(path + n + 1 + m, ".lua") != 0)
    {
        return 0;
    }

    snprintf(s->found, PATH_MAX, "db/migrations/%s", path);

    return 1;
}


int
pdn_migration_find(const char *root, const char *name, char found[PATH_MAX],
                   pdn_problem_t *problem)
{
    pdn_migration_search_t s = { name, found };
    char folder[PATH_MAX];

    found[0] = '\0';

    if (pdn_fs_join(folder, root, "db/migrations") != 0) {
        return pdn_problem(problem, "folder name too long");
    }

    if (!pdn_fs_is_folder(folder)) {
        return 0;
    }

    return pdn_fs_walk(folder, pdn_migration_visit, &s, problem) == -1 ? -1 : 0;
}
