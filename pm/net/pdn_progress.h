/* SPDX-License-Identifier: MIT */
/*
 * How far the downloads are: one line that is overwritten on a terminal,
 * plain lines elsewhere, nothing when asked to be quiet. On standard error.
 */

#ifndef PDN_PROGRESS_H
#define PDN_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    unsigned bar : 1;   /* a terminal that may be written over */
    unsigned lines : 1; /* a line for each that is done */
    unsigned drawn : 1;
    size_t looked; /* versions that the resolver asked about */
    size_t total;
    size_t done;
    uint64_t bytes;
    int64_t last; /* ms of the clock at the last drawing */
} pdn_progress_t;

/* The resolver asks about one more version. */
void pdn_progress_look(pdn_progress_t *p);

void pdn_progress_add(pdn_progress_t *p, size_t n);
void pdn_progress_bytes(pdn_progress_t *p, size_t n);

/* One is done; `what` as in "rocks:lpeg 1.1.0-1". */
void pdn_progress_done(pdn_progress_t *p, const char *what, size_t size);

/* Takes the bar away, before anything else is printed. */
void pdn_progress_clear(pdn_progress_t *p);

#endif /* PDN_PROGRESS_H */
