/* SPDX-License-Identifier: MIT */
/*
 * Lua tables read as data; see pdn_luadata.h. Statements and tables stand
 * here, the words they are made of come from pdn_luaword.c.
 */

#include "pdn_luadata.h"
#include "pdn_luaword.h"

#include <string.h>

typedef struct {
    pdn_arena_t *arena;
    pdn_document_t *doc;
    pdn_luaword_t word;
    unsigned how;
    unsigned depth;
} pdn_luadata_t;


static int pdn_luadata_value(pdn_luadata_t *d, pdn_value_t *v);


static int
pdn_luadata_expected(pdn_luadata_t *d, const char *what)
{
    return pdn_luaword_refuse(&d->word, d->word.start, d->word.end,
                              "expected %s, found %s", what,
                              pdn_luaword_name(&d->word));
}


static int
pdn_luadata_take(pdn_luadata_t *d, int kind, const char *what)
{
    if (d->word.kind != kind) {
        return pdn_luadata_expected(d, what);
    }

    return pdn_luaword_next(&d->word);
}


/* A text of the key: 1 and "1" must not become the same one. */
static int
pdn_luadata_number_key(pdn_luadata_t *d, pdn_pair_t *pair)
{
    if (d->word.number < 1 || d->word.number > 4294967295.0
        || d->word.number != (double) (uint32_t) d->word.number)
    {
        return pdn_luadata_expected(d, "a name, a string or an index from 1");
    }

    pair->position = (size_t) d->word.number;

    return 0;
}


static int
pdn_luadata_key(pdn_luadata_t *d, pdn_pair_t *pair)
{
    pair->key_start = d->word.start;

    if (d->word.kind == PDN_LUAWORD_NAME) {
        pair->key = d->word.text;
        pair->key_len = d->word.len;
        pair->key_end = d->word.end;

        return pdn_luaword_next(&d->word);
    }

    if (pdn_luadata_take(d, '[', "a key") != 0) {
        return -1;
    }

    if (d->word.kind == PDN_LUAWORD_NUMBER) {
        if (pdn_luadata_number_key(d, pair) != 0) {
            return -1;
        }

    } else if (d->word.kind == PDN_LUAWORD_STRING) {
        if (d->word.len != strlen(d->word.text)) {
            return pdn_luadata_expected(d, "a key without a zero byte");
        }
        pair->key = d->word.text;
        pair->key_len = d->word.len;

    } else {
        return pdn_luadata_expected(d, "a string as key");
    }

    if (pdn_luaword_next(&d->word) != 0) {
        return -1;
    }

    pair->key_end = d->word.end;

    return pdn_luadata_take(d, ']', "']'");
}


static int
pdn_luadata_unique(pdn_luadata_t *d, const pdn_value_t *v)
{
    const pdn_pair_t *p;
    size_t i;

    for (i = 0; (d->how & PDN_LUADATA_UNIQUE) && i < v->n; i++) {
        p = &v->pairs[i];

        if (p->key != NULL && pdn_value_pair(v, p->key) != p) {
            p = pdn_value_pair(v, p->key);
            return pdn_luaword_refuse(&d->word, p->key_start, p->key_end,
                                      "the key '%s' stands here twice", p->key);
        }
    }

    return 0;
}


static int
pdn_luadata_row(pdn_luadata_t *d, pdn_pair_t *pair, size_t *position)
{
    if (d->word.kind == '['
        || (d->word.kind == PDN_LUAWORD_NAME
            && pdn_luaword_follows(&d->word, '=')))
    {
        if (pdn_luadata_key(d, pair) != 0
            || pdn_luadata_take(d, '=', "'='") != 0) {
            return -1;
        }

    } else {
        pair->position = ++*position;
    }

    return pdn_luadata_value(d, &pair->value);
}


static int
pdn_luadata_table(pdn_luadata_t *d, pdn_value_t *v)
{
    size_t cap, position;
    pdn_pair_t *pairs;

    cap = 0;
    position = 0;
    v->type = PDN_TABLE;

    if (++d->depth > PDN_LUADATA_DEPTH) {
        return pdn_luaword_refuse(&d->word, d->word.start, d->word.end,
                                  "tables are nested too deeply");
    }

    if (pdn_luadata_take(d, '{', "'{'") != 0) {
        return -1;
    }

    while (d->word.kind != '}') {
        pairs = pdn_arena_grow(d->arena, v->pairs, v->n, &cap, sizeof(*pairs));
        if (pairs == NULL) {
            return pdn_error_memory(d->word.err);
        }

        v->pairs = pairs;
        memset(&pairs[v->n], 0, sizeof(*pairs));

        if (pdn_luadata_row(d, &pairs[v->n], &position) != 0) {
            return -1;
        }

        v->n++;

        if (d->word.kind == ',' || d->word.kind == ';') {
            if (pdn_luaword_next(&d->word) != 0) {
                return -1;
            }

        } else if (d->word.kind != '}') {
            return pdn_luadata_expected(d, "',' or '}'");
        }
    }

    d->depth--;
    v->end = d->word.end;

    if (pdn_value_finish(d->arena, v) != 0) {
        return pdn_error_memory(d->word.err);
    }

    return pdn_luadata_unique(d, v) != 0 ? -1 : pdn_luaword_next(&d->word);
}


static int
pdn_luadata_negative(pdn_luadata_t *d, pdn_value_t *v)
{
    if (pdn_luaword_next(&d->word) != 0) {
        return -1;
    }

    if (d->word.kind != PDN_LUAWORD_NUMBER) {
        return pdn_luadata_expected(d, "a number after '-'");
    }

    v->type = PDN_NUMBER;
    v->number = -d->word.number;
    v->end = d->word.end;

    return pdn_luaword_next(&d->word);
}


static int
pdn_luadata_value(pdn_luadata_t *d, pdn_value_t *v)
{
    v->start = d->word.start;
    v->end = d->word.end;

    switch (d->word.kind) {

    case '{':
        return pdn_luadata_table(d, v);

    case '-':
        return pdn_luadata_negative(d, v);

    case PDN_LUAWORD_STRING:
        v->type = PDN_STRING;
        v->text = d->word.text;
        v->len = d->word.len;
        break;

    case PDN_LUAWORD_NUMBER:
        v->type = PDN_NUMBER;
        v->number = d->word.number;
        break;

    case PDN_LUAWORD_TRUE:
    case PDN_LUAWORD_FALSE:
        v->type = PDN_BOOLEAN;
        v->boolean = d->word.kind == PDN_LUAWORD_TRUE;
        break;

    default:
        return pdn_luadata_expected(d, "a string, number, boolean or table");
    }

    return pdn_luaword_next(&d->word);
}


static int
pdn_luadata_return(pdn_luadata_t *d)
{
    if (pdn_luadata_take(d, PDN_LUAWORD_RETURN, "'return'") != 0) {
        return -1;
    }

    if (d->word.kind != '{') {
        return pdn_luadata_expected(d, "a table");
    }

    if (pdn_luadata_value(d, &d->doc->root) != 0) {
        return -1;
    }

    if (d->word.kind == ';' && pdn_luaword_next(&d->word) != 0) {
        return -1;
    }

    return d->word.kind == PDN_LUAWORD_END
               ? 0
               : pdn_luadata_expected(d, "the end of the file");
}


static int
pdn_luadata_globals(pdn_luadata_t *d)
{
    pdn_value_t *root;
    pdn_pair_t *pairs, *pair;
    size_t cap;

    root = &d->doc->root;
    root->type = PDN_TABLE;
    root->end = (uint32_t) d->doc->len;
    cap = 0;

    while (d->word.kind != PDN_LUAWORD_END) {
        if (d->word.kind != PDN_LUAWORD_NAME) {
            return pdn_luadata_expected(d, "a name");
        }

        pairs = pdn_arena_grow(d->arena, root->pairs, root->n, &cap,
                               sizeof(*pairs));
        if (pairs == NULL) {
            return pdn_error_memory(d->word.err);
        }

        root->pairs = pairs;
        pair = &pairs[root->n];
        memset(pair, 0, sizeof(*pair));

        if (pdn_luadata_key(d, pair) != 0
            || pdn_luadata_take(d, '=', "'='") != 0
            || pdn_luadata_value(d, &pair->value) != 0)
        {
            return -1;
        }

        root->n++;

        if (d->word.kind == ';' && pdn_luaword_next(&d->word) != 0) {
            return -1;
        }
    }

    if (pdn_value_finish(d->arena, root) != 0) {
        return pdn_error_memory(d->word.err);
    }

    return pdn_luadata_unique(d, root);
}


int
pdn_luadata_read(pdn_arena_t *a, pdn_document_t *doc, unsigned how,
                 pdn_error_t *err)
{
    pdn_luadata_t d;

    memset(&d, 0, sizeof(d));
    memset(&doc->root, 0, sizeof(doc->root));

    d.arena = a;
    d.doc = doc;
    d.how = how;

    if (pdn_luaword_start(&d.word, a, doc, err) != 0) {
        return -1;
    }

    return how & PDN_LUADATA_GLOBALS ? pdn_luadata_globals(&d)
                                     : pdn_luadata_return(&d);
}


void
pdn_luadata_quote(pdn_str_t *out, const char *text, size_t len)
{
    unsigned char c;
    size_t i;

    pdn_str_add(out, "\"", 1);

    for (i = 0; i < len; i++) {
        c = (unsigned char) text[i];

        if (c == '"' || c == '\\') {
            pdn_str_printf(out, "\\%c", c);
        } else if (c == '\n') {
            pdn_str_puts(out, "\\n");
        } else if (c < 0x20 || c == 0x7f) {
            pdn_str_printf(out, "\\%03u", c);
        } else {
            pdn_str_add(out, &text[i], 1);
        }
    }

    pdn_str_add(out, "\"", 1);
}
