/* SPDX-License-Identifier: MIT */
/*
 * Packages that bring a build of their own: make, cmake, or a command. All of
 * them install below one folder, which becomes the rock.
 */

#include "pdn_build.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    pdn_external_t *ext;
    char prefix[PATH_MAX];
} pdn_make_t;


static int
pdn_make_prepare(pdn_build_t *b, pdn_make_t *m, pdn_error_t *err)
{
    static const char *const folders[] = {
        "src", "rock", "rock/lua", "rock/lib", "rock/bin", "rock/conf"
    };
    char path[PATH_MAX];
    size_t i;

    if (pdn_build_externals(b, &m->ext, err) != 0) {
        return -1;
    }

    for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", b->scratch, folders[i]);
        if (mkdir(path, 0755) != 0) {
            return pdn_error(err, 620, "cannot make '%s': %s", path,
                             strerror(errno));
        }
    }

    snprintf(m->prefix, sizeof(m->prefix), "%s/rock", b->scratch);
    snprintf(path, sizeof(path), "%s/src", b->scratch);

    return pdn_files_write(b->source, path, err);
}


/* Takes what was installed, and what `install` names from the source. */
static int
pdn_make_take(pdn_build_t *b, const pdn_make_t *m, pdn_error_t *err)
{
    static const char *const skip[] = { NULL };
    pdn_files_t tree = { .arena = b->out->arena };
    char path[PATH_MAX];

    if (pdn_files_read(b->out, m->prefix, skip, err) != 0) {
        return -1;
    }

    snprintf(path, sizeof(path), "%s/src", b->scratch);

    if (pdn_files_read(&tree, path, skip, err) != 0
        || pdn_build_install(b, &tree, err) != 0)
    {
        return -1;
    }

    return b->out->n != 0 ? 0
                          : pdn_error(err, 706, "%s installs no file", b->id);
}


static void
pdn_make_variables(pdn_build_t *b, const pdn_make_t *m, const char *key,
                   const char *before, pdn_words_t *w)
{
    const char *const keys[] = { "variables", key };
    const pdn_value_t *all;
    const char *text;
    size_t i, j;

    for (i = 0; i < 2; i++) {
        all = keys[i] != NULL ? pdn_value_get(b->spec->build, keys[i]) : NULL;

        for (j = 0; all != NULL && j < all->n; j++) {
            text = pdn_value_text(&all->pairs[j].value);
            text = text != NULL ? pdn_build_expand(b, m->ext, m->prefix, text)
                                : NULL;
            if (text != NULL && all->pairs[j].key != NULL) {
                pdn_words_add(w, "%s%s=%s", before, all->pairs[j].key, text);
            }
        }
    }
}


/* Is the pass wanted? It is unless the rockspec says false. */
static int
pdn_make_pass(const pdn_build_t *b, const char *key)
{
    const pdn_value_t *v;

    v = pdn_value_get(b->spec->build, key);

    return v == NULL || v->type != PDN_BOOLEAN || v->boolean;
}


static int
pdn_make_run(pdn_build_t *b, const pdn_make_t *m, const char *target,
             const char *variables, pdn_error_t *err)
{
    pdn_words_t w = { .arena = b->out->arena };
    const char *file;

    pdn_words_add(&w, "make");

    file = pdn_value_get_text(b->spec->build, "makefile");
    if (file != NULL) {
        pdn_words_add(&w, "-f");
        pdn_words_add(&w, "./%s", file);
    }

    if (target != NULL && target[0] != '\0') {
        pdn_words_add(&w, "%s", target);
    }

    pdn_make_variables(b, m, variables, "", &w);

    return pdn_build_run(b, "src", &w, err);
}


int
pdn_build_make(pdn_build_t *b, pdn_error_t *err)
{
    const char *target;
    pdn_make_t m;

    if (pdn_make_prepare(b, &m, err) != 0) {
        return -1;
    }

    target = pdn_value_get_text(b->spec->build, "build_target");

    if (pdn_make_pass(b, "build_pass")
        && pdn_make_run(b, &m, target, "build_variables", err) != 0)
    {
        return -1;
    }

    target = pdn_value_get_text(b->spec->build, "install_target");

    if (pdn_make_pass(b, "install_pass")
        && pdn_make_run(b, &m, target != NULL ? target : "install",
                        "install_variables", err)
               != 0)
    {
        return -1;
    }

    return pdn_make_take(b, &m, err);
}


int
pdn_build_cmake(pdn_build_t *b, pdn_error_t *err)
{
    static const char *const steps[][4] = {
        { "cmake", "--build", "build.luarocks", NULL },
        { "cmake", "--install", "build.luarocks", NULL },
    };
    pdn_words_t w = { .arena = b->out->arena };
    pdn_make_t m;
    size_t i, j;

    if (pdn_make_prepare(b, &m, err) != 0) {
        return -1;
    }

    pdn_words_add(&w, "cmake");
    pdn_words_add(&w, "-H.");
    pdn_words_add(&w, "-Bbuild.luarocks");
    pdn_words_add(&w, "-DCMAKE_INSTALL_PREFIX=%s", m.prefix);
    pdn_make_variables(b, &m, NULL, "-D", &w);

    if (pdn_build_run(b, "src", &w, err) != 0) {
        return -1;
    }

    for (i = 0; i < 2; i++) {
        w = (pdn_words_t){ .arena = b->out->arena };
        for (j = 0; steps[i][j] != NULL; j++) {
            pdn_words_add(&w, "%s", steps[i][j]);
        }

        if (pdn_make_pass(b, i == 0 ? "build_pass" : "install_pass")
            && pdn_build_run(b, "src", &w, err) != 0)
        {
            return -1;
        }
    }

    return pdn_make_take(b, &m, err);
}


int
pdn_build_command(pdn_build_t *b, pdn_error_t *err)
{
    static const char *const keys[] = { "build_command", "install_command" };
    pdn_words_t w;
    const char *text;
    pdn_make_t m;
    size_t i;

    if (pdn_make_prepare(b, &m, err) != 0) {
        return -1;
    }

    for (i = 0; i < 2; i++) {
        text = pdn_value_get_text(b->spec->build, keys[i]);
        if (text == NULL) {
            continue;
        }

        w = (pdn_words_t){ .arena = b->out->arena };
        pdn_words_add(&w, "/bin/sh");
        pdn_words_add(&w, "-c");
        pdn_words_add(&w, "%s", pdn_build_expand(b, m.ext, m.prefix, text));

        if (pdn_build_run(b, "src", &w, err) != 0) {
            return -1;
        }
    }

    return pdn_make_take(b, &m, err);
}
