/*
 * SPDX-License-Identifier: MIT
 *
 * Lines in config/routes.lua.
 */

#include "test.h"

#include "../../scaffold/pdn_routes.c"
#include "../../scaffold/pdn_str.c"

#define LINE "r:resource(\"posts\")"


static void
becomes(const char *text, const char *want)
{
    pdn_str_t out = { 0 }, back = { 0 };

    check_int(pdn_routes_with(text, LINE, &out), 0);
    check_str(pdn_str_z(&out), want);

    pdn_routes_without(pdn_str_z(&out), LINE, &back);
    if (strstr(text, LINE) == NULL) {
        check_str(pdn_str_z(&back), text);
    }

    pdn_str_release(&out);
    pdn_str_release(&back);
}


test("puts a line above the mark")
{
    becomes("f\n    " PDN_ROUTES_MARK "\n    x\nend\n",
            "f\n    " LINE "\n    " PDN_ROUTES_MARK "\n    x\nend\n");
}


test("puts a line above the last end without the mark")
{
    becomes("f\n    if x then\n    end\nend\n",
            "f\n    if x then\n    end\n    " LINE "\nend\n");
}


test("does not add a line twice")
{
    becomes("f\n  " LINE "\nend\n", "f\n  " LINE "\nend\n");
}


test("knows no place where there is none")
{
    pdn_str_t out = { 0 };

    check_int(pdn_routes_with("return {}\n", LINE, &out), -1);
    check_int(pdn_routes_with("", LINE, &out), -1);
    pdn_str_release(&out);
}


test("leaves a text without the line as it is")
{
    pdn_str_t out = { 0 };

    pdn_routes_without("a\nb", LINE, &out);
    check_str(pdn_str_z(&out), "a\nb");
    pdn_str_release(&out);
}
