/*
 * SPDX-License-Identifier: MIT
 *
 * Answers of PostgreSQL as values of Lua: rows, a text, notifications.
 */

#include <stdlib.h>
#include <string.h>

#include "pdn_lua_db.h"


static void pdn_lua_push_pg_rows(lua_State *L, const pdn_pg_answer_t *answer,
                                 const pdn_lua_pg_types_t *types);
static double pdn_lua_pg_affected(PGresult *result);
static void pdn_lua_push_pg_texts(lua_State *L, const pdn_pg_text_t *text,
                                  const char *const *names, int always);


void
pdn_lua_push_pg(lua_State *L, const pdn_pg_answer_t *answer,
                const pdn_lua_pg_types_t *types)
{
    luaL_checkstack(L, 20, "rows");

    switch (answer->kind) {

    case PDN_PG_COPY:
        lua_pushlstring(L, answer->text.data, answer->text.len);
        break;

    case PDN_PG_NOTIFY:
        pdn_lua_push_pg_notified(L, &answer->text);
        break;

    default:
        pdn_lua_push_pg_rows(L, answer, types);
        break;
    }
}


static void
pdn_lua_push_pg_rows(lua_State *L, const pdn_pg_answer_t *answer,
                     const pdn_lua_pg_types_t *types)
{
    int names, c, ncols, total;
    size_t i;
    PGresult *last;

    last = answer->results[answer->nresults - 1];
    ncols = PQnfields(last);
    total = answer->nresults > 1 ? (int) answer->nresults : PQntuples(last);

    luaL_checkstack(L, ncols + 20, "columns");
    pdn_lua_rows_create(L, total, ncols, pdn_lua_pg_affected(last));
    names = lua_gettop(L);

    /* they stay on the stack, where they are near */
    for (c = 0; c < ncols; c++) {
        lua_pushstring(L, PQfname(last, c));
        lua_pushvalue(L, -1);
        lua_rawseti(L, names, c + 1);
    }

    total = 1;

    for (i = 0; i < answer->nresults; i++) {
        pdn_lua_set_pg_rows(L, names - 2, total, names, answer->results[i],
                            types);
        total += PQntuples(answer->results[i]);
    }

    lua_settop(L, names);

    if (answer->notices.len) {
        pdn_lua_push_pg_notices(L, &answer->notices);
        lua_setfield(L, names - 1, "notices");
    }

    lua_settop(L, names - 2);
}


/* libpq counts the rows of a SELECT too; those are not changed. */
static double
pdn_lua_pg_affected(PGresult *result)
{
    const char *command;

    command = PQcmdStatus(result);

    if (strncmp(command, "SELECT", 6) == 0 || strncmp(command, "FETCH", 5) == 0
        || strncmp(command, "MOVE", 4) == 0)
    {
        return 0;
    }

    return strtod(PQcmdTuples(result), NULL);
}


void
pdn_lua_push_pg_notices(lua_State *L, const pdn_pg_text_t *text)
{
    static const char *const names[] = { "severity", "code", "message",
                                         "detail",   "hint", NULL };

    pdn_lua_push_pg_texts(L, text, names, 3);
}


void
pdn_lua_push_pg_notified(lua_State *L, const pdn_pg_text_t *text)
{
    static const char *const names[] = { "channel", "payload", "pid", NULL };

    pdn_lua_push_pg_texts(L, text, names, 3);
}


/*
 * An array of tables with these fields; those behind the first `always` are
 * left out when they are empty.  [-0, +1, m]
 */
static void
pdn_lua_push_pg_texts(lua_State *L, const pdn_pg_text_t *text,
                      const char *const *names, int always)
{
    int i, n;
    const char *p, *end;

    lua_newtable(L);

    p = text->data;
    end = p + text->len;

    for (n = 1; p < end; n++) {
        lua_newtable(L);

        for (i = 0; names[i] != NULL; i++) {
            if (i < always || *p != '\0') {
                lua_pushstring(L, p);
                lua_setfield(L, -2, names[i]);
            }

            p += strlen(p) + 1;
        }

        lua_rawseti(L, -2, n);
    }
}
