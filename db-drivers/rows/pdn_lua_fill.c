/*
 * SPDX-License-Identifier: MIT
 *
 * Many rows as Lua tables: their cells are laid out for a compiled function of
 * Lua, which makes tables faster than the C API can.  Rows that are unlike the
 * first one it leaves to the C API.
 */

#include <string.h>

#include "pdn_lua_db.h"


#define PDN_LUA_FILL_LEAST   64  /* rows that are worth it */
#define PDN_LUA_FILL_SLICE   256 /* rows at a time */
#define PDN_LUA_FILL_COLUMNS 60
#define PDN_LUA_FILL_KEY     1024

/* So many may be unlike, and one of so many more. */
#define PDN_LUA_FILL_MISFITS 8


/* As framework/pandan/db/rows.lua reads it. */

typedef enum {
    PDN_LUA_CELL_NUMBER = 0,
    PDN_LUA_CELL_TEXT,
    PDN_LUA_CELL_OTHER
} pdn_lua_cell_e;

typedef struct {
    union {
        double n;
        const char *p;
    } as;
    int32_t len;
    int32_t kind;
} pdn_lua_cell_t;


static size_t pdn_lua_fill_key(const pdn_db_rows_t *rows, char *key);
static size_t pdn_lua_fill_read(const pdn_db_rows_t *rows, size_t *pos,
                                size_t n, pdn_lua_cell_t *cells,
                                size_t *starts);
static void pdn_lua_fill_cell(pdn_lua_cell_t *cell, const pdn_db_value_t *v);
static size_t pdn_lua_fill_call(lua_State *L, int top, int list,
                                const pdn_lua_cell_t *cells, size_t from,
                                size_t to);


size_t
pdn_lua_fill(lua_State *L, int list, int names, const pdn_db_rows_t *rows,
             size_t *pos, pdn_lua_int64_e int64)
{
    int top;
    char key[PDN_LUA_FILL_KEY];
    size_t r, n, len, done, built, at, misfits;
    size_t starts[PDN_LUA_FILL_SLICE];
    pdn_lua_cell_t *cells;

    len = pdn_lua_fill_key(rows, key);

    if (len == 0) {
        return 1;
    }

    luaL_checkstack(L, 16, "rows");
    top = lua_gettop(L);

    /* what a call is given again and again; the cells go with an error too */
    lua_getfield(L, LUA_REGISTRYINDEX, PDN_LUA_DB_FILL);
    lua_pushvalue(L, names);
    lua_pushlstring(L, key + len - rows->ncols, rows->ncols);
    lua_pushlstring(L, key, len);
    cells = lua_newuserdata(L, PDN_LUA_FILL_SLICE * rows->ncols
                                   * sizeof(pdn_lua_cell_t));
    misfits = 0;
    r = 1;

    while (r <= rows->nrows && misfits <= PDN_LUA_FILL_MISFITS + r / 8) {
        n = pdn_lua_fill_read(rows, pos, rows->nrows - r + 1, cells, starts);

        for (done = 0; done < n; done++, r++, misfits++) {
            built = pdn_lua_fill_call(L, top, list, cells + done * rows->ncols,
                                      r, r + n - done - 1)
                    - r;
            done += built;
            r += built;

            if (done == n) {
                break;
            }

            at = starts[done];
            pdn_lua_push_row(L, names, rows, &at, int64);
            lua_rawseti(L, list, r);
        }
    }

    lua_settop(L, top);

    return r;
}


/*
 * What all results have in common that one function makes: names of columns,
 * and kinds, at the end.  0: there is none for these.
 */
static size_t
pdn_lua_fill_key(const pdn_db_rows_t *rows, char *key)
{
    size_t pos;
    unsigned c;
    pdn_db_value_t v;
    pdn_lua_cell_t cell;

    if (rows->nrows < PDN_LUA_FILL_LEAST || rows->ncols > PDN_LUA_FILL_COLUMNS
        || rows->cells + rows->ncols > PDN_LUA_FILL_KEY)
    {
        return 0;
    }

    memcpy(key, rows->data, rows->cells);
    pos = rows->cells;

    for (c = 0; c < rows->ncols; c++) {
        pdn_db_rows_next(rows, &pos, &v);
        pdn_lua_fill_cell(&cell, &v);

        if (cell.kind == PDN_LUA_CELL_OTHER) {
            return 0;
        }

        key[rows->cells + c] = cell.kind == PDN_LUA_CELL_TEXT ? 't' : 'n';
    }

    return rows->cells + rows->ncols;
}


/* Answers how many rows it has read. */
static size_t
pdn_lua_fill_read(const pdn_db_rows_t *rows, size_t *pos, size_t n,
                  pdn_lua_cell_t *cells, size_t *starts)
{
    size_t r;
    unsigned c;
    pdn_db_value_t v;

    if (n > PDN_LUA_FILL_SLICE) {
        n = PDN_LUA_FILL_SLICE;
    }

    for (r = 0; r < n; r++) {
        starts[r] = *pos;

        for (c = 0; c < rows->ncols; c++) {
            pdn_db_rows_next(rows, pos, &v);
            pdn_lua_fill_cell(cells++, &v);
        }
    }

    return n;
}


static void
pdn_lua_fill_cell(pdn_lua_cell_t *cell, const pdn_db_value_t *v)
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

    case PDN_DB_TEXT:
    case PDN_DB_BINARY:
        if (v->as.s.len <= INT32_MAX) {
            cell->kind = PDN_LUA_CELL_TEXT;
            cell->as.p = v->as.s.data;
            cell->len = (int32_t) v->as.s.len;
        }

        break;

    case PDN_DB_UINT:
    case PDN_DB_BOOL:
    case PDN_DB_NULL:
        break;
    }
}


/* rows.fill() of framework/pandan/db/rows.lua: the row that it did not make. */
static size_t
pdn_lua_fill_call(lua_State *L, int top, int list, const pdn_lua_cell_t *cells,
                  size_t from, size_t to)
{
    size_t next;

    lua_pushvalue(L, top + 1);
    lua_pushvalue(L, list);
    lua_pushvalue(L, top + 2);
    lua_pushvalue(L, top + 3);
    lua_pushvalue(L, top + 4);
    lua_pushlightuserdata(L, (void *) cells);
    lua_pushnumber(L, from);
    lua_pushnumber(L, to);

    if (!pdn_lua_call_apart(L, 7)) {
        return from;
    }

    next = lua_tonumber(L, -1);
    lua_pop(L, 1);

    return next;
}
