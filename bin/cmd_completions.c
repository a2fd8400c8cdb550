/* SPDX-License-Identifier: MIT */
/* `completions`: what a shell needs to complete words, from the table. */

#include "cmd.h"

#include <stdio.h>
#include <string.h>


static void
pdn_completions_options(const pdn_opt_t *o, const char *before)
{
    for (/* void */; o != NULL && o->name != NULL; o++) {
        printf("%s--%s", before, o->name);
        before = " ";
    }
}


/* Words that may follow a command: those below it, then its options. */
static void
pdn_completions_words(const pdn_cmd_t *cmd)
{
    const pdn_cmd_t *part;
    const char *before;

    before = "";

    for (part = cmd->parts; part != NULL && part->name != NULL; part++) {
        printf("%s%s", before, part->name);
        before = " ";
    }

    pdn_completions_options(cmd->options, before);
}


static void
pdn_completions_bash(void)
{
    const pdn_cmd_t *cmd, *part;

    printf("_pandan() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} words=\n"
           "    case \"$COMP_CWORD ${COMP_WORDS[*]:1:2}\" in\n"
           "    1\\ *) words=\"");

    for (cmd = pdn_commands; cmd->name != NULL; cmd++) {
        printf("%s%s", cmd == pdn_commands ? "" : " ", cmd->name);
    }

    printf("\" ;;\n");

    for (cmd = pdn_commands; cmd->name != NULL; cmd++) {
        for (part = cmd->parts; part != NULL && part->name != NULL; part++) {
            printf("    *\\ %s\\ %s) words=\"", cmd->name, part->name);
            pdn_completions_words(part);
            printf("\" ;;\n");
        }

        printf("    *\\ %s|*\\ %s\\ *) words=\"", cmd->name, cmd->name);
        pdn_completions_words(cmd);
        printf("\" ;;\n");
    }

    printf("    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "    [[ ${#COMPREPLY[@]} -gt 0 || $word == -* ]] ||\n"
           "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
           "}\n"
           "complete -F _pandan pandan\n");
}


/* Text between single quotes of a shell. */
static void
pdn_completions_quoted(const char *text)
{
    for (/* void */; *text != '\0'; text++) {
        if (*text == '\'') {
            printf("'\\''");
        } else {
            putchar(*text);
        }
    }
}


static void
pdn_completions_fish(void)
{
    const pdn_cmd_t *cmd, *part;
    const pdn_opt_t *o;

    printf("complete -c pandan -f\n");

    for (cmd = pdn_commands; cmd->name != NULL; cmd++) {
        printf("complete -c pandan -n __fish_use_subcommand -a %s -d '",
               cmd->name);
        pdn_completions_quoted(cmd->summary);
        printf("'\n");

        for (part = cmd->parts; part != NULL && part->name != NULL; part++) {
            printf("complete -c pandan -n '__fish_seen_subcommand_from %s' "
                   "-a %s -d '",
                   cmd->name, part->name);
            pdn_completions_quoted(part->summary);
            printf("'\n");
        }

        for (o = cmd->options; o != NULL && o->name != NULL; o++) {
            printf("complete -c pandan -n '__fish_seen_subcommand_from %s' "
                   "-l %s%s -d '",
                   cmd->name, o->name, o->arg != NULL ? " -r" : "");
            pdn_completions_quoted(o->help);
            printf("'\n");
        }
    }
}


static void
pdn_completions_zsh(void)
{
    printf("#compdef pandan\n"
           "autoload -U +X bashcompinit && bashcompinit\n");
    pdn_completions_bash();
}


pdn_exit_t
pdn_cmd_completions(pdn_cli_t *cli)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {
        { "bash", pdn_completions_bash },
        { "zsh", pdn_completions_zsh },
        { "fish", pdn_completions_fish },
    };
    size_t i;

    for (i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shells[i].name, cli->words[0]) == 0) {
            shells[i].print();
            return PDN_EXIT_OK;
        }
    }

    pdn_say_error("'%s' is no shell that is known; there are bash, zsh and "
                  "fish",
                  cli->words[0]);

    return PDN_EXIT_USAGE;
}
