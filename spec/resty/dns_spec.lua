-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local dns = require("support.dns")
local stores = require("support.stores")

local names = dns.start({
    ["one.test"] = { "127.0.0.7" },
    ["two.test"] = { "127.0.0.8", "127.0.0.9" },
    ["silent.test"] = false,
})

describe("Debian's lua-nginx-dns", function()
    --- Where port 53 may not be bound there is nobody to ask.
    local function with_dns(name, fn)
        it(name, function()
            if not names then
                pending("port 53 may not be bound")
            end

            fn()
        end)
    end

    local server

    local function run(code)
        return server:run(([[
            local resolver = assert(require("nginx.dns.resolver"):new({
                nameservers = { "%s" }, retrans = 2, timeout = 50,
            }))
        ]]):format(names.address) .. code)
    end

    setup(function()
        server = code_server.start({ http = stores.lua_path })
    end)

    with_dns("asks for addresses over UDP", function()
        assert.equal("127.0.0.7 127.0.0.8 127.0.0.9", run([[
            local one = assert(resolver:query("one.test"))
            local two = assert(resolver:query("two.test",
                { qtype = resolver.TYPE_A }))
            return one[1].address .. " " .. two[1].address .. " "
                .. two[2].address
        ]]))
    end)

    with_dns("hands on what the server refuses", function()
        assert.equal("3 name error", run([[
            local answers = assert(resolver:query("nobody.test"))
            return answers.errcode .. " " .. answers.errstr
        ]]))
    end)

    with_dns("gives up on a server that is silent", function()
        assert.equal("nil true", run([[
            local answers, err = resolver:query("silent.test")
            return tostring(answers) .. " "
                .. tostring(err:find("timeout") ~= nil)
        ]]))
    end)
end)
