/* SPDX-License-Identifier: MIT */
/* `native.form`: an urlencoded text as a tree of fields. */

#include "pdn_lua_tree.h"
#include "pdn_escape.h"
#include "pdn_form.h"


/* Undoes the escapes of `in`; the result dies with the next call. */
static pdn_slice_t
pdn_lua_unescape(pdn_lua_buf_t *scratch, pdn_slice_t in)
{
    if (memchr(in.data, '%', in.len) == NULL
        && memchr(in.data, '+', in.len) == NULL)
    {
        return in;
    }

    scratch->buf.len = 0;
    pdn_unescape_url(&scratch->buf, in, 1);

    return pdn_slice(scratch->buf.data, scratch->buf.len);
}


/* [-0,+1|2,me] decode(text, options) gives the fields, or nil and a text. */
static int
pdn_lua_form_decode(lua_State *L)
{
    pdn_rc_t rc;
    pdn_form_t form;
    const char *msg;
    pdn_slice_t in, name, value;
    pdn_lua_buf_t scratch;
    pdn_lua_tree_t tree;

    in = pdn_lua_slice(L, 1);
    pdn_lua_tree_init(&tree, L, 2);
    pdn_form_init(&form, in, pdn_lua_size(L, 2, "max_fields", 1000),
                  pdn_lua_size(L, 2, "max_name", 1024));

    lua_settop(L, 3);
    lua_newtable(L);

    pdn_lua_buf_init(&scratch, L, 3, in.len + 1);
    msg = NULL;

    while (msg == NULL) {
        rc = pdn_form_next(&form, &name, &value);

        if (rc == PDN_DONE) {
            pdn_lua_tree_finish(&tree, 4);
            return 1;
        }

        if (rc == PDN_ERROR) {
            msg = form.err.msg;
            break;
        }

        value = pdn_lua_unescape(&scratch, value);
        lua_pushlstring(L, (const char *) value.data, value.len);

        name = pdn_lua_unescape(&scratch, name);
        msg = pdn_lua_tree_set(&tree, 4, name);
    }

    lua_pushnil(L);
    lua_pushstring(L, msg);

    return 2;
}


void
pdn_lua_form_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "decode", pdn_lua_form_decode },
        { NULL, NULL },
    };

    lua_createtable(L, 0, 1);
    luaL_register(L, NULL, functions);
}
