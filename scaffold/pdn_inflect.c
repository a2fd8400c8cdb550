/* SPDX-License-Identifier: MIT */
/* The forms of a name; see pdn_inflect.h. */

#include "pdn_inflect.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Ends are replaced: the first row that fits wins. */
typedef struct {
    const char *from;
    const char *to;
} pdn_ending_t;

/* clang-format off */
static const pdn_ending_t pdn_irregular[] = {
    { "person", "people" }, { "child", "children" }, { "man", "men" },
    { "woman", "women" },
    { "tooth", "teeth" },   { "foot", "feet" },      { "goose", "geese" },
    { "mouse", "mice" },    { "ox", "oxen" },        { "quiz", "quizzes" },
    { "datum", "data" },    { "medium", "media" },   { "index", "indices" },
    { "leaf", "leaves" },   { "life", "lives" },     { "knife", "knives" },
    { "half", "halves" },   { "shelf", "shelves" },  { "wolf", "wolves" },
    { "hero", "heroes" },   { "potato", "potatoes" },
    { "tomato", "tomatoes" }, { "echo", "echoes" },  { "movie", "movies" },
    { "cookie", "cookies" },  { "shoe", "shoes" },   { "house", "houses" },
    { "cache", "caches" },  { "bus", "buses" },      { "status", "statuses" },
    { "analysis", "analyses" }, { "basis", "bases" }, { "crisis", "crises" },
    { "use", "uses" }, { "case", "cases" }, { "database", "databases" },
    { "release", "releases" }, { "purchase", "purchases" },
    { "response", "responses" }, { "course", "courses" },
    { "house", "houses" }, { "expense", "expenses" },
    { "license", "licenses" }, { "warehouse", "warehouses" },
    { "image", "images" }, { "size", "sizes" }, { "prize", "prizes" },
};

static const char *const pdn_same[] = {
    "news", "series", "species", "sheep", "fish", "equipment", "money",
    "information", "staff", "rice", "metadata",
};

static const pdn_ending_t pdn_to_plural[] = {
    { "ay", "ays" }, { "ey", "eys" }, { "oy", "oys" }, { "uy", "uys" },
    { "y", "ies" },  { "s", "ses" },  { "sh", "shes" }, { "ch", "ches" },
    { "x", "xes" },  { "z", "zes" },  { "", "s" },
};

static const pdn_ending_t pdn_to_singular[] = {
    { "ies", "y" },  { "sses", "ss" }, { "shes", "sh" }, { "ches", "ch" },
    { "xes", "x" },  { "zes", "z" },   { "ses", "s" },   { "ss", "ss" },
    { "us", "us" },  { "is", "is" },   { "s", "" },      { "", "" },
};
/* clang-format on */

#define pdn_count(a) (sizeof(a) / sizeof((a)[0]))


static int
pdn_ends_with(const char *word, const char *end)
{
    size_t n, m;

    n = strlen(word);
    m = strlen(end);

    return n >= m && strcmp(word + n - m, end) == 0;
}


/* The same, and what is before the end is another word or nothing. */
static int
pdn_ends_with_word(const char *word, const char *end)
{
    size_t n, m;

    n = strlen(word);
    m = strlen(end);

    return pdn_ends_with(word, end) && (n == m || word[n - m - 1] == '_');
}


static void
pdn_put_ending(char out[PDN_NAME_MAX], const char *word, const char *from,
               const char *to)
{
    snprintf(out, PDN_NAME_MAX, "%.*s%s", (int) (strlen(word) - strlen(from)),
             word, to);
}


int
pdn_name_check(const char *name)
{
    size_t i;

    if (!isalpha((unsigned char) name[0])) {
        return -1;
    }

    for (i = 1; name[i] != '\0'; i++) {
        if (!isalnum((unsigned char) name[i]) && name[i] != '_'
            && name[i] != '-') {
            return -1;
        }
    }

    /* an underscore before each of some capitals, and a plural's end */
    return i <= 40 ? 0 : -1;
}


void
pdn_snake(char out[PDN_NAME_MAX], const char *name)
{
    size_t i, n;

    for (i = 0, n = 0; name[i] != '\0' && n < PDN_NAME_MAX - 2; i++) {
        if (name[i] == '-' || name[i] == ' ') {
            out[n++] = '_';
            continue;
        }

        if (isupper((unsigned char) name[i]) && i > 0 && out[n - 1] != '_'
            && (islower((unsigned char) name[i - 1])
                || isdigit((unsigned char) name[i - 1])
                || islower((unsigned char) name[i + 1])))
        {
            out[n++] = '_';
        }

        out[n++] = tolower((unsigned char) name[i]);
    }

    out[n] = '\0';
}


void
pdn_camel(char out[PDN_NAME_MAX], const char *name)
{
    char snake[PDN_NAME_MAX];
    size_t i, n;
    int upper;

    pdn_snake(snake, name);
    upper = 1;

    for (i = 0, n = 0; snake[i] != '\0'; i++) {
        if (snake[i] == '_') {
            upper = 1;
            continue;
        }
        out[n++] = upper ? toupper((unsigned char) snake[i]) : snake[i];
        upper = 0;
    }

    out[n] = '\0';
}


void
pdn_human(char out[PDN_NAME_MAX], const char *name)
{
    size_t i;

    pdn_snake(out, name);

    for (i = 0; out[i] != '\0'; i++) {
        if (out[i] == '_') {
            out[i] = ' ';
        }
    }
}


void
pdn_title(char out[PDN_NAME_MAX], const char *name)
{
    pdn_human(out, name);
    out[0] = toupper((unsigned char) out[0]);
}


static int
pdn_is_same(const char *snake)
{
    size_t i;

    for (i = 0; i < pdn_count(pdn_same); i++) {
        if (pdn_ends_with_word(snake, pdn_same[i])) {
            return 1;
        }
    }

    return 0;
}


void
pdn_plural(char out[PDN_NAME_MAX], const char *snake)
{
    char singular[PDN_NAME_MAX];
    const pdn_ending_t *row;
    size_t i;

    /* a plural stays one */
    pdn_singular(singular, snake);

    if (pdn_is_same(singular)) {
        snprintf(out, PDN_NAME_MAX, "%s", singular);
        return;
    }

    for (i = 0; i < pdn_count(pdn_irregular); i++) {
        row = &pdn_irregular[i];
        if (pdn_ends_with_word(singular, row->from)) {
            pdn_put_ending(out, singular, row->from, row->to);
            return;
        }
    }

    for (row = pdn_to_plural; !pdn_ends_with(singular, row->from); row++) {
        /* void: the last row fits everything */
    }

    pdn_put_ending(out, singular, row->from, row->to);
}


void
pdn_singular(char out[PDN_NAME_MAX], const char *snake)
{
    const pdn_ending_t *row;
    size_t i;

    snprintf(out, PDN_NAME_MAX, "%s", snake);

    if (pdn_is_same(snake)) {
        return;
    }

    for (i = 0; i < pdn_count(pdn_irregular); i++) {
        row = &pdn_irregular[i];
        if (pdn_ends_with_word(snake, row->from)) {
            return;
        }
        if (pdn_ends_with_word(snake, row->to)) {
            pdn_put_ending(out, snake, row->to, row->from);
            return;
        }
    }

    for (row = pdn_to_singular; !pdn_ends_with(snake, row->from); row++) {
        /* void */
    }

    pdn_put_ending(out, snake, row->from, row->to);
}
