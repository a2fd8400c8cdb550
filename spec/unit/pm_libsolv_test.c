/*
 * SPDX-License-Identifier: MIT
 *
 * The resolver against libsolv, which zypper and dnf trust: does the other
 * one find a solution where this one does, and none where it does not?
 * PM_RUNS is how many universes (10,000), PM_SEED the first.
 *
 * Each requirement becomes a capability that the versions which fit provide,
 * so that libsolv's own order of versions plays no part.
 */

#include "pm_random.h"

#include <solv/pool.h>
#include <solv/repo.h>
#include <solv/solver.h>

static pm_memory_t memory;
static pdn_manifest_t manifest;

/* The capability of a requirement, by "name req". */
static Id
capability(Pool *pool, const pdn_dep_t *dep)
{
    char text[256];

    snprintf(text, sizeof(text), "%s %s", dep->id.name, dep->req);

    return pool_str2id(pool, text, 1);
}


static int
fits(const char *req, const char *version)
{
    pdn_version_err_t bad;

    return pdn_req_admits(
        pdn_req_parse(&arena, PDN_RULES_SEMVER, req, strlen(req), &bad),
        pdn_version_parse(&arena, PDN_RULES_SEMVER, version, strlen(version),
                          &bad));
}


/* Whoever fits provides it. */
static void
provide(Pool *pool, Repo *repo, const Id *first, const pdn_dep_t *dep)
{
    pm_package_t *p;
    Solvable *s;
    size_t v;

    p = pm_memory_find(&memory, &dep->id);

    for (v = 0; v < p->n; v++) {
        if (fits(dep->req, p->listed[v].version)) {
            s = pool_id2solvable(pool, first[p - memory.packages] + (Id) v);
            s->provides = repo_addid_dep(repo, s->provides,
                                         capability(pool, dep), 0);
        }
    }
}


static Id
add(Pool *pool, Repo *repo, const char *name, const char *version)
{
    Solvable *s;
    Id id;

    id = repo_add_solvable(repo);
    s = pool_id2solvable(pool, id);
    s->name = pool_str2id(pool, name, 1);
    s->evr = pool_str2id(pool, version, 1);
    s->arch = ARCH_NOARCH;
    s->provides = repo_addid_dep(
        repo, s->provides, pool_rel2id(pool, s->name, s->evr, REL_EQ, 1), 0);

    return id;
}


static void
need(Pool *pool, Repo *repo, Id who, const pdn_dep_t *deps, size_t n,
     const Id *first)
{
    Solvable *s;
    size_t i;

    for (i = 0; i < n; i++) {
        s = pool_id2solvable(pool, who);
        s->requires = repo_addid_dep(repo, s->requires,
                                     capability(pool, &deps[i]), 0);
        provide(pool, repo, first, &deps[i]);
    }
}


static int
libsolv_finds(void)
{
    Id first[64], root;
    Solver *solver;
    Pool *pool;
    Repo *repo;
    Queue job;
    size_t p, v;
    int problems;

    pool = pool_create();
    pool_setarch(pool, NULL);
    repo = repo_create(pool, "test");

    for (p = 0; p < memory.n; p++) {
        for (v = 0; v < memory.packages[p].n; v++) {
            Id id = add(pool, repo, memory.packages[p].id.name,
                        memory.packages[p].listed[v].version);
            first[p] = v == 0 ? id : first[p];
        }
    }

    root = add(pool, repo, "root", "1");
    need(pool, repo, root, manifest.deps, manifest.n_deps, first);

    for (p = 0; p < memory.n; p++) {
        for (v = 0; v < memory.packages[p].n; v++) {
            need(pool, repo, first[p] + (Id) v,
                 memory.packages[p].releases[v].deps,
                 memory.packages[p].releases[v].n_deps, first);
        }
    }

    repo_internalize(repo);
    pool_createwhatprovides(pool);

    queue_init(&job);
    queue_push2(&job, SOLVER_SOLVABLE | SOLVER_INSTALL, root);
    solver = solver_create(pool);
    problems = solver_solve(solver, &job);

    solver_free(solver);
    queue_free(&job);
    pool_free(pool);

    return problems == 0;
}


static int
ours_finds(void)
{
    pdn_resolve_how_t how;
    pdn_lock_t lock;

    memset(&how, 0, sizeof(how));
    how.manifest = &manifest;

    return pdn_resolve(&arena, &memory.provider, &how, &lock, &error) == 0;
}


test("finds a solution exactly where libsolv does")
{
    static const pm_random_how_t medium = { 14, 6, 3, 5, 40 };
    unsigned i, runs, solved;
    uint64_t seed;
    char text[64];
    int found;

    runs = getenv("PM_RUNS") ? strtoul(getenv("PM_RUNS"), NULL, 10) : 10000;
    seed = getenv("PM_SEED") ? strtoull(getenv("PM_SEED"), NULL, 10) : 1;

    for (i = 0, solved = 0; i < runs; i++) {
        pm_start();
        pm_memory_init(&memory, &arena);
        pm_random_universe(&memory, &manifest, &medium, seed + i);
        snprintf(text, sizeof(text), "seed %llu",
                 (unsigned long long) seed + i);

        found = ours_finds();
        check_that(found == libsolv_finds(), text);
        solved += (unsigned) found;
    }

    check(runs < 1000 || (solved > runs / 10 && solved < runs - runs / 10));
}
