/* SPDX-License-Identifier: MIT */
/* Files that change; see pdn_watch.h. */

#include "pdn_watch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define PDN_WATCH_EVENTS                                                       \
    (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE)


static void
pdn_watch_file(pdn_watch_t *w, const char *path)
{
    int i;

    for (i = 0; i < w->n; i++) {
        if (strcmp(w->files[i], path) == 0) {
            return;
        }
    }

    if (w->n == PDN_WATCH_FILES || (w->files[w->n] = strdup(path)) == NULL) {
        w->other = 1;
        return;
    }

    w->n++;
}


/* `fresh`: a folder that came while we watch, its files are news. */
static int
pdn_watch_folder(pdn_watch_t *w, const char *path, int fresh)
{
    char full[PATH_MAX], below[PATH_MAX];
    struct dirent *e;
    DIR *dir;
    int wd;

    if (pdn_fs_join(full, w->root, path) != 0) {
        return 0;
    }

    wd = inotify_add_watch(w->fd, full, PDN_WATCH_EVENTS | IN_ONLYDIR);
    if (wd == -1 || wd >= PDN_WATCH_MAX) {
        return errno == ENOSPC || wd >= PDN_WATCH_MAX ? -1 : 0;
    }

    free(w->folders[wd]);
    w->folders[wd] = strdup(path);

    /* the root is watched for its .env only */
    dir = strcmp(path, ".") != 0 ? opendir(full) : NULL;

    while (dir != NULL && (e = readdir(dir)) != NULL) {
        if (e->d_name[0] == '.' || pdn_fs_join(below, path, e->d_name) != 0
            || pdn_fs_join(full, w->root, below) != 0)
        {
            continue;
        }

        if (pdn_fs_is_folder(full)) {
            if (pdn_watch_folder(w, below, fresh) != 0) {
                closedir(dir);
                return -1;
            }
        } else if (fresh) {
            pdn_watch_file(w, below);
        }
    }

    if (dir != NULL) {
        closedir(dir);
    }

    return 0;
}


int
pdn_watch_init(pdn_watch_t *w, const char *root, const char *const *folders,
               pdn_problem_t *problem)
{
    memset(w, 0, sizeof(pdn_watch_t));
    snprintf(w->root, PATH_MAX, "%s", root);
    w->wanted = folders;

    w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (w->fd == -1) {
        return pdn_problem(problem, "cannot watch files: %s", strerror(errno));
    }

    for (/* void */; *folders != NULL; folders++) {
        if (pdn_watch_folder(w, *folders, 0) != 0) {
            return pdn_problem(problem,
                               "cannot watch so many folders; see "
                               "/proc/sys/fs/inotify/max_user_watches");
        }
    }

    return 0;
}


void
pdn_watch_reset(pdn_watch_t *w)
{
    while (w->n > 0) {
        free(w->files[--w->n]);
    }

    w->other = 0;
}


void
pdn_watch_release(pdn_watch_t *w)
{
    int i;

    pdn_watch_reset(w);

    for (i = 0; i < PDN_WATCH_MAX; i++) {
        free(w->folders[i]);
    }

    if (w->fd > 0) {
        close(w->fd);
    }
}


/* Of the root only .env counts, and a folder of ours that was not there. */
static void
pdn_watch_root_event(pdn_watch_t *w, const struct inotify_event *e)
{
    const char *const *wanted;

    w->other |= strcmp(e->name, ".env") == 0;

    for (wanted = w->wanted; *wanted != NULL; wanted++) {
        if (strcmp(*wanted, e->name) == 0
            && (e->mask & (IN_CREATE | IN_MOVED_TO))) {
            pdn_watch_folder(w, e->name, 1);
        }
    }
}


static void
pdn_watch_event(pdn_watch_t *w, const struct inotify_event *e)
{
    const char *folder;
    char path[PATH_MAX];

    if (e->mask & IN_Q_OVERFLOW) {
        w->other = 1;
        return;
    }

    if (e->wd < 0 || e->wd >= PDN_WATCH_MAX || e->len == 0
        || (folder = w->folders[e->wd]) == NULL)
    {
        return;
    }

    if (strcmp(folder, ".") == 0) {
        pdn_watch_root_event(w, e);
        return;
    }

    /* editors' swap and backup files, and our own new ones */
    if (e->name[0] == '.' || e->name[strlen(e->name) - 1] == '~'
        || pdn_fs_join(path, folder, e->name) != 0)
    {
        return;
    }

    if (e->mask & IN_ISDIR) {
        if (e->mask & (IN_CREATE | IN_MOVED_TO)) {
            pdn_watch_folder(w, path, 1);
        } else {
            w->other = 1;
        }
        return;
    }

    if (!(e->mask & IN_CREATE)) {
        pdn_watch_file(w, path);
    }
}


int
pdn_watch_read(pdn_watch_t *w)
{
    char buffer[16384] __attribute__((aligned(8)));
    const struct inotify_event *e;
    const char *p;
    ssize_t n;

    while ((n = read(w->fd, buffer, sizeof(buffer))) > 0) {
        for (p = buffer; p < buffer + n; p += sizeof(*e) + e->len) {
            e = (const struct inotify_event *) p;
            pdn_watch_event(w, e);
        }
    }

    return w->n != 0 || w->other;
}
