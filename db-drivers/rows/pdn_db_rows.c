/*
 * SPDX-License-Identifier: MIT
 *
 * Rows as an array of cells, which may move as it grows, and blocks of texts,
 * which do not, for cells point into them.  The first block has the first
 * cells too: few rows are one piece of memory.
 */

#include <stdlib.h>
#include <string.h>

#include "pdn_db_rows.h"


#define PDN_DB_ROWS_CELLS 16 /* of the first block */

#define PDN_DB_ROWS_FIRST    1024
#define PDN_DB_ROWS_GREATEST 65536


struct pdn_db_rows_block_s {
    pdn_db_rows_block_t *next;
    size_t size;
};


/* A new block, of `n` bytes at least. */
static int
pdn_db_rows_add_block(pdn_db_rows_t *rows, size_t n)
{
    size_t size;
    pdn_db_rows_block_t *block;

    size = rows->blocks != NULL ? rows->blocks->size * 2 : PDN_DB_ROWS_FIRST;

    if (size > PDN_DB_ROWS_GREATEST) {
        size = PDN_DB_ROWS_GREATEST;
    }

    if (size < n + sizeof(pdn_db_rows_block_t)) {
        size = n + sizeof(pdn_db_rows_block_t);
    }

    block = malloc(size);
    if (block == NULL) {
        rows->failed = 1;
        return 0;
    }

    block->next = rows->blocks;
    block->size = size;
    rows->blocks = block;
    rows->free = (char *) (block + 1);
    rows->nfree = size - sizeof(pdn_db_rows_block_t);

    return 1;
}


void
pdn_db_rows_release(pdn_db_rows_t *rows)
{
    pdn_db_rows_block_t *block, *next;

    if (rows->max_cells > PDN_DB_ROWS_CELLS) {
        free(rows->cells);
    }

    for (block = rows->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }

    memset(rows, 0, sizeof(pdn_db_rows_t));
}


pdn_db_rows_t *
pdn_db_rows_create(void)
{
    return calloc(1, sizeof(pdn_db_rows_t));
}


void
pdn_db_rows_free(void *rows)
{
    pdn_db_rows_t *next;

    for (/* void */; rows != NULL; rows = next) {
        next = ((pdn_db_rows_t *) rows)->next;
        pdn_db_rows_release(rows);
        free(rows);
    }
}


int
pdn_db_rows_grow(pdn_db_rows_t *rows)
{
    size_t n;
    pdn_db_cell_t *cells;

    if (rows->max_cells == 0) {
        n = PDN_DB_ROWS_CELLS * sizeof(pdn_db_cell_t);

        if (!pdn_db_rows_add_block(rows, n)) {
            return 0;
        }

        rows->cells = (pdn_db_cell_t *) rows->free;
        rows->max_cells = PDN_DB_ROWS_CELLS;
        rows->free += n;
        rows->nfree -= n;

        return 1;
    }

    n = rows->max_cells * 4;
    cells = n <= SIZE_MAX / sizeof(pdn_db_cell_t) / 4 ? realloc(
                rows->max_cells > PDN_DB_ROWS_CELLS ? rows->cells : NULL,
                n * sizeof(pdn_db_cell_t))
                                                      : NULL;

    if (cells == NULL) {
        rows->failed = 1;
        return 0;
    }

    if (rows->max_cells == PDN_DB_ROWS_CELLS) {
        memcpy(cells, rows->cells, rows->ncells * sizeof(pdn_db_cell_t));
    }

    rows->cells = cells;
    rows->max_cells = n;

    return 1;
}


const char *
pdn_db_rows_keep(pdn_db_rows_t *rows, const void *data, size_t len)
{
    char *p;

    /* the first cells come before the first text */
    if (rows->max_cells == 0 && !pdn_db_rows_grow(rows)) {
        return NULL;
    }

    if (rows->nfree < len && !pdn_db_rows_add_block(rows, len)) {
        return NULL;
    }

    p = rows->free;

    if (len) {
        memcpy(p, data, len);
    }

    rows->free += len;
    rows->nfree -= len;
    rows->kept += len;

    return p;
}


int
pdn_db_rows_put_text(pdn_db_rows_t *rows, const void *data, size_t len)
{
    const char *p;

    p = pdn_db_rows_keep(rows, data, len);

    return p != NULL && pdn_db_rows_put_kept(rows, p, len);
}


int
pdn_db_rows_put_name(pdn_db_rows_t *rows, const char *name)
{
    if (!pdn_db_rows_put_text(rows, name, strlen(name))) {
        return 0;
    }

    rows->ncols++;

    return 1;
}


void
pdn_db_rows_next(const pdn_db_rows_t *rows, size_t *pos, pdn_db_value_t *value)
{
    const pdn_db_cell_t *cell = &rows->cells[(*pos)++];

    switch ((pdn_db_cell_e) cell->kind) {

    case PDN_DB_CELL_NUMBER:
        value->type = PDN_DB_FLOAT;
        value->as.f = cell->as.n;
        return;

    case PDN_DB_CELL_TEXT:
        value->type = PDN_DB_TEXT;
        value->as.s.data = cell->as.p;
        value->as.s.len = cell->len;
        return;

    case PDN_DB_CELL_BOOL:
        value->type = PDN_DB_BOOL;
        value->as.i = cell->as.n != 0;
        return;

    case PDN_DB_CELL_INT:
        value->type = PDN_DB_INT;
        value->as.i = cell->as.i;
        return;

    case PDN_DB_CELL_UINT:
        value->type = PDN_DB_UINT;
        value->as.i = cell->as.i;
        return;

    case PDN_DB_CELL_NULL:
    case PDN_DB_CELL_OTHER: /* not in rows */
        value->type = PDN_DB_NULL;
        return;
    }
}
