/* SPDX-License-Identifier: MIT */
/* JSON read into a tree; see pdn_jsonl.h. The grammar is the tokenizer's. */

#include "pdn_jsonl.h"
#include "pdn_json_read.h"

#include <string.h>

typedef struct {
    pdn_arena_t *arena;
    pdn_document_t *doc;
    pdn_error_t *err;
    pdn_json_reader_t reader;
    const char *text; /* the value's own text, a line of the document */
} pdn_jsonl_t;


static int pdn_jsonl_read_value(pdn_jsonl_t *j, pdn_json_token_t token,
                                pdn_value_t *v);


static uint32_t
pdn_jsonl_here(const pdn_jsonl_t *j)
{
    return (uint32_t) ((const char *) j->reader.p - j->doc->text);
}


static int
pdn_jsonl_refuse(pdn_jsonl_t *j, size_t pos, const char *msg)
{
    pdn_span_t span;

    pdn_value_span(j->doc, (uint32_t) pos, 0, &span);

    return pdn_error_at(j->err, &span, 106, "this is not JSON: %s", msg);
}


static int
pdn_jsonl_read_string(pdn_jsonl_t *j, const char **text, size_t *len)
{
    *len = j->reader.text.len;
    *text = pdn_arena_text(j->arena, (const char *) j->reader.text.data, *len);

    return *text != NULL ? 0 : pdn_error_memory(j->err);
}


/* Twice the same key: readers differ in which one they take, so neither. */
static int
pdn_jsonl_unique(pdn_jsonl_t *j, const pdn_value_t *v)
{
    size_t i;

    for (i = 0; i < v->n; i++) {
        if (pdn_value_pair(v, v->pairs[i].key) != &v->pairs[i]) {
            return pdn_jsonl_refuse(j, v->pairs[i].key_start,
                                    "a key that comes twice");
        }
    }

    return 0;
}


static int
pdn_jsonl_read_object(pdn_jsonl_t *j, pdn_value_t *v)
{
    pdn_json_token_t token;
    pdn_pair_t *pair, *pairs;
    size_t cap;

    v->type = PDN_TABLE;
    cap = 0;

    for (;;) {
        token = pdn_json_reader_next(&j->reader);

        if (token == PDN_JSON_OBJECT_END) {
            break;
        }

        if (token != PDN_JSON_KEY) {
            return pdn_jsonl_read_value(j, token, v);
        }

        pairs = pdn_arena_grow(j->arena, v->pairs, v->n, &cap, sizeof(*pairs));
        if (pairs == NULL) {
            return pdn_error_memory(j->err);
        }

        v->pairs = pairs;
        pair = &pairs[v->n];
        memset(pair, 0, sizeof(*pair));
        pair->key_end = pdn_jsonl_here(j);

        if (pdn_jsonl_read_string(j, &pair->key, &pair->key_len) != 0) {
            return -1;
        }

        if (strlen(pair->key) != pair->key_len) {
            return pdn_jsonl_refuse(j, pair->key_end, "a zero byte in a key");
        }

        pair->key_start = pair->key_end;

        if (pdn_jsonl_read_value(j, pdn_json_reader_next(&j->reader),
                                 &pair->value)
            != 0)
        {
            return -1;
        }

        v->n++;
    }

    if (pdn_value_finish(j->arena, v) != 0) {
        return pdn_error_memory(j->err);
    }

    return pdn_jsonl_unique(j, v);
}


static int
pdn_jsonl_read_array(pdn_jsonl_t *j, pdn_value_t *v)
{
    pdn_json_token_t token;
    pdn_value_t *items;
    size_t cap;

    v->type = PDN_LIST;
    items = NULL;
    cap = 0;

    for (;;) {
        token = pdn_json_reader_next(&j->reader);

        if (token == PDN_JSON_ARRAY_END) {
            break;
        }

        items = pdn_arena_grow(j->arena, items, v->n, &cap, sizeof(*items));
        if (items == NULL) {
            return pdn_error_memory(j->err);
        }

        memset(&items[v->n], 0, sizeof(*items));

        if (pdn_jsonl_read_value(j, token, &items[v->n]) != 0) {
            return -1;
        }

        v->n++;
    }

    v->items = items;

    return 0;
}


static int
pdn_jsonl_read_value(pdn_jsonl_t *j, pdn_json_token_t token, pdn_value_t *v)
{
    int rc;

    rc = 0;
    v->start = pdn_jsonl_here(j);

    switch (token) {

    case PDN_JSON_OBJECT:
        rc = pdn_jsonl_read_object(j, v);
        break;

    case PDN_JSON_ARRAY:
        rc = pdn_jsonl_read_array(j, v);
        break;

    case PDN_JSON_STRING:
        v->type = PDN_STRING;
        rc = pdn_jsonl_read_string(j, &v->text, &v->len);
        break;

    case PDN_JSON_NUMBER:
        v->type = PDN_NUMBER;
        v->number = j->reader.number.d;
        break;

    case PDN_JSON_TRUE:
    case PDN_JSON_FALSE:
        v->type = PDN_BOOLEAN;
        v->boolean = token == PDN_JSON_TRUE;
        break;

    case PDN_JSON_NULL:
        v->type = PDN_NIL;
        break;

    default:
        return pdn_jsonl_refuse(
            j, (size_t) (j->text - j->doc->text) + j->reader.err.pos,
            j->reader.err.msg != NULL ? j->reader.err.msg : "it ends early");
    }

    v->end = pdn_jsonl_here(j);

    return rc;
}


static int
pdn_jsonl_read_text(pdn_arena_t *a, pdn_document_t *d, const char *text,
                    size_t len, pdn_error_t *err)
{
    u_char lent[1024];
    pdn_jsonl_t j;
    pdn_buf_t scratch;
    int rc;

    if (d->len >= UINT32_MAX) {
        return pdn_error(err, 106, "'%s' is too big", d->file);
    }

    j.arena = a;
    j.doc = d;
    j.err = err;
    j.text = text;
    memset(&d->root, 0, sizeof(d->root));

    pdn_buf_init(&scratch, lent, sizeof(lent), len + 1, pdn_buf_heap, NULL);
    pdn_json_reader_init(&j.reader, pdn_slice(text, len), PDN_JSONL_DEPTH,
                         &scratch);

    rc = pdn_jsonl_read_value(&j, pdn_json_reader_next(&j.reader), &d->root);

    if (rc == 0 && pdn_json_reader_next(&j.reader) != PDN_JSON_END) {
        rc = pdn_jsonl_refuse(&j, d->root.end, "something follows its end");
    }

    pdn_buf_free_heap(&scratch);

    return rc;
}


int
pdn_jsonl_read(pdn_arena_t *a, pdn_document_t *d, pdn_error_t *err)
{
    return pdn_jsonl_read_text(a, d, d->text, d->len, err);
}


int
pdn_jsonl_next(pdn_arena_t *a, pdn_document_t *d, size_t *pos, pdn_error_t *err)
{
    const char *line, *end;
    pdn_span_t span;

    if (*pos >= d->len) {
        return 0;
    }

    line = d->text + *pos;
    end = memchr(line, '\n', d->len - *pos);

    if (end == NULL || end == line) {
        pdn_value_span(d, (uint32_t) *pos, 0, &span);
        return pdn_error_at(err, &span, 106,
                            end == NULL ? "the last line is cut off"
                                        : "this line is empty");
    }

    if (pdn_jsonl_read_text(a, d, line, (size_t) (end - line), err) != 0) {
        return -1;
    }

    *pos = (size_t) (end + 1 - d->text);

    return 1;
}
