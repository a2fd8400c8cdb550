/* SPDX-License-Identifier: MIT */
/* How far the downloads are; see pdn_progress.h. */

#include "pdn_progress.h"

#include <stdio.h>
#include <time.h>

#define PDN_PROGRESS_WIDTH 24
#define PDN_PROGRESS_EVERY 80 /* ms */


static int64_t
pdn_progress_clock(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static void
pdn_progress_size(uint64_t bytes, char out[24])
{
    if (bytes < 1000) {
        snprintf(out, 24, "%u bytes", (unsigned) bytes);
    } else if (bytes < 1000000) {
        snprintf(out, 24, "%.1f kB", (double) bytes / 1e3);
    } else {
        snprintf(out, 24, "%.1f MB", (double) bytes / 1e6);
    }
}


static void
pdn_progress_draw(pdn_progress_t *p)
{
    char bar[PDN_PROGRESS_WIDTH + 1], size[24];
    int64_t now;
    size_t i, full;

    now = pdn_progress_clock();
    if (!p->bar || now - p->last < PDN_PROGRESS_EVERY) {
        return;
    }

    p->last = now;
    p->drawn = 1;

    if (p->total == 0) {
        fprintf(stderr, "\r\033[KChoosing versions, %zu looked at", p->looked);
        fflush(stderr);
        return;
    }

    full = PDN_PROGRESS_WIDTH * p->done / p->total;
    for (i = 0; i < PDN_PROGRESS_WIDTH; i++) {
        bar[i] = i < full ? '=' : i == full ? '>' : ' ';
    }
    bar[i] = '\0';

    pdn_progress_size(p->bytes, size);
    fprintf(stderr, "\r\033[KFetching [%s] %zu of %zu, %s", bar, p->done,
            p->total, size);
    fflush(stderr);
}


void
pdn_progress_look(pdn_progress_t *p)
{
    p->looked++;
    pdn_progress_draw(p);
}


void
pdn_progress_add(pdn_progress_t *p, size_t n)
{
    /* the line says something else from now on */
    if (p->total == 0) {
        p->last = 0;
    }

    p->total += n;
}


void
pdn_progress_bytes(pdn_progress_t *p, size_t n)
{
    p->bytes += n;
    pdn_progress_draw(p);
}


void
pdn_progress_done(pdn_progress_t *p, const char *what, size_t size)
{
    char text[24];

    p->done++;

    if (p->lines) {
        pdn_progress_size(size, text);
        fprintf(stderr, "fetched %s (%s)\n", what, text);
    } else {
        pdn_progress_draw(p);
    }
}


void
pdn_progress_clear(pdn_progress_t *p)
{
    if (p->drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        p->drawn = 0;
    }
}
