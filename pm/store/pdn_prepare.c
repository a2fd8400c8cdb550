/* SPDX-License-Identifier: MIT */
/* Packages into the store; see pdn_prepare.h. */

#include "pdn_prepare.h"
#include "pdn_build.h"
#include "pdn_places.h"
#include "pdn_rocks_source.h"
#include "pdn_sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Changes when the same artifact would be laid out in another way. */
#define PDN_PREPARE_LAYOUT 1
#define PDN_PREPARE_LINES  20


/*
 * Everything that the outcome depends on. Unknown while a hash of the entry
 * is: then -1.
 */
static int
pdn_prepare_key(pdn_prepare_t *p, pdn_prepared_t *item, pdn_error_t *err)
{
    const pdn_lock_entry_t *e = item->entry;
    pdn_arena_t arena = { 0 };
    pdn_files_t tree = { .arena = &arena };
    pdn_str_t text = { 0 };
    char id[PDN_ID_MAX + 1], hash[65];
    const char *src;
    int rc;

    src = e->src;
    rc = 0;

    /* a folder is what it is now */
    if (e->place.kind == PDN_PLACE_PATH) {
        rc = pdn_places_tree(p->sources, item->entry, &tree, err) != 0
             || pdn_package_hash(&tree, hash, err) != 0;
        src = hash;
    }

    pdn_arena_release(&arena);

    if (rc != 0 || src == NULL
        || (strcmp(e->id.source, "rocks") == 0 && e->meta == NULL
            && e->place.kind == PDN_PLACE_SOURCE))
    {
        return rc != 0 ? -1 : 1;
    }

    pdn_str_printf(&text, "layout %d\n%s\n%s\n%s\n%s\n%s\n%d\n",
                   PDN_PREPARE_LAYOUT, pdn_id_text(&e->id, id), e->version,
                   e->art != NULL ? e->art : "-", src,
                   e->meta != NULL ? e->meta : "-", (int) e->place.kind);

    if (e->build != NULL) {
        pdn_build_describe(&text);
    }

    pdn_sha256_hex(pdn_str_z(&text), text.len, item->part.key);
    pdn_str_release(&text);

    return 0;
}


static int
pdn_prepare_look(pdn_prepare_t *p, pdn_prepared_t *item, pdn_error_t *err)
{
    int rc;

    if (item->ready) {
        return 0;
    }

    item->part.id = item->entry->id;
    item->part.version = item->entry->version;
    rc = pdn_prepare_key(p, item, err);

    if (rc == 0) {
        item->ready = pdn_store_get(&p->sources->store, p->arena,
                                    item->part.key, &item->part.package);
    }

    return rc < 0 ? -1 : 0;
}


static int
pdn_prepare_fetch(pdn_prepare_t *p, pdn_error_t *err)
{
    pdn_lock_entry_t **entries;
    size_t i, n;
    int rc;

    entries = calloc(p->n + 1, sizeof(pdn_lock_entry_t *));
    if (entries == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 0, n = 0; i < p->n; i++) {
        if (!p->items[i].ready) {
            entries[n++] = p->items[i].entry;
        }
    }

    rc = n != 0 ? pdn_fetch_some(p->sources, entries, n, err) : 0;
    free(entries);

    return rc;
}


static int
pdn_prepare_approved(const pdn_prepare_t *p, const pdn_lock_entry_t *e)
{
    const pdn_manifest_t *m = &p->sources->project->manifest;
    size_t i;

    for (i = 0; i < m->n_build_allow; i++) {
        if (pdn_id_compare(&m->build_allow[i], &e->id) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
pdn_prepare_approve(const pdn_prepare_t *p, const pdn_lock_entry_t *e,
                    pdn_error_t *err)
{
    char id[PDN_ID_MAX + 1], answer[16];

    if (e->build == NULL || pdn_prepare_approved(p, e)) {
        return 0;
    }

    pdn_id_text(&e->id, id);

    if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)
        && !p->sources->project->settings.json)
    {
        fprintf(stderr,
                "%s %s runs '%s' on this machine to be built. Go on? "
                "[y/N] ",
                id, e->version, e->build);
        if (fgets(answer, sizeof(answer), stdin) != NULL
            && (answer[0] == 'y' || answer[0] == 'Y'))
        {
            return 0;
        }
    }

    pdn_error(err, 701,
              "%s %s runs '%s' when it is built, and that is not "
              "approved",
              id, e->version, e->build);

    return pdn_error_help(err,
                          "approve it in pandan.pkg.lua: build = { allow "
                          "= { \"%s\" } }",
                          id);
}


static int
pdn_prepare_files(pdn_prepare_t *p, pdn_lock_entry_t *e, pdn_package_how_t *how,
                  pdn_files_t *out, pdn_error_t *err)
{
    pdn_files_t tree = { .arena = out->arena };
    pdn_str_t bytes = { 0 };
    int rc;

    if (e->place.kind != PDN_PLACE_SOURCE || pdn_rocks_source_is(e)) {
        rc = pdn_rocks_source_is(e)
                 ? pdn_rocks_source_tree(p->sources, e, &tree, err)
                 : pdn_places_tree(p->sources, e, &tree, err);

        return rc == 0 ? pdn_package_from_tree(e, &tree, how, out, err) : -1;
    }

    if (!pdn_cache_get(&p->sources->store, e->src, &bytes)) {
        pdn_str_release(&bytes);
        return pdn_error(err, 621, "the artifact of %s is gone from the cache",
                         e->id.name);
    }

    rc = strcmp(e->id.source, "rocks") == 0
             ? pdn_package_from_rock(e, bytes.data, bytes.len, how, out, err)
             : pdn_package_from_archive(e, bytes.data, bytes.len, how, out,
                                        err);
    pdn_str_release(&bytes);

    return rc;
}


/* The last lines of what a build said. */
static void
pdn_prepare_log(const pdn_str_t *log)
{
    const char *p;
    int lines;

    p = pdn_str_z(log) + log->len;

    for (lines = 0; p > log->data && lines <= PDN_PREPARE_LINES; p--) {
        lines += p[-1] == '\n';
    }

    p += p > pdn_str_z(log) ? 2 : 0;

    for (/* void */; *p != '\0'; p++) {
        if (((unsigned char) *p >= ' ' && *p != 0x7f) || *p == '\n'
            || *p == '\t') {
            fputc(*p, stderr);
        }
    }
}


static int
pdn_prepare_scratch(pdn_prepare_t *p, char out[PATH_MAX], pdn_error_t *err)
{
    snprintf(out, PATH_MAX, "%.*s/build", PATH_MAX - 32,
             p->sources->store.cache);
    mkdir(out, 0755);
    snprintf(out, PATH_MAX, "%.*s/build/XXXXXX", PATH_MAX - 32,
             p->sources->store.cache);

    return mkdtemp(out) != NULL ? 0
                                : pdn_error(err, 620, "cannot make '%s': %s",
                                            out, strerror(errno));
}


static int
pdn_prepare_one(pdn_prepare_t *p, pdn_prepared_t *item, pdn_error_t *err)
{
    pdn_package_how_t how = { .loose = p->loose };
    pdn_arena_t arena = { 0 };
    pdn_files_t files = { .arena = &arena };
    pdn_package_t stored;
    char scratch[PATH_MAX];
    int rc;

    rc = 0;

    if (item->entry->build != NULL) {
        rc = pdn_prepare_scratch(p, scratch, err);
        how.scratch = scratch;
    }

    rc = rc == 0 ? pdn_prepare_files(p, item->entry, &how, &files, err) : rc;
    rc = rc == 0 ? pdn_store_put(&p->sources->store, item->part.key, &files,
                                 &stored, err)
                 : rc;

    if (rc != 0 && how.log.len != 0) {
        pdn_prepare_log(&how.log);
    }

    if (how.scratch != NULL) {
        pdn_store_remove_tree(AT_FDCWD, scratch);
    }

    pdn_str_release(&how.log);
    pdn_arena_release(&arena);

    if (rc == 0
        && !pdn_store_get(&p->sources->store, p->arena, item->part.key,
                          &item->part.package))
    {
        return pdn_error(err, 621, "cannot read back what was stored of %s",
                         item->entry->id.name);
    }

    item->ready = rc == 0;

    return rc;
}


/*
 * Builds in processes of their own, `jobs` at once: the store is shared, so
 * the outcome needs no way back. What went wrong is found by doing it again
 * here, where its error can be kept.
 */
static void
pdn_prepare_builds(pdn_prepare_t *p)
{
    pdn_error_t err = { 0 };
    unsigned running, jobs;
    size_t i;
    pid_t pid;

    jobs = p->jobs != 0 ? p->jobs : (unsigned) sysconf(_SC_NPROCESSORS_ONLN);
    running = 0;
    fflush(NULL);

    for (i = 0; i < p->n; i++) {
        if (p->items[i].ready || p->items[i].entry->build == NULL) {
            continue;
        }

        if (running >= jobs && wait(NULL) > 0) {
            running--;
        }

        pid = fork();
        if (pid == 0) {
            /* quietly: who fails is asked again */
            dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
            _exit(pdn_prepare_one(p, &p->items[i], &err) != 0);
        }

        running += pid > 0;
    }

    while (running > 0 && wait(NULL) > 0) {
        running--;
    }
}


static size_t
pdn_prepare_to_build(const pdn_prepare_t *p)
{
    size_t i, n;

    for (i = 0, n = 0; i < p->n; i++) {
        n += !p->items[i].ready && p->items[i].entry->build != NULL;
    }

    return n;
}


int
pdn_prepare(pdn_prepare_t *p, pdn_error_t *err)
{
    size_t i;

    if (pdn_sources_store(p->sources, err) == NULL) {
        return -1;
    }

    for (i = 0; i < p->n; i++) {
        if (pdn_prepare_look(p, &p->items[i], err) != 0) {
            return -1;
        }
    }

    for (i = 0; i < p->n; i++) {
        if (!p->items[i].ready
            && pdn_prepare_approve(p, p->items[i].entry, err) != 0) {
            return -1;
        }
    }

    if (pdn_prepare_fetch(p, err) != 0) {
        return -1;
    }

    /* now every hash is known */
    for (i = 0; i < p->n; i++) {
        if (pdn_prepare_look(p, &p->items[i], err) != 0) {
            return -1;
        }
    }

    if (pdn_prepare_to_build(p) > 1) {
        pdn_prepare_builds(p);
    }

    for (i = 0; i < p->n; i++) {
        if (pdn_prepare_look(p, &p->items[i], err) != 0
            || (!p->items[i].ready
                && pdn_prepare_one(p, &p->items[i], err) != 0))
        {
            return -1;
        }
    }

    return 0;
}


void
pdn_prepare_again(pdn_prepare_t *p, size_t n)
{
    char name[80];

    snprintf(name, sizeof(name), "pkgs/%s", p->items[n].part.key);
    unlinkat(p->sources->store.data_fd, name, 0);
    p->items[n].ready = 0;
}
