/* SPDX-License-Identifier: MIT */
/* A .rock file; see pdn_rock.h. */

#include "pdn_rock.h"
#include "pdn_archive.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A rock that is built: its folder, and where that lies in lua_modules/. */
static const struct {
    const char *from;
    const char *to; /* NULL: below the rock's home */
} pdn_rock_folders[] = {
    { "lua/", "share/lua/5.1/" },
    { "lib/", "lib/lua/5.1/" },
    { "bin/", NULL },
    { "", NULL },
};

static const char pdn_rock_starter[] =
    "#!/bin/sh\n"
    "here=$(CDPATH= cd -- \"$(dirname -- \"$0\")/..\" && pwd) || exit 1\n"
    "LUA_PATH=\"$here/share/lua/5.1/?.lua;$here/share/lua/5.1/?/init.lua;"
    "${LUA_PATH:-;}\"\n"
    "LUA_CPATH=\"$here/lib/lua/5.1/?.so;${LUA_CPATH:-;}\"\n"
    "export LUA_PATH LUA_CPATH\n"
    "exec \"${PANDAN_LUA:-luajit}\" \"$here/%s/bin/%s\" \"$@\"\n";


int
pdn_rock_put(pdn_files_t *out, const pdn_file_t *file, int exec,
             pdn_error_t *err, const char *fmt, ...)
{
    char path[1400];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(path, sizeof(path), fmt, args);
    va_end(args);

    if (n < 0 || n >= (int) sizeof(path)) {
        return pdn_error(err, 603, "the name of '%s' gets too long",
                         file->path);
    }

    return pdn_files_add(out, path, n, file->data, file->len, exec, err);
}


const char *
pdn_rock_home(pdn_arena_t *a, const pdn_rockspec_t *spec)
{
    return pdn_arena_printf(a, "lib/luarocks/rocks-5.1/%s/%s", spec->name,
                            spec->version);
}


static int
pdn_rock_is_lua(const pdn_file_t *file)
{
    size_t n;

    n = strlen(file->path);
    if (n > 4 && strcmp(file->path + n - 4, ".lua") == 0) {
        return 1;
    }

    if (file->len < 3 || memcmp(file->data, "#!", 2) != 0) {
        return 0;
    }

    n = file->len < 128 ? file->len : 128;
    n = memchr(file->data, '\n', n) != NULL
            ? (size_t) ((const char *) memchr(file->data, '\n', n) - file->data)
            : n;

    return memmem(file->data, n, "lua", 3) != NULL;
}


int
pdn_rock_program(const pdn_rockspec_t *spec, const char *name,
                 const pdn_file_t *file, pdn_files_t *out, pdn_error_t *err)
{
    pdn_file_t starter;
    const char *home;
    char *text;

    home = pdn_rock_home(out->arena, spec);
    if (home == NULL) {
        return pdn_error_memory(err);
    }

    if (!pdn_rock_is_lua(file)) {
        return pdn_rock_put(out, file, 1, err, "bin/%s", name);
    }

    /* the name stands in a shell's quotes */
    if (strpbrk(name, "\"$`\\/") != NULL) {
        return pdn_error(err, 603, "'%s' is no name for a program", name);
    }

    text = pdn_arena_printf(out->arena, pdn_rock_starter, home, name);
    if (text == NULL) {
        return pdn_error_memory(err);
    }

    starter = (pdn_file_t){ .path = name, .data = text, .len = strlen(text) };

    return pdn_rock_put(out, file, 1, err, "%s/bin/%s", home, name) != 0
                   || pdn_rock_put(out, &starter, 1, err, "bin/%s", name) != 0
               ? -1
               : 0;
}


static int
pdn_rock_place_file(const pdn_file_t *file, const pdn_rockspec_t *spec,
                    const char *home, pdn_files_t *out, pdn_error_t *err)
{
    size_t i, len;

    /* what luarocks keeps its own books in; the lock is ours */
    if (strchr(file->path, '/') == NULL) {
        return 0;
    }

    for (i = 0;; i++) {
        len = strlen(pdn_rock_folders[i].from);
        if (strncmp(file->path, pdn_rock_folders[i].from, len) == 0) {
            break;
        }
    }

    if (pdn_rock_folders[i].to != NULL) {
        return pdn_rock_put(out, file, file->exec && i == 1, err, "%s%s",
                            pdn_rock_folders[i].to, file->path + len);
    }

    return len != 0
               ? pdn_rock_program(spec, file->path + len, file, out, err)
               : pdn_rock_put(out, file, 0, err, "%s/%s", home, file->path);
}


int
pdn_rock_place(const pdn_files_t *rock, const pdn_rockspec_t *spec,
               pdn_files_t *out, pdn_error_t *err)
{
    const char *home;
    size_t i;

    home = pdn_rock_home(out->arena, spec);
    if (home == NULL) {
        return pdn_error_memory(err);
    }

    for (i = 0; i < rock->n; i++) {
        if (pdn_rock_place_file(&rock->items[i], spec, home, out, err) != 0) {
            return -1;
        }
    }

    pdn_files_sort(out);

    return 0;
}


/* The one rockspec that lies at the top. */
static const pdn_file_t *
pdn_rock_spec_file(const pdn_files_t *files)
{
    const pdn_file_t *found;
    const char *path;
    size_t i, n;

    found = NULL;

    for (i = 0; i < files->n; i++) {
        path = files->items[i].path;
        n = strlen(path);

        if (n > 9 && strcmp(path + n - 9, ".rockspec") == 0
            && strchr(path, '/') == NULL)
        {
            if (found != NULL) {
                return NULL;
            }
            found = &files->items[i];
        }
    }

    return found;
}


int
pdn_rock_read(const char *data, size_t len, const char *name,
              const char *version, pdn_files_t *files, const pdn_file_t **text,
              pdn_rockspec_t *spec, pdn_error_t *err)
{
    if (pdn_archive_read(data, len, files, err) != 0) {
        return -1;
    }

    *text = pdn_rock_spec_file(files);
    if (*text == NULL) {
        return pdn_error(err, 405, "the rock has not one rockspec");
    }

    if (pdn_rockspec_read(files->arena, (*text)->path, (*text)->data,
                          (*text)->len, spec, err)
        != 0)
    {
        return -1;
    }

    if (strcmp(spec->name, name) != 0 || strcmp(spec->version, version) != 0) {
        return pdn_error(err, 507, "the rock of %s %s holds %s %s", name,
                         version, spec->name, spec->version);
    }

    return 0;
}
