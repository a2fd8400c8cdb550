/*
 * SPDX-License-Identifier: MIT
 *
 * The resolver on random universes, against trying everything. PM_RUNS is how
 * many (10,000), PM_SEED the first.
 */

#include "pm_random.h"

#include <stdlib.h>

#define PACKAGES 5

static pm_memory_t memory;
static pdn_manifest_t manifest;
static const pm_random_how_t small = { PACKAGES, 4, 2, 3, 30 };


static int
fits(const char *req, const char *version)
{
    pdn_version_err_t bad;
    pdn_version_t *v;
    pdn_req_t *r;

    r = pdn_req_parse(&arena, PDN_RULES_SEMVER, req, strlen(req), &bad);
    v = pdn_version_parse(&arena, PDN_RULES_SEMVER, version, strlen(version),
                          &bad);

    return pdn_req_admits(r, v);
}


/* Which versions each requirement admits, worked out once a universe. */
static unsigned
admitted(const pdn_dep_t *dep, size_t *package)
{
    pm_package_t *p;
    unsigned set;
    size_t i;

    p = pm_memory_find(&memory, &dep->id);
    *package = (size_t) (p - memory.packages);

    for (i = 0, set = 0; i < p->n; i++) {
        set |= (unsigned) fits(dep->req, p->listed[i].version) << i;
    }

    return set;
}


typedef struct {
    size_t to;
    unsigned set;
} need_t;

static need_t needs[PACKAGES + 1][8][8];
static size_t n_needs[PACKAGES + 1][8];


static void
work_out(void)
{
    size_t p, v, i;

    for (p = 0; p < memory.n; p++) {
        for (v = 0; v < memory.packages[p].n; v++) {
            n_needs[p][v] = memory.packages[p].releases[v].n_deps;
            for (i = 0; i < n_needs[p][v]; i++) {
                needs[p][v][i].set = admitted(
                    &memory.packages[p].releases[v].deps[i],
                    &needs[p][v][i].to);
            }
        }
    }

    n_needs[PACKAGES][0] = manifest.n_deps;
    for (i = 0; i < manifest.n_deps; i++) {
        needs[PACKAGES][0][i].set = admitted(&manifest.deps[i],
                                             &needs[PACKAGES][0][i].to);
    }
}


/* Are all needs of what is chosen met? -1: the package is left out. */
static int
holds(const int *chosen)
{
    const need_t *need;
    size_t p, i, v;

    for (p = 0; p <= memory.n; p++) {
        if (p < memory.n && chosen[p] < 0) {
            continue;
        }

        v = p < memory.n ? (size_t) chosen[p] : 0;

        for (i = 0; i < n_needs[p < memory.n ? p : PACKAGES][v]; i++) {
            need = &needs[p < memory.n ? p : PACKAGES][v][i];
            if (chosen[need->to] < 0 || !(need->set >> chosen[need->to] & 1)) {
                return 0;
            }
        }
    }

    return 1;
}


static int
any_holds(int *chosen, size_t p)
{
    if (p == memory.n) {
        return holds(chosen);
    }

    for (chosen[p] = -1; chosen[p] < (int) memory.packages[p].n; chosen[p]++) {
        if (any_holds(chosen, p + 1)) {
            return 1;
        }
    }

    return 0;
}


static void
choice_of(const pdn_lock_t *lock, int *chosen)
{
    const pdn_lock_entry_t *entry;
    size_t p;

    for (p = 0; p < memory.n; p++) {
        entry = pdn_lock_find(lock, &memory.packages[p].id);
        chosen[p] = entry != NULL ? (int) strtol(entry->version, NULL, 10) - 1
                                  : -1;
    }
}


/* Is each package of the lock led to by another one, or by the project? */
static int
all_needed(const pdn_lock_t *lock)
{
    size_t i, k, d, found;

    for (i = 0; i < lock->n; i++) {
        found = pdn_manifest_dep(&manifest, &lock->items[i].id) != NULL;

        for (k = 0; k < lock->n && !found; k++) {
            for (d = 0; d < lock->items[k].n_deps; d++) {
                found |= pdn_id_compare(&lock->items[k].deps[d],
                                        &lock->items[i].id)
                         == 0;
            }
        }

        if (!found) {
            return 0;
        }
    }

    return 1;
}


static void
universe(uint64_t seed, unsigned whole, unsigned *solved)
{
    pdn_resolve_how_t how;
    int chosen[PACKAGES];
    char text[64];
    pdn_lock_t lock, again;
    int rc;

    snprintf(text, sizeof(text), "seed %llu", (unsigned long long) seed);

    pm_start();
    pm_memory_init(&memory, &arena);
    pm_random_universe(&memory, &manifest, &small, seed);
    memory.whole = whole;
    memset(&how, 0, sizeof(how));
    how.manifest = &manifest;

    rc = pdn_resolve(&arena, &memory.provider, &how, &lock, &error);
    work_out();

    if (rc != 0) {
        check_that(error.number == 301, text);
        check_that(!any_holds(chosen, 0), text);
        return;
    }

    choice_of(&lock, chosen);
    check_that(holds(chosen), text);
    check_that(all_needed(&lock), text);

    /* what is locked stays, whatever else would do */
    how.old = &lock;
    check_that(pdn_resolve(&arena, &memory.provider, &how, &again, &error) == 0,
               text);
    check_that(again.n == lock.n, text);
    for (size_t i = 0; i < lock.n; i++) {
        check_that(strcmp(again.items[i].version, lock.items[i].version) == 0,
                   text);
    }

    ++*solved;
}


test("gives what trying everything gives")
{
    unsigned i, runs, solved;
    uint64_t seed;

    runs = getenv("PM_RUNS") ? strtoul(getenv("PM_RUNS"), NULL, 10) : 10000;
    seed = getenv("PM_SEED") ? strtoull(getenv("PM_SEED"), NULL, 10) : 1;

    for (i = 0, solved = 0; i < runs; i++) {
        universe(seed + i, i % 2, &solved);
    }

    /* neither all nor none: else they would show little */
    check(runs < 1000 || (solved > runs / 10 && solved < runs - runs / 10));
}


/* Proofs of what does not fit can grow without end, and be told at length. */
test("ends soon and in little memory when nothing fits")
{
    pdn_resolve_how_t how;
    pdn_arena_t world;
    pdn_lock_t lock;
    unsigned refused;
    uint64_t seed;
    size_t i;

    for (seed = 1, refused = 0; seed <= 4; seed++) {
        pm_start();
        memset(&world, 0, sizeof(world));
        pm_memory_init(&memory, &world);
        memory.whole = 1;
        pm_random_tangle(&memory, &manifest, 200, 20, seed);
        memset(&how, 0, sizeof(how));
        how.manifest = &manifest;
        arena.limit = 64 * 1024 * 1024;

        for (i = 0; i < manifest.n_deps; i++) {
            manifest.deps[i].req = "<1.4.0";
        }

        if (pdn_resolve(&arena, &memory.provider, &how, &lock, &error) != 0) {
            refused++;
            check_int(error.number, 301);
            check(error.text.len < 64 * 1024);
        }

        pdn_arena_release(&world);
    }

    check(refused > 0);
}
