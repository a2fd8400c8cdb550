/* SPDX-License-Identifier: MIT */
/* The files of a generator; see pdn_plan.h. Doing it is in pdn_plan_run.c. */

#include "pdn_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    pdn_plan_t *plan;
    const char *folder;
    const pdn_scope_t *scope;
    pdn_problem_t *problem;
} pdn_plan_walk_t;


pdn_plan_file_t *
pdn_plan_add(pdn_plan_t *plan, const char *path, pdn_str_t *content)
{
    pdn_plan_file_t *file;

    if (plan->n == PDN_PLAN_MAX) {
        return NULL;
    }

    file = &plan->files[plan->n];
    memset(file, 0, sizeof(pdn_plan_file_t));

    file->path = strdup(path);
    if (file->path == NULL) {
        return NULL;
    }

    /* it holds the key of the app */
    file->secret = strcmp(path, ".env") == 0;
    file->content = *content;
    memset(content, 0, sizeof(pdn_str_t));
    plan->n++;

    return file;
}


static const char *
pdn_plan_var(const pdn_scope_t *scope, const char *name, size_t len)
{
    pdn_vars_t v;

    for (v = scope->vars; v != NULL && v->name != NULL; v++) {
        if (strncmp(v->name, name, len) == 0 && v->name[len] == '\0') {
            return v->value;
        }
    }

    return NULL;
}


/* application/views/__plural__/dot.keep -> application/views/posts/.keep */
static int
pdn_plan_path(pdn_plan_walk_t *w, const char *from, pdn_str_t *out)
{
    const char *end, *p, *value;

    end = from + strlen(from);
    if (end - from > 4 && strcmp(end - 4, ".tpl") == 0) {
        end -= 4;
    }

    while (from < end) {
        if (strncmp(from, "dot.", 4) == 0
            && (out->len == 0 || out->data[out->len - 1] == '/'))
        {
            pdn_str_puts(out, ".");
            from += 4;
            continue;
        }

        p = strncmp(from, "__", 2) == 0 ? strstr(from + 2, "__") : NULL;
        if (p == NULL) {
            pdn_str_add(out, from++, 1);
            continue;
        }

        value = pdn_plan_var(w->scope, from + 2, p - from - 2);
        if (value == NULL) {
            return pdn_problem(w->problem, "template %s: unknown name", from);
        }

        pdn_str_puts(out, value);
        from = p + 2;
    }

    return out->failed ? pdn_problem(w->problem, "no memory") : 0;
}


static int
pdn_plan_visit(void *ctx, const char *path)
{
    pdn_str_t content = { 0 }, name = { 0 }, text = { 0 };
    pdn_plan_walk_t *w = ctx;
    pdn_plan_file_t *file;
    char full[PATH_MAX];
    size_t len;
    int rc;

    rc = -1;

    if (pdn_fs_join(full, w->folder, path) != 0
        || pdn_fs_read(full, &text, w->problem) != 0
        || pdn_plan_path(w, path, &name) != 0)
    {
        goto done;
    }

    len = strlen(path);

    if (len > 4 && strcmp(path + len - 4, ".tpl") == 0) {
        if (pdn_tpl_render(full, pdn_str_z(&text), text.len, w->scope, &content,
                           w->problem)
            != 0)
        {
            goto done;
        }
    } else {
        pdn_str_add(&content, pdn_str_z(&text), text.len);
    }

    file = pdn_plan_add(w->plan, pdn_str_z(&name), &content);
    if (file == NULL) {
        pdn_problem(w->problem, "too many files in %s", w->folder);
        goto done;
    }

    rc = 0;

done:

    pdn_str_release(&content);
    pdn_str_release(&name);
    pdn_str_release(&text);

    return rc;
}


int
pdn_plan_add_folder(pdn_plan_t *plan, const char *folder,
                    const pdn_scope_t *scope, pdn_problem_t *problem)
{
    pdn_plan_walk_t w = { plan, folder, scope, problem };

    return pdn_fs_walk(folder, pdn_plan_visit, &w, problem);
}


void
pdn_plan_release(pdn_plan_t *plan)
{
    size_t i;

    for (i = 0; i < plan->n; i++) {
        free(plan->files[i].path);
        pdn_str_release(&plan->files[i].content);
    }

    plan->n = 0;
}
