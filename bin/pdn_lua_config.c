/* SPDX-License-Identifier: MIT */
/*
 * The application's configuration, read by a Lua of its own; the interface,
 * pdn_config.h, knows nothing of that.
 */

#include "pdn_config.h"

#include "pdn_fs.h"

#include <ctype.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pdn_config_s {
    lua_State *L;
    char root[PATH_MAX];
    char env[32];
};

/* Fields of the registry. */
#define PDN_CONFIG_FILES "pandan.files" /* name -> table of the file */
#define PDN_CONFIG_KEEP  "pandan.keep"  /* texts that were handed out */
#define PDN_CONFIG_NAMES "pandan.names" /* environment variables in use */
#define PDN_CONFIG_DOT   "pandan.dotenv"


/* env(name [, default])  [-0, +1, e] */
static int
pdn_config_env(lua_State *L)
{
    const char *name, *value;

    name = luaL_checkstring(L, 1);

    lua_getfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_NAMES);
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, name);

    value = getenv(name);
    if (value != NULL) {
        lua_pushstring(L, value);
    } else {
        lua_getfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_DOT);
        lua_getfield(L, -1, name);
    }

    /* an empty one is as none */
    if (lua_isnil(L, -1) || lua_objlen(L, -1) == 0) {
        lua_settop(L, 2);
    }

    return 1;
}


/*
 * The value of a line, in place, as pandan.config reads it: "a\nb" with
 * escapes, 'a' as it stands, or bare up to a comment.
 */
static char *
pdn_config_unquote(char *value)
{
    char *from, *to;
    size_t n;

    n = strlen(value);

    if (n >= 2 && (value[0] == '"' || value[0] == '\'')
        && value[n - 1] == value[0]) {
        value[n - 1] = '\0';

        if (value[0] == '\'') {
            return value + 1;
        }

        for (from = to = value + 1; *from != '\0'; from++) {
            if (*from == '\\' && from[1] == 'n') {
                *to++ = '\n';
                from++;
                continue;
            }
            if (*from == '\\' && from[1] != '\0'
                && strchr("\"\\$", from[1]) != NULL) {
                from++;
            }
            *to++ = *from;
        }

        *to = '\0';

        return value + 1;
    }

    for (from = value; *from != '\0'; from++) {
        if (*from == '#' && from > value && isspace((unsigned char) from[-1])) {
            while (from > value && isspace((unsigned char) from[-1])) {
                from--;
            }
            *from = '\0';
            break;
        }
    }

    return value;
}


/* One line of .env: NAME=VALUE, quotes around it taken off. */
static void
pdn_config_dotenv_line(lua_State *L, char *line)
{
    char *end, *name, *value;

    name = line + strspn(line, " \t");
    if (strncmp(name, "export ", 7) == 0) {
        name += 7;
    }

    value = strchr(name, '=');
    if (name[0] == '#' || value == NULL || value == name) {
        return;
    }

    *value++ = '\0';
    for (end = name + strlen(name); end > name && isspace(end[-1]); end--) {
        end[-1] = '\0';
    }

    value += strspn(value, " \t");
    for (end = value + strlen(value);
         end > value && isspace((unsigned char) end[-1]); end--)
    {
        end[-1] = '\0';
    }

    lua_pushstring(L, pdn_config_unquote(value));
    lua_setfield(L, -2, name);
}


static int
pdn_config_dotenv(pdn_config_t *config, pdn_problem_t *problem)
{
    pdn_str_t text = { 0 };
    char path[PATH_MAX], *line, *rest;

    lua_newtable(config->L);

    if (pdn_fs_join(path, config->root, ".env") == 0 && pdn_fs_exists(path)) {
        if (pdn_fs_read(path, &text, problem) != 0) {
            pdn_str_release(&text);
            return -1;
        }

        rest = text.data;
        while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
            pdn_config_dotenv_line(config->L, line);
        }
        pdn_str_release(&text);
    }

    lua_setfield(config->L, LUA_REGISTRYINDEX, PDN_CONFIG_DOT);

    return 0;
}


pdn_config_t *
pdn_config_open(const char *root, const char *env, pdn_problem_t *problem)
{
    pdn_config_t *config;
    lua_State *L;

    config = calloc(1, sizeof(pdn_config_t));
    L = config != NULL ? luaL_newstate() : NULL;

    if (L == NULL) {
        free(config);
        pdn_problem(problem, "no memory");
        return NULL;
    }

    config->L = L;
    snprintf(config->root, PATH_MAX, "%s", root);
    snprintf(config->env, sizeof(config->env), "%s", env);

    luaL_openlibs(L);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_FILES);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_KEEP);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_NAMES);

    lua_pushcfunction(L, pdn_config_env);
    lua_setglobal(L, "env");
    lua_pushstring(L, env);
    lua_setglobal(L, "ENV");

    if (pdn_config_dotenv(config, problem) != 0) {
        pdn_config_close(config);
        return NULL;
    }

    return config;
}


void
pdn_config_close(pdn_config_t *config)
{
    if (config != NULL) {
        lua_close(config->L);
        free(config);
    }
}


int
pdn_config_load(pdn_config_t *config, const char *name, pdn_problem_t *problem)
{
    char path[PATH_MAX + 64], chunk[PATH_MAX];
    lua_State *L;
    int rc;

    L = config->L;
    snprintf(path, sizeof(path), "%s/config/%s.lua", config->root, name);
    snprintf(chunk, sizeof(chunk), "config/%s.lua", name);

    if (!pdn_fs_exists(path)) {
        lua_newtable(L);
    } else {
        rc = pdn_config_compiles(path, chunk, NULL, problem);
        if (rc != 0) {
            return -1;
        }

        if (luaL_loadfile(L, path) != 0 || lua_pcall(L, 0, 1, 0) != 0) {
            pdn_problem(problem, "%s", lua_tostring(L, -1));
            lua_pop(L, 1);
            return -1;
        }

        if (!lua_istable(L, -1)) {
            lua_pop(L, 1);
            return pdn_problem(problem, "%s does not return a table", chunk);
        }
    }

    lua_getfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_FILES);
    lua_insert(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);

    return 0;
}


/* Pushes the value of config/NAME.lua, the environment's own one first. */
static void
pdn_config_push(pdn_config_t *config, const char *name, const char *key)
{
    pdn_problem_t problem;
    lua_State *L;

    L = config->L;
    lua_getfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_FILES);
    lua_getfield(L, -1, name);

    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        if (pdn_config_load(config, name, &problem) != 0) {
            lua_newtable(L);
        } else {
            lua_getfield(L, -1, name);
        }
    }

    lua_remove(L, -2);
    lua_getfield(L, -1, config->env);

    if (lua_istable(L, -1)) {
        lua_getfield(L, -1, key);
        if (!lua_isnil(L, -1)) {
            lua_replace(L, -3);
            lua_pop(L, 1);
            return;
        }
        lua_pop(L, 1);
    }

    lua_pop(L, 1);
    lua_getfield(L, -1, key);
    lua_replace(L, -2);
}


/* The value on top as text that stays valid, or NULL.  [-1, +0, e] */
static const char *
pdn_config_keep(lua_State *L)
{
    const char *text;

    if (lua_isboolean(L, -1)) {
        text = lua_toboolean(L, -1) ? "true" : "false";
        lua_pop(L, 1);
        return text;
    }

    text = lua_tostring(L, -1);
    if (text == NULL) {
        lua_pop(L, 1);
        return NULL;
    }

    lua_getfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_KEEP);
    lua_insert(L, -2);
    lua_rawseti(L, -2, lua_objlen(L, -2) + 1);
    lua_pop(L, 1);

    return text;
}


const char *
pdn_config_text(pdn_config_t *config, const char *name, const char *key,
                const char *otherwise)
{
    const char *text;

    pdn_config_push(config, name, key);
    text = pdn_config_keep(config->L);

    return text != NULL ? text : otherwise;
}


/* Pushes the table of the file: the environment's own part, or the whole. */
static void
pdn_config_push_file(pdn_config_t *config, const char *name, int own)
{
    lua_State *L;

    L = config->L;

    /* this reads it, if nobody has yet */
    pdn_config_push(config, name, config->env);
    lua_pop(L, 1);

    lua_getfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_FILES);
    lua_getfield(L, -1, name);
    lua_replace(L, -2);

    if (own && lua_istable(L, -1)) {
        lua_getfield(L, -1, config->env);
        lua_replace(L, -2);
    }

    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
    }
}


static int
pdn_config_is_env(const char *name)
{
    return strcmp(name, "development") == 0 || strcmp(name, "test") == 0
           || strcmp(name, "production") == 0;
}


static int
pdn_config_by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}


void
pdn_config_sections(pdn_config_t *config, const char *name,
                    void (*visit)(void *ctx, const char *section), void *ctx)
{
    const char **names;
    lua_State *L;
    size_t i, n;
    int own;

    L = config->L;
    n = 0;
    lua_newtable(L); /* the names found */

    for (own = 0; own < 2; own++) {
        pdn_config_push_file(config, name, own);
        lua_pushnil(L);

        while (lua_next(L, -2) != 0) {
            if (lua_type(L, -2) == LUA_TSTRING && lua_istable(L, -1)
                && !pdn_config_is_env(lua_tostring(L, -2)))
            {
                lua_pushvalue(L, -2);
                lua_rawget(L, -5);
                n += lua_isnil(L, -1);
                lua_pop(L, 1);

                lua_pushvalue(L, -2);
                lua_pushboolean(L, 1);
                lua_rawset(L, -6);
            }
            lua_pop(L, 1);
        }

        lua_pop(L, 1);
    }

    names = n > 0 ? calloc(n, sizeof(char *)) : NULL;

    if (names != NULL) {
        i = 0;
        lua_pushnil(L);

        while (lua_next(L, -2) != 0) {
            lua_pop(L, 1);
            lua_pushvalue(L, -1);
            names[i++] = pdn_config_keep(L);
        }

        qsort(names, n, sizeof(char *), pdn_config_by_name);

        for (i = 0; i < n; i++) {
            visit(ctx, names[i]);
        }

        free(names);
    }

    lua_pop(L, 1);
}


const char *
pdn_config_section_text(pdn_config_t *config, const char *name,
                        const char *section, const char *key)
{
    const char *text;
    lua_State *L;
    int own;

    L = config->L;
    text = NULL;

    for (own = 1; text == NULL && own >= 0; own--) {
        pdn_config_push_file(config, name, own);
        lua_getfield(L, -1, section);
        lua_replace(L, -2);

        if (lua_istable(L, -1)) {
            lua_getfield(L, -1, key);
            text = pdn_config_keep(L);
        }

        lua_pop(L, 1);
    }

    return text;
}


int
pdn_config_true(pdn_config_t *config, const char *name, const char *key)
{
    int yes;

    pdn_config_push(config, name, key);
    yes = lua_toboolean(config->L, -1);
    lua_pop(config->L, 1);

    return yes;
}


void
pdn_config_names(pdn_config_t *config,
                 void (*visit)(void *ctx, const char *name), void *ctx)
{
    lua_State *L;

    L = config->L;

    /* names of .env join those that were asked for, so each comes once */
    lua_getfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_NAMES);
    lua_getfield(L, LUA_REGISTRYINDEX, PDN_CONFIG_DOT);
    lua_pushnil(L);

    while (lua_next(L, -2) != 0) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushboolean(L, 1);
        lua_rawset(L, -5);
    }

    lua_pop(L, 1);
    lua_pushnil(L);

    while (lua_next(L, -2) != 0) {
        lua_pop(L, 1);
        visit(ctx, lua_tostring(L, -1));
    }

    lua_pop(L, 1);
}


int
pdn_config_compiles(const char *path, const char *chunk, int *line,
                    pdn_problem_t *problem)
{
    pdn_str_t text = { 0 };
    const char *message, *p;
    char name[PATH_MAX];
    lua_State *L;
    int rc;

    if (pdn_fs_read(path, &text, problem) != 0) {
        pdn_str_release(&text);
        return -1;
    }

    L = luaL_newstate();
    if (L == NULL) {
        pdn_str_release(&text);
        return pdn_problem(problem, "no memory");
    }

    /* "=" keeps the name in the message as it is */
    snprintf(name, sizeof(name), "=%s", chunk);
    rc = luaL_loadbuffer(L, pdn_str_z(&text), text.len, name) != 0;

    if (rc != 0) {
        message = lua_tostring(L, -1);
        pdn_problem(problem, "%s", message);

        p = strstr(message, chunk);
        if (line != NULL) {
            *line = p != NULL && p[strlen(chunk)] == ':'
                        ? (int) strtol(p + strlen(chunk) + 1, NULL, 10)
                        : 0;
        }
    }

    lua_close(L);
    pdn_str_release(&text);

    return rc == 0 ? 0 : -1;
}
