/* SPDX-License-Identifier: MIT */
/* Commands of the package manager: begin and end; see pdn_pm.h. */

#include "pdn_pm.h"
#include "pdn_runtime.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


const char *
pdn_pm_folder(const pdn_cli_t *cli)
{
    const char *folder;

    folder = pdn_cli_given(cli, "directory");

    return folder != NULL ? folder : ".";
}


/* A number of an option, 0 when it was not given. */
static int
pdn_pm_number(pdn_pm_t *pm, const pdn_cli_t *cli, const char *name,
              unsigned *out)
{
    const char *text;
    char *end;
    long n;

    text = pdn_cli_given(cli, name);
    if (text == NULL) {
        return 0;
    }

    n = strtol(text, &end, 10);

    if (*end != '\0' || end == text || n < 1 || n > 10000) {
        return pdn_error(&pm->err, 112,
                         "--%s takes a number from 1 on, not "
                         "'%s'",
                         name, text);
    }

    *out = (unsigned) n;

    return 0;
}


int
pdn_pm_init(pdn_pm_t *pm, const pdn_cli_t *cli)
{
    pdn_settings_t *s;
    const char *term;

    memset(pm, 0, sizeof(*pm));
    s = &pm->settings;
    term = getenv("TERM");

    s->json = pdn_cli_given(cli, "json") != NULL;
    s->quiet = pdn_cli_given(cli, "quiet") != NULL;
    s->verbose = pdn_cli_given(cli, "verbose") != NULL;
    s->offline = pdn_cli_given(cli, "offline") != NULL;
    s->colour = isatty(STDERR_FILENO) && getenv("NO_COLOR") == NULL
                && term != NULL && strcmp(term, "dumb") != 0;
    s->progress = isatty(STDERR_FILENO) && !s->quiet && !s->json
                  && pdn_cli_given(cli, "no-progress") == NULL;
    pdn_runtime_assume(getenv("PANDAN_RUNTIME"));

    return pdn_pm_number(pm, cli, "jobs", &s->jobs) != 0
                   || pdn_pm_number(pm, cli, "timeout", &s->timeout) != 0
               ? -1
               : 0;
}


int
pdn_pm_open(pdn_pm_t *pm, const pdn_cli_t *cli)
{
    if (pdn_pm_init(pm, cli) != 0) {
        return -1;
    }

    return pdn_project_open(&pm->project, pdn_pm_folder(cli), &pm->settings,
                            &pm->err);
}


int
pdn_pm_open_any(pdn_pm_t *pm, const pdn_cli_t *cli)
{
    if (pdn_pm_open(pm, cli) == 0) {
        return 0;
    }

    if (pm->err.number != 105) {
        return -1;
    }

    pdn_error_release(&pm->err);
    memset(&pm->err, 0, sizeof(pm->err));
    pdn_project_release(&pm->project);

    return pdn_project_blank(&pm->project, pdn_pm_folder(cli), &pm->settings,
                             &pm->err);
}


int
pdn_pm_id(pdn_pm_t *pm, const char *text, size_t len, pdn_id_t *id)
{
    pdn_id_rc_t rc;

    rc = pdn_id_parse(&pm->project.arena, text, len, id);

    return rc == PDN_ID_OK
               ? 0
               : pdn_error(&pm->err, 103, "the package name '%.*s' %s",
                           (int) len, text, pdn_id_problem(rc));
}


void
pdn_pm_print(pdn_pm_t *pm)
{
    unsigned char *p;
    size_t i;

    p = (unsigned char *) pm->out.data;

    for (i = 0; i < pm->out.len; i++) {
        if ((p[i] < ' ' && p[i] != '\n' && p[i] != '\t') || p[i] == 0x7f) {
            p[i] = '?';

        } else if (i + 1 < pm->out.len && p[i] == 0xc2 && p[i + 1] < 0xa0) {
            /* the second half of these controls has two bytes */
            p[i] = p[i + 1] = '?';
        }
    }

    printf("%s\n", pdn_str_z(&pm->out));
    pm->out.len = 0;
}


int
pdn_pm_object(pdn_pm_t *pm, const char *type, ...)
{
    const char *name;
    va_list args;

    if (!pm->settings.json) {
        return 0;
    }

    pdn_jsonl_open(&pm->out, '{');
    pdn_jsonl_field(&pm->out, "type", type);
    va_start(args, type);

    while ((name = va_arg(args, const char *)) != NULL) {
        pdn_jsonl_field(&pm->out, name, va_arg(args, const char *));
    }

    va_end(args);
    pdn_jsonl_close(&pm->out, '}');
    pdn_pm_print(pm);

    return 1;
}


pdn_exit_t
pdn_pm_end(pdn_pm_t *pm, int rc)
{
    pdn_exit_t code;

    code = PDN_EXIT_OK;

    if (rc != 0) {
        code = (pdn_exit_t) pdn_error_exit(&pm->err);
        fflush(stdout);

        if (pm->settings.json) {
            pdn_error_print_json(&pm->err, stdout);
        } else {
            pdn_error_print(&pm->err, stderr, pm->settings.colour);
        }
    }

    pdn_project_release(&pm->project);
    pdn_error_release(&pm->err);
    pdn_str_release(&pm->out);

    return code;
}
