/* SPDX-License-Identifier: MIT */
/*
 * Data as it was read from a Lua table or from JSON: a tree that knows where
 * each part stood, so that whoever finds a part wrong can point to it.
 */

#ifndef PDN_VALUE_H
#define PDN_VALUE_H

#include "pdn_arena.h"
#include "pdn_error.h"

typedef enum {
    PDN_NIL, /* JSON's null; Lua data has none */
    PDN_BOOLEAN,
    PDN_NUMBER,
    PDN_STRING,
    PDN_TABLE, /* of Lua: both kinds of keys; a JSON object: strings only */
    PDN_LIST   /* a JSON array; in Lua lists are tables */
} pdn_value_type_t;

typedef struct pdn_value_s pdn_value_t;
typedef struct pdn_pair_s pdn_pair_t;

struct pdn_value_s {
    pdn_value_type_t type;
    uint32_t start; /* bytes from the start of the text to its first byte */
    uint32_t end;   /* and behind its last */

    int boolean;
    double number;
    const char *text; /* of a string: ends with a zero, may hold others */
    size_t len;

    pdn_pair_t *pairs; /* of a table, in the order of the text */
    size_t n;
    uint32_t *index; /* by hash, of a big table; private */
    size_t index_size;

    const pdn_value_t *items; /* of a list, `n` of them */
};

/* key == NULL: one without a key, numbered from 1 by `position`. */
struct pdn_pair_s {
    const char *key;
    size_t key_len;
    uint32_t key_start; /* where the key stands: `[` or the name */
    uint32_t key_end;
    size_t position;
    pdn_value_t value;
};

/* What was read, and from where; made by the readers. */
typedef struct {
    const char *file; /* for people */
    const char *text; /* lives as long as the document is used */
    size_t len;
    pdn_value_t root;
} pdn_document_t;

/* The value of a key of a table, NULL when it has none or is no table. */
const pdn_value_t *pdn_value_get(const pdn_value_t *table, const char *key);
const pdn_pair_t *pdn_value_pair(const pdn_value_t *table, const char *key);

/* The n-th, from 1, of a Lua table's values without keys, or of a list. */
const pdn_value_t *pdn_value_at(const pdn_value_t *list, size_t n);
size_t pdn_value_count(const pdn_value_t *list);

/* The text of a string that has no zero inside; NULL for all else. */
const char *pdn_value_text(const pdn_value_t *v);
const char *pdn_value_get_text(const pdn_value_t *table, const char *key);

/* An integer of 0 .. 2^53; -1 for all else. */
int64_t pdn_value_size(const pdn_value_t *v);

/* "a string", "a table" ... for messages. */
const char *pdn_value_kind(const pdn_value_t *v);

void pdn_value_span(const pdn_document_t *d, uint32_t start, uint32_t end,
                    pdn_span_t *span);

/* Used by the readers: makes a table quick to search. 0, or -1: no memory. */
int pdn_value_finish(pdn_arena_t *a, pdn_value_t *table);

#endif /* PDN_VALUE_H */
