/* SPDX-License-Identifier: MIT */
/*
 * Libraries that a rockspec wants from the system, and the names in its texts
 * that stand for folders. They are looked for where the user says
 * (EXPAT_DIR), where pkg-config would say, and where Debian puts them.
 */

#include "pdn_build.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Folders of libraries, first those that the compiler knows without us. */
static const char *const pdn_external_libs[] = {
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib",
    "/lib/x86_64-linux-gnu",
    "/usr/local/lib",
    NULL,
};

static const char *const pdn_external_includes[] = {
    "/usr/include",
    "/usr/include/x86_64-linux-gnu",
    "/usr/include/aarch64-linux-gnu",
    "/usr/local/include",
    NULL,
};


static int
pdn_external_in(const char *folder, const char *file)
{
    char path[PATH_MAX];

    return snprintf(path, sizeof(path), "%s/%s", folder, file)
               < (int) sizeof(path)
           && access(path, R_OK) == 0;
}


static const char *
pdn_external_find(const char *const *folders, const char *file)
{
    for (/* void */; *folders != NULL; folders++) {
        if (pdn_external_in(*folders, file)) {
            return *folders;
        }
    }

    return NULL;
}


/* "expat" as "libexpat.so"; a name with a dot is one of a file. */
static const char *
pdn_external_lib_file(pdn_build_t *b, const char *library)
{
    return strchr(library, '.') != NULL
               ? library
               : pdn_arena_printf(b->out->arena, "lib%s.so", library);
}


static int
pdn_external_one(pdn_build_t *b, pdn_external_t *ext, const pdn_value_t *wants,
                 pdn_error_t *err)
{
    const char *header, *library, *given, *missing;
    char name[128];

    header = pdn_value_get_text(wants, "header");
    library = pdn_value_get_text(wants, "library");
    library = library != NULL ? pdn_external_lib_file(b, library) : NULL;
    missing = NULL;

    snprintf(name, sizeof(name), "%s_DIR", ext->name);
    given = getenv(name);

    if (given != NULL && given[0] == '/') {
        ext->include = pdn_arena_printf(b->out->arena, "%s/include", given);
        ext->lib = pdn_arena_printf(b->out->arena, "%s/lib", given);
        missing = header != NULL && !pdn_external_in(ext->include, header)
                      ? header
                  : library != NULL && !pdn_external_in(ext->lib, library)
                      ? library
                      : NULL;

    } else {
        if (header != NULL) {
            ext->include = pdn_external_find(pdn_external_includes, header);
            missing = ext->include == NULL ? header : missing;
        }

        if (library != NULL) {
            ext->lib = pdn_external_find(pdn_external_libs, library);
            missing = ext->lib == NULL ? library : missing;
        }
    }

    if (missing == NULL) {
        return 0;
    }

    pdn_error(err, 704, "%s needs %s from the system: '%s' is not there", b->id,
              ext->name, missing);

    return pdn_error_help(err,
                          "install the Debian package that has it, or "
                          "set %s_DIR",
                          ext->name);
}


int
pdn_build_externals(pdn_build_t *b, pdn_external_t **out, pdn_error_t *err)
{
    const pdn_value_t *all;
    size_t i, n;

    all = b->spec->external;
    n = all != NULL && all->type == PDN_TABLE ? all->n : 0;
    *out = pdn_arena_array(b->out->arena, n + 1, sizeof(pdn_external_t));
    if (*out == NULL) {
        return pdn_error_memory(err);
    }

    n = 0;

    for (i = 0; all != NULL && i < all->n; i++) {
        if (all->pairs[i].key == NULL
            || strcmp(all->pairs[i].key, "platforms") == 0) {
            continue;
        }

        (*out)[n].name = all->pairs[i].key;
        if (pdn_external_one(b, &(*out)[n], &all->pairs[i].value, err) != 0) {
            return -1;
        }
        n++;
    }

    return 0;
}


/* What a name stands for; NULL when it is none of ours. */
static const char *
pdn_expand_name(pdn_build_t *b, const pdn_external_t *ext, const char *prefix,
                const char *name, size_t len)
{
    const struct {
        const char *name;
        const char *folder; /* below the prefix, or */
        const char *text;
    } known[] = {
        { "PREFIX", "", NULL },
        { "LUADIR", "/lua", NULL },
        { "LIBDIR", "/lib", NULL },
        { "BINDIR", "/bin", NULL },
        { "CONFDIR", "/conf", NULL },
        { "DOCDIR", "/doc", NULL },
        { "CC", NULL, pdn_build_cc() },
        { "LD", NULL, pdn_build_cc() },
        { "CFLAGS", NULL, pdn_build_cflags() },
        { "LIBFLAG", NULL, "-shared" },
        { "LUA_INCDIR", NULL, pdn_build_lua_include() },
        { "LUA_LIBDIR", NULL, "/usr/lib" },
        { "LUA", NULL, "luajit" },
        { "LUA_DIR", NULL, "/usr" },
        { "LUA_BINDIR", NULL, "/usr/bin" },
        { "LUA_VERSION", NULL, "5.1" },
        { "OBJ_EXTENSION", NULL, "o" },
        { "LIB_EXTENSION", NULL, "so" },
        { "MAKE", NULL, "make" },
        { "CMAKE", NULL, "cmake" },
    };
    size_t i, n;

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strlen(known[i].name) == len
            && strncmp(known[i].name, name, len) == 0) {
            return known[i].folder != NULL ? pdn_arena_printf(
                       b->out->arena, "%s%s", prefix, known[i].folder)
                                           : known[i].text;
        }
    }

    for (/* void */; ext->name != NULL; ext++) {
        n = strlen(ext->name);
        if (len <= n || strncmp(name, ext->name, n) != 0) {
            continue;
        }

        if (len == n + 7 && strncmp(name + n, "_INCDIR", 7) == 0) {
            return ext->include != NULL ? ext->include : "/usr/include";
        }
        if (len == n + 7 && strncmp(name + n, "_LIBDIR", 7) == 0) {
            return ext->lib != NULL ? ext->lib : "/usr/lib";
        }
        if (len == n + 4 && strncmp(name + n, "_DIR", 4) == 0) {
            return "/usr";
        }
    }

    return NULL;
}


const char *
pdn_build_expand(pdn_build_t *b, const pdn_external_t *ext, const char *prefix,
                 const char *text)
{
    pdn_str_t out = { 0 };
    const char *name, *value, *result;
    size_t len;

    while (*text != '\0') {
        name = strncmp(text, "$(", 2) == 0 ? text + 2 : "";
        len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

        if (len > 0 && name[len] == ')') {
            value = pdn_expand_name(b, ext, prefix, name, len);
            pdn_str_puts(&out, value != NULL ? value : "");
            text = name + len + 1;
            continue;
        }

        pdn_str_add(&out, text, 1);
        text++;
    }

    result = out.failed
                 ? NULL
                 : pdn_arena_text(b->out->arena, pdn_str_z(&out), out.len);
    pdn_str_release(&out);

    return result;
}
