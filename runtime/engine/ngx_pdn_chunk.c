/*
 * SPDX-License-Identifier: MIT
 *
 * Compiles the Lua code of the configuration, once for each VM.
 */

#include "ngx_pdn_chunk.h"


static ngx_int_t ngx_pdn_chunk_failed(lua_State *L, const char *what,
                                      ngx_log_t *log);
static u_char *ngx_pdn_basename(ngx_str_t *path);


/* The address keys the registry's table of path -> function. */
static char ngx_pdn_chunk_files_key;


ngx_pdn_chunk_t *
ngx_pdn_chunk_block(ngx_conf_t *cf, ngx_str_t *text, const char *label)
{
    u_char *p, *file;
    size_t len;
    ngx_pdn_chunk_t *chunk;

    chunk = ngx_pcalloc(cf->pool, sizeof(ngx_pdn_chunk_t));
    if (chunk == NULL) {
        return NULL;
    }

    file = ngx_pdn_basename(&cf->conf_file->file.name);
    len = ngx_strlen(label) + ngx_strlen(file) + NGX_INT_T_LEN + sizeof("=(:)");

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NULL;
    }

    chunk->name.data = p;
    chunk->name.len = ngx_sprintf(p, "=%s(%s:%ui)%Z", label, file,
                                  cf->conf_file->line)
                      - p - 1;
    chunk->text = *text;
    chunk->ref = LUA_NOREF;

    return chunk;
}


ngx_pdn_chunk_t *
ngx_pdn_chunk_file(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_pdn_chunk_t *chunk;

    chunk = ngx_pcalloc(cf->pool, sizeof(ngx_pdn_chunk_t));
    if (chunk == NULL) {
        return NULL;
    }

    chunk->path = *path;
    chunk->ref = LUA_NOREF;

    /* The prefix, not the folder of nginx.conf, as for other nginx files. */

    if (ngx_get_full_name(cf->pool, &cf->cycle->prefix, &chunk->path) != NGX_OK)
    {
        return NULL;
    }

    return chunk;
}


ngx_int_t
ngx_pdn_chunk_push(ngx_pdn_chunk_t *chunk, ngx_pdn_vm_t *vm, ngx_log_t *log)
{
    lua_State *L;

    L = vm->L;

    if (chunk->generation == vm->generation) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, chunk->ref);
        return NGX_OK;
    }

    if (chunk->path.len != 0) {
        if (ngx_pdn_chunk_push_file(&chunk->path, vm, 1, log) != NGX_OK) {
            return NGX_ERROR;
        }

    } else if (luaL_loadbuffer(L, (char *) chunk->text.data, chunk->text.len,
                               (char *) chunk->name.data)
               != 0)
    {
        return ngx_pdn_chunk_failed(L, "inlined Lua code", log);
    }

    lua_pushvalue(L, -1);
    chunk->ref = luaL_ref(L, LUA_REGISTRYINDEX);
    chunk->generation = vm->generation;

    return NGX_OK;
}


ngx_int_t
ngx_pdn_chunk_push_file(ngx_str_t *path, ngx_pdn_vm_t *vm, ngx_uint_t cache,
                        ngx_log_t *log)
{
    int rc;
    char name[NGX_MAX_PATH];
    lua_State *L;

    L = vm->L;

    if (path->len >= sizeof(name)) {
        ngx_log_error(NGX_LOG_ERR, log, 0, "path too long: \"%V\"", path);
        return NGX_ERROR;
    }

    ngx_memcpy(name, path->data, path->len);
    name[path->len] = '\0';

    lua_pushlightuserdata(L, &ngx_pdn_chunk_files_key);
    lua_rawget(L, LUA_REGISTRYINDEX);

    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushlightuserdata(L, &ngx_pdn_chunk_files_key);
        lua_pushvalue(L, -2);
        lua_rawset(L, LUA_REGISTRYINDEX);
    }

    lua_getfield(L, -1, name);

    if (cache && lua_isfunction(L, -1)) {
        lua_remove(L, -2);
        return NGX_OK;
    }

    lua_pop(L, 1);

    rc = luaL_loadfile(L, name);

    if (rc != 0) {
        lua_remove(L, -2);
        return ngx_pdn_chunk_failed(L, "external Lua file", log);
    }

    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
    lua_remove(L, -2);

    return NGX_OK;
}


/* The message of the compiler is on top, and is popped. */
static ngx_int_t
ngx_pdn_chunk_failed(lua_State *L, const char *what, ngx_log_t *log)
{
    const char *msg;

    msg = lua_tostring(L, -1);

    ngx_log_error(NGX_LOG_ERR, log, 0, "failed to load %s: %s", what,
                  msg ? msg : "unknown reason");

    lua_pop(L, 1);

    return NGX_ERROR;
}


static u_char *
ngx_pdn_basename(ngx_str_t *path)
{
    u_char *p;

    for (p = path->data + path->len; p > path->data; p--) {
        if (p[-1] == '/') {
            break;
        }
    }

    return p;
}
