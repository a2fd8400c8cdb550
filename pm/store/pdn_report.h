/* SPDX-License-Identifier: MIT */
/* What an installation did, on standard output: lines or JSON lines. */

#ifndef PDN_REPORT_H
#define PDN_REPORT_H

#include "pdn_project.h"
#include "pdn_tree.h"

/* What came, went and changed between two trees. */
void pdn_report_changes(const pdn_project_t *project,
                        const pdn_installed_t *before,
                        const pdn_installed_t *now, const pdn_lock_t *lock);

/* The same of a tree and a lock that is not installed: --dry-run. */
void pdn_report_plan(const pdn_project_t *project,
                     const pdn_installed_t *before, const pdn_lock_t *lock);

void pdn_report_nothing(const pdn_project_t *project, size_t n);

#endif /* PDN_REPORT_H */
