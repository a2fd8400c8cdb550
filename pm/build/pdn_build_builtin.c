/* SPDX-License-Identifier: MIT */
/*
 * LuaRocks' builtin kind: modules are Lua files that are copied, and C files
 * that are compiled and linked, each module by itself.
 */

#include "pdn_build.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PDN_BUILTIN_MODULES 4096


static int
pdn_builtin_ends(const char *text, const char *end)
{
    size_t n, m;

    n = strlen(text);
    m = strlen(end);

    return n > m && strcmp(text + n - m, end) == 0;
}


/* "a.b" as "a/b" with what goes around it. */
static char *
pdn_builtin_path(pdn_build_t *b, const char *folder, const char *module,
                 const char *end)
{
    char *path, *p;

    path = pdn_arena_printf(b->out->arena, "%s%s%s", folder, module, end);

    for (p = path; p != NULL && p < path + strlen(folder) + strlen(module); p++)
    {
        *p = *p == '.' ? '/' : *p;
    }

    return path;
}


static int
pdn_builtin_lua(pdn_build_t *b, const char *module, const char *from,
                pdn_error_t *err)
{
    const pdn_file_t *file;
    const char *base, *last;
    char *path;
    int init;

    file = pdn_files_find(b->source,
                          strncmp(from, "./", 2) == 0 ? from + 2 : from);
    if (file == NULL) {
        return pdn_error(err, 706,
                         "%s has a module '%s' of '%s', which is "
                         "not there",
                         b->id, module, from);
    }

    base = strrchr(from, '/');
    base = base != NULL ? base + 1 : from;
    last = strrchr(module, '.');
    last = last != NULL ? last + 1 : module;
    init = strcmp(base, "init.lua") == 0 && strcmp(last, "init") != 0;

    path = pdn_builtin_path(b, "lua/", module, init ? "/init.lua" : ".lua");
    if (path == NULL) {
        return pdn_error_memory(err);
    }

    return pdn_files_add(b->out, path, strlen(path), file->data, file->len, 0,
                         err);
}


/* A value that is one text or a list of them, each put behind `before`. */
static void
pdn_builtin_each(pdn_build_t *b, pdn_words_t *w, const pdn_external_t *ext,
                 const pdn_value_t *v, const char *before)
{
    const char *text;
    size_t i, n;

    if (v == NULL) {
        return;
    }

    n = v->type == PDN_STRING ? 1 : pdn_value_count(v);

    for (i = 1; i <= n; i++) {
        text = pdn_value_text(v->type == PDN_STRING ? v : pdn_value_at(v, i));
        text = text != NULL ? pdn_build_expand(b, ext, "", text) : NULL;

        if (text != NULL && text[0] != '\0') {
            pdn_words_add(w, "%s%s", before, text);
        }
    }
}


static int
pdn_builtin_object(pdn_build_t *b, const pdn_external_t *ext,
                   const pdn_value_t *module, const char *source, char *object,
                   pdn_error_t *err)
{
    pdn_words_t w = { .arena = b->out->arena };

    if (source[0] == '-') {
        return pdn_error(err, 702, "%s: '%s' is no name for a source", b->id,
                         source);
    }

    pdn_words_split(&w, pdn_build_cc());
    pdn_words_split(&w, pdn_build_cflags());
    pdn_words_add(&w, "-I%s", pdn_build_lua_include());
    pdn_words_add(&w, "-c");
    pdn_words_add(&w, "%s", source);
    pdn_words_add(&w, "-o");
    pdn_words_add(&w, "%s", object);

    if (module->type == PDN_TABLE) {
        pdn_builtin_each(b, &w, ext, pdn_value_get(module, "defines"), "-D");
        pdn_builtin_each(b, &w, ext, pdn_value_get(module, "incdirs"), "-I");
    }

    for (/* void */; ext->name != NULL; ext++) {
        if (ext->include != NULL) {
            pdn_words_add(&w, "-I%s", ext->include);
        }
    }

    return pdn_build_run(b, "src", &w, err);
}


static int
pdn_builtin_link(pdn_build_t *b, const pdn_external_t *ext,
                 const pdn_value_t *module, const pdn_words_t *objects,
                 const char *out, pdn_error_t *err)
{
    pdn_words_t w = { .arena = b->out->arena };
    size_t i;

    pdn_words_split(&w, pdn_build_cc());
    pdn_words_add(&w, "-shared");
    pdn_words_add(&w, "-o");
    pdn_words_add(&w, "%s", out);

    for (i = 0; i < objects->n; i++) {
        pdn_words_add(&w, "%s", objects->items[i]);
    }

    for (i = 0; ext[i].name != NULL; i++) {
        if (ext[i].lib != NULL) {
            pdn_words_add(&w, "-L%s", ext[i].lib);
        }
    }

    if (module->type == PDN_TABLE) {
        pdn_builtin_each(b, &w, ext, pdn_value_get(module, "libdirs"), "-L");
        pdn_builtin_each(b, &w, ext, pdn_value_get(module, "libraries"), "-l");
    }

    return pdn_build_run(b, "src", &w, err);
}


/* Takes what was linked; it has to have the function that require calls. */
static int
pdn_builtin_take(pdn_build_t *b, const char *module, const char *so,
                 pdn_error_t *err)
{
    char path[PATH_MAX], symbol[256], *p, *data, *to;
    const char *dash;
    struct stat st;
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "%s/src/%s", b->scratch, so);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd == -1 || fstat(fd, &st) != 0) {
        if (fd != -1) {
            close(fd);
        }
        return pdn_error(err, 706, "%s: '%s' was not linked", b->id, module);
    }

    data = pdn_arena_alloc(b->out->arena, st.st_size + 1);
    n = data != NULL ? read(fd, data, st.st_size) : -1;
    close(fd);

    if (n != st.st_size) {
        return pdn_error(err, 706, "%s: cannot read '%s'", b->id, so);
    }

    /* "a-b.c" is opened by luaopen_b_c */
    dash = strchr(module, '-');
    snprintf(symbol, sizeof(symbol), "luaopen_%s",
             dash != NULL ? dash + 1 : module);
    for (p = symbol; *p != '\0'; p++) {
        *p = *p == '.' ? '_' : *p;
    }

    if (memmem(data, n, symbol, strlen(symbol) + 1) == NULL) {
        return pdn_error(err, 706, "%s: '%s' has no function %s", b->id, module,
                         symbol);
    }

    to = pdn_builtin_path(b, "lib/", module, ".so");

    return to != NULL ? pdn_files_add(b->out, to, strlen(to), data, n, 1, err)
                      : pdn_error_memory(err);
}


static int
pdn_builtin_c(pdn_build_t *b, const pdn_external_t *ext, const char *module,
              const pdn_value_t *v, pdn_error_t *err)
{
    pdn_words_t sources = { .arena = b->out->arena };
    pdn_words_t objects = { .arena = b->out->arena };
    const pdn_value_t *list;
    char so[64];
    size_t i;

    list = v;
    if (v->type == PDN_TABLE && pdn_value_get(v, "sources") != NULL) {
        list = pdn_value_get(v, "sources");
    }

    pdn_builtin_each(b, &sources, ext, list, "");

    for (i = 0; i < sources.n; i++) {
        pdn_words_add(&objects, "pandan-%zu-%zu.o", b->out->n, i);
        if (objects.failed
            || pdn_builtin_object(b, ext, v, sources.items[i],
                                  (char *) objects.items[i], err)
                   != 0)
        {
            return -1;
        }
    }

    if (sources.n == 0 || sources.failed) {
        return pdn_error(err, 706, "%s: the module '%s' has no sources", b->id,
                         module);
    }

    snprintf(so, sizeof(so), "pandan-%zu.so", b->out->n);

    return pdn_builtin_link(b, ext, v, &objects, so, err) != 0
               ? -1
               : pdn_builtin_take(b, module, so, err);
}


/* Names at the top that hold no modules when they are looked for. */
static int
pdn_builtin_skips(const char *path)
{
    static const char *const names[] = { "spec", ".luarocks", "lua_modules",
                                         "test.lua", "tests.lua" };
    size_t i, len;

    len = strcspn(path, "/");

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == len && strncmp(path, names[i], len) == 0) {
            return 1;
        }
    }

    return 0;
}


static const char *
pdn_builtin_root(const pdn_files_t *source)
{
    static const char *const folders[] = { "src/", "lua/", "lib/" };
    size_t i, j;

    for (i = 0; i < 3; i++) {
        for (j = 0; j < source->n; j++) {
            if (strncmp(source->items[j].path, folders[i], 4) == 0) {
                return folders[i];
            }
        }
    }

    return "";
}


/* The module of a C file by its luaopen_ function; NULL: by its name. */
static const char *
pdn_builtin_opened(pdn_build_t *b, const pdn_file_t *file)
{
    const char *p, *end;
    size_t len;

    p = memmem(file->data, file->len, "luaopen_", 8);
    if (p == NULL) {
        return NULL;
    }

    p += 8;
    end = file->data + file->len;
    for (len = 0;
         p + len < end && (isalnum((unsigned char) p[len]) || p[len] == '_');
         len++)
    {
        /* void */
    }

    return pdn_arena_text(b->out->arena, p, len);
}


/* A rockspec of format 3 need not list its modules. */
static int
pdn_builtin_detect(pdn_build_t *b, const pdn_external_t *ext, pdn_error_t *err)
{
    const pdn_file_t *file;
    const char *root, *name, *opened;
    pdn_value_t v;
    char *module, *p;
    size_t i, len;

    root = pdn_builtin_root(b->source);

    for (i = 0; i < b->source->n; i++) {
        file = &b->source->items[i];
        name = file->path + strlen(root);

        if (strncmp(file->path, root, strlen(root)) != 0
            || pdn_builtin_skips(name)
            || (!pdn_builtin_ends(name, ".lua")
                && (!pdn_builtin_ends(name, ".c") || b->scratch == NULL)))
        {
            continue;
        }

        len = strrchr(name, '.') - name;
        module = pdn_arena_text(b->out->arena, name, len);
        if (module == NULL) {
            return pdn_error_memory(err);
        }

        if (pdn_builtin_ends(name, "/init.lua")) {
            module[len - 5] = '\0';
        }

        for (p = module; *p != '\0'; p++) {
            *p = *p == '/' ? '.' : *p;
        }

        if (pdn_builtin_ends(name, ".lua")) {
            if (pdn_builtin_lua(b, module, file->path, err) != 0) {
                return -1;
            }
            continue;
        }

        opened = pdn_builtin_opened(b, file);
        memset(&v, 0, sizeof(v));
        v.type = PDN_STRING;
        v.text = file->path;
        v.len = strlen(file->path);

        if (pdn_builtin_c(b, ext, opened != NULL ? opened : module, &v, err)
            != 0) {
            return -1;
        }
    }

    return 0;
}


static int
pdn_builtin_module(pdn_build_t *b, const pdn_external_t *ext,
                   const pdn_pair_t *row, pdn_error_t *err)
{
    const char *text, *module, *base;

    text = pdn_value_text(&row->value);
    module = row->key;

    /* without a name it has that of its file */
    if (module == NULL && text != NULL && pdn_builtin_ends(text, ".lua")) {
        base = strrchr(text, '/');
        base = base != NULL ? base + 1 : text;
        module = pdn_arena_text(b->out->arena, base, strlen(base) - 4);
    }

    if (module == NULL) {
        return pdn_error(err, 706, "%s has a module without a name", b->id);
    }

    if (text != NULL && pdn_builtin_ends(text, ".lua")) {
        return pdn_builtin_lua(b, module, text, err);
    }

    return pdn_builtin_c(b, ext, module, &row->value, err);
}


/* All of a folder `lua/` is installed, as luarocks does. */
static int
pdn_builtin_folder(pdn_build_t *b, pdn_error_t *err)
{
    const pdn_file_t *file;
    size_t i;

    for (i = 0; i < b->source->n; i++) {
        file = &b->source->items[i];

        if (strncmp(file->path, "lua/", 4) == 0
            && pdn_build_put(b, file, file->path, err) != 0)
        {
            return -1;
        }
    }

    return 0;
}


int
pdn_build_builtin(pdn_build_t *b, pdn_error_t *err)
{
    const pdn_value_t *modules;
    pdn_external_t *ext;
    char path[PATH_MAX];
    size_t i;

    if (pdn_build_externals(b, &ext, err) != 0) {
        return -1;
    }

    if (b->scratch != NULL) {
        snprintf(path, sizeof(path), "%s/lua.h", pdn_build_lua_include());
        if (access(path, R_OK) != 0) {
            pdn_error(err, 703,
                      "%s needs LuaJIT's headers, and '%s' is not "
                      "there",
                      b->id, path);
            return pdn_error_help(err, "'apt-get install "
                                       "libluajit2-5.1-dev'");
        }

        snprintf(path, sizeof(path), "%s/src", b->scratch);
        if (mkdir(path, 0755) != 0
            || pdn_files_write(b->source, path, err) != 0) {
            return err->number != 0
                       ? -1
                       : pdn_error(err, 620, "cannot make '%s': %s", path,
                                   strerror(errno));
        }
    }

    modules = pdn_value_get(b->spec->build, "modules");

    if (modules == NULL) {
        if (pdn_builtin_detect(b, ext, err) != 0) {
            return -1;
        }
    }

    for (i = 0; modules != NULL && i < modules->n; i++) {
        if (pdn_builtin_module(b, ext, &modules->pairs[i], err) != 0) {
            return -1;
        }
    }

    return pdn_builtin_folder(b, err) != 0
               ? -1
               : pdn_build_install(b, b->source, err);
}
