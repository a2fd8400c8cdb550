/* SPDX-License-Identifier: MIT */
/*
 * What the two halves of the JSON encoder share: values know what to write,
 * tables in which order. All answer PDN_OK, or PDN_ERROR with e->msg set.
 */

#ifndef PDN_LUA_JSON_ENCODE_H
#define PDN_LUA_JSON_ENCODE_H

#include "pdn_lua.h"
#include "pdn_json_write.h"
#include "pdn_number.h"

#define PDN_LUA_MAX_DEPTH 200

typedef struct {
    lua_State *L;
    pdn_lua_buf_t out;
    unsigned flags;
    unsigned sort : 1;
    unsigned wrong_guesses;
    unsigned depth;
    unsigned max_depth;
    const char *msg; /* why it failed; the value's path is built behind */
    size_t path_at;  /* the path stands at the end of `path` */
    char path[256];
    const void *open[PDN_LUA_MAX_DEPTH];
} pdn_lua_encoder_t;

/* Writes the value at a positive stack index. */
pdn_rc_t pdn_lua_encode(pdn_lua_encoder_t *e, int index);

/* A table that says nothing of itself. */
pdn_rc_t pdn_lua_encode_plain(pdn_lua_encoder_t *e, int index);

/* Its elements 1 to n, whatever else it has. */
pdn_rc_t pdn_lua_encode_array(pdn_lua_encoder_t *e, int index, int n);

/* Any mixture of names and numbers; a number becomes its text. */
pdn_rc_t pdn_lua_encode_object(pdn_lua_encoder_t *e, int index);

/* Both answer PDN_ERROR, so that a caller can return with it. */
pdn_rc_t pdn_lua_encode_fail(pdn_lua_encoder_t *e, const char *msg);
pdn_rc_t pdn_lua_path(pdn_lua_encoder_t *e, const char *s, size_t len);
pdn_rc_t pdn_lua_path_index(pdn_lua_encoder_t *e, int i);

#endif /* PDN_LUA_JSON_ENCODE_H */
