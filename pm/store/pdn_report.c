/* SPDX-License-Identifier: MIT */
/* What an installation did; see pdn_report.h. */

#include "pdn_report.h"
#include "pdn_jsonl.h"

#include <stdio.h>
#include <string.h>


/* One change; a version is NULL where there is no package. */
static void
pdn_report_one(const pdn_project_t *project, const pdn_id_t *id,
               const char *before, const char *now)
{
    static const struct {
        const char *word;
        char sign;
    } kinds[] = { { "added", '+' }, { "removed", '-' }, { "changed", '~' } };
    pdn_str_t line = { 0 };
    char name[PDN_ID_MAX + 1];
    int kind;

    kind = before == NULL ? 0 : now == NULL ? 1 : 2;
    pdn_id_text(id, name);

    if (project->settings.json) {
        pdn_jsonl_open(&line, '{');
        pdn_jsonl_field(&line, "type", "package");
        pdn_jsonl_field(&line, "change", kinds[kind].word);
        pdn_jsonl_field(&line, "id", name);
        pdn_jsonl_field(&line, "version", now);
        pdn_jsonl_field(&line, "before", before);
        pdn_jsonl_close(&line, '}');
        puts(pdn_str_z(&line));
        pdn_str_release(&line);

    } else if (!project->settings.quiet) {
        printf("%c %s %s%s%s\n", kinds[kind].sign, name,
               before != NULL ? before : now, kind == 2 ? " -> " : "",
               kind == 2 ? now : "");
    }
}


/* Walks over both lists, which are in the order of ids; counts changes. */
static size_t
pdn_report_diff(const pdn_project_t *project, const pdn_installed_t *before,
                const pdn_tree_part_t *now, size_t n)
{
    size_t i, j, changes;
    int order;

    changes = 0;

    for (i = 0, j = 0; i < before->n || j < n; /* void */) {
        order = i == before->n ? 1
                : j == n       ? -1
                         : pdn_id_compare(&before->parts[i].id, &now[j].id);

        if (order < 0) {
            pdn_report_one(project, &before->parts[i].id,
                           before->parts[i].version, NULL);
            i++;

        } else if (order > 0) {
            pdn_report_one(project, &now[j].id, NULL, now[j].version);
            j++;

        } else {
            if (strcmp(before->parts[i].version, now[j].version) == 0) {
                changes--;
            } else {
                pdn_report_one(project, &now[j].id, before->parts[i].version,
                               now[j].version);
            }
            i++;
            j++;
        }

        changes++;
    }

    return changes;
}


static void
pdn_report_sum(const pdn_project_t *project, size_t packages, size_t changes)
{
    if (project->settings.json) {
        printf("{\"type\":\"done\",\"packages\":%zu,\"changes\":%zu}\n",
               packages, changes);

    } else if (!project->settings.quiet) {
        printf("%zu package%s in lua_modules/, %zu changed\n", packages,
               packages == 1 ? "" : "s", changes);
    }
}


void
pdn_report_changes(const pdn_project_t *project, const pdn_installed_t *before,
                   const pdn_installed_t *now, const pdn_lock_t *lock)
{
    size_t changes;

    (void) lock;

    changes = pdn_report_diff(project, before, now->parts, now->n);
    pdn_report_sum(project, now->n, changes);
}


void
pdn_report_plan(const pdn_project_t *project, const pdn_installed_t *before,
                const pdn_lock_t *lock)
{
    pdn_arena_t arena = { 0 };
    pdn_tree_part_t *parts;
    size_t i, changes;

    parts = pdn_arena_array(&arena, lock->n + 1, sizeof(pdn_tree_part_t));

    for (i = 0; parts != NULL && i < lock->n; i++) {
        parts[i].id = lock->items[i].id;
        parts[i].version = lock->items[i].version;
    }

    if (parts != NULL) {
        changes = pdn_report_diff(project, before, parts, lock->n);
        pdn_report_sum(project, lock->n, changes);
    }

    pdn_arena_release(&arena);
}


void
pdn_report_nothing(const pdn_project_t *project, size_t n)
{
    pdn_report_sum(project, n, 0);
}
