/* SPDX-License-Identifier: MIT */
/* `native.fs`: the little of the file system that Lua's library lacks. */

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include "pdn_lua.h"

typedef struct {
    DIR *dir;
} pdn_lua_dir_t;

#define PDN_LUA_DIR "pandan.fs.dir"


static int
pdn_lua_fs_error(lua_State *L, const char *what, const char *path, int err)
{
    lua_pushnil(L);
    lua_pushfstring(L, "cannot %s '%s': %s", what, path, strerror(err));
    lua_pushstring(L, err == ENOENT ? "missing" : "error");

    return 3;
}


/* [-0,+0,-] */
static int
pdn_lua_dir_gc(lua_State *L)
{
    pdn_lua_dir_t *d;

    d = luaL_checkudata(L, 1, PDN_LUA_DIR);

    if (d->dir != NULL) {
        closedir(d->dir);
        d->dir = NULL;
    }

    return 0;
}


/*
 * [-0,+1|3,me] list(path) gives the names in a folder, without . and .. and in
 * no order; or nil, a text and "missing" or "error"
 */
static int
pdn_lua_fs_list(lua_State *L)
{
    int i;
    const char *path;
    pdn_lua_dir_t *d;
    struct dirent *entry;

    path = luaL_checkstring(L, 1);

    /* a userdata, so that an error of Lua closes the folder */
    d = lua_newuserdata(L, sizeof(pdn_lua_dir_t));
    d->dir = NULL;
    luaL_getmetatable(L, PDN_LUA_DIR);
    lua_setmetatable(L, -2);

    d->dir = opendir(path);
    if (d->dir == NULL) {
        return pdn_lua_fs_error(L, "open", path, errno);
    }

    lua_newtable(L);
    i = 0;

    while ((entry = readdir(d->dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
        {
            lua_pushstring(L, entry->d_name);
            lua_rawseti(L, -2, ++i);
        }
    }

    closedir(d->dir);
    d->dir = NULL;

    return 1;
}


/* [-0,+1|3,me] mkdir(path) makes one folder; one that is there is fine */
static int
pdn_lua_fs_mkdir(lua_State *L)
{
    const char *path;

    path = luaL_checkstring(L, 1);

    if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        return pdn_lua_fs_error(L, "create", path, errno);
    }

    lua_pushboolean(L, 1);

    return 1;
}


/*
 * [-0,+1|3,me] stat(path) gives a table: type ("file", "folder", "other"),
 * size in bytes, and mtime in seconds
 */
static int
pdn_lua_fs_stat(lua_State *L)
{
    const char *path;
    struct stat st;

    path = luaL_checkstring(L, 1);

    if (stat(path, &st) != 0) {
        return pdn_lua_fs_error(L, "look at", path, errno);
    }

    lua_createtable(L, 0, 3);
    lua_pushstring(L, S_ISREG(st.st_mode)   ? "file"
                      : S_ISDIR(st.st_mode) ? "folder"
                                            : "other");
    lua_setfield(L, -2, "type");
    lua_pushnumber(L, (double) st.st_size);
    lua_setfield(L, -2, "size");
    lua_pushnumber(L, (double) st.st_mtim.tv_sec
                          + (double) st.st_mtim.tv_nsec / 1e9);
    lua_setfield(L, -2, "mtime");

    return 1;
}


void
pdn_lua_fs_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "list", pdn_lua_fs_list },
        { "mkdir", pdn_lua_fs_mkdir },
        { "stat", pdn_lua_fs_stat },
        { NULL, NULL },
    };

    luaL_newmetatable(L, PDN_LUA_DIR);
    lua_pushcfunction(L, pdn_lua_dir_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);

    lua_createtable(L, 0, 3);
    luaL_register(L, NULL, functions);
}
