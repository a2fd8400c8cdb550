/* SPDX-License-Identifier: MIT */
/* Which build is whose, and what all share; see pdn_build.h. */

#include "pdn_build.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PDN_LUAJIT_INCLUDE
#define PDN_LUAJIT_INCLUDE "/usr/include/luajit-2.1"
#endif

static const struct {
    const char *name;
    int (*run)(pdn_build_t *b, pdn_error_t *err);
    unsigned none : 1; /* nothing but install and copy_directories */
} pdn_builds[] = {
    { "builtin", pdn_build_builtin, 0 }, { "none", NULL, 1 },
    { "make", pdn_build_make, 0 },       { "cmake", pdn_build_cmake, 0 },
    { "command", pdn_build_command, 0 },
};


static const char *
pdn_build_env(const char *name, const char *otherwise)
{
    const char *value;

    value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : otherwise;
}


const char *
pdn_build_cc(void)
{
    return pdn_build_env("CC", "cc");
}


const char *
pdn_build_cflags(void)
{
    return pdn_build_env("CFLAGS", "-O2 -fPIC");
}


const char *
pdn_build_lua_include(void)
{
    return pdn_build_env("PANDAN_LUAJIT_INCLUDE", PDN_LUAJIT_INCLUDE);
}


/* A file by what a changed one differs in. */
static void
pdn_build_describe_file(pdn_str_t *out, const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0) {
        pdn_str_printf(out, "%s %lld %lld\n", path, (long long) st.st_size,
                       (long long) st.st_mtime);
    }
}


void
pdn_build_describe(pdn_str_t *out)
{
    const char *path, *end;
    char file[PATH_MAX];

    pdn_str_printf(out, "cc %s\nflags %s\narch %s\n", pdn_build_cc(),
                   pdn_build_cflags(),
#if defined(__x86_64__)
                   "x86_64"
#elif defined(__aarch64__)
                   "aarch64"
#else
                   "other"
#endif
    );

    snprintf(file, sizeof(file), "%s/luajit.h", pdn_build_lua_include());
    pdn_build_describe_file(out, file);

    if (strchr(pdn_build_cc(), '/') != NULL) {
        pdn_build_describe_file(out, pdn_build_cc());
        return;
    }

    for (path = pdn_build_env("PATH", ""); *path != '\0';
         path = *end != '\0' ? end + 1 : end)
    {
        end = path + strcspn(path, ":");
        snprintf(file, sizeof(file), "%.*s/%s", (int) (end - path), path,
                 pdn_build_cc());
        if (access(file, X_OK) == 0) {
            pdn_build_describe_file(out, file);
            return;
        }
    }
}


int
pdn_build(pdn_build_t *b, pdn_error_t *err)
{
    const pdn_files_t *before = b->source;
    pdn_files_t patched = { 0 };
    size_t i;
    int rc;

    for (i = 0; i < sizeof(pdn_builds) / sizeof(pdn_builds[0]); i++) {
        if (strcmp(b->spec->build_type, pdn_builds[i].name) != 0) {
            continue;
        }

        if (pdn_builds[i].none) {
            return pdn_build_install(b, b->source, err);
        }

        rc = pdn_build_patch(b, &patched, err);
        rc = rc == 0 ? pdn_builds[i].run(b, err) : rc;
        b->source = before;

        return rc;
    }

    pdn_error(err, 705, "%s is built by '%s', which is not known", b->id,
              b->spec->build_type);

    return pdn_error_help(err, "builtin, none, make, cmake and command are");
}


int
pdn_build_put(pdn_build_t *b, const pdn_file_t *file, const char *path,
              pdn_error_t *err)
{
    pdn_file_t *there;

    there = (pdn_file_t *) pdn_files_find(b->out, path);

    if (there != NULL) {
        there->data = file->data;
        there->len = file->len;
        there->exec = file->exec;
        return 0;
    }

    return pdn_files_add(b->out, path, strlen(path), file->data, file->len,
                         file->exec, err);
}


static int
pdn_build_copy_folder(pdn_build_t *b, const pdn_files_t *tree,
                      const char *folder, pdn_error_t *err)
{
    size_t i, len;

    len = strlen(folder);
    while (len > 0 && folder[len - 1] == '/') {
        len--;
    }

    for (i = 0; i < tree->n; i++) {
        if (strncmp(tree->items[i].path, folder, len) == 0
            && tree->items[i].path[len] == '/'
            && pdn_build_put(b, &tree->items[i], tree->items[i].path, err) != 0)
        {
            return -1;
        }
    }

    return 0;
}


/* The name under which a row of `install` goes below its folder. */
static const char *
pdn_build_install_name(pdn_build_t *b, const char *section,
                       const pdn_pair_t *row, const char *file)
{
    const char *base, *last;
    char *path, *p;
    int is_module, is_lua;
    size_t len;

    base = strrchr(file, '/');
    base = base != NULL ? base + 1 : file;

    if (row->key == NULL) {
        return base;
    }

    is_module = strcmp(section, "lua") == 0 || strcmp(section, "lib") == 0;
    if (!is_module) {
        return row->key;
    }

    /* a Lua file is called after its module, all else keeps its name */
    is_lua = strlen(base) > 4 && strcmp(base + strlen(base) - 4, ".lua") == 0;
    last = strrchr(row->key, '.');
    len = is_lua         ? row->key_len
          : last != NULL ? (size_t) (last + 1 - row->key)
                         : 0;
    path = pdn_arena_printf(b->out->arena, "%.*s%s", (int) len, row->key,
                            is_lua ? ".lua" : base);

    for (p = path; p != NULL && p < path + len; p++) {
        *p = *p == '.' ? '/' : *p;
    }

    return path;
}


static int
pdn_build_install_section(pdn_build_t *b, const pdn_files_t *tree,
                          const char *section, pdn_error_t *err)
{
    const pdn_value_t *rows;
    const pdn_file_t *file;
    const char *from, *name;
    char path[1200];
    size_t i;

    rows = pdn_value_get(pdn_value_get(b->spec->build, "install"), section);

    for (i = 0; rows != NULL && i < rows->n; i++) {
        from = pdn_value_text(&rows->pairs[i].value);
        file = from != NULL ? pdn_files_find(tree, from) : NULL;
        if (file == NULL) {
            return pdn_error(err, 706, "%s installs '%s', which is not there",
                             b->id, from != NULL ? from : "?");
        }

        name = pdn_build_install_name(b, section, &rows->pairs[i], from);
        snprintf(path, sizeof(path), "%s/%s", section,
                 name != NULL ? name : "");
        if (pdn_build_put(b, file, path, err) != 0) {
            return -1;
        }
    }

    return 0;
}


int
pdn_build_install(pdn_build_t *b, const pdn_files_t *tree, pdn_error_t *err)
{
    static const char *const sections[] = { "lua", "lib", "bin", "conf" };
    const char *folder;
    size_t i;

    for (i = 0; i < 4; i++) {
        if (pdn_build_install_section(b, tree, sections[i], err) != 0) {
            return -1;
        }
    }

    for (i = 1; i <= pdn_value_count(b->spec->copy); i++) {
        folder = pdn_value_text(pdn_value_at(b->spec->copy, i));

        /* lua, lib and bin are ours to fill */
        if (folder != NULL && strcmp(folder, "lua") != 0
            && strcmp(folder, "lib") != 0 && strcmp(folder, "bin") != 0
            && pdn_build_copy_folder(b, tree, folder, err) != 0)
        {
            return -1;
        }
    }

    return 0;
}
