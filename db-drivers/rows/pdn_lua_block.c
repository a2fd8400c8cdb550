/*
 * SPDX-License-Identifier: MIT
 *
 * Rows that a driver has collected as Lua tables.
 */

#include "pdn_lua_db.h"
#include "pdn_lua_fill.h"


typedef struct {
    pdn_lua_source_t source;
    const pdn_db_rows_t *rows;
    int names;
    pdn_lua_int64_e int64;
    size_t pos; /* of the first row */
} pdn_lua_block_t;


static char pdn_lua_block_kind(pdn_lua_source_t *s, unsigned col);
static void pdn_lua_block_push(lua_State *L, pdn_lua_source_t *s, size_t row);


void
pdn_lua_set_rows(lua_State *L, int list, int names, const pdn_db_rows_t *rows,
                 size_t pos, pdn_lua_int64_e int64)
{
    pdn_lua_block_t block;

    block.source.nrows = rows->nrows;
    block.source.ncols = rows->ncols;
    block.source.sparse = 0;
    block.source.cells = rows->cells + pos;
    block.source.kind = pdn_lua_block_kind;
    block.source.read = NULL;
    block.source.push = pdn_lua_block_push;
    block.rows = rows;
    block.names = names;
    block.int64 = int64;
    block.pos = pos;

    pdn_lua_fill(L, list, 1, names, &block.source);
}


/* As the first rows tell, for no column has a type of its own here. */
static char
pdn_lua_block_kind(pdn_lua_source_t *s, unsigned col)
{
    size_t n;
    const pdn_db_cell_t *cell;

    static const char letters[] = { [PDN_DB_CELL_NUMBER] = 'n',
                                    [PDN_DB_CELL_TEXT] = 't',
                                    [PDN_DB_CELL_BOOL] = 'b',
                                    [PDN_DB_CELL_NULL] = 't' };

    cell = s->cells + col;

    for (n = 1; cell->kind == PDN_DB_CELL_NULL && n < s->nrows
                && n < PDN_LUA_FILL_SLICE;
         n++)
    {
        cell += s->ncols;
    }

    return cell->kind < PDN_DB_CELL_OTHER ? letters[cell->kind] : 0;
}


static void
pdn_lua_block_push(lua_State *L, pdn_lua_source_t *s, size_t row)
{
    unsigned c;
    size_t pos;
    pdn_db_value_t v;
    pdn_lua_block_t *b = (pdn_lua_block_t *) s;

    pos = b->pos + row * s->ncols;
    lua_createtable(L, 0, s->ncols);

    for (c = 1; c <= s->ncols; c++) {
        pdn_db_rows_next(b->rows, &pos, &v);
        lua_rawgeti(L, b->names, c);
        pdn_lua_push_value(L, &v, b->int64);
        lua_rawset(L, -3);
    }
}
