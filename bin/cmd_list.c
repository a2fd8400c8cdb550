/* SPDX-License-Identifier: MIT */
/* `list`, `tree`, `why`: what the lock says, without asking any source. */

#include "cmd.h"
#include "pdn_pm.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    pdn_pm_t *pm;
    unsigned no_dev : 1;
    unsigned char *seen; /* by index in the lock */
} pdn_tree_t;


static int
pdn_list_open(pdn_pm_t *pm, const pdn_cli_t *cli)
{
    if (pdn_pm_open(pm, cli) != 0) {
        return -1;
    }

    if (!pm->project.has_lock) {
        pdn_error(&pm->err, 204, "there is no %s", PDN_LOCK_NAME);
        return pdn_error_help(&pm->err, "`pandan install` writes it");
    }

    if (!pdn_project_is_fresh(&pm->project) && !pm->settings.quiet) {
        fprintf(stderr,
                "note: %s was changed since %s was written; `pandan install` "
                "brings them together\n",
                PDN_MANIFEST_NAME, PDN_LOCK_NAME);
    }

    return 0;
}


pdn_exit_t
pdn_cmd_list(pdn_cli_t *cli)
{
    const pdn_lock_entry_t *entry;
    char text[PDN_ID_MAX + 1];
    const pdn_lock_t *lock;
    pdn_pm_t pm;
    size_t i;

    if (pdn_list_open(&pm, cli) != 0) {
        return pdn_pm_end(&pm, -1);
    }

    lock = &pm.project.lock;

    for (i = 0; i < lock->n; i++) {
        entry = &lock->items[i];

        if ((entry->dev && pdn_cli_given(cli, "no-dev") != NULL)
            || (!entry->direct && pdn_cli_given(cli, "direct") != NULL))
        {
            continue;
        }

        pdn_id_text(&entry->id, text);

        if (pm.settings.json) {
            pdn_jsonl_open(&pm.out, '{');
            pdn_jsonl_field(&pm.out, "type", "package");
            pdn_jsonl_field(&pm.out, "id", text);
            pdn_jsonl_field(&pm.out, "version", entry->version);
            pdn_jsonl_key(&pm.out, "direct");
            pdn_jsonl_boolean(&pm.out, entry->direct);
            pdn_jsonl_key(&pm.out, "dev");
            pdn_jsonl_boolean(&pm.out, entry->dev);
            pdn_jsonl_close(&pm.out, '}');
        } else {
            pdn_str_printf(&pm.out, "%s %s%s", text, entry->version,
                           entry->dev ? " (dev)" : "");
        }

        pdn_pm_print(&pm);
    }

    return pdn_pm_end(&pm, 0);
}


/* One line of the tree, drawn behind its `margin`. */
static void
pdn_tree_line(pdn_tree_t *t, const char *margin, int last,
              const pdn_lock_entry_t *entry, const char *more)
{
    char text[PDN_ID_MAX + 1];

    pdn_str_printf(&t->pm->out, "%s%s%s %s%s", margin, last ? "└── " : "├── ",
                   pdn_id_text(&entry->id, text), entry->version, more);
    pdn_pm_print(t->pm);
}


/* Does `a` need `b`? */
static int
pdn_tree_needs(const pdn_lock_entry_t *a, const pdn_lock_entry_t *b)
{
    size_t i;

    for (i = 0; i < a->n_deps; i++) {
        if (pdn_id_compare(&a->deps[i], &b->id) == 0) {
            return 1;
        }
    }

    return 0;
}


/* The next entry from `i` on that stands below `parent`, NULL at the end. */
static const pdn_lock_entry_t *
pdn_tree_next(const pdn_tree_t *t, const pdn_lock_entry_t *parent, int invert,
              size_t *i)
{
    const pdn_lock_t *lock;
    const pdn_lock_entry_t *entry;

    lock = &t->pm->project.lock;

    for (/* void */; *i < lock->n; (*i)++) {
        entry = &lock->items[*i];

        if (t->no_dev && entry->dev) {
            continue;
        }

        if (parent == NULL ? entry->direct
            : invert       ? pdn_tree_needs(entry, parent)
                           : pdn_tree_needs(parent, entry))
        {
            (*i)++;
            return entry;
        }
    }

    return NULL;
}


/* All below `parent`; what was drawn already is only named again. */
static int
pdn_tree_draw(pdn_tree_t *t, const pdn_lock_entry_t *parent, int invert,
              const char *margin)
{
    const pdn_lock_entry_t *entry, *next;
    char *deeper;
    size_t i, at, below;
    int again;

    i = 0;

    for (entry = pdn_tree_next(t, parent, invert, &i); entry != NULL;
         entry = next) {
        next = pdn_tree_next(t, parent, invert, &i);
        at = (size_t) (entry - t->pm->project.lock.items);
        below = 0;
        again = t->seen[at] && pdn_tree_next(t, entry, invert, &below) != NULL;
        t->seen[at] = 1;

        pdn_tree_line(t, margin, next == NULL, entry,
                      again                     ? " (*)"
                      : invert && entry->direct ? " (in the manifest)"
                                                : "");

        if (again) {
            continue;
        }

        deeper = pdn_arena_printf(&t->pm->project.arena, "%s%s", margin,
                                  next == NULL ? "    " : "│   ");
        if (deeper == NULL) {
            return pdn_error_memory(&t->pm->err);
        }

        if (pdn_tree_draw(t, entry, invert, deeper) != 0) {
            return -1;
        }
    }

    return 0;
}


/* An entry of the lock by what was typed; NULL: noted. */
static const pdn_lock_entry_t *
pdn_tree_find(pdn_pm_t *pm, const char *typed)
{
    const pdn_lock_entry_t *entry;
    pdn_id_t id;

    if (pdn_pm_id(pm, typed, strlen(typed), &id) != 0) {
        return NULL;
    }

    entry = pdn_lock_find(&pm->project.lock,
                          pdn_manifest_alias(&pm->project.manifest, &id));

    if (entry == NULL) {
        pdn_error(&pm->err, 110, "the project does not have '%s'", typed);
        pdn_error_help(&pm->err, "`pandan list` shows what it has");
    }

    return entry;
}


static int
pdn_tree_json(pdn_pm_t *pm)
{
    const pdn_lock_t *lock;
    char text[PDN_ID_MAX + 1];
    size_t i, k;

    lock = &pm->project.lock;

    for (i = 0; i < lock->n; i++) {
        pdn_jsonl_open(&pm->out, '{');
        pdn_jsonl_field(&pm->out, "type", "node");
        pdn_jsonl_field(&pm->out, "id", pdn_id_text(&lock->items[i].id, text));
        pdn_jsonl_field(&pm->out, "version", lock->items[i].version);
        pdn_jsonl_key(&pm->out, "needs");
        pdn_jsonl_open(&pm->out, '[');
        for (k = 0; k < lock->items[i].n_deps; k++) {
            pdn_jsonl_string(&pm->out,
                             pdn_id_text(&lock->items[i].deps[k], text));
        }
        pdn_jsonl_close(&pm->out, ']');
        pdn_jsonl_close(&pm->out, '}');
        pdn_pm_print(pm);
    }

    return 0;
}


pdn_exit_t
pdn_cmd_tree(pdn_cli_t *cli)
{
    const pdn_lock_entry_t *top;
    const char *invert;
    char text[PDN_ID_MAX + 1];
    pdn_tree_t t;
    pdn_pm_t pm;

    if (pdn_list_open(&pm, cli) != 0) {
        return pdn_pm_end(&pm, -1);
    }

    if (pm.settings.json) {
        return pdn_pm_end(&pm, pdn_tree_json(&pm));
    }

    memset(&t, 0, sizeof(t));
    t.pm = &pm;
    t.no_dev = pdn_cli_given(cli, "no-dev") != NULL;
    t.seen = pdn_arena_alloc(&pm.project.arena, pm.project.lock.n);
    if (t.seen == NULL) {
        return pdn_pm_end(&pm, pdn_error_memory(&pm.err));
    }

    invert = pdn_cli_given(cli, "invert");
    top = NULL;

    if (invert != NULL) {
        top = pdn_tree_find(&pm, invert);
        if (top == NULL) {
            return pdn_pm_end(&pm, -1);
        }
        printf("%s %s\n", pdn_id_text(&top->id, text), top->version);
    } else {
        printf("%s\n", pm.project.manifest.name != NULL
                           ? pm.project.manifest.name
                           : "your project");
    }

    return pdn_pm_end(&pm, pdn_tree_draw(&t, top, invert != NULL, ""));
}


/* Breadth first from one of the manifest's packages: the shortest way. */
static int
pdn_why_way(pdn_pm_t *pm, size_t from, size_t to, size_t *before)
{
    const pdn_lock_t *lock;
    size_t *queue, head, tail, i, at;
    const pdn_lock_entry_t *entry;

    lock = &pm->project.lock;
    queue = pdn_arena_array(&pm->project.arena, lock->n, sizeof(*queue));
    if (queue == NULL) {
        return -1;
    }

    for (i = 0; i < lock->n; i++) {
        before[i] = SIZE_MAX;
    }

    before[from] = from;
    queue[0] = from;

    for (head = 0, tail = 1; head < tail && before[to] == SIZE_MAX; head++) {
        for (i = 0; i < lock->items[queue[head]].n_deps; i++) {
            entry = pdn_lock_find(lock, &lock->items[queue[head]].deps[i]);
            at = (size_t) (entry - lock->items);
            if (before[at] == SIZE_MAX) {
                before[at] = queue[head];
                queue[tail++] = at;
            }
        }
    }

    return before[to] != SIZE_MAX;
}


/* One way, from the project to the package, on one line. */
static void
pdn_why_print(pdn_pm_t *pm, size_t from, size_t to, const size_t *before)
{
    const pdn_lock_entry_t *entry;
    const pdn_dep_t *dep;
    char text[PDN_ID_MAX + 1];
    pdn_str_t way = { 0 }, more = { 0 };
    size_t at;

    for (at = to;; at = before[at]) {
        entry = &pm->project.lock.items[at];
        pdn_id_text(&entry->id, text);
        more.len = 0;

        if (pm->settings.json) {
            pdn_jsonl_string(&more, text);
            pdn_str_printf(&more, "%s%s", way.len ? "," : "", pdn_str_z(&way));
        } else {
            pdn_str_printf(&more, " → %s %s%s", text, entry->version,
                           pdn_str_z(&way));
        }

        way.len = 0;
        pdn_str_add(&way, pdn_str_z(&more), more.len);

        if (at == from) {
            break;
        }
    }

    dep = pdn_manifest_dep(&pm->project.manifest, &entry->id);

    if (pm->settings.json) {
        pdn_str_printf(&pm->out, "{\"type\":\"way\",\"ids\":[%s]}",
                       pdn_str_z(&way));
    } else {
        pdn_str_printf(&pm->out, "your project%s", pdn_str_z(&way));
        if (dep != NULL && dep->req[0] != '\0') {
            pdn_str_printf(&pm->out, "   (%s:%u: %s)", PDN_MANIFEST_NAME,
                           dep->span.line, dep->req);
        }
    }

    pdn_pm_print(pm);
    pdn_str_release(&way);
    pdn_str_release(&more);
}


pdn_exit_t
pdn_cmd_why(pdn_cli_t *cli)
{
    const pdn_lock_entry_t *entry;
    const pdn_lock_t *lock;
    size_t i, to, *before;
    pdn_pm_t pm;
    int way;

    if (pdn_list_open(&pm, cli) != 0
        || (entry = pdn_tree_find(&pm, cli->words[0])) == NULL)
    {
        return pdn_pm_end(&pm, -1);
    }

    lock = &pm.project.lock;
    to = (size_t) (entry - lock->items);
    before = pdn_arena_array(&pm.project.arena, lock->n, sizeof(*before));

    for (i = 0; before != NULL && i < lock->n; i++) {
        if (!lock->items[i].direct) {
            continue;
        }

        way = pdn_why_way(&pm, i, to, before);
        if (way < 0) {
            before = NULL;
            break;
        }

        if (way > 0) {
            pdn_why_print(&pm, i, to, before);
        }
    }

    return pdn_pm_end(&pm, before == NULL ? pdn_error_memory(&pm.err) : 0);
}
