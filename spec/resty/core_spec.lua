-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("resty.core", function()
    local server

    local function run(code)
        return server:run(code)
    end

    setup(function()
        server = code_server.start({
            http = [[
                lua_shared_dict dogs 1m;
                init_by_lua_block {
                    loaded = package.loaded["resty.core"] ~= nil
                    request_in_init =
                        require("resty.core.base").get_request()
                }
            ]],
            server = [[
                location /magic { content_by_lua_block {
                    require("resty.core.misc").register_ngx_magic_key_getter(
                        "answer", function() return 42 end)
                    ngx.say(ngx.answer)
                } }
            ]],
            files = { ["resty/core/base.lua"] = "error('a stray copy')" },
        })
    end)

    it("is there before anybody asks", function()
        assert.equal("true nil", run([[
            return tostring(loaded) .. " " .. tostring(request_in_init)
        ]]))
    end)

    it("is our own, whatever lies on the path", function()
        assert.equal("0.1.25", run([[
            return require("resty.core.base").version
        ]]))
    end)

    it("has all of its modules", function()
        assert.equal("", run([[
            local missing = {}
            for name in ("base base64 coroutine ctx exit hash misc ndk param "
                .. "phase regex request response shdict socket time uri "
                .. "utils var worker"):gmatch("%S+") do
                local ok, module = pcall(require, "resty.core." .. name)
                if not ok or type(module) ~= "table" then
                    missing[#missing + 1] = name
                end
            end
            return table.concat(missing, " ")
        ]]))
    end)

    it("lends the request at hand, also to LuaJIT's exdata", function()
        assert.equal("true true", run([[
            local r = require("resty.core.base").get_request()
            local mine = require("thread.exdata")()
            local inner = coroutine.wrap(function()
                return require("thread.exdata")() == r
            end)()
            return tostring(r ~= nil and mine == r) .. " " .. tostring(inner)
        ]]))
    end)

    it("lends buffers", function()
        assert.equal("true false 4096 true", run([[
            local base = require("resty.core.base")
            local size = base.get_string_buf_size()
            return tostring(base.get_string_buf(10) == base.get_string_buf(20))
                .. " " .. tostring(base.get_string_buf(10, true)
                    == base.get_string_buf(10))
                .. " " .. size
                .. " " .. tostring(base.get_size_ptr()[0] == 0)
        ]]))
    end)

    it("keeps values in free slots of a table", function()
        assert.equal("1 2 -1 1", run([[
            local base = require("resty.core.base")
            local list = {}
            local a = base.ref_in_table(list, "a")
            local b = base.ref_in_table(list, "b")
            local none = base.ref_in_table(list, nil)
            list[a] = list[0] or 0
            list[0] = a
            return table.concat({ a, b, none, base.ref_in_table(list, "c") },
                                " ")
        ]]))
    end)

    it("makes ngx.ctx of a table that it is given", function()
        assert.equal("true true", run([[
            local get = require("resty.core.ctx").get_ctx_table
            local mine = { 1 }
            local got = get(mine)
            return tostring(got == mine) .. " "
                .. tostring(ngx.ctx == get({ 2 }))
        ]]))
    end)

    it("computes further fields of ngx", function()
        assert.equal("42\n", server:get("/magic").body)
    end)

    it("replaces characters and tells a time that only grows", function()
        assert.equal("a-b-c true", run([[
            local time = require("resty.core.time")
            local text = require("resty.core.utils").str_replace_char(
                "a.b.c", ".", "-")
            local apart = time.monotonic_time() * 1000 - time.monotonic_msec()
            return text .. " " .. tostring(time.monotonic_msec() > 0
                and math.abs(apart) < 0.001)
        ]]))
    end)

    it("lets C code of others read shared dictionaries", function()
        assert.equal("0 7 -5 true", run([[
            local ffi = require("ffi")
            ffi.cdef("void *ngx_http_lua_find_zone(const char *, size_t);"
                .. "typedef struct { uint8_t type; double n; long s; }"
                .. " value_t;"
                .. "intptr_t ngx_http_lua_shared_dict_get(void *,"
                .. " const char *, size_t, value_t *);")
            local zone = ffi.C.ngx_http_lua_find_zone("dogs", 4)
            local value = ffi.new("value_t")
            ngx.shared.dogs:set("k", 7)
            local rc = ffi.C.ngx_http_lua_shared_dict_get(zone, "k", 1, value)
            local no = ffi.C.ngx_http_lua_shared_dict_get(zone, "x", 1, value)
            ffi.C.ngx_http_lua_shared_dict_get(zone, "k", 1, value)
            return tonumber(rc) .. " " .. value.n .. " " .. tonumber(no)
                .. " " .. tostring(ffi.C.ngx_http_lua_find_zone("cats", 4)
                    == nil)
        ]]))
    end)
end)
