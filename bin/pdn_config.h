/* SPDX-License-Identifier: MIT */
/*
 * An application's configuration: config/NAME.lua, run in a small Lua of its
 * own that gives `env(name, default)` and `ENV`, with .env below the real
 * environment. A table named after the environment is laid over the rest.
 */

#ifndef PDN_CONFIG_H
#define PDN_CONFIG_H

#include "pdn_str.h"

typedef struct pdn_config_s pdn_config_t;

/* Reads .env; files are read when first asked for. NULL on a problem. */
pdn_config_t *pdn_config_open(const char *root, const char *env,
                              pdn_problem_t *problem);
void pdn_config_close(pdn_config_t *config);

/* Runs config/NAME.lua now, so that its errors are seen: 0 or -1. */
int pdn_config_load(pdn_config_t *config, const char *name,
                    pdn_problem_t *problem);

/*
 * A value as text; numbers and booleans too. `otherwise` when there is none.
 * It stays valid until the configuration is closed.
 */
const char *pdn_config_text(pdn_config_t *config, const char *name,
                            const char *key, const char *otherwise);

/* Is the value there, and neither false nor nil? */
int pdn_config_true(pdn_config_t *config, const char *name, const char *key);

/*
 * Calls `visit` for each table in config/NAME.lua by its key, in the order of
 * the alphabet; those of environments are no such tables, but add theirs.
 */
void pdn_config_sections(pdn_config_t *config, const char *name,
                         void (*visit)(void *ctx, const char *section),
                         void *ctx);

/* A value of one of these tables as pdn_config_text() has it, or NULL. */
const char *pdn_config_section_text(pdn_config_t *config, const char *name,
                                    const char *section, const char *key);

/* Calls `visit` for each name in .env and each that env() was asked for. */
void pdn_config_names(pdn_config_t *config,
                      void (*visit)(void *ctx, const char *name), void *ctx);

/* Does the file compile? Else -1 with "FILE:LINE: message" noted. */
int pdn_config_compiles(const char *path, const char *chunk, int *line,
                        pdn_problem_t *problem);

#endif /* PDN_CONFIG_H */
