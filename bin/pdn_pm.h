/* SPDX-License-Identifier: MIT */
/*
 * What every command of the package manager begins and ends with: settings
 * from its options, the project, and the failure told as text or as JSON.
 */

#ifndef PDN_PM_H
#define PDN_PM_H

#include "pdn_cli.h"
#include "pdn_jsonl.h"
#include "pdn_project.h"

typedef struct {
    pdn_settings_t settings;
    pdn_project_t project;
    pdn_error_t err;
    pdn_str_t out; /* a line being made, for pdn_pm_print() */
} pdn_pm_t;

/* Reads the options; -1 with the error noted. */
int pdn_pm_init(pdn_pm_t *pm, const pdn_cli_t *cli);

/* The same, and opens the project. */
int pdn_pm_open(pdn_pm_t *pm, const pdn_cli_t *cli);

/* The same, and outside of a project one that asks for nothing. */
int pdn_pm_open_any(pdn_pm_t *pm, const pdn_cli_t *cli);

/* The folder that -C names, or the current one. */
const char *pdn_pm_folder(const pdn_cli_t *cli);

/* An id that was typed; -1 with P0103 noted. */
int pdn_pm_id(pdn_pm_t *pm, const char *text, size_t len, pdn_id_t *id);

/*
 * Prints pm->out as a line, and empties it. What could steer a terminal is
 * printed as '?': much of it was written by others.
 */
void pdn_pm_print(pdn_pm_t *pm);

/*
 * With --json prints an object of texts, names and values by turns, NULL at
 * the end, and returns 1. Returns 0 when people are to read it.
 */
int pdn_pm_object(pdn_pm_t *pm, const char *type, ...)
    __attribute__((sentinel));

/* Tells the failure when rc is not 0, gives all back; the exit code. */
pdn_exit_t pdn_pm_end(pdn_pm_t *pm, int rc);

#endif /* PDN_PM_H */
