/* SPDX-License-Identifier: MIT */
/* From manifest to lua_modules/; see pdn_install.h. */

#include "pdn_install.h"
#include "pdn_prepare.h"
#include "pdn_report.h"
#include "pdn_sha256.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    pdn_project_t *project;
    const pdn_install_how_t *how;
    pdn_provider_t *provider;
    pdn_arena_t arena;
    pdn_tree_t tree;
    pdn_lock_t lock;
    pdn_prepare_t prepare;
    pdn_installed_t before; /* n == 0 when there was none */
    unsigned had : 1;
    char stamp[65]; /* of lock and options: what the tree is made from */
} pdn_install_t;


static void
pdn_install_waiting(void)
{
    fputs("pandan: waiting for another pandan in this project\n", stderr);
}


/* The entries that are to be installed. */
static int
pdn_install_select(pdn_install_t *in, pdn_error_t *err)
{
    pdn_lock_entry_t *e;
    size_t i;

    in->prepare.sources = in->provider->data;
    in->prepare.arena = &in->arena;
    in->prepare.jobs = in->project->settings.jobs;
    in->prepare.loose = in->how->no_sandbox;
    in->prepare.items = pdn_arena_array(&in->arena, in->lock.n + 1,
                                        sizeof(pdn_prepared_t));
    if (in->prepare.items == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 0; i < in->lock.n; i++) {
        e = &in->lock.items[i];
        if (!in->how->no_dev || !e->dev) {
            in->prepare.items[in->prepare.n++].entry = e;
        }
    }

    return 0;
}


/* Folders change without the lock: their keys count too. */
static void
pdn_install_stamp(pdn_install_t *in)
{
    pdn_str_t text = { 0 };
    pdn_lock_entry_t *e;
    char id[PDN_ID_MAX + 1];
    size_t i;

    pdn_str_printf(&text, "1 %d %d\n", in->how->no_dev, in->how->copy);

    for (i = 0; i < in->prepare.n; i++) {
        e = in->prepare.items[i].entry;
        pdn_str_printf(&text, "%s %s %s %s\n", pdn_id_text(&e->id, id),
                       e->version, e->src != NULL ? e->src : "-",
                       e->meta != NULL ? e->meta : "-");
    }

    pdn_sha256_hex(pdn_str_z(&text), text.len, in->stamp);
    pdn_str_release(&text);
}


/* Is the tree what would come out? Then nothing at all is opened. */
static int
pdn_install_is_done(pdn_install_t *in)
{
    size_t i;

    for (i = 0; i < in->prepare.n; i++) {
        if (in->prepare.items[i].entry->place.kind == PDN_PLACE_PATH
            || in->prepare.items[i].entry->src == NULL)
        {
            return 0;
        }
    }

    pdn_install_stamp(in);

    return in->had && !in->how->force && strcmp(in->before.lock, in->stamp) == 0
           && pdn_tree_is_whole(in->project->root, &in->before);
}


static int
pdn_install_stage(pdn_install_t *in, pdn_installed_t *what, pdn_error_t *err)
{
    pdn_tree_keep_t keep[2];
    pdn_str_t lock = { 0 };
    size_t i, bad, tries;
    int rc;

    what->parts = pdn_arena_array(&in->arena, in->prepare.n + 1,
                                  sizeof(pdn_tree_part_t));
    if (what->parts == NULL || pdn_lock_write(&in->lock, &lock, err) != 0) {
        pdn_str_release(&lock);
        return what->parts != NULL ? -1 : pdn_error_memory(err);
    }

    keep[0] = (pdn_tree_keep_t){ PDN_LOCK_NAME, pdn_str_z(&lock), lock.len };
    keep[1] = (pdn_tree_keep_t){ PDN_MANIFEST_NAME,
                                 in->project->manifest.document.text,
                                 in->project->manifest.document.len };
    what->lock = in->stamp;
    what->n = in->prepare.n;
    rc = 1;

    /* the store may be damaged in several places */
    for (tries = 0; rc == 1 && tries <= in->prepare.n; tries++) {
        for (i = 0; i < in->prepare.n; i++) {
            what->parts[i] = in->prepare.items[i].part;
        }

        rc = pdn_tree_stage(&in->tree, &in->prepare.sources->store, what, keep,
                            2, in->how->copy, &bad, err);
        if (rc == 1) {
            pdn_prepare_again(&in->prepare, bad);
            if (pdn_prepare(&in->prepare, err) != 0) {
                rc = -1;
            }
        }
    }

    pdn_str_release(&lock);

    return rc == 1 ? pdn_error(err, 621, "the store loses what is put into it")
                   : rc;
}


/* Everything is there: manifest and lock, then the tree. */
static int
pdn_install_place(pdn_install_t *in, pdn_error_t *err)
{
    pdn_installed_t what = { 0 };

    if (pdn_install_stage(in, &what, err) != 0) {
        return -1;
    }

    if ((in->how->save_manifest
         && pdn_project_save_manifest(in->project, err) != 0)
        || (in->how->mode != PDN_LOCK_FROZEN
            && pdn_project_save_lock(in->project, &in->lock, err) != 0)
        || pdn_tree_commit(&in->tree, err) != 0)
    {
        return -1;
    }

    pdn_report_changes(in->project, &in->before, &what, &in->lock);

    return 0;
}


static int
pdn_install_run(pdn_install_t *in, pdn_error_t *err)
{
    pdn_resolve_how_t resolve = in->how->resolve;

    if (pdn_project_lock(in->project, in->provider, in->how->mode, &resolve,
                         &in->lock, err)
            != 0
        || pdn_install_select(in, err) != 0)
    {
        return -1;
    }

    in->had = pdn_tree_read(in->project->root, &in->arena, &in->before);
    if (!in->had) {
        memset(&in->before, 0, sizeof(in->before));
    }

    if (!in->how->force && pdn_tree_check_ours(&in->tree, err) != 0) {
        return -1;
    }

    if (in->how->dry_run) {
        pdn_report_plan(in->project, &in->before, &in->lock);
        return 0;
    }

    if (pdn_install_is_done(in)) {
        if ((in->how->save_manifest
             && pdn_project_save_manifest(in->project, err) != 0)
            || (in->how->mode != PDN_LOCK_FROZEN
                && pdn_project_save_lock(in->project, &in->lock, err) != 0))
        {
            return -1;
        }

        pdn_report_nothing(in->project, in->prepare.n);
        return 0;
    }

    if (pdn_prepare(&in->prepare, err) != 0) {
        return -1;
    }

    pdn_install_stamp(in);

    return pdn_install_place(in, err);
}


int
pdn_install(pdn_project_t *project, const pdn_install_how_t *how,
            pdn_error_t *err)
{
    pdn_install_t in;
    int rc;

    memset(&in, 0, sizeof(in));
    in.project = project;
    in.how = how;

    if (pdn_tree_open(&in.tree, project->root, pdn_install_waiting, err) != 0) {
        return -1;
    }

    in.provider = pdn_sources_create(project, err);
    rc = in.provider != NULL ? pdn_install_run(&in, err) : -1;

    if (in.provider != NULL) {
        in.provider->free(in.provider);
    }

    pdn_tree_release(&in.tree);
    pdn_arena_release(&in.arena);

    return rc;
}
