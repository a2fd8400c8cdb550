/* SPDX-License-Identifier: MIT */
/* `explain`: what a code of the package manager means. */

#include "cmd.h"
#include "pdn_pm.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>


static void
pdn_explain_code(pdn_pm_t *pm, const pdn_error_code_t *code, int all)
{
    char name[16];

    snprintf(name, sizeof(name), "P%04d", code->number);

    if (pm->settings.json) {
        pdn_jsonl_open(&pm->out, '{');
        pdn_jsonl_field(&pm->out, "type", "code");
        pdn_jsonl_field(&pm->out, "code", name);
        pdn_jsonl_field(&pm->out, "title", code->title);
        pdn_jsonl_field(&pm->out, "text", code->explain);
        pdn_jsonl_key(&pm->out, "exit");
        pdn_jsonl_uint(&pm->out, code->exit);
        pdn_jsonl_close(&pm->out, '}');
        pdn_pm_print(pm);
        return;
    }

    printf("%s  %s\n", name, code->title);

    if (!all) {
        printf("\n%s\nThe command ends with exit code %d.\n", code->explain,
               (int) code->exit);
    }
}


pdn_exit_t
pdn_cmd_explain(pdn_cli_t *cli)
{
    const pdn_error_code_t *code;
    const char *typed;
    char *end;
    long number;
    pdn_pm_t pm;

    if (pdn_pm_init(&pm, cli) != 0) {
        return pdn_pm_end(&pm, -1);
    }

    if (cli->n == 0) {
        for (code = pdn_error_codes; code->number != 0; code++) {
            pdn_explain_code(&pm, code, 1);
        }
        return pdn_pm_end(&pm, 0);
    }

    typed = cli->words[0];
    number = strtol(typed + (toupper((unsigned char) typed[0]) == 'P'), &end,
                    10);
    code = *end == '\0' && number > 0 && number < 10000
               ? pdn_error_code((int) number)
               : NULL;

    if (code == NULL) {
        pdn_error(&pm.err, 112, "there is no code '%s'", typed);
        pdn_error_help(&pm.err, "`pandan explain` lists all");
        return pdn_pm_end(&pm, -1);
    }

    pdn_explain_code(&pm, code, 0);

    return pdn_pm_end(&pm, 0);
}
