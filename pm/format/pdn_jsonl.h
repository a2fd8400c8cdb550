/* SPDX-License-Identifier: MIT */
/*
 * JSON, a value a line: the lock, the index of a registry, what is printed
 * with --json. Reading is strict: RFC 8259, UTF-8, no key twice.
 */

#ifndef PDN_JSONL_H
#define PDN_JSONL_H

#include "pdn_value.h"

#define PDN_JSONL_DEPTH 32

/*
 * Reads one JSON value that is the whole of `d->text`. Returns 0, or -1 with
 * P0106 noted.
 */
int pdn_jsonl_read(pdn_arena_t *a, pdn_document_t *d, pdn_error_t *err);

/*
 * Walks over the lines of `d->text`. `*pos` is 0 at first; each call reads one
 * line into `d->root`. Lines end with \n, the last one too; an empty line is
 * an error. Returns 1 for a line, 0 at the end, -1 with P0106 noted, which
 * tells the line.
 */
int pdn_jsonl_next(pdn_arena_t *a, pdn_document_t *d, size_t *pos,
                   pdn_error_t *err);

/*
 * Writes an object of one line, keys in the order given. Bytes that are not
 * UTF-8 become U+FFFD.
 *
 *     pdn_jsonl_open(out, '{');
 *     pdn_jsonl_key(out, "id");  pdn_jsonl_string(out, "rocks:lpeg");
 *     pdn_jsonl_close(out, '}');
 *
 * Commas come by themselves.
 */
void pdn_jsonl_open(pdn_str_t *out, char bracket);
void pdn_jsonl_close(pdn_str_t *out, char bracket);
void pdn_jsonl_key(pdn_str_t *out, const char *key);
void pdn_jsonl_string(pdn_str_t *out, const char *text);
void pdn_jsonl_bytes(pdn_str_t *out, const char *text, size_t len);
void pdn_jsonl_uint(pdn_str_t *out, uint64_t n);
void pdn_jsonl_boolean(pdn_str_t *out, int yes);
void pdn_jsonl_null(pdn_str_t *out);

/* Key and value at once; nothing at all when the text is NULL. */
void pdn_jsonl_field(pdn_str_t *out, const char *key, const char *text);

#endif /* PDN_JSONL_H */
