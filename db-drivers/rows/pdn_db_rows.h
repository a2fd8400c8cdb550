/*
 * SPDX-License-Identifier: MIT
 *
 * Rows in one growing block: filled by a driver that may not touch Lua, read
 * by the binding that may.
 */

#ifndef PDN_DB_ROWS_H
#define PDN_DB_ROWS_H


#include <stddef.h>
#include <stdint.h>

#include "pdn_db.h"


/* Which of the results of a statement rows are; MySQL gives several. */

typedef enum {
    PDN_DB_ROWS_RESULT = 0,
    PDN_DB_ROWS_OUT,      /* one row: parameters of a procedure */
    PDN_DB_ROWS_WARNINGS, /* Level, Code, Message */
    PDN_DB_ROWS_ERROR     /* raw: number in `affected`, then state and text */
} pdn_db_rows_kind_e;


typedef struct pdn_db_rows_s pdn_db_rows_t;

struct pdn_db_rows_s {
    pdn_db_rows_t *next; /* another result of the statement */
    pdn_db_rows_kind_e kind;
    char *data; /* names of the columns, then the cells */
    size_t len;
    size_t size;
    size_t cells; /* where the first cell stands in `data` */
    unsigned ncols;
    size_t nrows;
    int64_t affected;
    int64_t insert_id; /* 0 for none */
    unsigned warnings; /* how many the server has noted */
    unsigned status;   /* raw: the server's, with a text for no columns */
    unsigned raw;      /* of the request */
    unsigned last;     /* of the first result: the last one counts */
    unsigned failed;   /* no memory: the rows are not whole */
};


/* Empties it, keeping nothing; also what the memory is given back by. */
void pdn_db_rows_release(pdn_db_rows_t *rows);

/* One of its own on the heap, empty; NULL without memory.  All of them go. */
pdn_db_rows_t *pdn_db_rows_create(void);
void pdn_db_rows_free(void *rows);

/* 0 when there is no memory, then `failed` is set too. */
int pdn_db_rows_put_name(pdn_db_rows_t *rows, const char *name);
int pdn_db_rows_put_null(pdn_db_rows_t *rows);
int pdn_db_rows_put_int(pdn_db_rows_t *rows, pdn_db_type_e type, int64_t i);
int pdn_db_rows_put_float(pdn_db_rows_t *rows, double f);
int pdn_db_rows_put_text(pdn_db_rows_t *rows, const void *data, size_t len);

/*
 * Reads the value at `*pos` and moves on; names come first, `ncols` of them,
 * then the cells row by row.  Texts point into the block.
 */
void pdn_db_rows_next(const pdn_db_rows_t *rows, size_t *pos,
                      pdn_db_value_t *value);


#endif /* PDN_DB_ROWS_H */
