/*
 * SPDX-License-Identifier: MIT
 *
 * Many rows as Lua tables: their cells are laid out for a compiled function of
 * Lua, framework/pandan/db/rows.lua, which makes tables faster than Lua's C API
 * can.  Rows that it does not make, as they are few or unlike, are made by C.
 */

#ifndef PDN_LUA_FILL_H
#define PDN_LUA_FILL_H


#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#include "pdn_db_rows.h"


#define PDN_LUA_FILL_COLUMNS 60 /* at most, to be compiled */
#define PDN_LUA_FILL_SLICE   256


/* Where rows come from; the first member of a driver's own. */

typedef struct pdn_lua_source_s pdn_lua_source_t;

struct pdn_lua_source_s {
    size_t nrows;
    unsigned ncols;
    unsigned sparse; /* NULL is left out */

    /* Of all rows; NULL: they are asked for, a slice at a time. */
    const pdn_db_cell_t *cells;

    /*
     * A letter for what a column holds beside NULL: 'n', 't' or 'b'; 0: it is
     * better made by C.
     */
    char (*kind)(pdn_lua_source_t *s, unsigned col);

    /* The cells of `n` rows from `row` on, at most a slice; asked in order. */
    void (*read)(pdn_lua_source_t *s, size_t row, size_t n,
                 pdn_db_cell_t *cells);

    /* A row as a table.  [-0, +1, m] */
    void (*push)(lua_State *L, pdn_lua_source_t *s, size_t row);
};


/*
 * Puts all rows into the table at `list`, from its index `first` on; the
 * array at `names` has those of its columns.  [-0, +0, e]
 */
void pdn_lua_fill(lua_State *L, int list, size_t first, int names,
                  pdn_lua_source_t *s);


#endif /* PDN_LUA_FILL_H */
