/* SPDX-License-Identifier: MIT */
/* Which word was meant; see pdn_nearest.h. */

#include "pdn_nearest.h"

#include <string.h>


/* Edits between two words; a swap of neighbours is one (as in "mgirate"). */
static int
pdn_distance(const char *a, const char *b)
{
    int rows[3][40], *now, *before, *older, *spare, cost, best;
    int i, j, n, m;

    n = strlen(a);
    m = strlen(b);

    if (n >= 40 || m >= 40) {
        return 40;
    }

    before = rows[0];
    older = rows[1];
    now = rows[2];

    for (j = 0; j <= m; j++) {
        before[j] = j;
        older[j] = j;
    }

    for (i = 1; i <= n; i++) {
        now[0] = i;

        for (j = 1; j <= m; j++) {
            cost = a[i - 1] != b[j - 1];
            best = before[j - 1] + cost;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            best = before[j] + 1 < best ? before[j] + 1 : best;

            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                && older[j - 2] + 1 < best)
            {
                best = older[j - 2] + 1;
            }

            now[j] = best;
        }

        /* now -> before -> older -> now */
        spare = older;
        older = before;
        before = now;
        now = spare;
    }

    return before[m];
}


const char *
pdn_nearest(const char *typed, const char *const *names, size_t n)
{
    const char *nearest;
    size_t i;
    int best, d;

    nearest = NULL;
    best = (int) strlen(typed) / 3 + 2;

    for (i = 0; i < n; i++) {
        d = pdn_distance(typed, names[i]);
        if (d < best
            || (d > 0 && nearest == NULL && strlen(typed) > 1
                && strncmp(names[i], typed, strlen(typed)) == 0))
        {
            best = d;
            nearest = names[i];
        }
    }

    return nearest;
}
