/* SPDX-License-Identifier: MIT */
/*
 * A table of the tree has no metatable; a value that is a table (the
 * description of a file) has one, so that no name can reach into it.
 */

#include <stdlib.h>
#include "pdn_lua_tree.h"
#include "pdn_form.h"

#define PDN_LUA_MAX_DIGITS 6
#define PDN_LUA_APPENDED   1e6 /* what [] appended comes after the numbers */

typedef struct {
    double order;
    int index;
} pdn_lua_item_t;

static void pdn_lua_tree_step(pdn_lua_tree_t *tree, pdn_slice_t key);
static void pdn_lua_tree_lists(lua_State *L, int index);
static double pdn_lua_tree_order(lua_State *L, int key);
static void pdn_lua_tree_list(lua_State *L, int index, int n);


void
pdn_lua_tree_init(pdn_lua_tree_t *tree, lua_State *L, int options)
{
    tree->L = L;
    tree->max_depth = pdn_lua_size(L, options, "max_depth", 16);
    tree->nested = pdn_lua_flag(L, options, "nested", 1) ? 1 : 0;
    tree->indexed = 0;

    if (tree->max_depth > 64) {
        tree->max_depth = 64;
    }
}


static int
pdn_lua_is_branch(lua_State *L, int index)
{
    if (!lua_istable(L, index)) {
        return 0;
    }

    if (lua_getmetatable(L, index)) {
        lua_pop(L, 1);
        return 0;
    }

    return 1;
}


/* Pushes the key; for [] the number behind the last one of the table below. */
static void
pdn_lua_tree_key(pdn_lua_tree_t *tree, pdn_slice_t key)
{
    if (key.len == 0) {
        lua_pushnumber(tree->L, (double) lua_objlen(tree->L, -1) + 1);
        return;
    }

    if ((u_char) (key.data[0] - '0') <= 9) {
        tree->indexed = 1;
    }

    lua_pushlstring(tree->L, (const char *) key.data, key.len);
}


const char *
pdn_lua_tree_set(pdn_lua_tree_t *tree, int root, pdn_slice_t name)
{
    size_t depth;
    lua_State *L;
    pdn_slice_t key;
    pdn_form_path_t path;

    L = tree->L;

    if (!tree->nested) {
        lua_pushlstring(L, (const char *) name.data, name.len);
        lua_insert(L, -2);
        lua_rawset(L, root);
        return NULL;
    }

    depth = pdn_form_path_init(&path, name);
    if (depth > tree->max_depth) {
        return "a name in the form is nested too deep";
    }

    lua_pushvalue(L, root);

    while (depth-- > 1) {
        pdn_form_path_next(&path, &key);
        pdn_lua_tree_step(tree, key);
    }

    pdn_form_path_next(&path, &key);
    pdn_lua_tree_key(tree, key);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 2);

    return NULL;
}


/* Replaces the table at the top by the one in it at `key`, made if need be. */
static void
pdn_lua_tree_step(pdn_lua_tree_t *tree, pdn_slice_t key)
{
    lua_State *L;

    L = tree->L;

    pdn_lua_tree_key(tree, key);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);

    if (!pdn_lua_is_branch(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);
        lua_rawset(L, -5);
    }

    lua_replace(L, -3);
    lua_pop(L, 1);
}


void
pdn_lua_tree_finish(pdn_lua_tree_t *tree, int root)
{
    lua_State *L;

    if (!tree->indexed) {
        return;
    }

    L = tree->L;

    for (lua_pushnil(L); lua_next(L, root); lua_pop(L, 1)) {
        if (pdn_lua_is_branch(L, -1)) {
            pdn_lua_tree_lists(L, lua_gettop(L));
        }
    }
}


static void
pdn_lua_tree_lists(lua_State *L, int index)
{
    int n, numbers, names;

    luaL_checkstack(L, 12, "nested too deep");

    n = 0;
    names = 0;
    numbers = 0;

    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (pdn_lua_is_branch(L, -1)) {
            pdn_lua_tree_lists(L, lua_gettop(L));
        }

        if (lua_type(L, -2) == LUA_TSTRING) {
            if (pdn_lua_tree_order(L, -2) < 0) {
                names++;

            } else {
                numbers++;
            }
        }

        n++;
    }

    if (numbers > 0 && names == 0) {
        pdn_lua_tree_list(L, index, n);
    }
}


/* What a key stands for in a list, or -1 if it is a name. */
static double
pdn_lua_tree_order(lua_State *L, int key)
{
    size_t i, len;
    double order;
    const char *s;

    if (lua_type(L, key) == LUA_TNUMBER) {
        return PDN_LUA_APPENDED + lua_tonumber(L, key);
    }

    s = lua_tolstring(L, key, &len);

    if (len > PDN_LUA_MAX_DIGITS) {
        return -1;
    }

    for (i = 0, order = 0; i < len; i++) {
        if ((u_char) (s[i] - '0') > 9) {
            return -1;
        }

        order = order * 10 + (s[i] - '0');
    }

    return order;
}


static int
pdn_lua_item_order(const void *one, const void *two)
{
    const pdn_lua_item_t *a, *b;

    a = one;
    b = two;

    if (a->order != b->order) {
        return a->order < b->order ? -1 : 1;
    }

    return a->index - b->index;
}


/* Moves the values of the `n` keys, all numbers, to 1 .. n. */
static void
pdn_lua_tree_list(lua_State *L, int index, int n)
{
    int i, values;
    pdn_lua_item_t *items;

    items = lua_newuserdata(L, sizeof(pdn_lua_item_t) * (size_t) n);

    lua_createtable(L, n, 0);
    values = lua_gettop(L);
    i = 0;

    for (lua_pushnil(L); lua_next(L, index); /* void */) {
        items[i].order = pdn_lua_tree_order(L, -2);
        items[i].index = i + 1;
        lua_rawseti(L, values, ++i);

        /* emptying a field that is being visited is allowed */
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, index);
    }

    qsort(items, (size_t) n, sizeof(pdn_lua_item_t), pdn_lua_item_order);

    for (i = 0; i < n; i++) {
        lua_rawgeti(L, values, items[i].index);
        lua_rawseti(L, index, i + 1);
    }

    lua_pop(L, 2);
}
