/*
 * SPDX-License-Identifier: MIT
 *
 * What PostgreSQL has answered to a statement, on its way to Lua: results of
 * libpq, the text of a COPY, or what it sent unasked.  No nginx, no Lua.
 */

#ifndef PDN_PG_H
#define PDN_PG_H


#include <libpq-fe.h>

#include "pdn_db.h"


/* Types of the server, by their numbers, which never change. */

#define PDN_PG_BOOL    16
#define PDN_PG_BYTEA   17
#define PDN_PG_INT8    20
#define PDN_PG_INT2    21
#define PDN_PG_INT4    23
#define PDN_PG_TEXT    25
#define PDN_PG_OID     26
#define PDN_PG_JSON    114
#define PDN_PG_FLOAT4  700
#define PDN_PG_FLOAT8  701
#define PDN_PG_NUMERIC 1700
#define PDN_PG_JSONB   3802


typedef enum {
    PDN_PG_ROWS = 0,
    PDN_PG_COPY,  /* a piece of COPY TO, in `text` */
    PDN_PG_NOTIFY /* channel, payload, process in `text` */
} pdn_pg_kind_e;


/* Bytes, or texts that each end with a zero. */

typedef struct {
    char *data;
    size_t len;
    size_t size;
} pdn_pg_text_t;


/*
 * Rows stand in one result, or in one result each when they were read one by
 * one; the last of a statement that was, has none.
 */
typedef struct {
    pdn_pg_kind_e kind;
    PGresult **results; /* points to `single` for one */
    PGresult *single;
    size_t nresults;
    size_t size;
    pdn_pg_text_t text;    /* of rows: what came unasked besides */
    pdn_pg_text_t notices; /* severity, code, message of each */
} pdn_pg_answer_t;


/* NULL without memory. */
pdn_pg_answer_t *pdn_pg_answer_create(void);
void pdn_pg_answer_free(void *answer);

/* Takes the result over, even when it answers 0: no memory. */
int pdn_pg_answer_add(pdn_pg_answer_t *answer, PGresult *result);

/* As add(), but all results before it are forgotten. */
int pdn_pg_answer_set(pdn_pg_answer_t *answer, PGresult *result);

/* 0 without memory, then nothing was added; and when it would be too long. */
int pdn_pg_text_add(pdn_pg_text_t *text, const char *data, size_t len);

/* The fields of an error, and our name for it. */
void pdn_pg_error(pdn_db_error_t *err, const PGresult *result);


#endif /* PDN_PG_H */
