/*
 * SPDX-License-Identifier: MIT
 */

#include "pdn_lua_db.h"
#include "pdn_lua_fill.h"


#define PDN_LUA_FILL_LEAST 64 /* rows that are worth it */

/* So many may be unlike, and one of so many more. */
#define PDN_LUA_FILL_MISFITS 8
#define PDN_LUA_FILL_SHARE   8


/* What the function is called with, where it stands on the stack. */

typedef struct {
    int list;
    size_t first;
    int top; /* behind it: the function, names, kinds, cells */
} pdn_lua_fill_t;


static int pdn_lua_fill_kinds(pdn_lua_source_t *s, char *kinds);
static size_t pdn_lua_fill_slices(lua_State *L, const pdn_lua_fill_t *f,
                                  pdn_lua_source_t *s);
static size_t pdn_lua_fill_call(lua_State *L, const pdn_lua_fill_t *f,
                                const pdn_db_cell_t *cells, size_t row,
                                size_t n);


void
pdn_lua_fill(lua_State *L, int list, size_t first, int names,
             pdn_lua_source_t *s)
{
    size_t row;
    char kinds[PDN_LUA_FILL_COLUMNS + 1];
    pdn_lua_fill_t f = { list, first, lua_gettop(L) };

    row = 0;

    if (pdn_lua_fill_kinds(s, kinds)) {
        luaL_checkstack(L, 16, "rows");
        lua_getfield(L, LUA_REGISTRYINDEX, PDN_LUA_DB_FILL);
        lua_pushvalue(L, names);
        lua_pushlstring(L, kinds, s->ncols + 1);

        row = pdn_lua_fill_slices(L, &f, s);
        lua_settop(L, f.top);
    }

    for (/* void */; row < s->nrows; row++) {
        s->push(L, s, row);
        lua_rawseti(L, list, first + row);
    }
}


/* What all results have in common that one function makes, beside names. */
static int
pdn_lua_fill_kinds(pdn_lua_source_t *s, char *kinds)
{
    unsigned c;

    if (s->nrows < PDN_LUA_FILL_LEAST || s->ncols > PDN_LUA_FILL_COLUMNS) {
        return 0;
    }

    kinds[0] = s->sparse ? 's' : ' ';

    for (c = 0; c < s->ncols; c++) {
        kinds[c + 1] = s->kind(s, c);

        if (kinds[c + 1] == 0) {
            return 0;
        }
    }

    return 1;
}


/* Answers how many rows are there; with too many misfits not all. */
static size_t
pdn_lua_fill_slices(lua_State *L, const pdn_lua_fill_t *f, pdn_lua_source_t *s)
{
    size_t row, end, begin, misfits;
    pdn_db_cell_t *room;
    const pdn_db_cell_t *cells;

    room = NULL;

    if (s->cells == NULL) {
        /* they go with an error, too */
        room = lua_newuserdata(L, PDN_LUA_FILL_SLICE * s->ncols
                                      * sizeof(pdn_db_cell_t));
    }

    misfits = 0;
    end = 0;

    while (end < s->nrows
           && misfits <= PDN_LUA_FILL_MISFITS + end / PDN_LUA_FILL_SHARE)
    {
        begin = end;
        end = s->nrows - begin > PDN_LUA_FILL_SLICE ? begin + PDN_LUA_FILL_SLICE
                                                    : s->nrows;

        if (s->cells != NULL) {
            cells = s->cells + begin * s->ncols;

        } else {
            s->read(s, begin, end - begin, room);
            cells = room;
        }

        for (row = begin; row < end; row++, misfits++) {
            row += pdn_lua_fill_call(L, f, cells + (row - begin) * s->ncols,
                                     row, end - row);

            if (row == end) {
                break;
            }

            s->push(L, s, row);
            lua_rawseti(L, f->list, f->first + row);
        }
    }

    return end;
}


/* rows.fill(): how many rows it has made, up to one that is unlike. */
static size_t
pdn_lua_fill_call(lua_State *L, const pdn_lua_fill_t *f,
                  const pdn_db_cell_t *cells, size_t row, size_t n)
{
    size_t made;

    lua_pushvalue(L, f->top + 1);
    lua_pushvalue(L, f->list);
    lua_pushvalue(L, f->top + 2);
    lua_pushvalue(L, f->top + 3);
    lua_pushlightuserdata(L, (void *) cells);
    lua_pushnumber(L, f->first + row);
    lua_pushnumber(L, n);

    if (!pdn_lua_call_apart(L, 6)) {
        return 0;
    }

    made = lua_tonumber(L, -1);
    lua_pop(L, 1);

    return made;
}
