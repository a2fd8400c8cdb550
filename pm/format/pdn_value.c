/* SPDX-License-Identifier: MIT */
/* Looking things up in what was read; see pdn_value.h. */

#include "pdn_value.h"

#include <string.h>

#define PDN_VALUE_INDEXED 12 /* smaller tables are searched from the start */


static uint32_t
pdn_value_hash(const char *key, size_t len)
{
    uint32_t h;
    size_t i;

    h = 2166136261U; /* FNV-1a */

    for (i = 0; i < len; i++) {
        h = (h ^ (unsigned char) key[i]) * 16777619U;
    }

    return h;
}


static int
pdn_value_is(const pdn_pair_t *pair, const char *key, size_t len)
{
    return pair->key != NULL && pair->key_len == len
           && memcmp(pair->key, key, len) == 0;
}


/* Open addressing; 0 is an empty slot. The last of equal keys is found. */
int
pdn_value_finish(pdn_arena_t *a, pdn_value_t *table)
{
    size_t size, slot, i;

    table->index = NULL;
    table->index_size = 0;

    if (table->n < PDN_VALUE_INDEXED || table->n > UINT32_MAX / 4) {
        return 0;
    }

    for (size = 32; size < table->n * 2; size *= 2) {
        /* void */
    }

    table->index = pdn_arena_array(a, size, sizeof(uint32_t));
    if (table->index == NULL) {
        return -1;
    }

    table->index_size = size;

    for (i = 0; i < table->n; i++) {
        if (table->pairs[i].key == NULL) {
            continue;
        }

        slot = pdn_value_hash(table->pairs[i].key, table->pairs[i].key_len);
        slot &= size - 1;

        while (table->index[slot] != 0
               && !pdn_value_is(&table->pairs[table->index[slot] - 1],
                                table->pairs[i].key, table->pairs[i].key_len))
        {
            slot = (slot + 1) & (size - 1);
        }

        table->index[slot] = (uint32_t) i + 1;
    }

    return 0;
}


const pdn_pair_t *
pdn_value_pair(const pdn_value_t *table, const char *key)
{
    size_t len, slot, i;

    if (table == NULL || table->type != PDN_TABLE) {
        return NULL;
    }

    len = strlen(key);

    if (table->index == NULL) {
        for (i = table->n; i > 0; i--) {
            if (pdn_value_is(&table->pairs[i - 1], key, len)) {
                return &table->pairs[i - 1];
            }
        }
        return NULL;
    }

    slot = pdn_value_hash(key, len) & (table->index_size - 1);

    while (table->index[slot] != 0) {
        if (pdn_value_is(&table->pairs[table->index[slot] - 1], key, len)) {
            return &table->pairs[table->index[slot] - 1];
        }
        slot = (slot + 1) & (table->index_size - 1);
    }

    return NULL;
}


const pdn_value_t *
pdn_value_get(const pdn_value_t *table, const char *key)
{
    const pdn_pair_t *pair;

    pair = pdn_value_pair(table, key);

    return pair != NULL ? &pair->value : NULL;
}


const pdn_value_t *
pdn_value_at(const pdn_value_t *list, size_t n)
{
    size_t i;

    if (list == NULL || n == 0 || n > list->n) {
        return NULL;
    }

    if (list->type == PDN_LIST) {
        return &list->items[n - 1];
    }

    if (list->type != PDN_TABLE) {
        return NULL;
    }

    /* most lists have nothing else in them */
    if (list->pairs[n - 1].position == n) {
        return &list->pairs[n - 1].value;
    }

    for (i = n; i < list->n; i++) {
        if (list->pairs[i].position == n) {
            return &list->pairs[i].value;
        }
    }

    return NULL;
}


size_t
pdn_value_count(const pdn_value_t *list)
{
    size_t i;

    if (list == NULL || (list->type != PDN_LIST && list->type != PDN_TABLE)) {
        return 0;
    }

    if (list->type == PDN_LIST) {
        return list->n;
    }

    for (i = list->n; i > 0; i--) {
        if (list->pairs[i - 1].position != 0) {
            return list->pairs[i - 1].position;
        }
    }

    return 0;
}


const char *
pdn_value_text(const pdn_value_t *v)
{
    if (v == NULL || v->type != PDN_STRING
        || (v->len != 0 && memchr(v->text, '\0', v->len) != NULL))
    {
        return NULL;
    }

    return v->text;
}


const char *
pdn_value_get_text(const pdn_value_t *table, const char *key)
{
    return pdn_value_text(pdn_value_get(table, key));
}


int64_t
pdn_value_size(const pdn_value_t *v)
{
    if (v == NULL || v->type != PDN_NUMBER || !(v->number >= 0)
        || v->number > 9007199254740992.0
        || v->number != (double) (int64_t) v->number)
    {
        return -1;
    }

    return (int64_t) v->number;
}


const char *
pdn_value_kind(const pdn_value_t *v)
{
    static const char *const kinds[] = {
        [PDN_NIL] = "nothing",     [PDN_BOOLEAN] = "a boolean",
        [PDN_NUMBER] = "a number", [PDN_STRING] = "a string",
        [PDN_TABLE] = "a table",   [PDN_LIST] = "a list",
    };

    return v == NULL ? "nothing" : kinds[v->type];
}


void
pdn_value_span(const pdn_document_t *d, uint32_t start, uint32_t end,
               pdn_span_t *span)
{
    const char *p, *line;

    memset(span, 0, sizeof(*span));
    span->file = d->file;
    span->source = d->text;
    span->source_len = d->len;

    start = start > d->len ? (uint32_t) d->len : start;
    span->line = 1;
    line = d->text;

    for (p = d->text; p < d->text + start; p++) {
        if (*p == '\n') {
            span->line++;
            line = p + 1;
        }
    }

    span->column = (uint32_t) (d->text + start - line) + 1;
    span->length = end > start ? end - start : 1;
}
