/*
 * SPDX-License-Identifier: MIT
 *
 * How long choosing versions takes: 1,000 packages with 20 versions each,
 * whose newest ones do not fit together. Prints a line for each universe:
 * milliseconds of CPU, megabytes of memory.
 */

#include "../spec/unit/pm_random.h"

#include <stdlib.h>
#include <time.h>

#define PACKAGES 1000
#define VERSIONS 20
#define SEEDS    20

static pm_memory_t memory;
static pdn_manifest_t manifest;


static double
milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);

    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}


test("chooses versions")
{
    pdn_resolve_how_t how;
    pdn_arena_t world;
    pdn_lock_t lock;
    double before;
    uint64_t seed;
    int rc;

    for (seed = 1; seed <= SEEDS; seed++) {
        pm_start();
        memset(&world, 0, sizeof(world));
        pm_memory_init(&memory, &world);
        pm_random_tangle(&memory, &manifest, PACKAGES, VERSIONS, seed);
        memset(&how, 0, sizeof(how));
        how.manifest = &manifest;

        before = milliseconds();
        rc = pdn_resolve(&arena, &memory.provider, &how, &lock, &error);
        printf("%.3f ms %.3f MB\n", milliseconds() - before, arena.used / 1e6);

        pdn_arena_release(&world);
        check(rc == 0 && lock.n > PACKAGES / 2);
    }
}
