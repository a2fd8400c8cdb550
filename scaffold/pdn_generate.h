/* SPDX-License-Identifier: MIT */
/*
 * The generators: a table of what there is to generate, each a few folders of
 * templates, its route and a hint of what comes next. It fills a plan and
 * touches nothing.
 */

#ifndef PDN_GENERATE_H
#define PDN_GENERATE_H

#include "pdn_plan.h"

#include <time.h>

typedef struct {
    const char *name;
    const char *words; /* "NAME [COLUMN:TYPE ...]" */
    const char *summary;
} pdn_generator_t;

typedef struct {
    const char *templates; /* the folder of all templates */
    const char *root;      /* of the app */
    const pdn_generator_t *generator;
    const char *name;
    char **words; /* columns or actions */
    int n;
    time_t now;
    unsigned api : 1;     /* no views */
    unsigned destroy : 1; /* the plan is for undoing */
} pdn_generate_t;

/* All generators; ends with a row without a name. */
const pdn_generator_t *pdn_generators(void);

/*
 * Fills the plan; `next` is what to do then, as lines for the user, or stays
 * empty. `notes` tells what could not be done for them.
 */
int pdn_generate(const pdn_generate_t *g, pdn_plan_t *plan, pdn_str_t *next,
                 pdn_str_t *notes, pdn_problem_t *problem);

#endif /* PDN_GENERATE_H */
