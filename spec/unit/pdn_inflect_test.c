/*
 * SPDX-License-Identifier: MIT
 *
 * The forms of names.
 */

#include "test.h"

#include "../../scaffold/pdn_inflect.c"

typedef struct {
    const char *one;
    const char *many;
} words_t;

static const words_t words[] = {
    { "post", "posts" },
    { "category", "categories" },
    { "day", "days" },
    { "box", "boxes" },
    { "address", "addresses" },
    { "bus", "buses" },
    { "status", "statuses" },
    { "branch", "branches" },
    { "person", "people" },
    { "child", "children" },
    { "woman", "women" },
    { "news", "news" },
    { "order_item", "order_items" },
    { "sales_person", "sales_people" },
    { "analysis", "analyses" },
    { "movie", "movies" },
    { "quiz", "quizzes" },
    { "house", "houses" },
    { "image", "images" },
    { "shoe", "shoes" },
    { "wish", "wishes" },
    { "key", "keys" },
    { "price", "prices" },
    { "page", "pages" },
};


test("makes plurals and singulars, whichever is given")
{
    char out[PDN_NAME_MAX];
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        pdn_plural(out, words[i].one);
        check_str(out, words[i].many);
        pdn_plural(out, words[i].many);
        check_str(out, words[i].many);
        pdn_singular(out, words[i].many);
        check_str(out, words[i].one);
        pdn_singular(out, words[i].one);
        check_str(out, words[i].one);
    }
}


test("splits names at capitals and dashes")
{
    char out[PDN_NAME_MAX];

    pdn_snake(out, "BlogPost");
    check_str(out, "blog_post");
    pdn_snake(out, "blog-post");
    check_str(out, "blog_post");
    pdn_snake(out, "HTTPServer2Go");
    check_str(out, "http_server2_go");
    pdn_camel(out, "blog_post");
    check_str(out, "BlogPost");
    pdn_title(out, "published_at");
    check_str(out, "Published at");
}


test("refuses what is not a name")
{
    check(pdn_name_check("post") == 0);
    check(pdn_name_check("Blog-Post_2") == 0);
    check(pdn_name_check("") == -1);
    check(pdn_name_check("2nd") == -1);
    check(pdn_name_check("a/b") == -1);
    check(pdn_name_check("a'b") == -1);
    check(pdn_name_check("abcdefghijklmnopqrstuvwxyzabcdefghijklmno") == -1);
}


test("has room for the longest name in all its forms")
{
    char name[64], out[PDN_NAME_MAX], again[PDN_NAME_MAX];

    memset(name, 'A', 40);
    name[40] = '\0';
    check(pdn_name_check(name) == 0);
    pdn_snake(out, name);
    pdn_plural(again, out);
    check(strlen(again) < PDN_NAME_MAX);
}
