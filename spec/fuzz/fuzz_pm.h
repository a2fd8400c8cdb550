/* SPDX-License-Identifier: MIT */
/*
 * What the fuzzers of the package manager share: memory and errors of one
 * input, and the input as a copy of just its size, so that the sanitizer sees
 * a byte read too many. The sources are in a library, see mk/fuzz.mk.
 */

#ifndef FUZZ_PM_H
#define FUZZ_PM_H

#include "pdn_arena.h"
#include "pdn_error.h"
#include "pdn_value.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    pdn_arena_t arena;
    pdn_error_t err;
    char *text; /* no zero behind it */
    size_t len;
} fuzz_t;


static inline void
fuzz_start(fuzz_t *f, const uint8_t *data, size_t size)
{
    memset(f, 0, sizeof(*f));
    f->arena.limit = 64 * 1024 * 1024;
    f->text = malloc(size + (size == 0));
    f->len = size;

    if (f->text == NULL) {
        abort();
    }

    memcpy(f->text, data, size);
}


static inline void
fuzz_end(fuzz_t *f)
{
    pdn_arena_release(&f->arena);
    pdn_error_release(&f->err);
    free(f->text);
}


static inline void
fuzz_must(int condition)
{
    if (!condition) {
        abort();
    }
}


/* What failed has said so, in one of the ways that are documented. */
static inline void
fuzz_failed(const fuzz_t *f)
{
    fuzz_must(f->err.number != 0 && f->err.text.len != 0
              && pdn_error_code(f->err.number) != NULL);
}


static inline pdn_document_t
fuzz_document(const fuzz_t *f, const char *file)
{
    pdn_document_t d;

    memset(&d, 0, sizeof(d));
    d.file = file;
    d.text = f->text;
    d.len = f->len;

    return d;
}


/* Takes the text up to a byte, as one with a zero; what is left stays. */
static inline const char *
fuzz_part(fuzz_t *f, const char **rest, size_t *left, char byte)
{
    const char *end, *part;
    size_t n;

    end = *left != 0 ? memchr(*rest, byte, *left) : NULL;
    n = end != NULL ? (size_t) (end - *rest) : *left;
    part = pdn_arena_text(&f->arena, *rest, n);
    fuzz_must(part != NULL);
    *left -= n + (end != NULL);
    *rest += n + (end != NULL);

    return part;
}

#endif /* FUZZ_PM_H */
