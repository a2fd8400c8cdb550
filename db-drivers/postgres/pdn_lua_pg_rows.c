/*
 * SPDX-License-Identifier: MIT
 *
 * Rows of libpq as Lua tables.
 */

#include "pdn_lua_db.h"
#include "pdn_lua_fill.h"


typedef struct {
    pdn_lua_source_t source;
    PGresult *result;
    const pdn_lua_pg_types_t *types;
    int names; /* of columns stand behind this on the stack */
    char kinds[PDN_LUA_FILL_COLUMNS];
} pdn_lua_pg_source_t;


static char pdn_lua_pg_kind(pdn_lua_source_t *s, unsigned col);
static char pdn_lua_pg_type_kind(Oid type, const pdn_lua_pg_types_t *types);
static void pdn_lua_pg_read(pdn_lua_source_t *s, size_t row, size_t n,
                            pdn_db_cell_t *cells);
static void pdn_lua_pg_cell(pdn_db_cell_t *cell, char kind, const char *text,
                            int len);
static void pdn_lua_pg_push(lua_State *L, pdn_lua_source_t *s, size_t row);


void
pdn_lua_set_pg_rows(lua_State *L, int rows, int first, int names,
                    PGresult *result, const pdn_lua_pg_types_t *types)
{
    pdn_lua_pg_source_t s;

    s.source.nrows = PQntuples(result);
    s.source.ncols = PQnfields(result);
    s.source.sparse = types->sparse;
    s.source.cells = NULL;
    s.source.kind = pdn_lua_pg_kind;
    s.source.read = pdn_lua_pg_read;
    s.source.push = pdn_lua_pg_push;
    s.result = result;
    s.types = types;
    s.names = names;

    pdn_lua_fill(L, rows, first, names, &s.source);
}


static char
pdn_lua_pg_kind(pdn_lua_source_t *s, unsigned col)
{
    pdn_lua_pg_source_t *pg = (pdn_lua_pg_source_t *) s;

    pg->kinds[col] = pdn_lua_pg_type_kind(PQftype(pg->result, col), pg->types);

    return pg->kinds[col];
}


/* What becomes a table, or other bytes, is left to C. */
static char
pdn_lua_pg_type_kind(Oid type, const pdn_lua_pg_types_t *types)
{
    if (types->plain) {
        return 't';
    }

    switch (type) {

    case PDN_PG_INT2:
    case PDN_PG_INT4:
    case PDN_PG_INT8:
    case PDN_PG_OID:
    case PDN_PG_FLOAT4:
    case PDN_PG_FLOAT8:
        return 'n';

    case PDN_PG_NUMERIC:
        return types->numeric ? 'n' : 't';

    case PDN_PG_BOOL:
        return 'b';

    case PDN_PG_BYTEA:
        return 0;

    case PDN_PG_JSON:
    case PDN_PG_JSONB:
        return types->json ? 0 : 't';

    default:
        return types->arrays && pdn_lua_pg_is_array(type) ? 0 : 't';
    }
}


static void
pdn_lua_pg_read(pdn_lua_source_t *s, size_t row, size_t n, pdn_db_cell_t *cells)
{
    int len;
    size_t r;
    unsigned c;
    pdn_lua_pg_source_t *pg = (pdn_lua_pg_source_t *) s;

    for (r = row; r < row + n; r++) {
        for (c = 0; c < s->ncols; c++, cells++) {
            len = PQgetlength(pg->result, r, c);

            /* what has a length needs no other look */
            if (len == 0 && PQgetisnull(pg->result, r, c)) {
                cells->kind = PDN_DB_CELL_NULL;

            } else {
                pdn_lua_pg_cell(cells, pg->kinds[c],
                                PQgetvalue(pg->result, r, c), len);
            }
        }
    }
}


static void
pdn_lua_pg_cell(pdn_db_cell_t *cell, char kind, const char *text, int len)
{
    switch (kind) {

    case 'n':
        cell->kind = PDN_DB_CELL_NUMBER;

        if (!pdn_lua_pg_number(text, len, &cell->as.n)) {
            cell->kind = PDN_DB_CELL_OTHER;
        }

        break;

    case 'b':
        cell->kind = PDN_DB_CELL_BOOL;
        cell->as.n = text[0] == 't';
        break;

    default:
        cell->kind = PDN_DB_CELL_TEXT;
        cell->as.p = text;
        cell->len = len;
        break;
    }
}


static void
pdn_lua_pg_push(lua_State *L, pdn_lua_source_t *s, size_t row)
{
    int c, len;
    pdn_lua_pg_source_t *pg = (pdn_lua_pg_source_t *) s;

    lua_createtable(L, 0, s->ncols);

    for (c = 0; c < (int) s->ncols; c++) {
        len = PQgetlength(pg->result, row, c);

        if (len == 0 && PQgetisnull(pg->result, row, c)) {
            if (!s->sparse) {
                lua_pushvalue(L, pg->names + 1 + c);
                lua_pushlightuserdata(L, NULL);
                lua_rawset(L, -3);
            }

            continue;
        }

        lua_pushvalue(L, pg->names + 1 + c);

        if (pg->types->plain) {
            lua_pushlstring(L, PQgetvalue(pg->result, row, c), len);

        } else {
            pdn_lua_push_pg_value(L, PQftype(pg->result, c),
                                  PQgetvalue(pg->result, row, c), len,
                                  pg->types);
        }

        lua_rawset(L, -3);
    }
}
