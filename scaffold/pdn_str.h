/* SPDX-License-Identifier: MIT */
/*
 * Text that grows on the heap, and the one line that tells what failed. For
 * programs that run once and end; it knows the C library only.
 */

#ifndef PDN_STR_H
#define PDN_STR_H

#include <stddef.h>

/* All zeroes is an empty text. `failed` is sticky: memory ran out. */
typedef struct {
    char *data; /* ends with a zero once anything was added */
    size_t len;
    size_t cap;
    unsigned failed : 1;
} pdn_str_t;

void pdn_str_add(pdn_str_t *s, const char *data, size_t n);
void pdn_str_puts(pdn_str_t *s, const char *text);
void pdn_str_printf(pdn_str_t *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The text, "" when there is none. */
const char *pdn_str_z(const pdn_str_t *s);
void pdn_str_release(pdn_str_t *s);

/* What failed, for people; owned by the caller, "" while nothing did. */
typedef struct {
    char text[1024];
} pdn_problem_t;

/* Notes the problem; returns -1 for the caller to return. */
int pdn_problem(pdn_problem_t *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* PDN_STR_H */
