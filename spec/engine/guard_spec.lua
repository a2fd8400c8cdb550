-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

local server

setup(function()
    server = nginx.start({
        http = [[
            init_by_lua_block {
                in_init = 1
                require("pandan.guard").module("cart")
            }
            init_worker_by_lua_block { in_worker = 1 }
        ]],
        files = {
            ["cart.lua"] = [[
                local cart = { last = "none", 7 }
                function cart.put(what)
                    cart.last = what
                end

                return cart
            ]],
        },
        server = [[
            location /global { content_by_lua_block {
                for i = 1, 2 do
                    forgotten = i
                    forgotten = nil
                end

                ngx.say(in_init, in_worker, forgotten)
            } }
            location /module { content_by_lua_block {
                local cart = require("cart")

                cart.put(ngx.var.arg_what)
                cart.owner = "me"

                local names = {}

                for name in pairs(cart) do
                    names[#names + 1] = tostring(name)
                end

                for i, item in ipairs(cart) do
                    names[#names + 1] = i .. "=" .. item
                end

                table.sort(names)
                ngx.say(cart.last, " ", cart.owner, " ",
                    table.concat(names, ","))
            } }
        ]],
    })
end)

local function count(pattern)
    local _, n = server:error_log():gsub(pattern, "")

    return n
end

describe("a global variable that is written", function()
    it("while a request is served is told of once, with the line", function()
        assert.equal("11nil\n", server:get("/global").body)
        server:get("/global")

        server:wait_log("%[warn%].-writing a global Lua variable "
            .. "%('forgotten'%) which may lead to race conditions between "
            .. "concurrent requests, so prefer the use of 'local' variables\n"
            .. "stack traceback:\n\tcontent_by_lua%(nginx.conf:%d+%):3: ")
        assert.equal(1, count("'forgotten'"))
    end)

    it("while nothing is served yet is nobody's business", function()
        assert.equal(0, count("'in_init'") + count("'in_worker'"))
    end)
end)

describe("a guarded module", function()
    it("tells of the line that wrote to it, and is written", function()
        assert.equal("apple me 1,1=7,last,owner,put\n",
            server:get("/module?what=apple").body)
        server:wait_log("writing a field %('last'%) of the module 'cart'"
            .. ".-cart.lua:3: in function 'put'")
        server:wait_log("writing a field %('owner'%) of the module 'cart'")

        server:get("/module?what=pear")
        assert.equal(1, count("field %('last'%)"))
    end)
end)
