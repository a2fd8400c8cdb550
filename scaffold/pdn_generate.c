/* SPDX-License-Identifier: MIT */
/* The generators; see pdn_generate.h. */

#include "pdn_generate.h"

#include "pdn_column.h"
#include "pdn_migration.h"
#include "pdn_routes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One run of a generator, with all that its templates may use. */
typedef struct {
    const pdn_generate_t *g;
    pdn_plan_t *plan;
    pdn_str_t *next;
    pdn_str_t *notes;
    pdn_problem_t *problem;

    char name[PDN_NAME_MAX]; /* as typed, in snake case */
    char singular[PDN_NAME_MAX];
    char plural[PDN_NAME_MAX];
    char camel[PDN_NAME_MAX];
    char model[PDN_NAME_MAX];
    char controller[PDN_NAME_MAX];
    char human[PDN_NAME_MAX];
    char title[PDN_NAME_MAX];
    char titles[PDN_NAME_MAX];
    char path[128];
    char stamp[16];
    char action[PDN_NAME_MAX];
    const char *label; /* the column that names a row to people */
    const char *list_name;
    pdn_migration_t migration;
    char migration_file[PDN_NAME_MAX + 32];
    char routes[16][PDN_NAME_MAX * 2 + 4];

    pdn_columns_t columns;
    pdn_list_t list;
    pdn_var_t vars[32];
    pdn_scope_t scope;
} pdn_making_t;

typedef int (*pdn_make_pt)(pdn_making_t *m);

static int pdn_make_controller(pdn_making_t *m);
static int pdn_make_model(pdn_making_t *m);
static int pdn_make_migration(pdn_making_t *m);
static int pdn_make_resource(pdn_making_t *m);
static int pdn_make_view(pdn_making_t *m);
static int pdn_make_plugin(pdn_making_t *m);
static int pdn_make_service(pdn_making_t *m);
static int pdn_make_spec(pdn_making_t *m);

/* clang-format off */
static const pdn_generator_t pdn_generator_table[] = {
    { "controller", "NAME [ACTION ...]",
      "a controller, its views and routes" },
    { "model",      "NAME [COLUMN:TYPE ...]",
      "a model and the migration that creates its table" },
    { "migration",  "NAME [COLUMN:TYPE ...]",
      "a migration; create_X, add_X_to_Y and remove_X_from_Y are understood" },
    { "resource",   "NAME [COLUMN:TYPE ...]",
      "model, migration, controller, views, spec and route" },
    { "view",       "FOLDER/NAME",
      "a view" },
    { "plugin",     "NAME",
      "a plugin with its hooks" },
    { "service",    "NAME [udp]",
      "a TCP or UDP service and its spec" },
    { "spec",       "NAME",
      "a spec" },
    { NULL, NULL, NULL },
};

/* In the order of the table above. */
static const pdn_make_pt pdn_makers[] = {
    pdn_make_controller, pdn_make_model,  pdn_make_migration,
    pdn_make_resource,   pdn_make_view,   pdn_make_plugin,
    pdn_make_service,    pdn_make_spec,
};
/* clang-format on */


const pdn_generator_t *
pdn_generators(void)
{
    return pdn_generator_table;
}


/* Of `generate service`, where it is the one word there may be. */
static int
pdn_making_is_udp(const pdn_making_t *m)
{
    return m->g->n == 1 && strcmp(m->g->words[0], "udp") == 0;
}


static void
pdn_making_vars(pdn_making_t *m)
{
    const pdn_var_t vars[] = {
        { "name", m->name },
        { "singular", m->singular },
        { "plural", m->plural },
        { "camel", m->camel },
        { "Model", m->model },
        { "Controller", m->controller },
        { "human", m->human },
        { "title", m->title },
        { "titles", m->titles },
        { "path", m->path },
        { "stamp", m->stamp },
        { "action", m->action },
        { "label", m->label },
        { "migration_file", m->migration_file },
        { "kind", m->migration.kind != NULL ? m->migration.kind : "" },
        { "table", m->migration.table },
        { "columns", m->columns.n != 0 ? "1" : "" },
        { "api", m->g->api ? "1" : "" },
        { "udp", pdn_making_is_udp(m) ? "1" : "" },
        { NULL, NULL },
    };

    memcpy(m->vars, vars, sizeof(vars));

    m->list.name = m->list_name;
    m->list.rows = m->columns.rows;
    m->list.n = m->columns.n;
    m->scope.vars = m->vars;
    m->scope.list = &m->list;
}


static int
pdn_making_init(pdn_making_t *m)
{
    const char *base;

    /* a view is named with its folder */
    base = strrchr(m->g->name, '/');
    base = base != NULL ? base + 1 : m->g->name;

    if (pdn_name_check(base) != 0 || strstr(m->g->name, "..") != NULL
        || m->g->name[0] == '/' || strlen(m->g->name) >= sizeof(m->path))
    {
        return pdn_problem(m->problem,
                           "'%s' is not a name: a letter, then letters, "
                           "digits and _, 40 at most",
                           m->g->name);
    }

    snprintf(m->path, sizeof(m->path), "%s", m->g->name);
    pdn_snake(m->name, base);
    pdn_singular(m->singular, m->name);
    pdn_plural(m->plural, m->name);
    pdn_camel(m->camel, m->name);
    pdn_camel(m->model, m->singular);
    pdn_camel(m->controller, m->plural);
    pdn_human(m->human, m->singular);
    pdn_title(m->title, m->singular);
    pdn_title(m->titles, m->plural);
    m->label = "id";
    m->list_name = "columns";

    return pdn_migration_version(m->g->root, m->g->now, m->stamp, m->problem);
}


/* Columns of the command line; to destroy, those of the migration will do. */
static int
pdn_making_columns(pdn_making_t *m, const char *migration)
{
    const pdn_column_t *title;
    pdn_str_t text = { 0 };
    char path[PATH_MAX];
    int i, rc;

    for (i = 0; i < m->g->n; i++) {
        if (pdn_columns_add(&m->columns, m->g->words[i], m->problem) != 0) {
            return -1;
        }
    }

    if (m->g->destroy && m->g->n == 0 && migration[0] != '\0'
        && pdn_fs_join(path, m->g->root, migration) == 0)
    {
        rc = pdn_fs_read(path, &text, m->problem);
        if (rc == 0) {
            rc = pdn_columns_read(&m->columns, pdn_str_z(&text), m->problem);
        }
        pdn_str_release(&text);
        if (rc != 0) {
            return -1;
        }
    }

    pdn_columns_finish(&m->columns);

    title = pdn_columns_title(&m->columns);
    m->label = title != NULL ? title->name : "id";

    return 0;
}


static int
pdn_making_add(pdn_making_t *m, const char *name)
{
    char folder[PATH_MAX];

    pdn_making_vars(m);

    if (snprintf(folder, PATH_MAX, "%s/generate/%s", m->g->templates, name)
        >= PATH_MAX)
    {
        return pdn_problem(m->problem, "folder name too long");
    }

    return pdn_plan_add_folder(m->plan, folder, &m->scope, m->problem);
}


static int
pdn_making_migration(pdn_making_t *m, const char *name)
{
    char found[PATH_MAX];
    pdn_plan_file_t *file;

    if (pdn_migration_find(m->g->root, name, found, m->problem) != 0) {
        return -1;
    }

    if (found[0] != '\0' && !m->g->destroy) {
        return pdn_problem(m->problem, "there is a migration '%s' already: %s",
                           name, found);
    }

    pdn_migration_read_name(&m->migration, name);
    snprintf(m->migration_file, sizeof(m->migration_file), "%s_%s", m->stamp,
             m->migration.name);

    if (pdn_making_columns(m, found) != 0
        || pdn_making_add(m, "migration") != 0) {
        return -1;
    }

    file = &m->plan->files[m->plan->n - 1];

    if (found[0] != '\0') {
        free(file->path);
        file->path = strdup(found);
        return file->path != NULL ? 0 : pdn_problem(m->problem, "no memory");
    }

    return 0;
}


/* Puts the line into config/routes.lua, or takes it out. */
static int
pdn_making_route(pdn_making_t *m, const char *line)
{
    static const char name[] = "config/routes.lua";
    pdn_str_t text = { 0 }, changed = { 0 };
    pdn_plan_file_t *file;
    char path[PATH_MAX];
    size_t i;
    int rc;

    file = NULL;

    for (i = 0; i < m->plan->n; i++) {
        if (strcmp(m->plan->files[i].path, name) == 0) {
            file = &m->plan->files[i];
        }
    }

    if (file != NULL) {
        pdn_str_puts(&text, pdn_str_z(&file->content));
    } else if (pdn_fs_join(path, m->g->root, name) != 0
               || pdn_fs_read(path, &text, m->problem) != 0)
    {
        pdn_str_release(&text);
        return -1;
    }

    rc = 0;

    if (m->g->destroy) {
        pdn_routes_without(pdn_str_z(&text), line, &changed);
    } else {
        rc = pdn_routes_with(pdn_str_z(&text), line, &changed);
    }

    if (rc != 0) {
        pdn_str_printf(m->notes, "add this line to %s yourself: %s\n", name,
                       line);
    } else if (file != NULL) {
        pdn_str_release(&file->content);
        file->content = changed;
        memset(&changed, 0, sizeof(changed));
    } else {
        file = pdn_plan_add(m->plan, name, &changed);
        if (file != NULL) {
            file->changes = 1;
        }
    }

    pdn_str_release(&text);
    pdn_str_release(&changed);

    return file != NULL || rc != 0 ? 0
                                   : pdn_problem(m->problem, "too many files");
}


static int
pdn_make_action(pdn_making_t *m, const char *action, const char *route)
{
    char line[320];

    pdn_snake(m->action, action);

    if (!m->g->api && pdn_making_add(m, "controller-view") != 0) {
        return -1;
    }

    snprintf(line, sizeof(line), "r:get(\"%s\", \"%s@%s\")", route, m->name,
             m->action);

    return pdn_making_route(m, line);
}


static int
pdn_make_controller(pdn_making_t *m)
{
    static char index[] = "index";
    static char *only_index[] = { index };
    pdn_var_t actions[16][4];
    char **words;
    int i, n;

    words = m->g->n > 0 ? m->g->words : only_index;
    n = m->g->n > 0 ? m->g->n : 1;

    if (n > 16) {
        return pdn_problem(m->problem, "more than 16 actions");
    }

    for (i = 0; i < n; i++) {
        if (pdn_name_check(words[i]) != 0 || strchr(words[i], '-') != NULL) {
            return pdn_problem(m->problem, "'%s' is not a name of an action",
                               words[i]);
        }

        snprintf(m->routes[i], sizeof(m->routes[i]), "/%s%s%s", m->name,
                 strcmp(words[i], "index") == 0 ? "" : "/",
                 strcmp(words[i], "index") == 0 ? "" : words[i]);

        actions[i][0] = (pdn_var_t){ "action", words[i] };
        actions[i][1] = (pdn_var_t){ "route", m->routes[i] };
        actions[i][2] = (pdn_var_t){ "last", i + 1 == n ? "1" : "" };
        actions[i][3] = (pdn_var_t){ NULL, NULL };
        m->columns.rows[i] = actions[i];
    }

    m->columns.n = n;
    m->list_name = "actions";

    if (pdn_making_add(m, "controller") != 0) {
        return -1;
    }

    m->columns.n = 0;

    for (i = 0; i < n; i++) {
        if (pdn_make_action(m, words[i], m->routes[i]) != 0) {
            return -1;
        }
    }

    pdn_str_puts(m->next, "pandan dev");

    return 0;
}


static int
pdn_make_model(pdn_making_t *m)
{
    char name[PDN_NAME_MAX + 8];

    snprintf(name, sizeof(name), "create_%s", m->plural);

    if (pdn_making_migration(m, name) != 0 || pdn_making_add(m, "model") != 0) {
        return -1;
    }

    pdn_str_puts(m->next, "pandan db migrate");

    return 0;
}


static int
pdn_make_migration(pdn_making_t *m)
{
    pdn_str_puts(m->next, "pandan db migrate");

    return pdn_making_migration(m, m->name);
}


static int
pdn_make_resource(pdn_making_t *m)
{
    char line[128];

    if (m->g->n == 0 && !m->g->destroy) {
        return pdn_problem(m->problem,
                           "a resource has columns: pandan generate resource "
                           "%s title:string body:text",
                           m->name);
    }

    if (pdn_make_model(m) != 0 || pdn_making_add(m, "resource") != 0
        || (!m->g->api && pdn_making_add(m, "resource-views") != 0))
    {
        return -1;
    }

    snprintf(line, sizeof(line), "r:resource(\"%s\"%s)", m->plural,
             m->g->api ? ", { except = { \"new\", \"edit\" } }" : "");

    return pdn_making_route(m, line);
}


static int
pdn_make_view(pdn_making_t *m)
{
    if (strchr(m->g->name, '/') == NULL) {
        return pdn_problem(m->problem,
                           "name the view with its folder: pandan generate "
                           "view pages/%s",
                           m->name);
    }

    return pdn_making_add(m, "view");
}


static int
pdn_make_plugin(pdn_making_t *m)
{
    pdn_str_printf(m->next,
                   "name it in application/bootstrap.lua, or in a "
                   "controller's or a group's use = { \"%s\" }",
                   m->name);

    return pdn_making_add(m, "plugin");
}


static int
pdn_make_service(pdn_making_t *m)
{
    char config[PATH_MAX];

    if (m->g->n > 0 && !pdn_making_is_udp(m)) {
        return pdn_problem(m->problem,
                           "a service speaks TCP, or UDP: pandan generate "
                           "service %s udp",
                           m->name);
    }

    if (pdn_making_add(m, "service") != 0
        || pdn_fs_join(config, m->g->root, "config/services.lua") != 0)
    {
        return -1;
    }

    if (m->g->destroy) {
        pdn_str_printf(m->next, "take %s out of config/services.lua", m->name);
        return 0;
    }

    if (pdn_fs_exists(config)) {
        pdn_str_printf(m->next,
                       "name it in config/services.lua: %s = { listen = "
                       "PORT%s }",
                       m->name,
                       pdn_making_is_udp(m) ? ", protocol = \"udp\"" : "");
        return 0;
    }

    pdn_str_printf(m->next, "pandan test spec/services/%s_spec.lua", m->name);

    return pdn_making_add(m, "service-config");
}


static int
pdn_make_spec(pdn_making_t *m)
{
    pdn_str_printf(m->next, "pandan test spec/%s_spec.lua", m->path);

    return pdn_making_add(m, "spec");
}


int
pdn_generate(const pdn_generate_t *g, pdn_plan_t *plan, pdn_str_t *next,
             pdn_str_t *notes, pdn_problem_t *problem)
{
    pdn_making_t *m;
    int rc;

    m = calloc(1, sizeof(pdn_making_t));
    if (m == NULL) {
        return pdn_problem(problem, "no memory");
    }

    m->g = g;
    m->plan = plan;
    m->next = next;
    m->notes = notes;
    m->problem = problem;

    rc = pdn_making_init(m);
    if (rc == 0) {
        rc = pdn_makers[g->generator - pdn_generator_table](m);
    }

    free(m);

    return rc;
}
