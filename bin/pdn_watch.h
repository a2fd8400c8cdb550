/* SPDX-License-Identifier: MIT */
/* Files of an application that change, told by the kernel (inotify). */

#ifndef PDN_WATCH_H
#define PDN_WATCH_H

#include "pdn_fs.h"

#define PDN_WATCH_MAX   4096 /* folders */
#define PDN_WATCH_FILES 256  /* that changed at once */

typedef struct {
    int fd;
    char root[PATH_MAX];
    const char *const *wanted;    /* as given to init, which must live on */
    char *folders[PDN_WATCH_MAX]; /* by watch descriptor, from the root */
    char *files[PDN_WATCH_FILES];
    int n;
    unsigned other : 1; /* something besides the files above: reload */
} pdn_watch_t;

/* Watches the folders (from the root; those that are there) and all below. */
int pdn_watch_init(pdn_watch_t *w, const char *root, const char *const *folders,
                   pdn_problem_t *problem);
void pdn_watch_release(pdn_watch_t *w);

/* Takes what the kernel has to tell into files; 1 if there is anything. */
int pdn_watch_read(pdn_watch_t *w);

/* Forgets the files. */
void pdn_watch_reset(pdn_watch_t *w);

#endif /* PDN_WATCH_H */
