/*
 * SPDX-License-Identifier: MIT
 *
 * Lua values to requests, results to Lua values.  No nginx.
 */

#ifndef PDN_LUA_DB_H
#define PDN_LUA_DB_H


#include <lua.h>
#include <lauxlib.h>

#include "pdn_db.h"
#include "pdn_db_rows.h"
#include "pdn_pg.h"


#define PDN_LUA_TCDATA 10 /* LuaJIT's, not in its headers */

#define PDN_LUA_SAFE_INTEGER PDN_DB_SAFE_INTEGER


/* Integers beyond 2^53, which a Lua number cannot hold. */

typedef enum {
    PDN_LUA_INT64_STRING = 0,
    PDN_LUA_INT64_CDATA,
    PDN_LUA_INT64_NUMBER
} pdn_lua_int64_e;


/*
 * In the registry: the metatable of db.binary(s), whose [1] is s, and [2] of a
 * text of PostgreSQL the number of its type; the functions int64(high, low) and
 * json(text).
 */
#define PDN_LUA_DB_BINARY "pandan.db.binary"
#define PDN_LUA_DB_INT64  "pandan.db.int64"
#define PDN_LUA_DB_JSON   "pandan.db.json"
#define PDN_LUA_DB_FILL   "pandan.db.fill"
#define PDN_LUA_DB_THREAD "pandan.db.thread"


/*
 * The request of the statement at `sql` and the values above it.  NULL when
 * the caller made a mistake, with its description on the stack.
 * [-0, +0|1, m]
 */
pdn_db_request_t *pdn_lua_request(lua_State *L, int sql,
                                  pdn_db_dialect_e dialect);

/* The same of a statement that is known to have so many placeholders. */
pdn_db_request_t *pdn_lua_known_request(lua_State *L, int sql,
                                        pdn_db_dialect_e dialect,
                                        unsigned wanted);

/*
 * The batch at `index`, a list of lists that begin with a statement; `*n` says
 * how many there are.  As above.  [-0, +0|1, m]
 */
pdn_db_request_t *pdn_lua_batch(lua_State *L, int index,
                                pdn_db_dialect_e dialect, unsigned *n);

/* A statement, or several, without values. */
pdn_db_request_t *pdn_lua_script(lua_State *L, int sql);

/*
 * Whether the cdata at `index` is a number that a statement takes, in `*v`
 * then: a 64 bit integer, signed or not.
 */
int pdn_lua_cdata(lua_State *L, int index, pdn_db_value_t *v);

/*
 * An array of rows; see docs/architecture.md.  With several results the one
 * that counts, which has the others in its metatable.  [-0, +1, m]
 */
void pdn_lua_push_rows(lua_State *L, const pdn_db_rows_t *rows,
                       pdn_lua_int64_e int64);
void pdn_lua_push_results(lua_State *L, const pdn_db_rows_t *list,
                          pdn_lua_int64_e int64);
void pdn_lua_push_raw(lua_State *L, const pdn_db_rows_t *list);


/* How PostgreSQL's values become Lua's; each but the first is 0 or 1. */

typedef struct {
    pdn_lua_int64_e int64;
    unsigned plain;   /* all are texts */
    unsigned sparse;  /* NULL is left out */
    unsigned numeric; /* numbers, not exact texts */
    unsigned json;    /* decoded */
    unsigned arrays;  /* tables */
} pdn_lua_pg_types_t;


/*
 * Rows as above, the text of a COPY, or an array of notifications.
 * [-0, +1, m]
 */
void pdn_lua_push_pg(lua_State *L, const pdn_pg_answer_t *answer,
                     const pdn_lua_pg_types_t *types);

/*
 * All results of a request that was raw, in an array: { rows, names, types,
 * command } each, as the drivers of others want them, `notices`, and what was
 * `notified`.  NULL is left out, and `plain` makes all values texts.
 * [-0, +1, m]
 */
void pdn_lua_push_pg_results(lua_State *L, const pdn_pg_answer_t *answer,
                             int plain);

/*
 * The rows of `result` into the array at `rows`, from number `first` on; the
 * names of its columns stand in the table at `names`, and behind it on the
 * stack.  [-0, +0, e]
 */
void pdn_lua_set_pg_rows(lua_State *L, int rows, int first, int names,
                         PGresult *result, const pdn_lua_pg_types_t *types);

/* 0: an integer that Lua's numbers may not hold; then `*n` is not set. */
int pdn_lua_pg_number(const char *text, int len, double *n);

/* Whether values of this type become tables. */
int pdn_lua_pg_is_array(Oid type);

/* An array of { severity, code, message, detail, hint }.  [-0, +1, m] */
void pdn_lua_push_pg_notices(lua_State *L, const pdn_pg_text_t *text);

/* An array of { channel, payload, pid }.  [-0, +1, m] */
void pdn_lua_push_pg_notified(lua_State *L, const pdn_pg_text_t *text);

/*
 * The text is one value of this type; what stands behind it is no part of a
 * number.  [-0, +1, m]
 */
void pdn_lua_push_pg_value(lua_State *L, Oid type, const char *text, int len,
                           const pdn_lua_pg_types_t *types);


/*
 * Calls a function for its one result.  Results are made while their coroutine
 * is suspended, where Lua cannot run: it does on a thread of its own.  0: it
 * has failed, and nothing is left of it.  [-(nargs + 1), +1|0, -]
 */
int pdn_lua_call_apart(lua_State *L, int nargs);

/*
 * The rows from `pos` on into the table at `list`; the names of their columns
 * are the table at `names`.  [-0, +0, e]
 */
void pdn_lua_set_rows(lua_State *L, int list, int names,
                      const pdn_db_rows_t *rows, size_t pos,
                      pdn_lua_int64_e int64);


/* For both: rows, their metatable and their names, empty.  [-0, +3, m] */
void pdn_lua_rows_create(lua_State *L, int nrows, int ncols, double affected);
void pdn_lua_push_value(lua_State *L, const pdn_db_value_t *v,
                        pdn_lua_int64_e int64);
void pdn_lua_push_int64(lua_State *L, int64_t n, pdn_lua_int64_e int64);
void pdn_lua_push_uint64(lua_State *L, uint64_t n, pdn_lua_int64_e int64);


#endif /* PDN_LUA_DB_H */
