/*
 * SPDX-License-Identifier: MIT
 *
 * The template engine of generators.
 */

#include "test.h"

#include "../../scaffold/pdn_str.c"
#include "../../scaffold/pdn_tpl.c"

static const pdn_var_t vars[] = {
    { "name", "post" },
    { "empty", "" },
    { "zero", "0" },
    { NULL, NULL },
};

static const pdn_var_t row_a[] = { { "col", "a" }, { NULL, NULL } };
static const pdn_var_t row_b[] = {
    { "col", "b" },
    { "last", "1" },
    { NULL, NULL },
};
static const pdn_vars_t rows[] = { row_a, row_b };
static const pdn_list_t list = { "columns", rows, 2 };
static const pdn_scope_t scope = { vars, &list };

static pdn_problem_t problem;


static void
renders(const char *text, const char *want)
{
    pdn_str_t out = { 0 };
    int rc;

    rc = pdn_tpl_render("t", text, strlen(text), &scope, &out, &problem);
    check_int(rc, 0);
    check_str(pdn_str_z(&out), want);
    pdn_str_release(&out);
}


static void
fails(const char *text, const char *want)
{
    pdn_str_t out = { 0 };
    int rc;

    rc = pdn_tpl_render("t", text, strlen(text), &scope, &out, &problem);
    pdn_str_release(&out);
    check_int(rc, -1);
    check_str(problem.text, want);
}


test("leaves the tags of views alone")
{
    renders("{{ x }} {% if y then %} {* z *}",
            "{{ x }} {% if y then %} {* z *}");
}


test("prints values")
{
    renders("a <%= name %>s b<%= empty %>", "a posts b");
}


test("takes branches")
{
    renders("<% if name %>y<% else %>n<% end %>", "y");
    renders("<% if empty %>y<% else %>n<% end %>", "n");
    renders("<% if zero %>y<% end %>", "");
    renders("<% if unknown %>y<% else %>n<% end %>", "n");
    renders("<% if name = post %>y<% end %>", "y");
    renders("<% unless name = post %>y<% else %>n<% end %>", "n");
    renders("<% if name %><% if empty %>1<% else %>2<% end %>3<% end %>", "23");
}


test("walks lists")
{
    renders("<% each columns %><%= col %><% unless last %>, <% end %>"
            "<% end %>.",
            "a, b.");
}


test("leaves no line of a tag that stands alone")
{
    renders("x\n  <% each columns %>\n  <%= col %>\n  <% end %>\ny\n",
            "x\n  a\n  b\ny\n");
}


test("does not render what is not taken")
{
    renders("<% if empty %><%= nothing %><% end %>ok", "ok");
}


test("names the file and line of a mistake")
{
    fails("a\n<%= nothing %>", "template t:2: unknown name 'nothing'");
    fails("<% if name %>", "template t:1: no end of 'if'");
    fails("<% each columns %>", "template t:1: no end of 'each'");
    fails("<% each rows %><% end %>", "template t:1: unknown list 'rows'");
    fails("<% what %>", "template t:1: unknown tag 'what'");
    fails("\n<% if", "template t:2: no end of '<%'");
    fails("<% end %>", "template t:1: nothing is open for 'end'");
}
