/* SPDX-License-Identifier: MIT */
/*
 * One failure of the package manager as its user sees it: a stable code, one
 * cause, the place in a file, one next step. Every code is a row of the table
 * in pdn_error_codes.c, which `pandan explain CODE` prints.
 */

#ifndef PDN_ERROR_H
#define PDN_ERROR_H

#include "pdn_str.h"

#include <stdint.h>
#include <stdio.h>

/* How the commands of the package manager end; docs/book/packages.md. */
typedef enum {
    PDN_PM_OK = 0,
    PDN_PM_FAILED = 1,
    PDN_PM_USAGE = 2,       /* command line or manifest not understood */
    PDN_PM_NO_SOLUTION = 3, /* no set of versions fits */
    PDN_PM_NETWORK = 4,     /* a registry cannot be reached or answers badly */
    PDN_PM_INTEGRITY = 5,   /* hash, signature or policy refuses */
    PDN_PM_STALE = 6,       /* the lock does not fit, under --locked */
    PDN_PM_BUILD = 7,       /* a build failed or is not approved */
    PDN_PM_FINDINGS = 8,    /* outdated, audit, verify found something */
    PDN_PM_INTERRUPT = 130
} pdn_pm_exit_t;

/*
 * The codes. The hundreds tell the part: 01 files of the project, 02 lock,
 * 03 resolver, 04 network and sources, 05 integrity and policy, 06 archives
 * and store, 07 builds, 08 findings, 09 the machine. Codes are never given a
 * new meaning.
 */
typedef struct {
    int number; /* 301 prints as P0301 */
    pdn_pm_exit_t exit;
    const char *title;   /* "no set of versions fits" */
    const char *explain; /* paragraphs for `pandan explain` */
} pdn_error_code_t;

/* Ends with number 0; in the order of numbers. */
extern const pdn_error_code_t pdn_error_codes[];
const pdn_error_code_t *pdn_error_code(int number);

/* A place in a text; all zeroes for none. Owned by whoever made it. */
typedef struct {
    const char *file;   /* as people know it: "pandan.pkg.lua" */
    const char *source; /* the whole text, to show the line; may be NULL */
    size_t source_len;
    uint32_t line; /* from 1, as the column, which counts bytes */
    uint32_t column;
    uint32_t length; /* how many bytes are meant; 0 as 1 */
} pdn_span_t;

/* All zeroes: nothing failed. Owned by the caller; release it. */
typedef struct {
    int number;
    pdn_str_t text;  /* the cause, in lower case, lines separated by \n */
    pdn_str_t help;  /* the next step, "" for none */
    pdn_str_t where; /* "pandan.pkg.lua:6:5", "" for none */
    pdn_str_t quote; /* the line of the file and the carets below it */
} pdn_error_t;

/*
 * Notes a failure; returns -1 for the caller to return. What was noted before
 * is forgotten: the first cause is to be returned up, not wrapped.
 */
int pdn_error(pdn_error_t *e, int number, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int pdn_error_at(pdn_error_t *e, const pdn_span_t *span, int number,
                 const char *fmt, ...) __attribute__((format(printf, 4, 5)));
int pdn_error_memory(pdn_error_t *e);

/* Adds the next step to what was noted; returns -1. */
int pdn_error_help(pdn_error_t *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "the cause" becomes "cannot X: the cause". */
int pdn_error_within(pdn_error_t *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

pdn_pm_exit_t pdn_error_exit(const pdn_error_t *e);

/*
 * As people read it, in colours if so asked, or with `json` as one line
 * {"type":"error","code":"P0301",...}. Control bytes are never passed on.
 */
void pdn_error_print(const pdn_error_t *e, FILE *out, int colour);
void pdn_error_print_json(const pdn_error_t *e, FILE *out);

void pdn_error_release(pdn_error_t *e);

#endif /* PDN_ERROR_H */
