/* SPDX-License-Identifier: MIT */
/*
 * From the source of a rock to what it installs, in the shape of a rock that
 * is built: lua/, lib/, bin/, conf/, doc/. Programs run only for packages that
 * the project approves, without network, and may write to one folder.
 */

#ifndef PDN_BUILD_H
#define PDN_BUILD_H

#include "pdn_files.h"
#include "pdn_rockspec.h"

typedef struct {
    const pdn_rockspec_t *spec;
    const pdn_files_t *source; /* the folder in which the build begins */
    const char *id;            /* for messages */
    const char *scratch;       /* an empty folder of ours, when it runs */
    pdn_files_t *out;
    pdn_str_t log;      /* what programs said */
    unsigned loose : 1; /* --no-sandbox */
    unsigned boxed : 1; /* told back: it ran in namespaces */
} pdn_build_t;

/* P0702 to P0706. The log stays for whoever wants to show it. */
int pdn_build(pdn_build_t *b, pdn_error_t *err);

/*
 * What a build's outcome depends on beside the source: compiler, flags and
 * the headers of our LuaJIT. Adds it to the text of a key.
 */
void pdn_build_describe(pdn_str_t *out);

/* Each kind of build; used by pdn_build(). */
int pdn_build_builtin(pdn_build_t *b, pdn_error_t *err);
int pdn_build_make(pdn_build_t *b, pdn_error_t *err);
int pdn_build_cmake(pdn_build_t *b, pdn_error_t *err);
int pdn_build_command(pdn_build_t *b, pdn_error_t *err);

/* Makes b->source, in `tree`, what patches and extra_files make of it. */
int pdn_build_patch(pdn_build_t *b, pdn_files_t *tree, pdn_error_t *err);

/* Into the rock; what comes later under a name wins, as with luarocks. */
int pdn_build_put(pdn_build_t *b, const pdn_file_t *file, const char *path,
                  pdn_error_t *err);

/* What install and copy_directories name, out of the given tree. */
int pdn_build_install(pdn_build_t *b, const pdn_files_t *tree,
                      pdn_error_t *err);

/* Words of a program; the n-th is NULL at the end. */
#define PDN_BUILD_WORDS 256

typedef struct {
    pdn_arena_t *arena;
    const char *items[PDN_BUILD_WORDS];
    size_t n;
    unsigned failed : 1; /* too many, or no memory */
} pdn_words_t;

void pdn_words_add(pdn_words_t *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The parts of a text between blanks, each by itself. */
void pdn_words_split(pdn_words_t *w, const char *text);

/* Runs a program in scratch/`folder`; 0, or P0702 and P0703. */
int pdn_build_run(pdn_build_t *b, const char *folder, pdn_words_t *words,
                  pdn_error_t *err);

/* Flags and folders: the user's own, or what is usual. */
const char *pdn_build_cc(void);
const char *pdn_build_cflags(void);
const char *pdn_build_lua_include(void);

/* Where an external library is, from external_dependencies. */
typedef struct {
    const char *name;    /* "EXPAT" */
    const char *include; /* NULL where the compiler looks anyway */
    const char *lib;
} pdn_external_t;

/* All of them; P0704 names what is missing. Ends with a name of NULL. */
int pdn_build_externals(pdn_build_t *b, pdn_external_t **out, pdn_error_t *err);

/* "$(NAME)" in a text of a rockspec replaced; lives in the arena. */
const char *pdn_build_expand(pdn_build_t *b, const pdn_external_t *ext,
                             const char *prefix, const char *text);

#endif /* PDN_BUILD_H */
