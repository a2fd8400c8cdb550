/* SPDX-License-Identifier: MIT */
/*
 * The tree that nested field names build: values go in by name, as
 * "items[0][title]". `[]` appends. Once all are in, tables whose keys are all
 * numbers become lists, in the order of the numbers and without gaps.
 */

#ifndef PDN_LUA_TREE_H
#define PDN_LUA_TREE_H

#include "pdn_lua.h"

typedef struct {
    lua_State *L;
    size_t max_depth;
    unsigned nested : 1;  /* else a name is one key, as it stands */
    unsigned indexed : 1; /* a number was seen: there may be lists */
} pdn_lua_tree_t;

/* Reads the options max_depth (16) and nested (true) from a table or nil. */
void pdn_lua_tree_init(pdn_lua_tree_t *tree, lua_State *L, int options);

/*
 * Takes the value at the top of the stack into the table at `root`, [-1,+0,m].
 * A later value takes the place of an earlier one of the same name. Returns
 * NULL, or why the name is refused.
 */
const char *pdn_lua_tree_set(pdn_lua_tree_t *tree, int root, pdn_slice_t name);

/* Makes the lists, [-0,+0,m]. */
void pdn_lua_tree_finish(pdn_lua_tree_t *tree, int root);

#endif /* PDN_LUA_TREE_H */
