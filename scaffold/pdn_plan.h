/* SPDX-License-Identifier: MIT */
/*
 * What a generator is going to do, as a list of files with their content, and
 * the doing of it: nothing is written before everything is known, and no file
 * that is there is lost without a yes.
 */

#ifndef PDN_PLAN_H
#define PDN_PLAN_H

#include "pdn_fs.h"
#include "pdn_tpl.h"

#define PDN_PLAN_MAX 64

typedef struct {
    char *path; /* from the root */
    pdn_str_t content;
    unsigned changes : 1; /* meant to change a file that is there */
    unsigned secret : 1;  /* readable by the owner only */
} pdn_plan_file_t;

typedef struct {
    pdn_plan_file_t files[PDN_PLAN_MAX];
    size_t n;
} pdn_plan_t;

typedef struct {
    const char *root;
    unsigned dry_run : 1;
    unsigned force : 1;
    unsigned ask : 1; /* somebody is at the terminal */
} pdn_plan_how_t;

typedef enum {
    PDN_PLAN_DONE = 0,
    PDN_PLAN_FAILED,
    PDN_PLAN_IN_THE_WAY /* files are there, or edited; nothing was done */
} pdn_plan_rc_t;

/* Adds a file; takes the content over. NULL when the plan is full. */
pdn_plan_file_t *pdn_plan_add(pdn_plan_t *plan, const char *path,
                              pdn_str_t *content);

/*
 * Adds what the folder of templates renders to. Names are rendered too:
 * `__plural__.lua` takes the variable `plural`, a leading `dot.` becomes `.`
 * and an ending `.tpl` goes away. Files without that ending are copied.
 */
int pdn_plan_add_folder(pdn_plan_t *plan, const char *folder,
                        const pdn_scope_t *scope, pdn_problem_t *problem);

/* Writes the files and prints a line for each. */
pdn_plan_rc_t pdn_plan_write(const pdn_plan_t *plan, const pdn_plan_how_t *how,
                             pdn_problem_t *problem);

/*
 * The way back: removes the files that are still as they were written, and
 * writes those with `changes`.
 */
pdn_plan_rc_t pdn_plan_undo(const pdn_plan_t *plan, const pdn_plan_how_t *how,
                            pdn_problem_t *problem);

void pdn_plan_release(pdn_plan_t *plan);

#endif /* PDN_PLAN_H */
