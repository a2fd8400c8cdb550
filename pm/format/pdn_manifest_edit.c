/* SPDX-License-Identifier: MIT */
/*
 * The manifest edited in place. What was read tells where each row stands;
 * only the bytes of one row change, in the way its neighbours are written.
 */

#include "pdn_luadata.h"
#include "pdn_luaword.h"
#include "pdn_manifest.h"

#include <string.h>

typedef struct {
    const char *text;
    const char *end;
    const pdn_value_t *table;
    pdn_str_t *out;
} pdn_edit_t;


/* Where the line of a byte begins, and how far it is indented. */
static size_t
pdn_edit_line(const pdn_edit_t *e, size_t at)
{
    while (at > 0 && e->text[at - 1] != '\n') {
        at--;
    }

    return at;
}


static size_t
pdn_edit_indent(const pdn_edit_t *e, size_t line)
{
    return strspn(e->text + line, " \t");
}


/* Behind blanks, and a comment that ends on this line, at the line's end;
 * NULL when something else stands there. */
static const char *
pdn_edit_rest(const pdn_edit_t *e, const char *p)
{
    const char *line, *skipped;

    line = memchr(p, '\n', (size_t) (e->end - p));
    line = line == NULL ? e->end : line;
    skipped = pdn_luaword_skip(p, line);

    return skipped == line ? line : NULL;
}


/* Behind the comma of a row that ends at `at`, or there when it has none. */
static const char *
pdn_edit_comma(const pdn_edit_t *e, size_t at)
{
    const char *p;

    p = pdn_luaword_skip(e->text + at, e->end);

    return p != NULL && p < e->end && (*p == ',' || *p == ';') ? p + 1 : NULL;
}


static int
pdn_edit_done(pdn_edit_t *e, size_t from, pdn_error_t *err)
{
    pdn_str_add(e->out, e->text + from, (size_t) (e->end - e->text) - from);

    return e->out->failed ? pdn_error_memory(err) : 0;
}


/* One row more, on a line of its own behind that of the last one. */
static int
pdn_edit_append_line(pdn_edit_t *e, const char *row, pdn_error_t *err)
{
    const pdn_pair_t *last;
    const char *comma, *rest;
    size_t line, indent, at;

    last = &e->table->pairs[e->table->n - 1];
    comma = pdn_edit_comma(e, last->value.end);
    at = last->value.end;

    pdn_str_add(e->out, e->text, at);
    if (comma == NULL) {
        pdn_str_add(e->out, ",", 1);
        comma = e->text + at;
    }

    rest = pdn_edit_rest(e, comma);
    rest = rest == NULL ? comma : rest;
    pdn_str_add(e->out, e->text + at, (size_t) (rest - e->text) - at);

    line = pdn_edit_line(e, last->key != NULL ? last->key_start
                                              : last->value.start);
    indent = pdn_edit_indent(e, line);
    pdn_str_add(e->out, "\n", 1);
    pdn_str_add(e->out, e->text + line, indent);
    pdn_str_printf(e->out, "%s,", row);

    return pdn_edit_done(e, (size_t) (rest - e->text), err);
}


/* One row more in a table that is written on one line. */
static int
pdn_edit_append_word(pdn_edit_t *e, const char *row, pdn_error_t *err)
{
    const char *comma;
    size_t at;

    at = e->table->pairs[e->table->n - 1].value.end;
    comma = pdn_edit_comma(e, at);
    at = comma != NULL ? (size_t) (comma - e->text) : at;

    pdn_str_add(e->out, e->text, at);
    pdn_str_printf(e->out, comma != NULL ? " %s," : ", %s", row);

    return pdn_edit_done(e, at, err);
}


/* The first row of a table, whose comments stay above it. */
static int
pdn_edit_append_first(pdn_edit_t *e, const char *row, pdn_error_t *err)
{
    size_t close, line, indent;

    close = e->table->end - 1;
    line = pdn_edit_line(e, close);
    indent = pdn_edit_indent(e, line);

    if (line + indent == close && line > e->table->start) {
        /* the brace has a line of its own */
        pdn_str_add(e->out, e->text, line);
        pdn_str_add(e->out, e->text + line, indent);
        pdn_str_printf(e->out, "    %s,\n", row);

        return pdn_edit_done(e, line, err);
    }

    while (close > 0 && (e->text[close - 1] == ' ')) {
        close--;
    }

    pdn_str_add(e->out, e->text, close);
    pdn_str_add(e->out, "\n", 1);
    pdn_str_add(e->out, e->text + line, indent);
    pdn_str_printf(e->out, "    %s,\n", row);
    pdn_str_add(e->out, e->text + line, indent);

    return pdn_edit_done(e, e->table->end - 1, err);
}


static int
pdn_edit_append(pdn_edit_t *e, const char *row, pdn_error_t *err)
{
    const pdn_pair_t *last;

    if (e->table->n == 0) {
        return pdn_edit_append_first(e, row, err);
    }

    last = &e->table->pairs[e->table->n - 1];

    if (memchr(e->text + last->value.end, '\n', e->table->end - last->value.end)
        == NULL)
    {
        return pdn_edit_append_word(e, row, err);
    }

    return pdn_edit_append_line(e, row, err);
}


static int
pdn_edit_start(pdn_edit_t *e, const pdn_manifest_t *m, const char *table,
               pdn_str_t *out, pdn_error_t *err)
{
    const pdn_pair_t *pair;
    pdn_span_t span;

    e->text = m->document.text;
    e->end = e->text + m->document.len;
    e->out = out;

    pair = pdn_value_pair(&m->document.root, table);
    e->table = pair != NULL ? &pair->value : NULL;

    if (pair != NULL && pair->value.type != PDN_TABLE) {
        pdn_value_span(&m->document, pair->value.start, pair->value.end, &span);
        return pdn_error_at(err, &span, 107, "`%s` is not a table", table);
    }

    return 0;
}


int
pdn_manifest_set(const pdn_manifest_t *m, const char *table, const char *key,
                 const char *value, pdn_str_t *out, pdn_error_t *err)
{
    const pdn_pair_t *pair;
    pdn_str_t row = { 0 }, outer = { 0 };
    pdn_edit_t e;
    int rc;

    if (pdn_edit_start(&e, m, table, out, err) != 0) {
        return -1;
    }

    pair = pdn_value_pair(e.table, key);

    if (pair != NULL) {
        pdn_str_add(out, e.text, pair->value.start);
        pdn_str_puts(out, value);
        return pdn_edit_done(&e, pair->value.end, err);
    }

    pdn_str_puts(&row, "[");
    pdn_luadata_quote(&row, key, strlen(key));
    pdn_str_printf(&row, "] = %s", value);

    if (e.table == NULL) {
        pdn_str_printf(&outer, "%s = {\n        %s,\n    }", table,
                       pdn_str_z(&row));
        e.table = &m->document.root;
    }

    rc = row.failed || outer.failed
             ? pdn_error_memory(err)
             : pdn_edit_append(&e, pdn_str_z(outer.len != 0 ? &outer : &row),
                               err);

    pdn_str_release(&row);
    pdn_str_release(&outer);

    return rc;
}


int
pdn_manifest_unset(const pdn_manifest_t *m, const char *table, const char *key,
                   pdn_str_t *out, pdn_error_t *err)
{
    const char *comma, *rest, *p;
    const pdn_pair_t *pair;
    size_t from, to, line;
    pdn_edit_t e;

    if (pdn_edit_start(&e, m, table, out, err) != 0) {
        return -1;
    }

    pair = pdn_value_pair(e.table, key);
    if (pair == NULL) {
        return 1;
    }

    from = pair->key_start;
    comma = pdn_edit_comma(&e, pair->value.end);
    to = comma != NULL ? (size_t) (comma - e.text) : pair->value.end;
    line = pdn_edit_line(&e, from);
    rest = pdn_edit_rest(&e, e.text + to);

    if (line + pdn_edit_indent(&e, line) == from && rest != NULL) {
        /* alone on its lines: they go, with the comment at their end */
        from = line;
        to = (size_t) (rest - e.text) + (rest < e.end);

    } else if (comma == NULL) {
        /* the last of its line: the comma before it goes too */
        for (p = e.text + from; p > e.text && strchr(" \t", p[-1]) != NULL; p--)
        {
            /* void */
        }
        p -= p[-1] == ',' || p[-1] == ';';
        from = (size_t) (p - e.text);

    } else {
        to += strspn(e.text + to, " ");
    }

    pdn_str_add(out, e.text, from);

    return pdn_edit_done(&e, to, err);
}
