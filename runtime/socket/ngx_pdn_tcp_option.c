/*
 * SPDX-License-Identifier: MIT
 *
 * Socket options of cosockets, by the names that LuaSocket gave them.
 */

#include "ngx_pdn_tcp.h"


typedef struct {
    const char *name;
    int level;
    int option;
} ngx_pdn_tcp_option_t;


static const ngx_pdn_tcp_option_t *ngx_pdn_tcp_option(lua_State *L);


static const ngx_pdn_tcp_option_t ngx_pdn_tcp_options[] = {
    { "keepalive", SOL_SOCKET, SO_KEEPALIVE },
    { "reuseaddr", SOL_SOCKET, SO_REUSEADDR },
    { "tcp-nodelay", IPPROTO_TCP, TCP_NODELAY },
    { "sndbuf", SOL_SOCKET, SO_SNDBUF },
    { "rcvbuf", SOL_SOCKET, SO_RCVBUF },
    { NULL, 0, 0 }
};


/* sock:setoption(name, value) -> true | nil, err  [-0, +1|2, e] */
int
ngx_pdn_tcp_setoption(lua_State *L)
{
    int value;
    ngx_pdn_tcp_t *u;
    ngx_pdn_fault_t fault;
    const ngx_pdn_tcp_option_t *option;

    u = ngx_pdn_tcp_check(L);

    if (lua_isnoneornil(L, 2)) {
        return ngx_pdn_fault_text(L, "missing the \"option\" argument");
    }

    if (lua_isnoneornil(L, 3)) {
        return ngx_pdn_fault_text(L, "missing the \"value\" argument");
    }

    option = ngx_pdn_tcp_option(L);

    if (option == NULL) {
        return 2;
    }

    if (u->connection == NULL) {
        return ngx_pdn_fault_text(L, "closed");
    }

    ngx_pdn_tcp_check_host(L, u);

    value = lua_isboolean(L, 3) ? lua_toboolean(L, 3)
                                : (int) luaL_checkinteger(L, 3);

    if (setsockopt(u->connection->fd, option->level, option->option, &value,
                   sizeof(int))
        == -1)
    {
        fault.text = NULL;
        fault.code = ngx_socket_errno;
        return ngx_pdn_fault_push(L, &fault);
    }

    lua_pushboolean(L, 1);

    return 1;
}


/* sock:getoption(name) -> number | nil, err  [-0, +1|2, e] */
int
ngx_pdn_tcp_getoption(lua_State *L)
{
    int value;
    socklen_t len;
    ngx_pdn_tcp_t *u;
    ngx_pdn_fault_t fault;
    const ngx_pdn_tcp_option_t *option;

    u = ngx_pdn_tcp_check(L);

    if (lua_isnoneornil(L, 2)) {
        return ngx_pdn_fault_text(L, "missing the \"option\" argument");
    }

    option = ngx_pdn_tcp_option(L);

    if (option == NULL) {
        return 2;
    }

    if (u->connection == NULL) {
        return ngx_pdn_fault_text(L, "closed");
    }

    ngx_pdn_tcp_check_host(L, u);

    value = 0;
    len = sizeof(int);

    if (getsockopt(u->connection->fd, option->level, option->option, &value,
                   &len)
        == -1)
    {
        fault.text = NULL;
        fault.code = ngx_socket_errno;
        return ngx_pdn_fault_push(L, &fault);
    }

    lua_pushinteger(L, value);

    return 1;
}


/* The option named at index 2; NULL after pushing nil and an error [+2]. */
static const ngx_pdn_tcp_option_t *
ngx_pdn_tcp_option(lua_State *L)
{
    const char *name;
    const ngx_pdn_tcp_option_t *option;

    name = luaL_checkstring(L, 2);

    for (option = ngx_pdn_tcp_options; option->name != NULL; option++) {
        if (ngx_strcmp(option->name, name) == 0) {
            return option;
        }
    }

    lua_pushnil(L);
    lua_pushfstring(L, "unsupported option %s", name);

    return NULL;
}
