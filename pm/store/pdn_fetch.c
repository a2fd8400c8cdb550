/* SPDX-License-Identifier: MIT */
/*
 * The artifacts of a lock into the cache, all at once, each held against its
 * hash before anything looks at it.
 */

#include "pdn_places.h"
#include "pdn_rocks_source.h"
#include "pdn_sources.h"
#include "pdn_store_io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>


/* Takes what came: hash first, then what the source has to say about it. */
static int
pdn_fetch_take(pdn_artifact_t *a, pdn_error_t *err)
{
    pdn_sources_t *s = a->sources;
    const pdn_source_ops_t *ops;
    const pdn_source_t *source;
    char hex[PDN_DIGEST_HEX + 1];
    pdn_digest_t sum;

    if (pdn_sources_status(&a->fetch, err) != 0
        || pdn_digest(pdn_str_z(&a->fetch.body), a->fetch.body.len, &sum, err)
               != 0)
    {
        return -1;
    }

    pdn_digest_hex(&sum, hex);

    if (a->entry->src != NULL && strcmp(a->entry->src, hex) != 0) {
        pdn_error(err, 501,
                  "%s has changed on its server: the lock says "
                  "sha256 %s, it is now %s",
                  pdn_str_z(&a->what), a->entry->src, hex);
        return pdn_error_help(err, "find out why; 'pandan update' takes the "
                                   "new bytes");
    }

    ops = pdn_sources_of(s, &a->entry->id, &source, err);

    if (ops == NULL || ops->check(s, source, a, err) != 0) {
        return pdn_error_within(err, "cannot use %s", pdn_str_z(&a->what));
    }

    if (a->entry->src == NULL) {
        a->entry->src = pdn_arena_text(&s->arena, hex, PDN_DIGEST_HEX);
    }
    a->entry->size = a->fetch.body.len;

    return pdn_cache_put(&s->store, hex, a->fetch.body.data, a->fetch.body.len,
                         err);
}


static void
pdn_fetch_done(pdn_fetch_t *f, void *ctx)
{
    pdn_artifact_t *a = ctx;

    a->done = 1;

    if (f->err.number != 0) {
        a->err = f->err;
        memset(&f->err, 0, sizeof(pdn_error_t));
        return;
    }

    if (pdn_fetch_take(a, &a->err) == 0) {
        pdn_progress_done(&a->sources->progress, pdn_str_z(&a->what),
                          f->body.len);
    }

    pdn_str_release(&f->body);
}


static int
pdn_fetch_start(pdn_artifact_t *a, pdn_error_t *err)
{
    const pdn_source_ops_t *ops;
    const pdn_source_t *source;
    char id[PDN_ID_MAX + 1];

    ops = pdn_sources_of(a->sources, &a->entry->id, &source, err);

    if (ops == NULL || pdn_sources_net(a->sources, err) == NULL
        || ops->address(a->sources, source, a, err) != 0)
    {
        return -1;
    }

    pdn_str_printf(&a->what, "%s %s", pdn_id_text(&a->entry->id, id),
                   a->entry->version);
    a->fetch.url = a->url;
    a->fetch.what = pdn_str_z(&a->what);
    a->fetch.done = pdn_fetch_done;
    a->fetch.ctx = a;
    a->started = 1;
    pdn_progress_add(&a->sources->progress, 1);
    pdn_net_add(a->sources->net, &a->fetch);

    return 0;
}


static int
pdn_fetch_place(pdn_sources_t *s, pdn_lock_entry_t *entry, pdn_error_t *err)
{
    pdn_arena_t arena = { 0 };
    pdn_files_t tree = { .arena = &arena };
    int rc;

    rc = pdn_rocks_source_is(entry)
             ? pdn_rocks_source_tree(s, entry, &tree, err)
             : pdn_places_tree(s, entry, &tree, err);
    pdn_arena_release(&arena);

    return rc;
}


/* The project may bring it along: then the cache gets it from there. */
static int
pdn_fetch_vendored(pdn_sources_t *s, const pdn_lock_entry_t *entry)
{
    pdn_error_t ignored = { 0 };
    pdn_str_t bytes = { 0 };
    char name[PATH_MAX + 128], hex[PDN_DIGEST_HEX + 1];
    pdn_digest_t sum;
    int rc;

    snprintf(name, sizeof(name), "%s/%s/%s", s->project->root, PDN_VENDOR_NAME,
             entry->src);

    rc = pdn_io_get(AT_FDCWD, name, &bytes) == 1
         && pdn_digest(pdn_str_z(&bytes), bytes.len, &sum, &ignored) == 0;

    if (rc) {
        pdn_digest_hex(&sum, hex);
        rc = strcmp(hex, entry->src) == 0
             && pdn_cache_put(&s->store, hex, bytes.data, bytes.len, &ignored)
                    == 0;
    }

    pdn_str_release(&bytes);
    pdn_error_release(&ignored);

    return rc;
}


/* Is everything about the entry known and here? */
static int
pdn_fetch_has(pdn_sources_t *s, const pdn_lock_entry_t *entry)
{
    return entry->src != NULL
           && (strcmp(entry->id.source, "rocks") != 0 || entry->meta != NULL)
           && (pdn_cache_has(&s->store, entry->src)
               || pdn_fetch_vendored(s, entry));
}


int
pdn_fetch_some(pdn_sources_t *s, pdn_lock_entry_t **entries, size_t n,
               pdn_error_t *err)
{
    pdn_artifact_t *all;
    size_t i;
    int rc;

    if (pdn_sources_store(s, err) == NULL) {
        return -1;
    }

    all = calloc(n + 1, sizeof(pdn_artifact_t));
    if (all == NULL) {
        return pdn_error_memory(err);
    }

    rc = 0;

    for (i = 0; rc == 0 && i < n; i++) {
        all[i].entry = entries[i];
        all[i].sources = s;

        if (entries[i]->place.kind != PDN_PLACE_SOURCE
            || pdn_rocks_source_is(entries[i]))
        {
            rc = pdn_fetch_place(s, entries[i], err);

        } else if (!pdn_fetch_has(s, entries[i])) {
            rc = pdn_fetch_start(&all[i], err);
        }
    }

    /* what was started is waited for, whatever became of the others */
    if (s->net != NULL) {
        pdn_net_run(s->net);
    }

    pdn_progress_clear(&s->progress);

    for (i = 0; i < n; i++) {
        if (rc == 0 && all[i].err.number != 0) {
            pdn_error_release(err);
            *err = all[i].err;
            memset(&all[i].err, 0, sizeof(pdn_error_t));
            rc = -1;
        }

        pdn_error_release(&all[i].err);
        pdn_fetch_release(&all[i].fetch);
        pdn_str_release(&all[i].what);
    }

    free(all);

    return rc;
}


int
pdn_fetch(pdn_project_t *project, pdn_provider_t *provider, pdn_lock_t *lock,
          pdn_error_t *err)
{
    pdn_lock_entry_t **entries;
    size_t i;
    int rc;

    (void) project;

    entries = calloc(lock->n + 1, sizeof(pdn_lock_entry_t *));
    if (entries == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 0; i < lock->n; i++) {
        entries[i] = &lock->items[i];
    }

    rc = pdn_fetch_some(provider->data, entries, lock->n, err);
    free(entries);

    return rc;
}
