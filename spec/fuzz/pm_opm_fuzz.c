/* SPDX-License-Identifier: MIT */
/*
 * What an opm server says: the first byte tells whether the rest is a
 * dist.ini, the answer to a search, or the place that it redirects to and the
 * checksum of what lies there.
 */

#include "../../pm/source/pdn_opm.c"
#include "../../pm/source/pdn_opm_search.c"
#include "fuzz_pm.h"


static void
fuzz_dist(fuzz_t *f)
{
    pdn_dist_t dist;

    if (pdn_dist_read(&f->arena, f->text + 1, f->len - 1, &dist, &f->err) != 0)
    {
        fuzz_failed(f);
    } else {
        fuzz_must(dist.name != NULL && dist.lib_dir != NULL);
    }
}


static void
fuzz_search(fuzz_t *f)
{
    static const pdn_source_t source = { .name = "opm", .url = "http://[::1]" };
    pdn_finds_t finds = { .arena = &f->arena };
    const char *rest;
    size_t left;
    char *line;

    rest = f->text + 1;
    left = f->len - 1;

    while (left != 0) {
        line = (char *) fuzz_part(f, &rest, &left, '\n');
        fuzz_must(pdn_opm_line(&source, line, &finds) == 0);
    }
}


static void
fuzz_location(fuzz_t *f)
{
    pdn_opm_package_t p = { .id = { "opm", "acme/lua-resty-x" } };
    pdn_sources_t s;
    const char *rest, *path, *md5;
    char *version;
    size_t left;

    memset(&s, 0, sizeof(s));
    rest = f->text + 1;
    left = f->len - 1;

    path = pdn_opm_location(&s, &p, fuzz_part(f, &rest, &left, ';'), &version);
    fuzz_must(path == NULL
              || (strncmp(path, "/api/pkg/tarball/acme/lua-resty-x-", 34) == 0
                  && strchr(version, '/') == NULL));

    md5 = pdn_opm_md5(&s, fuzz_part(f, &rest, &left, '\0'));
    fuzz_must(md5 == NULL || strlen(md5) == 32);
    pdn_arena_release(&s.arena);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const kinds[])(fuzz_t * f) = { fuzz_dist, fuzz_search,
                                                 fuzz_location };
    fuzz_t f;

    if (size != 0) {
        fuzz_start(&f, data, size);
        kinds[data[0] % 3](&f);
        fuzz_end(&f);
    }

    return 0;
}
