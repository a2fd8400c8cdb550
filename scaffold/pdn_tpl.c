/* SPDX-License-Identifier: MIT */
/* The template engine of generators; see pdn_tpl.h. */

#include "pdn_tpl.h"

#include <string.h>

/* A tag in words: "if", "name", "=", "value". */
#define PDN_TPL_WORDS 4
#define PDN_TPL_WORD  48

typedef struct {
    char words[PDN_TPL_WORDS][PDN_TPL_WORD];
    int n;
    int prints; /* <%= */
} pdn_tag_t;

typedef struct {
    const char *file;
    const char *start;
    const char *end;
    const pdn_scope_t *scope;
    pdn_vars_t row; /* of the list that is walked, or NULL */
    pdn_str_t *out;
    pdn_problem_t *problem;
} pdn_tpl_t;

static const char *pdn_tpl_block(pdn_tpl_t *t, const char *p, int live,
                                 pdn_tag_t *ended);


static int
pdn_tpl_line(const pdn_tpl_t *t, const char *p)
{
    const char *q;
    int line;

    line = 1;
    for (q = t->start; q < p; q++) {
        line += (*q == '\n');
    }

    return line;
}


static const char *
pdn_tpl_fail(pdn_tpl_t *t, const char *p, const char *what, const char *name)
{
    pdn_problem(t->problem, "template %s:%d: %s '%s'", t->file,
                pdn_tpl_line(t, p), what, name);
    return NULL;
}


static const char *
pdn_tpl_look_in(pdn_vars_t vars, const char *name)
{
    for (/* void */; vars != NULL && vars->name != NULL; vars++) {
        if (strcmp(vars->name, name) == 0) {
            return vars->value;
        }
    }

    return NULL;
}


static const char *
pdn_tpl_value(const pdn_tpl_t *t, const char *name)
{
    const char *value;

    value = pdn_tpl_look_in(t->row, name);

    return value != NULL ? value : pdn_tpl_look_in(t->scope->vars, name);
}


static int
pdn_tpl_test(const pdn_tpl_t *t, const pdn_tag_t *tag)
{
    const char *value;

    value = pdn_tpl_value(t, tag->words[1]);
    if (value == NULL) {
        value = "";
    }

    if (tag->n == 4) {
        return strcmp(value, tag->words[3]) == 0;
    }

    return value[0] != '\0' && strcmp(value, "0") != 0;
}


/* Reads the tag at `p`; returns what follows it, NULL on a broken one. */
static const char *
pdn_tpl_tag(pdn_tpl_t *t, const char *p, pdn_tag_t *tag)
{
    const char *close, *q;
    size_t n;

    close = memmem(p, t->end - p, "%>", 2);
    if (close == NULL) {
        return pdn_tpl_fail(t, p, "no end of", "<%");
    }

    memset(tag, 0, sizeof(pdn_tag_t));

    q = p + 2;
    if (*q == '=') {
        tag->prints = 1;
        q++;
    }

    while (q < close) {
        if (*q == ' ') {
            q++;
            continue;
        }

        n = strcspn(q, " %");
        if (tag->n == PDN_TPL_WORDS || n == 0 || n >= PDN_TPL_WORD) {
            return pdn_tpl_fail(t, p, "cannot read a tag of", "<% %>");
        }

        memcpy(tag->words[tag->n++], q, n);
        q += n;
    }

    return close + 2;
}


/* A tag alone on its line: takes the line's end, drops what indents it. */
static const char *
pdn_tpl_own_line(pdn_tpl_t *t, const char *tag, const char *after, int live)
{
    const char *p;

    for (p = tag; p > t->start && p[-1] == ' '; p--) {
        /* void */
    }

    if ((p > t->start && p[-1] != '\n') || after == t->end || *after != '\n') {
        return after;
    }

    if (live && (size_t) (tag - p) <= t->out->len) {
        t->out->len -= tag - p;
    }

    return after + 1;
}


static const char *
pdn_tpl_if(pdn_tpl_t *t, const char *p, const pdn_tag_t *tag, int live)
{
    pdn_tag_t ended;
    int yes;

    yes = pdn_tpl_test(t, tag) == (strcmp(tag->words[0], "if") == 0);

    p = pdn_tpl_block(t, p, live && yes, &ended);

    if (p != NULL && strcmp(ended.words[0], "else") == 0) {
        p = pdn_tpl_block(t, p, live && !yes, &ended);
    }

    if (p != NULL && strcmp(ended.words[0], "end") != 0) {
        return pdn_tpl_fail(t, p, "no end of", tag->words[0]);
    }

    return p;
}


static const char *
pdn_tpl_each(pdn_tpl_t *t, const char *p, const pdn_tag_t *tag, int live)
{
    const pdn_list_t *list;
    const char *after;
    pdn_tag_t ended;
    size_t i;

    list = t->scope->list;

    if (list == NULL || strcmp(list->name, tag->words[1]) != 0) {
        return pdn_tpl_fail(t, p, "unknown list", tag->words[1]);
    }

    /* once without output, to know where it ends */
    after = pdn_tpl_block(t, p, 0, &ended);

    if (after != NULL && strcmp(ended.words[0], "end") != 0) {
        return pdn_tpl_fail(t, p, "no end of", "each");
    }

    for (i = 0; after != NULL && live && i < list->n; i++) {
        t->row = list->rows[i];
        after = pdn_tpl_block(t, p, 1, &ended);
    }

    t->row = NULL;

    return after;
}


/* Renders up to the tag that ends the block, which it gives in `ended`. */
static const char *
pdn_tpl_block(pdn_tpl_t *t, const char *p, int live, pdn_tag_t *ended)
{
    const char *open, *at, *value;
    pdn_tag_t tag;

    memset(ended, 0, sizeof(pdn_tag_t));

    for (;;) {
        open = memmem(p, t->end - p, "<%", 2);

        if (live) {
            pdn_str_add(t->out, p, (open != NULL ? open : t->end) - p);
        }

        if (open == NULL) {
            return t->end;
        }

        at = open;
        p = pdn_tpl_tag(t, at, &tag);
        if (p == NULL) {
            return NULL;
        }

        if (tag.prints) {
            value = pdn_tpl_value(t, tag.words[0]);
            if (live && value == NULL) {
                return pdn_tpl_fail(t, at, "unknown name", tag.words[0]);
            }
            if (live) {
                pdn_str_puts(t->out, value);
            }
            continue;
        }

        p = pdn_tpl_own_line(t, at, p, live);

        if (strcmp(tag.words[0], "if") == 0
            || strcmp(tag.words[0], "unless") == 0) {
            p = pdn_tpl_if(t, p, &tag, live);
        } else if (strcmp(tag.words[0], "each") == 0) {
            p = pdn_tpl_each(t, p, &tag, live);
        } else if (strcmp(tag.words[0], "end") == 0
                   || strcmp(tag.words[0], "else") == 0)
        {
            *ended = tag;
            return p;
        } else {
            return pdn_tpl_fail(t, at, "unknown tag", tag.words[0]);
        }

        if (p == NULL) {
            return NULL;
        }
    }
}


int
pdn_tpl_render(const char *file, const char *text, size_t len,
               const pdn_scope_t *scope, pdn_str_t *out, pdn_problem_t *problem)
{
    const char *p;
    pdn_tag_t ended;
    pdn_tpl_t t;

    memset(&t, 0, sizeof(pdn_tpl_t));
    t.file = file;
    t.start = text;
    t.end = text + len;
    t.scope = scope;
    t.out = out;
    t.problem = problem;

    p = pdn_tpl_block(&t, text, 1, &ended);
    if (p == NULL) {
        return -1;
    }

    if (ended.n != 0) {
        pdn_tpl_fail(&t, p, "nothing is open for", ended.words[0]);
        return -1;
    }

    if (out->failed) {
        return pdn_problem(problem, "no memory");
    }

    return 0;
}
