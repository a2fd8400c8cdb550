/*
 * SPDX-License-Identifier: MIT
 *
 * Marks of a host: in which databases its request has written, a bit for
 * each.  They live as long as the host.
 */

#include "ngx_pdn_db_lua.h"


#define NGX_PDN_DB_MARKS 64


static uint64_t *ngx_pdn_db_marks(ngx_pdn_host_t *host, ngx_uint_t make);
static void ngx_pdn_db_marks_cleanup(void *data);


/* Lua: mark(bit)  [-0, +0, e] */
int
ngx_pdn_db_lua_mark(lua_State *L)
{
    uint64_t *marks;
    ngx_pdn_host_t *host;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    marks = ngx_pdn_db_marks(host, 1);
    if (marks == NULL) {
        return luaL_error(L, "no memory");
    }

    *marks |= 1ull << ((ngx_uint_t) luaL_checknumber(L, 1) % NGX_PDN_DB_MARKS);

    return 0;
}


/* Lua: marked(bit) -> boolean  [-0, +1, e] */
int
ngx_pdn_db_lua_marked(lua_State *L)
{
    uint64_t *marks;
    ngx_pdn_host_t *host;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);
    marks = ngx_pdn_db_marks(host, 0);

    lua_pushboolean(L, marks != NULL
                           && (*marks >> ((ngx_uint_t) luaL_checknumber(L, 1)
                                          % NGX_PDN_DB_MARKS)
                               & 1));

    return 1;
}


/* A cleanup that does nothing carries them, and is known by its function. */
static uint64_t *
ngx_pdn_db_marks(ngx_pdn_host_t *host, ngx_uint_t make)
{
    ngx_pool_cleanup_t *cln;

    for (cln = host->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_pdn_db_marks_cleanup) {
            return cln->data;
        }
    }

    cln = make ? ngx_pool_cleanup_add(host->pool, sizeof(uint64_t)) : NULL;
    if (cln == NULL) {
        return NULL;
    }

    *(uint64_t *) cln->data = 0;
    cln->handler = ngx_pdn_db_marks_cleanup;

    return cln->data;
}


static void
ngx_pdn_db_marks_cleanup(void *data)
{
    (void) data;
}
