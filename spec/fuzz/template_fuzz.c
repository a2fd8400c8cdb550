/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a replacement template of ngx.re.sub(): what comes out must
 * be what a slow reading of it says.  The match is always the same one, of
 * "(a)(b)" in "-ab-".
 */

#include <stddef.h>


/* What the Lua half calls through FFI; the captures are there already. */
int ngx_pdn_re_exec(void *state, void *re, const char *subject, size_t size,
                    size_t pos);

static const char fuzz_alphabet[] = "$${}0123a";

static const char fuzz_code[] =
    "local ffi = require('ffi')\n"
    "ffi.cdef('int ngx_pdn_re_exec(void *state, void *re,'\n"
    "    .. 'const char *subject, size_t size, size_t pos);')\n"
    "local entry = { ncaptures = 2,\n"
    "    captures = ffi.new('int[6]', 1, 3, 1, 2, 2, 3) }\n"
    "local ngx = { re = {}, ERR = 4, log = function() end }\n"
    "local pdn = { re = {\n"
    "    get = function() return entry end,\n"
    "    release = function() end,\n"
    "} }\n"
    "assert(loadfile('runtime/lua/core/32_re_sub.lua'))(ngx, pdn)\n"
    "local groups = { [0] = 'ab', 'a', 'b' }\n"
    "local function slow(t)\n"
    "    local out, i = {}, 1\n"
    "    while i <= #t do\n"
    "        local c = t:sub(i, i)\n"
    "        local n = c == '$' and t:match('^%d+', i + 1)\n"
    "        local b = c == '$' and t:match('^{(%d+)}', i + 1)\n"
    "        if c ~= '$' then\n"
    "            i = i + 1\n"
    "        elseif t:sub(i + 1, i + 1) == '$' then\n"
    "            i = i + 2\n"
    "        elseif n or b then\n"
    "            c = groups[tonumber(n or b)] or ''\n"
    "            i = i + 1 + (n and #n or #b + 2)\n"
    "        else\n"
    "            return nil\n"
    "        end\n"
    "        out[#out + 1] = c\n"
    "    end\n"
    "    return '-' .. table.concat(out) .. '-'\n"
    "end\n"
    "return function(template)\n"
    "    local got = ngx.re.sub('-ab-', '(a)(b)', template)\n"
    "    local want = slow(template)\n"
    "    if got ~= want then\n"
    "        error(tostring(got) .. ' is not ' .. tostring(want))\n"
    "    end\n"
    "end\n";


#include "fuzz_lua.h"


int
ngx_pdn_re_exec(void *state, void *re, const char *subject, size_t size,
                size_t pos)
{
    (void) state;
    (void) re;
    (void) subject;
    (void) size;
    (void) pos;

    return 3;
}
