/*
 * SPDX-License-Identifier: MIT
 *
 * The package manager without network and store, for unit tests: its sources,
 * an arena and an error that each test starts afresh.
 */

#ifndef PDN_TEST_PM_H
#define PDN_TEST_PM_H

#include "test.h"

#define PDN_RUNTIME_NGINX  "1.22.1"
#define PDN_RUNTIME_LUAJIT "2.1.0"

#include "../../framework/native/pdn_buf.c"
#include "../../framework/native/pdn_number.c"
#include "../../framework/native/pdn_json_read.c"
#include "../../framework/native/pdn_json_write.c"
#include "../../scaffold/pdn_str.c"
#include "../../pm/base/pdn_arena.c"
#include "../../pm/base/pdn_error.c"
#include "../../pm/base/pdn_error_codes.c"
#include "../../pm/base/pdn_id.c"
#include "../../pm/base/pdn_nearest.c"
#include "../../pm/base/pdn_runtime.c"
#include "../../pm/base/pdn_sha256.c"
#include "../../pm/version/pdn_version.c"
#include "../../pm/version/pdn_version_opm.c"
#include "../../pm/version/pdn_version_rocks.c"
#include "../../pm/version/pdn_version_semver.c"
#include "../../pm/format/pdn_value.c"
#include "../../pm/format/pdn_jsonl_write.c"
#include "../../pm/format/pdn_jsonl.c"
#include "../../pm/format/pdn_luaword.c"
#include "../../pm/format/pdn_luadata.c"
#include "../../pm/format/pdn_manifest.c"
#include "../../pm/format/pdn_manifest_deps.c"
#include "../../pm/format/pdn_manifest_more.c"
#include "../../pm/format/pdn_manifest_edit.c"
#include "../../pm/format/pdn_lock.c"
#include "../../pm/format/pdn_lock_read.c"
#include "../../pm/resolve/pdn_domain.c"
#include "../../pm/resolve/pdn_universe.c"
#include "../../pm/resolve/pdn_solver.c"
#include "../../pm/resolve/pdn_solver_trail.c"
#include "../../pm/resolve/pdn_solver_conflict.c"
#include "../../pm/resolve/pdn_explain_words.c"
#include "../../pm/resolve/pdn_explain.c"
#include "../../pm/resolve/pdn_advice.c"
#include "../../pm/resolve/pdn_resolve.c"

static pdn_arena_t arena;
static pdn_error_t error;
static pdn_str_t out;


static void
pm_start(void)
{
    pdn_arena_release(&arena);
    pdn_error_release(&error);
    pdn_str_release(&out);
    memset(&out, 0, sizeof(out));
    arena.limit = 0;
}


__attribute__((destructor)) static void
pm_end(void)
{
    pm_start();
}


static pdn_document_t
pm_document(const char *file, const char *text)
{
    pdn_document_t d;

    memset(&d, 0, sizeof(d));
    d.file = file;
    d.text = text;
    d.len = strlen(text);

    return d;
}


/* "P0101 file:1:2: text | help" of what was noted. */
static const char *
pm_error(void)
{
    pdn_str_t text = { 0 };

    pdn_str_printf(&text, "P%04d %s: %s%s%s", error.number,
                   pdn_str_z(&error.where), pdn_str_z(&error.text),
                   error.help.len ? " | " : "", pdn_str_z(&error.help));
    pdn_str_release(&out);
    out = text;

    return pdn_str_z(&out);
}

#endif
