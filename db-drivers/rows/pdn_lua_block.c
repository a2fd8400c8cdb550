/*
 * SPDX-License-Identifier: MIT
 *
 * Rows of a block as Lua tables.
 */

#include "pdn_lua_db.h"
#include "pdn_lua_fill.h"


/* Rows of a block, which is read from its begin to its end. */

typedef struct {
    pdn_lua_source_t source;
    const pdn_db_rows_t *rows;
    int names;
    pdn_lua_int64_e int64;
    size_t pos; /* of the next row to be read */
    size_t row; /* the first of the last slice */
    size_t n;
    size_t starts[PDN_LUA_FILL_SLICE];
} pdn_lua_block_t;


static char pdn_lua_block_kind(pdn_lua_source_t *s, unsigned col);
static void pdn_lua_block_read(pdn_lua_source_t *s, size_t row, size_t n,
                               pdn_lua_cell_t *cells);
static void pdn_lua_block_cell(pdn_lua_cell_t *cell, const pdn_db_value_t *v);
static void pdn_lua_block_push(lua_State *L, pdn_lua_source_t *s, size_t row);


void
pdn_lua_set_rows(lua_State *L, int list, int names, const pdn_db_rows_t *rows,
                 size_t pos, pdn_lua_int64_e int64)
{
    pdn_lua_block_t block;

    block.source.nrows = rows->nrows;
    block.source.ncols = rows->ncols;
    block.source.sparse = 0;
    block.source.kind = pdn_lua_block_kind;
    block.source.read = pdn_lua_block_read;
    block.source.push = pdn_lua_block_push;
    block.rows = rows;
    block.names = names;
    block.int64 = int64;
    block.pos = pos;
    block.row = 0;
    block.n = 0;

    pdn_lua_fill(L, list, 1, names, &block.source);
}


/* As the first rows tell, for no column has a type of its own here. */
static char
pdn_lua_block_kind(pdn_lua_source_t *s, unsigned col)
{
    size_t pos, n;
    unsigned c;
    pdn_db_value_t v;
    pdn_lua_cell_t cell;
    pdn_lua_block_t *b = (pdn_lua_block_t *) s;

    static const char letters[] = { 'n', 't', 'b', 't', 0 };

    pos = b->pos;

    for (n = 0; n < s->nrows && n < PDN_LUA_FILL_SLICE; n++) {
        for (c = 0; c < s->ncols; c++) {
            pdn_db_rows_next(b->rows, &pos, &v);

            if (c == col && v.type != PDN_DB_NULL) {
                pdn_lua_block_cell(&cell, &v);
                return letters[cell.kind];
            }
        }
    }

    return letters[PDN_LUA_CELL_NULL];
}


static void
pdn_lua_block_read(pdn_lua_source_t *s, size_t row, size_t n,
                   pdn_lua_cell_t *cells)
{
    size_t r;
    unsigned c;
    pdn_db_value_t v;
    pdn_lua_block_t *b = (pdn_lua_block_t *) s;

    b->row = row;
    b->n = n;

    for (r = 0; r < n; r++) {
        b->starts[r] = b->pos;

        for (c = 0; c < s->ncols; c++) {
            pdn_db_rows_next(b->rows, &b->pos, &v);
            pdn_lua_block_cell(cells++, &v);
        }
    }
}


static void
pdn_lua_block_cell(pdn_lua_cell_t *cell, const pdn_db_value_t *v)
{
    cell->kind = PDN_LUA_CELL_OTHER;

    switch (v->type) {

    case PDN_DB_INT:
        if (v->as.i <= PDN_LUA_SAFE_INTEGER && v->as.i >= -PDN_LUA_SAFE_INTEGER)
        {
            cell->kind = PDN_LUA_CELL_NUMBER;
            cell->as.n = (double) v->as.i;
        }

        break;

    case PDN_DB_FLOAT:
        cell->kind = PDN_LUA_CELL_NUMBER;
        cell->as.n = v->as.f;
        break;

    case PDN_DB_BOOL:
        cell->kind = PDN_LUA_CELL_BOOL;
        cell->as.n = (double) v->as.i;
        break;

    case PDN_DB_TEXT:
    case PDN_DB_BINARY:
        if (v->as.s.len <= INT32_MAX) {
            cell->kind = PDN_LUA_CELL_TEXT;
            cell->as.p = v->as.s.data;
            cell->len = (int32_t) v->as.s.len;
        }

        break;

    case PDN_DB_NULL:
        cell->kind = PDN_LUA_CELL_NULL;
        break;

    case PDN_DB_UINT:
        break;
    }
}


static void
pdn_lua_block_push(lua_State *L, pdn_lua_source_t *s, size_t row)
{
    unsigned c;
    size_t at, *pos;
    pdn_db_value_t v;
    pdn_lua_block_t *b = (pdn_lua_block_t *) s;

    pos = &b->pos;

    if (row < b->row + b->n) {
        at = b->starts[row - b->row];
        pos = &at;
    }

    lua_createtable(L, 0, s->ncols);

    for (c = 1; c <= s->ncols; c++) {
        pdn_db_rows_next(b->rows, pos, &v);
        lua_rawgeti(L, b->names, c);
        pdn_lua_push_value(L, &v, b->int64);
        lua_rawset(L, -3);
    }
}
