/* SPDX-License-Identifier: MIT */
/*
 * Reads JSON (RFC 8259) as a row of tokens. It checks the grammar, UTF-8,
 * surrogates and the depth, builds nothing, and takes memory only to undo
 * escapes in a string.
 */

#ifndef PDN_JSON_READ_H
#define PDN_JSON_READ_H

#include "pdn.h"
#include "pdn_buf.h"
#include "pdn_number.h"

#define PDN_JSON_MAX_DEPTH 1024

typedef enum {
    PDN_JSON_ERROR = 0, /* see `err`; stays so */
    PDN_JSON_END,       /* the text is complete */
    PDN_JSON_OBJECT,    /* an object starts: keys and values follow in turn */
    PDN_JSON_OBJECT_END,
    PDN_JSON_ARRAY,
    PDN_JSON_ARRAY_END,
    PDN_JSON_KEY,    /* `text` */
    PDN_JSON_STRING, /* `text` */
    PDN_JSON_NUMBER, /* `number`, and as it was written in `text` */
    PDN_JSON_TRUE,
    PDN_JSON_FALSE,
    PDN_JSON_NULL
} pdn_json_token_t;

typedef struct {
    pdn_slice_t text; /* dies with the input and with the next token */
    pdn_number_t number;
    pdn_err_t err;

    /* private from here */

    const u_char *start;
    const u_char *p;
    const u_char *end;
    pdn_buf_t *scratch;
    unsigned depth;
    unsigned max_depth;
    unsigned state;
    uint64_t arrays[PDN_JSON_MAX_DEPTH / 64]; /* a bit a level */
} pdn_json_reader_t;

/*
 * `scratch` is where strings with escapes are put together; its greatest size
 * must be that of the input at least. `max_depth` is capped by
 * PDN_JSON_MAX_DEPTH. A byte order mark at the start is skipped.
 */
void pdn_json_reader_init(pdn_json_reader_t *r, pdn_slice_t in,
                          unsigned max_depth, pdn_buf_t *scratch);

pdn_json_token_t pdn_json_reader_next(pdn_json_reader_t *r);

/* The line and column, both from 1 and in bytes, of offset `pos` in `in`. */
void pdn_json_position(pdn_slice_t in, size_t pos, size_t *line,
                       size_t *column);

#endif /* PDN_JSON_READ_H */
