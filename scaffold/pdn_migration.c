/* SPDX-License-Identifier: MIT */
/* Names of migrations; see pdn_migration.h. */

#include "pdn_migration.h"

#include <stdio.h>
#include <stdlib.h>
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


static int
pdn_migration_visit_last(void *ctx, const char *path)
{
    unsigned long long *last, version;

    last = ctx;
    version = strtoull(path, NULL, 10);

    if (version > *last) {
        *last = version;
    }

    return 0;
}


int
pdn_migration_version(const char *root, time_t now, char out[16],
                      pdn_problem_t *problem)
{
    unsigned long long last;
    char folder[PATH_MAX];
    struct tm tm;

    gmtime_r(&now, &tm);
    strftime(out, 16, "%Y%m%d%H%M%S", &tm);

    if (pdn_fs_join(folder, root, "db/migrations") != 0) {
        return pdn_problem(problem, "folder name too long");
    }

    if (!pdn_fs_is_folder(folder)) {
        return 0;
    }

    last = 0;
    if (pdn_fs_walk(folder, pdn_migration_visit_last, &last, problem) != 0) {
        return -1;
    }

    if (last >= strtoull(out, NULL, 10) && last < 99999999999999ULL) {
        snprintf(out, 16, "%llu", last + 1);
    }

    return 0;
}
