/* SPDX-License-Identifier: MIT */
/*
 * What a test of pure C needs: a check that tells where and what, a count,
 * and a last line 'N passed, N failed'.
 */

#ifndef PDN_UNIT_H
#define PDN_UNIT_H

#include <stdio.h>
#include <string.h>

static int unit_passed;
static int unit_failed;

#define unit_check(what) unit_note((what) != 0, __FILE__, __LINE__, #what)

/* Bytes against a text; the length is that of the bytes. */
#define unit_text(data, len, text)                                             \
    unit_note((len) == strlen(text)                                            \
                  && memcmp((data), (text), strlen(text)) == 0,                \
              __FILE__, __LINE__, #data " is " #text)


static inline void
unit_note(int ok, const char *file, int line, const char *what)
{
    if (ok) {
        unit_passed++;
        return;
    }

    unit_failed++;
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
}


static inline int
unit_end(void)
{
    printf("%d passed, %d failed\n", unit_passed, unit_failed);

    return unit_failed != 0;
}

#endif /* PDN_UNIT_H */
