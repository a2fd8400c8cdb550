/* SPDX-License-Identifier: MIT */
/*
 * A command of `pandan`: a row that says what it is called, what it takes and
 * what it does. Parsing, -h and the documentation's spec come from the row.
 */

#ifndef PDN_CLI_H
#define PDN_CLI_H

#include "pdn_fs.h"
#include "pdn_nearest.h"
#include "pdn_str.h"

#define PDN_VERSION "0.1.0"

/* Exit codes; docs/book/cli.md has the same table. */
typedef enum {
    PDN_EXIT_OK = 0,
    PDN_EXIT_FAILED = 1,      /* it was tried and did not work */
    PDN_EXIT_USAGE = 2,       /* the command was not understood */
    PDN_EXIT_NO_APP = 3,      /* needs to be inside an application */
    PDN_EXIT_IN_THE_WAY = 4,  /* files are there or edited, see --force */
    PDN_EXIT_NOT_RUNNING = 5, /* the server does not run */
    PDN_EXIT_SETUP = 6,       /* nginx, a module or a port is missing */
    PDN_EXIT_INTERRUPT = 130
} pdn_exit_t;

#define PDN_OPTS_MAX 20

typedef struct {
    char letter;      /* 0 for none */
    const char *name; /* NULL ends the table */
    const char *arg;  /* "PORT"; NULL for a flag */
    const char *help;
} pdn_opt_t;

typedef struct pdn_cli_s pdn_cli_t;
typedef struct pdn_cmd_s pdn_cmd_t;

struct pdn_cmd_s {
    const char *name;  /* NULL ends a table */
    const char *alias; /* other names, blanks between; or NULL */
    const char *words; /* "NAME [COLUMN:TYPE ...]" */
    const char *summary;
    const char *more;         /* lines for -h, or NULL */
    const pdn_opt_t *options; /* or NULL */
    const pdn_cmd_t *parts;   /* "db migrate": the commands below it */
    int min;                  /* words that it needs */
    int max;                  /* -1: any number */
    unsigned in_app : 1;
    unsigned passes : 1; /* from its first word on, all is the program's */
    pdn_exit_t (*run)(pdn_cli_t *cli);
};

struct pdn_cli_s {
    const pdn_cmd_t *cmd;
    const pdn_cmd_t *part;          /* of cmd->parts, or NULL */
    const char *opts[PDN_OPTS_MAX]; /* by row of the table; flags: "" */
    char **words;
    int n;

    char home[PATH_MAX];  /* where framework/ and templates/ are */
    char build[PATH_MAX]; /* where modules/ and lib/ are */
    char root[PATH_MAX];  /* of the application, "" outside */
    char cwd[PATH_MAX];
};

/* All commands; ends with a row without a name. */
extern const pdn_cmd_t pdn_commands[];

/* Errors go through here: "pandan: ..." on standard error. */
void pdn_say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Reads options and words of a command line, argv[0] being its first word.
 * Prints what is wrong and returns PDN_EXIT_USAGE; -h prints the help and
 * sets *done.
 */
pdn_exit_t pdn_cli_parse(pdn_cli_t *cli, int argc, char **argv, int *done);

/* What an option was given by its name; "" of a flag, NULL when it was not. */
const char *pdn_cli_given(const pdn_cli_t *cli, const char *name);

void pdn_cli_help(const pdn_cmd_t *cmd, const pdn_cmd_t *part);
void pdn_cli_overview(void);

/* Finds a command of a table by name or alias, NULL when there is none. */
const pdn_cmd_t *pdn_cli_find(const pdn_cmd_t *table, const char *name);

/* Says that there is no such command, and which may be meant. */
pdn_exit_t pdn_cli_unknown(const pdn_cmd_t *table, const char *what,
                           const char *name);

/* Fills home, build, cwd and root. */
int pdn_cli_locate(pdn_cli_t *cli, pdn_problem_t *problem);

#endif /* PDN_CLI_H */
