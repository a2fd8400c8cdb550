/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a Cookie header: what is found must be what a slow reading
 * of it says.
 */

static const char fuzz_alphabet[] = "ab=; \t\"%";

static const char fuzz_code[] =
    "package.preload['pandan.native'] = function()\n"
    "    return { escape = { unurl = function(s) return s end } }\n"
    "end\n"
    "local cookie = assert(loadfile('framework/pandan/cookie.lua'))()\n"
    "local function trimmed(s)\n"
    "    while s:find('^%s') do s = s:sub(2) end\n"
    "    while s:find('%s$') do s = s:sub(1, -2) end\n"
    "    return s\n"
    "end\n"
    "local function slow(header)\n"
    "    local found = {}\n"
    "    for pair in (header .. ';'):gmatch('(.-);') do\n"
    "        local name, value = pair:match('^(.-)=(.*)$')\n"
    "        name = name and trimmed(name)\n"
    "        if name and name ~= '' and not found[name] then\n"
    "            value = trimmed(value)\n"
    "            found[name] = value:match('^\"(.*)\"$') or value\n"
    "        end\n"
    "    end\n"
    "    return found\n"
    "end\n"
    "return function(header)\n"
    "    local got, want = cookie.parse(header), slow(header)\n"
    "    for name, value in pairs(want) do\n"
    "        assert(got[name] == value, name)\n"
    "    end\n"
    "    for name in pairs(got) do\n"
    "        assert(want[name], name)\n"
    "    end\n"
    "end\n";


#include "fuzz_lua.h"
