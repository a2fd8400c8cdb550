/*
 * SPDX-License-Identifier: MIT
 *
 * Rows as an array of cells: filled by a driver that may not touch Lua, read
 * by the binding that may.
 */

#ifndef PDN_DB_ROWS_H
#define PDN_DB_ROWS_H


#include <stddef.h>
#include <stdint.h>

#include "pdn_db.h"


/* Integers up to 2^53 are numbers, which hold them exactly. */
#define PDN_DB_SAFE_INTEGER 9007199254740992LL


/* Which of the results of a statement rows are; MySQL gives several. */

typedef enum {
    PDN_DB_ROWS_RESULT = 0,
    PDN_DB_ROWS_OUT,      /* one row: parameters of a procedure */
    PDN_DB_ROWS_WARNINGS, /* Level, Code, Message */
    PDN_DB_ROWS_ERROR     /* raw: number in `affected`, then state and text */
} pdn_db_rows_kind_e;


/* As framework/pandan/db/rows.lua reads it. */

typedef enum {
    PDN_DB_CELL_NUMBER = 0,
    PDN_DB_CELL_TEXT,
    PDN_DB_CELL_BOOL, /* a number that is not 0 */
    PDN_DB_CELL_NULL,
    PDN_DB_CELL_OTHER, /* from here on the row is made by C */
    PDN_DB_CELL_INT,   /* beyond what a number holds */
    PDN_DB_CELL_UINT
} pdn_db_cell_e;

typedef struct {
    union {
        double n;
        int64_t i;
        const char *p;
    } as;
    int32_t len; /* of a text */
    int32_t kind;
} pdn_db_cell_t;


typedef struct pdn_db_rows_block_s pdn_db_rows_block_t;
typedef struct pdn_db_rows_s pdn_db_rows_t;

struct pdn_db_rows_s {
    pdn_db_rows_t *next; /* another result of the statement */
    pdn_db_rows_kind_e kind;
    pdn_db_cell_t *cells; /* the columns' names, then row by row */
    size_t ncells;
    size_t max_cells;
    pdn_db_rows_block_t *blocks; /* that texts lie in; the newest first */
    char *free;                  /* of the newest one */
    size_t nfree;
    size_t kept; /* bytes of texts */
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

/* How much memory the rows need, about. */
static inline size_t
pdn_db_rows_size(const pdn_db_rows_t *rows)
{
    return rows->ncells * sizeof(pdn_db_cell_t) + rows->kept;
}

/* 0 when there is no memory, then `failed` is set too. */
int pdn_db_rows_put_name(pdn_db_rows_t *rows, const char *name);
int pdn_db_rows_put_text(pdn_db_rows_t *rows, const void *data, size_t len);

/* A copy that lives as long as the rows; NULL as above. */
const char *pdn_db_rows_keep(pdn_db_rows_t *rows, const void *data, size_t len);

/* Makes room for another cell.  As above. */
int pdn_db_rows_grow(pdn_db_rows_t *rows);

static inline int
pdn_db_rows_put(pdn_db_rows_t *rows, pdn_db_cell_t cell)
{
    if (rows->ncells == rows->max_cells && !pdn_db_rows_grow(rows)) {
        return 0;
    }

    rows->cells[rows->ncells++] = cell;

    return 1;
}

/* The same for a text that stays where it is: pdn_db_rows_keep() made it. */
static inline int
pdn_db_rows_put_kept(pdn_db_rows_t *rows, const char *data, size_t len)
{
    if (len > INT32_MAX) {
        rows->failed = 1;
        return 0;
    }

    return pdn_db_rows_put(rows, (pdn_db_cell_t){ .kind = PDN_DB_CELL_TEXT,
                                                  .as.p = data,
                                                  .len = (int32_t) len });
}

static inline int
pdn_db_rows_put_null(pdn_db_rows_t *rows)
{
    return pdn_db_rows_put(rows, (pdn_db_cell_t){ .kind = PDN_DB_CELL_NULL });
}

static inline int
pdn_db_rows_put_float(pdn_db_rows_t *rows, double n)
{
    return pdn_db_rows_put(
        rows, (pdn_db_cell_t){ .kind = PDN_DB_CELL_NUMBER, .as.n = n });
}

static inline int
pdn_db_rows_put_int(pdn_db_rows_t *rows, int64_t i)
{
    if (i <= PDN_DB_SAFE_INTEGER && i >= -PDN_DB_SAFE_INTEGER) {
        return pdn_db_rows_put_float(rows, (double) i);
    }

    return pdn_db_rows_put(
        rows, (pdn_db_cell_t){ .kind = PDN_DB_CELL_INT, .as.i = i });
}

static inline int
pdn_db_rows_put_uint(pdn_db_rows_t *rows, uint64_t i)
{
    if (i <= INT64_MAX) {
        return pdn_db_rows_put_int(rows, (int64_t) i);
    }

    return pdn_db_rows_put(
        rows, (pdn_db_cell_t){ .kind = PDN_DB_CELL_UINT, .as.i = (int64_t) i });
}

static inline int
pdn_db_rows_put_bool(pdn_db_rows_t *rows, int yes)
{
    return pdn_db_rows_put(
        rows, (pdn_db_cell_t){ .kind = PDN_DB_CELL_BOOL, .as.n = yes });
}

/*
 * Reads the cell at `*pos` and moves on; names come first, `ncols` of them,
 * then row by row.  A small integer comes as a float.  Texts live as long as
 * the rows.
 */
void pdn_db_rows_next(const pdn_db_rows_t *rows, size_t *pos,
                      pdn_db_value_t *value);


#endif /* PDN_DB_ROWS_H */
