/* SPDX-License-Identifier: MIT */
/* A .rock file: a zip with a rockspec and what goes with it. */

#ifndef PDN_ROCK_H
#define PDN_ROCK_H

#include "pdn_files.h"
#include "pdn_rockspec.h"

/*
 * Unpacks a rock and reads its rockspec. `text` is the rockspec's file. The
 * names must be those expected: P0507 when the rock is another package's.
 */
int pdn_rock_read(const char *data, size_t len, const char *name,
                  const char *version, pdn_files_t *files,
                  const pdn_file_t **text, pdn_rockspec_t *spec,
                  pdn_error_t *err);

/*
 * The files of a rock that is built already ("all", "linux-x86_64") as they
 * lie in lua_modules/: lua/ as share/lua/5.1/, lib/ as lib/lua/5.1/ ...
 */
int pdn_rock_place(const pdn_files_t *rock, const pdn_rockspec_t *spec,
                   pdn_files_t *out, pdn_error_t *err);

/* "lib/luarocks/rocks-5.1/NAME/VERSION", where other files of a rock lie. */
const char *pdn_rock_home(pdn_arena_t *a, const pdn_rockspec_t *spec);

/*
 * Adds a program: a Lua script goes below the rock's home and gets a starter
 * in bin/ that knows lua_modules/; any other goes there itself.
 */
int pdn_rock_program(const pdn_rockspec_t *spec, const char *name,
                     const pdn_file_t *file, pdn_files_t *out,
                     pdn_error_t *err);

/* Adds with the name made by the format. */
int pdn_rock_put(pdn_files_t *out, const pdn_file_t *file, int exec,
                 pdn_error_t *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif /* PDN_ROCK_H */
