/* SPDX-License-Identifier: MIT */
/* Rockspecs that are programs; see pdn_rockspec_run.h. */

#include "pdn_rockspec_run.h"
#include "pdn_confine.h"
#include "pdn_luadata.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <luajit.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PDN_ROCKSPEC_MEMORY (64 * 1024 * 1024)
#define PDN_ROCKSPEC_STEPS  20000000 /* VM instructions, well below a second */
#define PDN_ROCKSPEC_TIME   2000     /* ms of the clock */
#define PDN_ROCKSPEC_OUT    (4 * 1024 * 1024)
#define PDN_ROCKSPEC_DEPTH  32


/* [-0, +0] All memory of the state is counted in *ctx. */
static void *
pdn_lua_rockspec_alloc(void *ctx, void *p, size_t old, size_t size)
{
    size_t *used = ctx;
    void *more;

    if (size == 0) {
        *used -= old;
        free(p);
        return NULL;
    }

    if (size > old && *used + (size - old) > PDN_ROCKSPEC_MEMORY) {
        return NULL;
    }

    more = realloc(p, size);
    if (more != NULL) {
        *used += size - old;
    }

    return more;
}


/* [-0, +0, v] */
static void
pdn_lua_rockspec_hook(lua_State *L, lua_Debug *ar)
{
    (void) ar;
    luaL_error(L, "it does not end");
}


/* [-0, +0] Writes the value at the index as Lua data; -1 for what is none. */
static int
pdn_lua_rockspec_value(lua_State *L, int index, int depth, pdn_str_t *out)
{
    const char *text;
    size_t len;

    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &len);
        pdn_luadata_quote(out, text, len);
        return 0;

    case LUA_TNUMBER:
        if (!isfinite(lua_tonumber(L, index))) {
            return -1;
        }
        pdn_str_printf(out, "%.14g", lua_tonumber(L, index));
        return 0;

    case LUA_TBOOLEAN:
        pdn_str_puts(out, lua_toboolean(L, index) ? "true" : "false");
        return 0;

    case LUA_TTABLE:
        break;

    default:
        return -1;
    }

    if (depth > PDN_ROCKSPEC_DEPTH || out->len > PDN_ROCKSPEC_OUT
        || !lua_checkstack(L, 4))
    {
        return -1;
    }

    pdn_str_puts(out, "{");
    len = lua_objlen(L, index);

    for (size_t i = 1; i <= len; i++) {
        lua_rawgeti(L, index, i);
        if (pdn_lua_rockspec_value(L, lua_gettop(L), depth + 1, out) != 0) {
            return -1;
        }
        pdn_str_puts(out, ",");
        lua_pop(L, 1);
    }

    lua_pushnil(L);

    while (lua_next(L, index) != 0) {
        if (lua_type(L, -2) == LUA_TSTRING) {
            pdn_str_puts(out, "[");
            text = lua_tolstring(L, -2, &len);
            pdn_luadata_quote(out, text, len);
            pdn_str_puts(out, "]=");
            if (pdn_lua_rockspec_value(L, lua_gettop(L), depth + 1, out) != 0) {
                return -1;
            }
            pdn_str_puts(out, ",");
        }
        lua_pop(L, 1);
    }

    pdn_str_puts(out, "}");

    return 0;
}


/* Is it a name that may stand to the left of `=`? Others nobody asks for. */
static int
pdn_lua_rockspec_is_name(const char *text)
{
    size_t len;

    len = strspn(text, "abcdefghijklmnopqrstuvwxyz_");

    return len > 0 && text[len] == '\0' && strcmp(text, "end") != 0;
}


/* [-0, +0] The globals of the environment on top of the stack. */
static int
pdn_lua_rockspec_globals(lua_State *L, pdn_str_t *out)
{
    int env, rc;

    env = lua_gettop(L);
    rc = 0;
    lua_pushnil(L);

    while (rc == 0 && lua_next(L, env) != 0) {
        if (lua_type(L, -2) == LUA_TSTRING
            && pdn_lua_rockspec_is_name(lua_tostring(L, -2))
            && lua_type(L, -1) != LUA_TFUNCTION)
        {
            pdn_str_printf(out, "%s = ", lua_tostring(L, -2));
            rc = pdn_lua_rockspec_value(L, lua_gettop(L), 0, out);
            pdn_str_puts(out, "\n");
        }
        lua_pop(L, 1);
    }

    return rc;
}


/* [-0, +1, v] Runs the text that the light userdata names, in {} . */
static int
pdn_lua_rockspec_body(lua_State *L)
{
    pdn_str_t *text = lua_touserdata(L, 1);

    luaopen_string(L);
    lua_settop(L, 0);

    /* "t": bytecode could do anything at all */
    if (luaL_loadbufferx(L, text->data, text->len, "=rockspec", "t") != 0) {
        return lua_error(L);
    }

    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_insert(L, -3);
    lua_setfenv(L, -2);

    lua_sethook(L, pdn_lua_rockspec_hook, LUA_MASKCOUNT, PDN_ROCKSPEC_STEPS);
    lua_call(L, 0, 0);

    return 1;
}


/* The child: answers "=DATA" or "!MESSAGE" and ends. */
static void
pdn_lua_rockspec_child(const char *text, size_t len, int fd)
{
    struct rlimit cpu = { 1, 1 };
    pdn_str_t source = { (char *) text, len, len, 0 };
    pdn_str_t out = { 0 };
    const char *message;
    lua_State *L;
    size_t used, done;
    ssize_t n;

    setrlimit(RLIMIT_CPU, &cpu);
    used = 0;
    L = lua_newstate(pdn_lua_rockspec_alloc, &used);

    if (L == NULL || pdn_confine_compute() != 0) {
        _exit(3);
    }

    luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    lua_pushcfunction(L, pdn_lua_rockspec_body);
    lua_pushlightuserdata(L, &source);

    if (lua_pcall(L, 1, 1, 0) != 0) {
        message = lua_tostring(L, -1);
        pdn_str_printf(&out, "!%s", message != NULL ? message : "an error");

    } else {
        pdn_str_puts(&out, "=");
        if (pdn_lua_rockspec_globals(L, &out) != 0) {
            out.len = 0;
            pdn_str_puts(&out, "!a value in it is no data");
        }
    }

    for (done = 0; done < out.len; done += n) {
        n = write(fd, out.data + done, out.len - done);
        if (n <= 0) {
            _exit(3);
        }
    }

    _exit(0);
}


static int64_t
pdn_lua_rockspec_clock(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


/* Reads until the end; -1 when it takes too long or says too much. */
static int
pdn_lua_rockspec_listen(int fd, pdn_str_t *out)
{
    struct pollfd pfd = { fd, POLLIN, 0 };
    char chunk[16384];
    int64_t end, left;
    ssize_t n;

    end = pdn_lua_rockspec_clock() + PDN_ROCKSPEC_TIME;

    for (;;) {
        left = end - pdn_lua_rockspec_clock();
        if (left <= 0 || out->len > PDN_ROCKSPEC_OUT) {
            return -1;
        }

        if (poll(&pfd, 1, left) <= 0) {
            continue;
        }

        n = read(fd, chunk, sizeof(chunk));
        if (n <= 0) {
            return n == 0 ? 0 : -1;
        }

        pdn_str_add(out, chunk, n);
    }
}


int
pdn_rockspec_run(const char *file, const char *text, size_t len, pdn_str_t *out,
                 pdn_error_t *err)
{
    int ends[2], status, rc;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return pdn_error(err, 506, "cannot make a pipe: %s", strerror(errno));
    }

    fflush(NULL);
    pid = fork();

    if (pid == 0) {
        pdn_lua_rockspec_child(text, len, ends[1]);
    }

    close(ends[1]);

    if (pid == -1) {
        close(ends[0]);
        return pdn_error(err, 506, "cannot make a process: %s",
                         strerror(errno));
    }

    rc = pdn_lua_rockspec_listen(ends[0], out);
    close(ends[0]);

    if (rc != 0) {
        kill(pid, SIGKILL);
    }

    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
        /* void */
    }

    if (rc != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0
        || out->len == 0 || out->failed)
    {
        return pdn_error(err, 506,
                         "%s does not end, or takes more than it "
                         "may",
                         file);
    }

    if (out->data[0] == '!') {
        rc = strstr(out->data, "it does not end") != NULL
                     || strstr(out->data, "not enough memory") != NULL
                 ? 506
                 : 405;
        return pdn_error(err, rc, "%s: %s", file, out->data + 1);
    }

    out->len--;
    memmove(out->data, out->data + 1, out->len + 1);

    return 0;
}
