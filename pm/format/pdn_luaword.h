/* SPDX-License-Identifier: MIT */
/* The words of Lua data: names, strings, numbers, punctuation. */

#ifndef PDN_LUAWORD_H
#define PDN_LUAWORD_H

#include "pdn_value.h"

/* Punctuation is its own byte; `=` alone, never `==`. */
enum {
    PDN_LUAWORD_END = 256,
    PDN_LUAWORD_NAME,
    PDN_LUAWORD_STRING,
    PDN_LUAWORD_NUMBER,
    PDN_LUAWORD_TRUE,
    PDN_LUAWORD_FALSE,
    PDN_LUAWORD_RETURN,
    PDN_LUAWORD_KEYWORD /* of the language, and nothing that data has */
};

/* The word read last. */
typedef struct {
    int kind;
    uint32_t start; /* bytes from the start of the text */
    uint32_t end;
    const char *text; /* of names and strings: in the arena */
    size_t len;
    double number;

    /* private from here */

    pdn_arena_t *arena;
    const pdn_document_t *doc;
    pdn_error_t *err;
    const char *p;
    const char *last; /* behind the last byte */
    char name[48];
} pdn_luaword_t;

/* Both read a word; -1 with P0101 noted. */
int pdn_luaword_start(pdn_luaword_t *w, pdn_arena_t *a,
                      const pdn_document_t *doc, pdn_error_t *err);
int pdn_luaword_next(pdn_luaword_t *w);

/* Is this byte the next one that counts behind the word? */
int pdn_luaword_follows(const pdn_luaword_t *w, char c);

/* The word for messages: "'nil'", "a string", "the end of the file". */
const char *pdn_luaword_name(pdn_luaword_t *w);

int pdn_luaword_refuse(pdn_luaword_t *w, uint32_t start, uint32_t end,
                       const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Behind blanks and comments from `p` on; NULL: a comment that never ends. */
const char *pdn_luaword_skip(const char *p, const char *last);

#endif /* PDN_LUAWORD_H */
