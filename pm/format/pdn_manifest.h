/* SPDX-License-Identifier: MIT */
/*
 * The manifest, `pandan.pkg.lua`: what a project is called and what it needs.
 * It is Lua data, see pdn_luadata.h. Published packages have one too.
 */

#ifndef PDN_MANIFEST_H
#define PDN_MANIFEST_H

#include "pdn_id.h"
#include "pdn_value.h"
#include "pdn_version.h"

#define PDN_MANIFEST_NAME "pandan.pkg.lua"
#define PDN_MANIFEST_MAX  (1024 * 1024)

/* What speaks with a source. */
typedef enum {
    PDN_SOURCE_REGISTRY, /* ours */
    PDN_SOURCE_ROCKS,    /* a LuaRocks server */
    PDN_SOURCE_OPM,      /* opm's protocol */
    PDN_SOURCE_RUNTIME   /* "runtime:nginx": never asked over a provider */
} pdn_source_kind_t;

/*
 * A row of the manifest's `registries`, or one of those that are always
 * there: "" (the default; url may be NULL when none is configured), "rocks",
 * "opm". PANDAN_REGISTRY, PANDAN_ROCKS_URL and PANDAN_OPM_URL have been taken
 * into account, in the order: environment, manifest, built in.
 */
typedef struct {
    const char *name;
    pdn_source_kind_t kind;
    const char *url;
    const char *key; /* "ed25519:...", the pinned key, or NULL */
    unsigned insecure : 1;
    pdn_span_t span;
} pdn_source_t;

/* Where a package comes from when no source lists it. */
typedef enum {
    PDN_PLACE_SOURCE, /* no place of its own: the source of its id */
    PDN_PLACE_GIT,
    PDN_PLACE_PATH,
    PDN_PLACE_URL
} pdn_place_kind_t;

typedef struct {
    pdn_place_kind_t kind;
    const char *url;    /* git, url */
    const char *rev;    /* git: branch, tag or commit; NULL for the default */
    const char *path;   /* path: as written, relative to the project */
    const char *sha256; /* url: 64 hex digits, required */
} pdn_place_t;

/* One package needs another. */
typedef struct {
    pdn_id_t id;
    const char *req; /* in the rules of the id's source; "" for any */
    pdn_place_t place;
    pdn_span_t span;    /* of the requirement, in a manifest that was read */
    unsigned dev : 1;   /* of dev_dependencies */
    unsigned build : 1; /* needed to build only (build_dependencies) */
} pdn_dep_t;

typedef struct {
    pdn_id_t from;
    pdn_id_t to;
    pdn_span_t span;
} pdn_alias_t;

/* provided = { ["rocks:lua-cjson"] = "2.1.0", ["rocks:x"] = false } */
typedef struct {
    pdn_id_t id;
    const char *version; /* NULL for `false`: the runtime's is not taken */
    pdn_span_t span;
} pdn_provided_t;

typedef struct {
    pdn_document_t document; /* all of it, for keys that are not below */

    const char *name;    /* NULL when not given: an app need have none */
    const char *version; /* likewise */
    const char *license;
    const char *description;

    pdn_dep_t *deps; /* of both kinds, in the order of the file */
    size_t n_deps;
    pdn_dep_t *runtime; /* ids of the source "runtime" */
    size_t n_runtime;
    pdn_dep_t *overrides; /* replace whatever anyone requires */
    size_t n_overrides;
    pdn_alias_t *aliases;
    size_t n_aliases;
    pdn_provided_t *provided;
    size_t n_provided;
    pdn_source_t *sources; /* all that there are, see pdn_source_t */
    size_t n_sources;
    pdn_id_t *build_allow; /* build = { allow = { ... } } */
    size_t n_build_allow;
    int64_t min_age; /* seconds; policy = { min_age = "3d" }; 0 for none */
    unsigned is_package : 1; /* read strictly as one to publish */
} pdn_manifest_t;

/*
 * Reads the manifest whose text is in m->document (file, text and len set by
 * the caller, who keeps the text). Unknown keys are errors that tell the
 * nearest one known. Returns 0, or -1 with P01xx noted.
 */
int pdn_manifest_read(pdn_arena_t *a, pdn_manifest_t *m, pdn_error_t *err);

const pdn_source_t *pdn_manifest_source(const pdn_manifest_t *m,
                                        const char *name);

/* Under which rules versions of this package are compared. */
pdn_rules_t pdn_manifest_rules(const pdn_manifest_t *m, const pdn_id_t *id);

/* The id that this one stands for: another by `aliases`, or itself. */
const pdn_id_t *pdn_manifest_alias(const pdn_manifest_t *m, const pdn_id_t *id);

/* The row of `deps` with this id, NULL when there is none. */
const pdn_dep_t *pdn_manifest_dep(const pdn_manifest_t *m, const pdn_id_t *id);

/*
 * Edits the text in place: comments, order and blanks stay. `table` is
 * "dependencies" or "dev_dependencies"; `value` is Lua source ("\"^1.2\"").
 * The key is replaced where it stands, else added as the table's last row,
 * the table made when it is not there. `out` gets the whole new text.
 */
int pdn_manifest_set(const pdn_manifest_t *m, const char *table,
                     const char *key, const char *value, pdn_str_t *out,
                     pdn_error_t *err);

/* Takes the row and the comment behind it on its line out; 1: not there. */
int pdn_manifest_unset(const pdn_manifest_t *m, const char *table,
                       const char *key, pdn_str_t *out, pdn_error_t *err);

#endif /* PDN_MANIFEST_H */
