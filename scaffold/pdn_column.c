/* SPDX-License-Identifier: MIT */
/* Columns of generators; see pdn_column.h. */

#include "pdn_column.h"

#include <stdio.h>
#include <string.h>

struct pdn_column_type_s {
    const char *name;
    const char *input; /* textarea, checkbox, none or the type of <input> */
    const char *step;
    const char *rule;
    const char *cast;
    const char *form;  /* a value for a spec, in Lua */
    const char *other; /* another one */
};

/* clang-format off */
static const pdn_column_type_t pdn_column_type_table[] = {
    /* name        input             step   rule          cast        values */
    { "string",    "text",           "",    "max:255",    "",
      "\"Some text\"", "\"Other text\"" },
    { "text",      "textarea",       "",    "",           "",
      "\"Some longer text\"", "\"Other longer text\"" },
    { "integer",   "number",         "1",   "integer",    "integer",
      "7", "8" },
    { "bigint",    "number",         "1",   "integer",    "integer",
      "5000000000", "5000000001" },
    { "float",     "number",         "any", "number",     "float",
      "1.5", "2.5" },
    { "decimal",   "number",         "any", "number",     "",
      "9.5", "8.5" },
    { "boolean",   "checkbox",       "",    "boolean",    "boolean",
      "true", "false" },
    { "date",      "date",           "",    "date",       "date",
      "\"2026-07-01\"", "\"2026-07-02\"" },
    { "datetime",  "datetime-local", "1",   "datetime",   "datetime",
      "\"2026-07-01T12:00\"", "\"2026-07-02T12:00\"" },
    { "json",      "textarea",       "",    "json",       "json",
      "'{\"a\":1}'", "'{\"a\":2}'" },
    { "binary",    "none",           "",    "",           "",
      "nil", "nil" },
    { "uuid",      "text",           "",    "uuid",       "",
      "\"6f1c8a52-5b7e-4a53-9c58-3f7f2f1d9a10\"",
      "\"6f1c8a52-5b7e-4a53-9c58-3f7f2f1d9a11\"" },
    { "references", "number",        "1",   "integer",    "integer",
      "nil", "nil" },
};
/* clang-format on */

#define PDN_COLUMN_TYPES                                                       \
    (sizeof(pdn_column_type_table) / sizeof(pdn_column_type_table[0]))


void
pdn_column_types(pdn_str_t *out)
{
    size_t i;

    for (i = 0; i < PDN_COLUMN_TYPES; i++) {
        pdn_str_printf(out, "%s%s", i ? " " : "",
                       pdn_column_type_table[i].name);
    }
}


static const pdn_column_type_t *
pdn_column_type(const char *name)
{
    size_t i;

    for (i = 0; i < PDN_COLUMN_TYPES; i++) {
        if (strcmp(pdn_column_type_table[i].name, name) == 0) {
            return &pdn_column_type_table[i];
        }
    }

    return NULL;
}


static int
pdn_column_modifier(pdn_column_t *c, const char *word)
{
    if (strcmp(word, "required") == 0 || strcmp(word, "not_null") == 0) {
        c->required = 1;
    } else if (strcmp(word, "unique") == 0) {
        c->unique = 1;
    } else if (strcmp(word, "index") == 0) {
        c->index = 1;
    } else {
        return -1;
    }

    return 0;
}


/* These the migration writes itself. */
static int
pdn_column_is_taken(const pdn_columns_t *columns, const char *name)
{
    size_t i;

    if (strcmp(name, "id") == 0 || strcmp(name, "created_at") == 0
        || strcmp(name, "updated_at") == 0)
    {
        return 1;
    }

    for (i = 0; i < columns->n; i++) {
        if (strcmp(columns->items[i].name, name) == 0) {
            return 1;
        }
    }

    return 0;
}


static void
pdn_column_name(pdn_column_t *c, const char *name)
{
    size_t n;

    pdn_snake(c->given, name);

    if (strcmp(c->type->name, "references") == 0) {
        n = strlen(c->given);
        if (n > 3 && strcmp(c->given + n - 3, "_id") == 0) {
            c->given[n - 3] = '\0';
        }
    }

    memcpy(c->name, c->given, PDN_NAME_MAX);

    if (strcmp(c->type->name, "references") == 0) {
        /* a checked name leaves room for this */
        memcpy(c->name + strlen(c->name), "_id", sizeof("_id"));
    }
}


int
pdn_columns_add(pdn_columns_t *columns, const char *text,
                pdn_problem_t *problem)
{
    char copy[256], *word, *rest;
    pdn_str_t types = { 0 };
    pdn_column_t *c;

    if (columns->n == PDN_COLUMNS_MAX) {
        return pdn_problem(problem, "more than %d columns", PDN_COLUMNS_MAX);
    }

    if (snprintf(copy, sizeof(copy), "%s", text) >= (int) sizeof(copy)) {
        return pdn_problem(problem, "column '%.40s...' is too long", text);
    }

    c = &columns->items[columns->n];
    memset(c, 0, sizeof(pdn_column_t));

    rest = copy;
    word = strsep(&rest, ":");

    if (pdn_name_check(word) != 0 || strchr(word, '-') != NULL) {
        return pdn_problem(problem, "'%s' is not a column name", word);
    }

    text = rest != NULL ? strsep(&rest, ":") : "string";
    c->type = pdn_column_type(text);

    if (c->type == NULL) {
        pdn_column_types(&types);
        pdn_problem(problem, "unknown column type '%s' of '%s'; there are: %s",
                    text, word, pdn_str_z(&types));
        pdn_str_release(&types);
        return -1;
    }

    pdn_column_name(c, word);

    while (rest != NULL) {
        text = strsep(&rest, ":");
        if (pdn_column_modifier(c, text) != 0) {
            return pdn_problem(problem,
                               "unknown modifier '%s' of '%s'; there are: "
                               "required unique index",
                               text, word);
        }
    }

    if (pdn_column_is_taken(columns, c->name)) {
        return pdn_problem(problem, "column '%s' is there already", c->name);
    }

    columns->n++;

    return 0;
}


const pdn_column_t *
pdn_columns_title(const pdn_columns_t *columns)
{
    size_t i;

    for (i = 0; i < columns->n; i++) {
        if (strcmp(columns->items[i].type->name, "string") == 0) {
            return &columns->items[i];
        }
    }

    return NULL;
}


static void
pdn_column_set(pdn_column_t *c, size_t *n, const char *name, const char *value)
{
    c->vars[*n].name = name;
    c->vars[*n].value = value;
    (*n)++;
}


static void
pdn_column_texts(pdn_column_t *c, int named)
{
    const char *rule;

    pdn_title(c->label, c->given);

    snprintf(c->schema, sizeof(c->schema), "t:%s(\"%s\")%s%s%s", c->type->name,
             c->given, c->required ? ":not_null()" : "",
             c->unique ? ":unique()" : "", c->index ? ":index()" : "");

    snprintf(c->add, sizeof(c->add), "\"%s\", \"%s\"%s%s%s%s%s", c->name,
             c->type->name, c->required || c->unique || c->index ? ", {" : "",
             c->required ? " not_null = true," : "",
             c->unique ? " unique = true," : "",
             c->index ? " index = true," : "",
             c->required || c->unique || c->index ? " }" : "");

    rule = c->type->rule;
    snprintf(c->rule, sizeof(c->rule), "%s%s%s",
             c->required || named ? "required" : "",
             (c->required || named) && rule[0] != '\0' ? "|" : "", rule);

    snprintf(c->form, sizeof(c->form), "%s", c->type->form);
    snprintf(c->other, sizeof(c->other), "%s", c->type->other);
}


void
pdn_columns_finish(pdn_columns_t *columns)
{
    const pdn_column_t *title;
    pdn_column_t *c;
    size_t i, n;
    int wanted;

    title = pdn_columns_title(columns);

    for (i = 0; i < columns->n; i++) {
        c = &columns->items[i];
        n = 0;
        wanted = c->required || c == title;

        pdn_column_texts(c, c == title);
        pdn_column_set(c, &n, "name", c->name);
        pdn_column_set(c, &n, "given", c->given);
        pdn_column_set(c, &n, "label", c->label);
        pdn_column_set(c, &n, "type", c->type->name);
        pdn_column_set(c, &n, "input", c->type->input);
        pdn_column_set(c, &n, "step", c->type->step);
        pdn_column_set(c, &n, "cast", c->type->cast);
        pdn_column_set(c, &n, "rule", c->rule);
        pdn_column_set(c, &n, "schema", c->schema);
        pdn_column_set(c, &n, "add", c->add);
        pdn_column_set(c, &n, "form", c->form);
        pdn_column_set(c, &n, "other", c->other);
        pdn_column_set(c, &n, "required", wanted ? "1" : "");
        pdn_column_set(c, &n, "reference",
                       strcmp(c->type->name, "references") == 0 ? "1" : "");
        pdn_column_set(c, &n, "title", c == title ? "1" : "");
        pdn_column_set(c, &n, "last", i + 1 == columns->n ? "1" : "");
        pdn_column_set(c, &n, NULL, NULL);

        columns->rows[i] = c->vars;
    }
}


/* `        t:string("title"):not_null()` as `title:string:not_null`. */
static int
pdn_columns_read_line(pdn_columns_t *columns, const char *line, size_t len,
                      pdn_problem_t *problem)
{
    char type[32], name[PDN_NAME_MAX], text[256], copy[256];

    if (len >= sizeof(copy)) {
        return 0;
    }

    memcpy(copy, line, len);
    copy[len] = '\0';

    if (sscanf(copy, " t:%31[a-z](\"%63[a-z0-9_]\")", type, name) != 2
        || pdn_column_type(type) == NULL)
    {
        return 0;
    }

    snprintf(text, sizeof(text), "%s:%s%s%s%s", name, type,
             strstr(copy, ":not_null()") != NULL ? ":required" : "",
             strstr(copy, ":unique()") != NULL ? ":unique" : "",
             strstr(copy, ":index()") != NULL ? ":index" : "");

    return pdn_columns_add(columns, text, problem);
}


int
pdn_columns_read(pdn_columns_t *columns, const char *migration,
                 pdn_problem_t *problem)
{
    const char *line, *end;

    for (line = migration; *line != '\0'; line = *end ? end + 1 : end) {
        end = strchrnul(line, '\n');
        if (pdn_columns_read_line(columns, line, end - line, problem) != 0) {
            return -1;
        }
    }

    return 0;
}
