/*
 * SPDX-License-Identifier: MIT
 *
 * Columns as they are typed.
 */

#include "test.h"

#include "../../scaffold/pdn_column.c"
#include "../../scaffold/pdn_inflect.c"
#include "../../scaffold/pdn_str.c"

static pdn_columns_t columns;
static pdn_problem_t problem;


static const pdn_column_t *
column(const char *text)
{
    memset(&columns, 0, sizeof(columns));
    check_int(pdn_columns_add(&columns, text, &problem), 0);
    pdn_columns_finish(&columns);

    return &columns.items[0];
}


test("takes a string when no type is given")
{
    check_str(column("title")->schema, "t:string(\"title\")");
}


test("writes modifiers into the migration")
{
    check_str(column("n:integer:required:unique:index")->schema,
              "t:integer(\"n\"):not_null():unique():index()");
    check_str(column("n:integer:required")->add,
              "\"n\", \"integer\", { not_null = true, }");
}


test("names the column of a reference")
{
    check_str(column("user:references")->name, "user_id");
    check_str(column("user_id:references")->name, "user_id");
    check_str(column("user:references")->schema, "t:references(\"user\")");
}


test("wants the first string")
{
    check_str(column("title")->rule, "required|max:255");
    check_str(column("n:integer")->rule, "integer");
    check_str(column("n:text:required")->rule, "required");
}


test("refuses what it does not know")
{
    memset(&columns, 0, sizeof(columns));
    check_int(pdn_columns_add(&columns, "a:strin", &problem), -1);
    check(strstr(problem.text, "there are: string text") != NULL);
    check_int(pdn_columns_add(&columns, "a:string:uniq", &problem), -1);
    check(strstr(problem.text, "unknown modifier 'uniq'") != NULL);
    check_int(pdn_columns_add(&columns, "id", &problem), -1);
    check_int(pdn_columns_add(&columns, "1a", &problem), -1);
    check_int(pdn_columns_add(&columns, "a b", &problem), -1);
    check_int(pdn_columns_add(&columns, "a", &problem), 0);
    check_int(pdn_columns_add(&columns, "a:text", &problem), -1);
    check_str(problem.text, "column 'a' is there already");
}


test("reads its own lines back")
{
    memset(&columns, 0, sizeof(columns));
    check_int(pdn_columns_read(&columns,
                               "    t:id()\n"
                               "    t:string(\"title\"):unique()\n"
                               "    t:references(\"user\")\n"
                               "    t:timestamps()\n",
                               &problem),
              0);
    check_int(columns.n, 2);
    check_str(columns.items[0].name, "title");
    check(columns.items[0].unique);
    check_str(columns.items[1].name, "user_id");
}
