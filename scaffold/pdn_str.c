/* SPDX-License-Identifier: MIT */
/* Growing text and problems; see pdn_str.h. */

#include "pdn_str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int
pdn_str_room(pdn_str_t *s, size_t n)
{
    size_t cap;
    char *data;

    if (s->failed) {
        return -1;
    }

    if (s->cap - s->len > n) {
        return 0;
    }

    cap = s->cap ? s->cap : 256;
    while (cap - s->len <= n) {
        cap *= 2;
    }

    data = realloc(s->data, cap);
    if (data == NULL) {
        s->failed = 1;
        return -1;
    }

    s->data = data;
    s->cap = cap;

    return 0;
}


void
pdn_str_add(pdn_str_t *s, const char *data, size_t n)
{
    if (pdn_str_room(s, n) != 0) {
        return;
    }

    if (n != 0) {
        memcpy(s->data + s->len, data, n);
    }

    s->len += n;
    s->data[s->len] = '\0';
}


void
pdn_str_puts(pdn_str_t *s, const char *text)
{
    pdn_str_add(s, text, strlen(text));
}


void
pdn_str_printf(pdn_str_t *s, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    if (n < 0 || pdn_str_room(s, n) != 0) {
        s->failed = 1;
        return;
    }

    va_start(args, fmt);
    vsnprintf(s->data + s->len, n + 1, fmt, args);
    va_end(args);

    s->len += n;
}


const char *
pdn_str_z(const pdn_str_t *s)
{
    return s->data != NULL ? s->data : "";
}


void
pdn_str_release(pdn_str_t *s)
{
    free(s->data);
    memset(s, 0, sizeof(pdn_str_t));
}


int
pdn_problem(pdn_problem_t *p, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(p->text, sizeof(p->text), fmt, args);
    va_end(args);

    return -1;
}
