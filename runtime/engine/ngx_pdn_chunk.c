/*
 * SPDX-License-Identifier: MIT
 *
 * Compiles the Lua code of the configuration, once for each VM.
 */

#include "ngx_pdn_chunk.h"


/*
 * Label, file and line of a block's name; LuaJIT shows no more of it in
 * messages than 59 bytes.
 */
#define NGX_PDN_CHUNK_NAME 56


static void ngx_pdn_chunk_failed(lua_State *L, const char *what,
                                 const char *path, ngx_log_t *log);
static ngx_str_t ngx_pdn_conf_name(ngx_conf_t *cf);


/* The address keys the registry's table of path -> function. */
static char ngx_pdn_chunk_files_key;


ngx_pdn_chunk_t *
ngx_pdn_chunk_block(ngx_conf_t *cf, ngx_str_t *text, const char *label)
{
    u_char *p, line[NGX_INT_T_LEN];
    size_t len, max;
    ngx_str_t file;
    ngx_pdn_chunk_t *chunk;

    chunk = ngx_pcalloc(cf->pool, sizeof(ngx_pdn_chunk_t));
    if (chunk == NULL) {
        return NULL;
    }

    file = ngx_pdn_conf_name(cf);

    len = ngx_strlen(label);
    max = NGX_PDN_CHUNK_NAME
          - ngx_min(
              NGX_PDN_CHUNK_NAME / 2,
              len + (ngx_sprintf(line, "%ui", cf->conf_file->line) - line));

    p = ngx_pnalloc(cf->pool,
                    len + file.len + NGX_INT_T_LEN + sizeof("=(...:)"));
    if (p == NULL) {
        return NULL;
    }

    chunk->name.data = p;
    p = ngx_sprintf(p, "=%s(", label);

    if (file.len > max) {
        file.data += file.len - (max - 3);
        file.len = max - 3;
        p = ngx_sprintf(p, "...");
    }

    p = ngx_sprintf(p, "%V:%ui)%Z", &file, cf->conf_file->line);
    chunk->name.len = p - chunk->name.data - 1;
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
    ngx_int_t rc;
    lua_State *L;

    L = vm->L;

    if (chunk->generation == vm->generation) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, chunk->ref);
        return NGX_OK;
    }

    if (chunk->path.len != 0) {
        rc = ngx_pdn_chunk_push_file(&chunk->path, vm, 1, chunk->what, log);

        if (rc != NGX_OK) {
            return rc;
        }

    } else if (luaL_loadbuffer(L, (char *) chunk->text.data, chunk->text.len,
                               (char *) chunk->name.data)
               != 0)
    {
        ngx_pdn_chunk_failed(L, chunk->what, NULL, log);
        return NGX_ERROR;
    }

    lua_pushvalue(L, -1);
    chunk->ref = luaL_ref(L, LUA_REGISTRYINDEX);
    chunk->generation = vm->generation;

    return NGX_OK;
}


ngx_int_t
ngx_pdn_chunk_push_file(ngx_str_t *path, ngx_pdn_vm_t *vm, ngx_uint_t cache,
                        const char *what, ngx_log_t *log)
{
    int rc;
    char name[NGX_MAX_PATH];
    ngx_err_t err;
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
    err = ngx_errno;

    if (rc != 0) {
        lua_remove(L, -2);
        ngx_pdn_chunk_failed(L, what, name, log);

        if (rc != LUA_ERRFILE) {
            return NGX_ERROR;
        }

        return err == NGX_ENOENT ? NGX_DECLINED : NGX_ABORT;
    }

    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
    lua_remove(L, -2);

    return NGX_OK;
}


/* The message of the compiler is on top, and is popped. */
static void
ngx_pdn_chunk_failed(lua_State *L, const char *what, const char *path,
                     ngx_log_t *log)
{
    const char *msg;

    msg = lua_tostring(L, -1);

    if (what != NULL) {
        ngx_log_error(NGX_LOG_ERR, log, 0, "%s error: %s", what, msg);

    } else if (path != NULL) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "failed to load external Lua file \"%s\": %s", path, msg);

    } else {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "failed to load inlined Lua code: %s", msg);
    }

    lua_pop(L, 1);
}


/*
 * The file being read, as chunk names have it: nginx.conf wherever it lies,
 * others from its folder, if they are below.
 */
static ngx_str_t
ngx_pdn_conf_name(ngx_conf_t *cf)
{
    size_t skip;
    ngx_str_t name, *prefix;

    name = cf->conf_file->file.name;
    prefix = &cf->cycle->conf_prefix;
    skip = 0;

    if (name.len >= 11
        && ngx_memcmp(name.data + name.len - 11, "/nginx.conf", 11) == 0)
    {
        skip = name.len - 10;

    } else if (name.len > prefix->len
               && ngx_memcmp(name.data, prefix->data, prefix->len) == 0)
    {
        skip = prefix->len;
    }

    name.data += skip;
    name.len -= skip;

    return name;
}
