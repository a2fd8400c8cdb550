/* SPDX-License-Identifier: MIT */
/*
 * The templates of generators. They write files that have tags of their own
 * ({{ }}, {% %}), so these have others:
 *
 *   <%= name %>                   the value
 *   <% if name %> <% else %>      is it neither missing, "" nor "0"?
 *   <% if name = value %>         is it this value?
 *   <% unless name [= value] %>
 *   <% each columns %>            once for each row of the list
 *   <% end %>
 *
 * A line with nothing but one tag of the second kind leaves no line behind.
 */

#ifndef PDN_TPL_H
#define PDN_TPL_H

#include "pdn_str.h"

typedef struct {
    const char *name;
    const char *value;
} pdn_var_t;

/* Ends with a row of NULLs. */
typedef const pdn_var_t *pdn_vars_t;

typedef struct {
    const char *name;
    const pdn_vars_t *rows;
    size_t n;
} pdn_list_t;

typedef struct {
    const pdn_var_t *vars;
    const pdn_list_t *list; /* the one list there is, or NULL */
} pdn_scope_t;

/*
 * Adds the rendered text to `out`; `file` is named in problems, with the
 * line. A name that is not known is a problem in `<%= %>`, and false in `if`.
 */
int pdn_tpl_render(const char *file, const char *text, size_t len,
                   const pdn_scope_t *scope, pdn_str_t *out,
                   pdn_problem_t *problem);

#endif /* PDN_TPL_H */
