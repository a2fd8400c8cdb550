/*
 * SPDX-License-Identifier: MIT
 *
 * The resolver on the universes of spec/pm/scenarios, whose results and
 * messages are told there to the letter. A file has sections:
 *
 *     --- manifest     pandan.pkg.lua
 *     --- universe     ID VERSION [yanked|gone|DAYSd] [: ID REQ; ID REQ]
 *     --- lock         ID VERSION, optional
 *     --- options      update ID, update-all, lowest, whole
 *     --- result       ID VERSION lines, or what is printed
 *
 * PM_WRITE=1 writes what came out into the files instead.
 */

#include "pm_memory.h"

#include <dirent.h>
#include <stdlib.h>

#define FOLDER "spec/pm/scenarios"
#define NOW    1000000000

typedef struct {
    char *text; /* the whole file, cut into its sections */
    char *manifest;
    char *universe;
    char *lock;
    char *options;
    char *result;
} scenario_t;

static pm_memory_t memory;
static pdn_resolve_how_t how;
static pdn_lock_t old;
static pdn_id_t updated[8];


static char *
section(char *text, const char *name)
{
    char mark[32], *p;

    snprintf(mark, sizeof(mark), "--- %s\n", name);
    p = strstr(text, mark);

    return p != NULL ? p + strlen(mark) : NULL;
}


/* Ends each section where the next one begins. */
static void
cut(scenario_t *s)
{
    char *p;

    s->manifest = section(s->text, "manifest");
    s->universe = section(s->text, "universe");
    s->lock = section(s->text, "lock");
    s->options = section(s->text, "options");
    s->result = section(s->text, "result");

    for (p = s->text; (p = strstr(p, "\n--- ")) != NULL; p += 2) {
        p[1] = '\0';
    }
}


static pdn_id_t
id_of(const char *text)
{
    pdn_id_t id;

    check_that(pdn_id_parse(&arena, text, strlen(text), &id) == PDN_ID_OK,
               text);

    return id;
}


/* "ID REQ; ID REQ" */
static void
dependencies(pdn_release_t *release, char *text)
{
    char *one, *next, *blank;
    pdn_dep_t *deps;

    deps = pdn_arena_array(&arena, 16, sizeof(*deps));
    release->deps = deps;

    for (one = text; one != NULL; one = next) {
        next = strchr(one, ';');
        if (next != NULL) {
            *next++ = '\0';
        }

        one += strspn(one, " ");
        blank = strchr(one, ' ');
        if (blank != NULL) {
            *blank++ = '\0';
        }

        deps[release->n_deps].id = id_of(one);
        deps[release->n_deps++].req = blank != NULL ? blank : "";
    }
}


static void
version_line(char *line)
{
    char *name, *version, *state, *colon;
    pdn_release_t *release;
    pdn_id_t id;

    colon = strstr(line, " : ");
    if (colon != NULL) {
        *colon = '\0';
    }

    name = strtok_r(line, " ", &state);
    version = strtok_r(NULL, " ", &state);
    id = id_of(name);
    release = pm_memory_add(&memory, &id, version);
    state = strtok_r(NULL, " ", &state);

    if (state != NULL) {
        pm_package_t *p = pm_memory_find(&memory, &id);
        pdn_listed_t *listed = &p->listed[p->n - 1];

        listed->yanked = strcmp(state, "yanked") == 0;
        release->build = strcmp(state, "gone") == 0 ? "gone" : NULL;

        if (state[0] >= '0' && state[0] <= '9') {
            listed->published = NOW - strtol(state, NULL, 10) * 86400;
        }
    }

    if (colon != NULL) {
        dependencies(release, colon + 3);
    }
}


static void
each_line(char *text, void (*take)(char *line))
{
    char *line, *state;

    for (line = text != NULL ? strtok_r(text, "\n", &state) : NULL;
         line != NULL; line = strtok_r(NULL, "\n", &state))
    {
        if (line[0] != '#') {
            take(line);
        }
    }
}


static void
lock_line(char *line)
{
    char *blank;

    blank = strchr(line, ' ');
    *blank++ = '\0';
    old.items[old.n].id = id_of(line);
    old.items[old.n++].version = blank;
    how.old = &old;
}


static int
by_id(const void *a, const void *b)
{
    return pdn_id_compare(&((const pdn_lock_entry_t *) a)->id,
                          &((const pdn_lock_entry_t *) b)->id);
}


static void
option_line(char *line)
{
    if (strncmp(line, "update ", 7) == 0) {
        updated[how.n_update] = id_of(line + 7);
        how.update = updated;
        how.n_update++;
    }

    how.update_all |= strcmp(line, "update-all") == 0;
    how.lowest |= strcmp(line, "lowest") == 0;
    memory.whole |= strcmp(line, "whole") == 0;
}


static void
print_lock(const pdn_lock_t *lock)
{
    char text[PDN_ID_MAX + 1];
    size_t i;

    for (i = 0; i < lock->n; i++) {
        pdn_str_printf(&out, "%s %s\n", pdn_id_text(&lock->items[i].id, text),
                       lock->items[i].version);
    }
}


static void
print_error(void)
{
    char *text;
    size_t n;
    FILE *f;

    f = open_memstream(&text, &n);
    pdn_error_print(&error, f, 0);
    fclose(f);
    pdn_str_puts(&out, text);
    free(text);
}


static void
solve(scenario_t *s)
{
    pdn_manifest_t manifest;
    pdn_lock_t lock;

    pm_start();
    memset(&how, 0, sizeof(how));
    memset(&old, 0, sizeof(old));
    pm_memory_init(&memory, &arena);
    old.items = pdn_arena_array(&arena, 32, sizeof(*old.items));
    how.manifest = &manifest;
    how.now = NOW;

    each_line(s->universe, version_line);
    each_line(s->lock, lock_line);
    qsort(old.items, old.n, sizeof(*old.items), by_id);
    each_line(s->options, option_line);

    memset(&manifest, 0, sizeof(manifest));
    manifest.document = pm_document("pandan.pkg.lua", s->manifest);

    if (pdn_manifest_read(&arena, &manifest, &error) == 0
        && pdn_resolve(&arena, &memory.provider, &how, &lock, &error) == 0)
    {
        print_lock(&lock);
    } else {
        print_error();
    }
}


static char *
read_file(const char *path)
{
    static char text[64 * 1024];
    size_t n;
    FILE *f;

    f = fopen(path, "r");
    check_that(f != NULL, path);
    n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = '\0';

    return text;
}


static void
run(const char *name)
{
    static char before[64 * 1024];
    char path[512];
    scenario_t s;
    FILE *f;

    snprintf(path, sizeof(path), FOLDER "/%s", name);
    memset(&s, 0, sizeof(s));
    s.text = read_file(path);
    check_that(strstr(s.text, "--- result\n") != NULL, path);
    snprintf(before, sizeof(before), "%.*s",
             (int) (section(s.text, "result") - s.text), s.text);
    cut(&s);
    solve(&s);

    if (getenv("PM_WRITE") != NULL) {
        f = fopen(path, "w");
        fprintf(f, "%s%s", before, pdn_str_z(&out));
        fclose(f);

    } else if (strcmp(pdn_str_z(&out), s.result) != 0) {
        printf("%s gives\n%s", path, pdn_str_z(&out));
        check_that(0, path);
    }
}


test("every scenario ends as it is told there")
{
    struct dirent **names;
    int i, n;

    setenv("PANDAN_REGISTRY", "https://registry.test", 1);
    n = scandir(FOLDER, &names, NULL, alphasort);
    check(n > 2);

    for (i = 0; i < n; i++) {
        if (strstr(names[i]->d_name, ".scenario") != NULL) {
            run(names[i]->d_name);
        }
        free(names[i]);
    }

    free(names);
}
