/* SPDX-License-Identifier: MIT */
/* Options, help and suggestions of all commands; see pdn_cli.h. */

#include "pdn_cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PDN_NAMES_MAX 96


void
pdn_say_error(const char *fmt, ...)
{
    va_list args;

    fflush(stdout);
    fputs("pandan: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}


/* Is the name one of those in a list with blanks between? */
static int
pdn_cli_listed(const char *list, const char *name)
{
    size_t n, len;

    n = strlen(name);

    for (/* void */; list != NULL && *list != '\0';
         list += len + (list[len] == ' '))
    {
        len = strcspn(list, " ");

        if (len == n && strncmp(list, name, n) == 0) {
            return 1;
        }
    }

    return 0;
}


const pdn_cmd_t *
pdn_cli_find(const pdn_cmd_t *table, const char *name)
{
    const pdn_cmd_t *cmd;

    for (cmd = table; cmd->name != NULL; cmd++) {
        if (strcmp(cmd->name, name) == 0 || pdn_cli_listed(cmd->alias, name)) {
            return cmd;
        }
    }

    return NULL;
}


pdn_exit_t
pdn_cli_unknown(const pdn_cmd_t *table, const char *what, const char *name)
{
    const char *names[PDN_NAMES_MAX], *near;
    size_t n;

    for (n = 0; n < PDN_NAMES_MAX && table[n].name != NULL; n++) {
        names[n] = table[n].name;
    }

    near = pdn_nearest(name, names, n);

    if (near != NULL) {
        pdn_say_error("there is no %s '%s'; did you mean '%s'?", what, name,
                      near);
    } else {
        pdn_say_error("there is no %s '%s'; 'pandan help' lists all", what,
                      name);
    }

    return PDN_EXIT_USAGE;
}


static pdn_exit_t
pdn_cli_unknown_option(const pdn_opt_t *options, const char *typed)
{
    const char *names[PDN_OPTS_MAX + 1], *near;
    size_t n;

    for (n = 0; options != NULL && options[n].name != NULL; n++) {
        names[n] = options[n].name;
    }

    names[n++] = "help";
    near = pdn_nearest(typed, names, n);

    if (near != NULL) {
        pdn_say_error("unknown option '--%s'; did you mean '--%s'?", typed,
                      near);
    } else {
        pdn_say_error("unknown option '%s%s'; -h shows those there are",
                      typed[1] != '\0' ? "--" : "-", typed);
    }

    return PDN_EXIT_USAGE;
}


/* The row of an option, -1 when there is none. */
static int
pdn_cli_option(const pdn_opt_t *options, const char *name, size_t len)
{
    int i;

    for (i = 0; options != NULL && options[i].name != NULL; i++) {
        if (strncmp(options[i].name, name, len) == 0
            && options[i].name[len] == '\0') {
            return i;
        }
        if (len == 1 && options[i].letter == name[0]) {
            return i;
        }
    }

    return -1;
}


const char *
pdn_cli_given(const pdn_cli_t *cli, const char *name)
{
    const pdn_cmd_t *cmd;
    int row;

    cmd = cli->part != NULL ? cli->part : cli->cmd;
    row = pdn_cli_option(cmd->options, name, strlen(name));

    return row == -1 ? NULL : cli->opts[row];
}


/* Takes the option at argv[*i]. */
static pdn_exit_t
pdn_cli_take(pdn_cli_t *cli, const pdn_opt_t *options, int argc, char **argv,
             int *i)
{
    char name[64];
    const char *word, *value;
    size_t len;
    int row, is_long;

    word = argv[*i];
    is_long = word[1] == '-';
    word += is_long ? 2 : 1;

    len = is_long ? strcspn(word, "=") : 1;
    value = word[len] == '=' ? word + len + 1 : NULL;
    snprintf(name, sizeof(name), "%.*s", (int) len, word);

    row = is_long && len == 1 ? -1 : pdn_cli_option(options, word, len);
    if (row == -1) {
        return pdn_cli_unknown_option(options, is_long ? name : word);
    }

    if (options[row].arg == NULL) {
        if (value != NULL || (!is_long && word[1] != '\0')) {
            pdn_say_error("option '%s' takes no value", argv[*i]);
            return PDN_EXIT_USAGE;
        }
        cli->opts[row] = "";
        return PDN_EXIT_OK;
    }

    if (value == NULL && !is_long && word[1] != '\0') {
        value = word + 1;
    }

    if (value == NULL && *i + 1 < argc) {
        value = argv[++*i];
    }

    if (value == NULL) {
        pdn_say_error("option '--%s' needs a %s", options[row].name,
                      options[row].arg);
        return PDN_EXIT_USAGE;
    }

    cli->opts[row] = value;

    return PDN_EXIT_OK;
}


static pdn_exit_t
pdn_cli_count(const pdn_cli_t *cli, const pdn_cmd_t *cmd)
{
    if (cli->n < cmd->min || (cmd->max >= 0 && cli->n > cmd->max)) {
        if (cli->n < cmd->min) {
            pdn_say_error("'%s' needs %s", cmd->name, cmd->words);
        } else {
            pdn_say_error("'%s' does not take '%s'", cmd->name,
                          cli->words[cmd->max]);
        }
        fprintf(stderr, "usage: pandan %s%s%s%s %s\n", cli->cmd->name,
                cli->part ? " " : "", cli->part ? cli->part->name : "",
                cmd->options != NULL ? " [OPTIONS]" : "", cmd->words);
        return PDN_EXIT_USAGE;
    }

    return PDN_EXIT_OK;
}


pdn_exit_t
pdn_cli_parse(pdn_cli_t *cli, int argc, char **argv, int *done)
{
    const pdn_cmd_t *cmd;
    pdn_exit_t rc;
    int i, plain;

    cmd = cli->cmd;
    i = 1;
    plain = 0;

    if (cmd->parts != NULL && i < argc && argv[i][0] != '-') {
        cli->part = pdn_cli_find(cmd->parts, argv[i]);
        if (cli->part == NULL) {
            return pdn_cli_unknown(cmd->parts, cmd->name, argv[i]);
        }
        cmd = cli->part;
        i++;
    }

    /* words are gathered at the front of argv */
    cli->words = argv;

    for (/* void */; i < argc; i++) {
        if (plain || argv[i][0] != '-' || argv[i][1] == '\0') {
            cli->words[cli->n++] = argv[i];
            plain |= cmd->passes;
            continue;
        }

        if (strcmp(argv[i], "--") == 0) {
            plain = 1;
            continue;
        }

        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
            pdn_cli_help(cli->cmd, cli->part);
            *done = 1;
            return PDN_EXIT_OK;
        }

        rc = pdn_cli_take(cli, cmd->options, argc, argv, &i);
        if (rc != PDN_EXIT_OK) {
            return rc;
        }
    }

    if (cmd->parts != NULL) {
        pdn_say_error("'%s' needs one of these:", cmd->name);
        for (cmd = cmd->parts; cmd->name != NULL; cmd++) {
            fprintf(stderr, "  %-10s %s\n", cmd->name, cmd->summary);
        }
        return PDN_EXIT_USAGE;
    }

    return pdn_cli_count(cli, cmd);
}


static void
pdn_cli_help_options(const pdn_opt_t *o)
{
    char text[64];

    printf("\nOptions:\n");

    for (/* void */; o != NULL && o->name != NULL; o++) {
        snprintf(text, sizeof(text), "--%s%s%s", o->name, o->arg ? " " : "",
                 o->arg ? o->arg : "");
        if (o->letter != 0) {
            printf("  -%c, %-18s %s\n", o->letter, text, o->help);
        } else {
            printf("      %-18s %s\n", text, o->help);
        }
    }

    printf("  -h, %-18s %s\n", "--help", "this");
}


void
pdn_cli_help(const pdn_cmd_t *cmd, const pdn_cmd_t *part)
{
    const pdn_cmd_t *it, *p;

    it = part != NULL ? part : cmd;

    printf("Usage: pandan %s%s%s%s%s%s\n\n%c%s.\n", cmd->name, part ? " " : "",
           part ? part->name : "", it->parts ? " COMMAND" : "",
           it->words[0] ? " " : "", it->words,
           it->summary[0]
               - ('a' <= it->summary[0] && it->summary[0] <= 'z' ? 32 : 0),
           it->summary + 1);

    if (it->alias != NULL) {
        printf("Also: %s\n", it->alias);
    }

    if (it->more != NULL) {
        printf("\n%s", it->more);
    }

    if (it->parts != NULL) {
        printf("\nCommands:\n");
        for (p = it->parts; p->name != NULL; p++) {
            printf("  %-12s %s\n", p->name, p->summary);
        }
        return;
    }

    pdn_cli_help_options(it->options);
}


void
pdn_cli_overview(void)
{
    const pdn_cmd_t *cmd;

    printf("Usage: pandan COMMAND [OPTIONS] [WORDS]\n\nCommands:\n");

    for (cmd = pdn_commands; cmd->name != NULL; cmd++) {
        printf("  %-12s %s\n", cmd->name, cmd->summary);
    }

    printf("\n'pandan help COMMAND' tells more about one.\n");
}
