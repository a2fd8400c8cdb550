/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what a Redis server says: a frame that is found is as long,
 * however its bytes come in, and can be made a Lua value.
 */

#include <stdlib.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include "../../db-drivers/redis/pdn_resp.c"
#include "../../db-drivers/redis/pdn_redis.c"
#include "../../db-drivers/redis/pdn_lua_resp.c"


static int fuzz_push(lua_State *L);


typedef struct {
    const char *data;
    size_t len;
    char type;
} fuzz_frame_t;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy;
    size_t n, len;
    fuzz_frame_t frame;
    pdn_resp_rc_e rc, slow_rc;
    pdn_resp_scan_t scan, slow;

    static lua_State *L;

    if (L == NULL) {
        L = luaL_newstate();
        luaL_openlibs(L);
        luaL_newmetatable(L, PDN_LUA_REDIS_ERROR);
        lua_settop(L, 0);
    }

    pdn_resp_scan_init(&scan);
    rc = pdn_resp_scan(&scan, (const char *) data, size);

    /* a byte more each time, each time elsewhere, and nothing behind it */
    pdn_resp_scan_init(&slow);
    slow_rc = PDN_RESP_AGAIN;
    len = size > 512 ? 512 : size;

    for (n = 0; n <= len && slow_rc == PDN_RESP_AGAIN; n++) {
        copy = malloc(n ? n : 1);
        memcpy(copy, data, n);
        slow_rc = pdn_resp_scan(&slow, copy, n);

        if (slow_rc == PDN_RESP_AGAIN && slow.want <= n) {
            abort();
        }

        free(copy);
    }

    if (len == size
        && (rc != slow_rc || (rc == PDN_RESP_OK && scan.pos != slow.pos)))
    {
        abort();
    }

    if (rc != PDN_RESP_OK) {
        return 0;
    }

    frame.data = (const char *) data;
    frame.len = scan.pos;
    frame.type = scan.type;

    if (lua_cpcall(L, (lua_CFunction) fuzz_push, &frame) != 0) {
        abort();
    }

    lua_gc(L, LUA_GCSTEP, 100);

    return 0;
}


static int
fuzz_push(lua_State *L)
{
    int n;
    fuzz_frame_t *frame = lua_touserdata(L, 1);

    n = pdn_lua_resp(L, frame->data, frame->len, 1);

    if (lua_gettop(L) != 1 + n) {
        abort();
    }

    lua_settop(L, 0);

    /* a message is never counted as a reply */
    if (frame->type != '>') {
        pdn_lua_resp_list(L, frame->data, frame->len, 1);

        if (lua_gettop(L) != 2) {
            abort();
        }
    }

    return 0;
}
