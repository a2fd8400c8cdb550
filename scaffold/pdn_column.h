/* SPDX-License-Identifier: MIT */
/*
 * Columns as they are typed, `name:type[:modifier...]`, and everything that
 * templates write about one: its line in the migration, its rule, its input
 * in a form, a value for a spec.
 */

#ifndef PDN_COLUMN_H
#define PDN_COLUMN_H

#include "pdn_inflect.h"
#include "pdn_tpl.h"

#define PDN_COLUMNS_MAX 64

typedef struct pdn_column_type_s pdn_column_type_t;

typedef struct {
    const pdn_column_type_t *type;
    char name[PDN_NAME_MAX];  /* of the column: user_id */
    char given[PDN_NAME_MAX]; /* as the schema wants it: user */
    unsigned required : 1;
    unsigned unique : 1;
    unsigned index : 1;

    /* texts that `vars` points into */
    char label[PDN_NAME_MAX];
    char schema[256]; /* t:string("title"):not_null() */
    char add[256];    /* "title", "string", { not_null = true } */
    char rule[128];
    char form[96];  /* a Lua value */
    char other[96]; /* another one */
    pdn_var_t vars[24];
} pdn_column_t;

typedef struct {
    pdn_column_t items[PDN_COLUMNS_MAX];
    pdn_vars_t rows[PDN_COLUMNS_MAX];
    size_t n;
} pdn_columns_t;

/*
 * Adds the column that `text` names. A type that does not exist is a problem
 * that lists those that do.
 */
int pdn_columns_add(pdn_columns_t *columns, const char *text,
                    pdn_problem_t *problem);

/* Fills in what templates use; call once after the last column. */
void pdn_columns_finish(pdn_columns_t *columns);

/*
 * The columns back from a migration that pdn_column's `schema` lines were
 * written into; lines of another form are passed over.
 */
int pdn_columns_read(pdn_columns_t *columns, const char *migration,
                     pdn_problem_t *problem);

/* The first column of type string, else NULL: what names a row to people. */
const pdn_column_t *pdn_columns_title(const pdn_columns_t *columns);

/* "string text integer ..." for help and errors. */
void pdn_column_types(pdn_str_t *out);

#endif /* PDN_COLUMN_H */
