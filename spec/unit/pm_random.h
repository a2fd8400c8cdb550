/*
 * SPDX-License-Identifier: MIT
 *
 * Universes at random, the same for the same seed: packages that need each
 * other in versions that may not fit.
 */

#ifndef PDN_TEST_RANDOM_H
#define PDN_TEST_RANDOM_H

#include "pm_memory.h"

typedef struct {
    size_t packages;
    size_t versions; /* at most, of each */
    size_t deps;     /* at most, of a version */
    size_t needs;    /* of the project, at most */
    unsigned loose;  /* of 100 requirements, how many are wide */
} pm_random_how_t;

static uint64_t pm_random_state;


/* Below `n`; xorshift64*. */
static size_t
pm_random(size_t n)
{
    pm_random_state ^= pm_random_state >> 12;
    pm_random_state ^= pm_random_state << 25;
    pm_random_state ^= pm_random_state >> 27;

    return (size_t) ((pm_random_state * 2685821657736338717ULL) >> 33) % n;
}


static const char *
pm_random_req(pm_memory_t *m, size_t versions, unsigned loose)
{
    static const char *const ops[] = { "^", ">=", "<=", "=", "<", ">" };
    size_t major;

    major = 1 + pm_random(versions);

    if (pm_random(100) < loose) {
        return pm_random(2) ? "*" : pdn_arena_printf(m->arena, ">=%zu", major);
    }

    if (pm_random(6) == 0) {
        return pdn_arena_printf(m->arena, "^%zu || =%zu.0.0", major,
                                1 + pm_random(versions));
    }

    return pdn_arena_printf(m->arena, "%s%zu.0.0", ops[pm_random(6)], major);
}


static void
pm_random_dep(pm_memory_t *m, const pm_random_how_t *how, pdn_dep_t *dep)
{
    dep->id.source = "";
    dep->id.name = pdn_arena_printf(m->arena, "t/p%zu",
                                    pm_random(how->packages));
    dep->req = pm_random_req(m, how->versions, how->loose);
}


static void
pm_random_universe(pm_memory_t *m, pdn_manifest_t *manifest,
                   const pm_random_how_t *how, uint64_t seed)
{
    static pdn_source_t source = { .name = "", .url = "https://t" };
    pdn_release_t *release;
    pdn_dep_t *deps;
    size_t p, v, n, i;
    pdn_id_t id;

    pm_random_state = seed * 0x9e3779b97f4a7c15ULL + 1;
    memset(manifest, 0, sizeof(*manifest));
    manifest->sources = &source;
    manifest->n_sources = 1;

    for (p = 0; p < how->packages; p++) {
        id.source = "";
        id.name = pdn_arena_printf(m->arena, "t/p%zu", p);
        n = 1 + pm_random(how->versions);

        for (v = 0; v < n; v++) {
            release = pm_memory_add(
                m, &id, pdn_arena_printf(m->arena, "%zu.0.0", v + 1));
            release->n_deps = pm_random(how->deps + 1);
            deps = pdn_arena_array(m->arena, how->deps + 1, sizeof(*deps));
            release->deps = deps;

            for (i = 0; i < release->n_deps; i++) {
                pm_random_dep(m, how, &deps[i]);
            }
        }
    }

    manifest->n_deps = 1 + pm_random(how->needs);
    manifest->deps = pdn_arena_array(m->arena, manifest->n_deps,
                                     sizeof(*manifest->deps));

    for (i = 0; i < manifest->n_deps; i++) {
        pm_random_dep(m, how, &manifest->deps[i]);
    }
}


/*
 * A universe with a solution that is not the newest of everything: each
 * package has all its versions, those of the solution fit together, and of
 * the newer ones many need what others cannot have.
 */
static void
pm_random_tangle(pm_memory_t *m, pdn_manifest_t *manifest, size_t packages,
                 size_t versions, uint64_t seed)
{
    static pdn_source_t source = { .name = "", .url = "https://t" };
    size_t p, v, i, to, *good;
    pdn_release_t *release;
    pdn_dep_t *deps;
    pdn_id_t id;

    pm_random_state = seed * 0x9e3779b97f4a7c15ULL + 1;
    memset(manifest, 0, sizeof(*manifest));
    manifest->sources = &source;
    manifest->n_sources = 1;
    good = pdn_arena_array(m->arena, packages, sizeof(*good));

    for (p = 0; p < packages; p++) {
        good[p] = versions / 2 + pm_random(versions / 2);
    }

    for (p = 0; p < packages; p++) {
        id.source = "";
        id.name = pdn_arena_printf(m->arena, "t/p%zu", p);

        for (v = 1; v <= versions; v++) {
            release = pm_memory_add(m, &id,
                                    pdn_arena_printf(m->arena, "1.%zu.0", v));
            deps = pdn_arena_array(m->arena, 4, sizeof(*deps));
            release->deps = deps;

            for (i = 0; i < 4; i++) {
                to = i == 0 ? (p + 1) % packages : pm_random(packages);
                deps[i].id.source = "";
                deps[i].id.name = pdn_arena_printf(m->arena, "t/p%zu", to);
                deps[i].req = v <= good[p] || pm_random(4) != 0
                                  ? pdn_arena_printf(
                                      m->arena, ">=1.%zu.0, <1.%zu.0",
                                      good[to] / 2,
                                      good[to] + 1 + pm_random(versions))
                                  : pdn_arena_printf(m->arena, "^1.%zu.0",
                                                     good[to] + 1);
            }

            release->n_deps = 4;
        }
    }

    manifest->n_deps = 10;
    manifest->deps = pdn_arena_array(m->arena, 10, sizeof(*manifest->deps));

    for (i = 0; i < 10; i++) {
        to = i * packages / 10;
        manifest->deps[i].id.source = "";
        manifest->deps[i].id.name = pdn_arena_printf(m->arena, "t/p%zu", to);
        manifest->deps[i].req = "^1.0.0";
    }
}

#endif
