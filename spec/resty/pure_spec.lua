-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")
local stores = require("support.stores")

describe("Debian's libraries that need no server", function()
    local server

    local function run(code)
        return server:run(code)
    end

    setup(function()
        server = code_server.start({
            http = stores.lua_path,
            server = [[
                location /cookie { content_by_lua_block {
                    local cookie = require("nginx.cookie"):new()
                    assert(cookie:set({
                        key = "seen", value = "yes", path = "/",
                        httponly = true, max_age = 60,
                    }))
                    ngx.say(cookie:get("name"), " ",
                            cookie:get_all().other)
                } }
            ]],
        })
    end)

    it("are lrucache, which forgets the least used and the stale", function()
        for _, name in ipairs({ "resty.lrucache", "resty.lrucache.pureffi" })
        do
            assert.equal("1 nil 3 nil 3", run(([[
                local cache = require("%s").new(2)
                cache:set("a", 1)
                cache:set("b", 2)
                cache:get("a")
                cache:set("c", 3)
                local out = { cache:get("a"), tostring(cache:get("b")),
                              cache:get("c") }
                cache:set("c", 3, 0.001)
                ngx.sleep(0.005)
                ngx.update_time()
                local value, stale = cache:get("c")
                return table.concat(out, " ") .. " " .. tostring(value)
                    .. " " .. tostring(stale)
            ]]):format(name)))
        end
    end)

    it("are string and its hashes", function()
        assert.equal("5d41402abc4b2a76b9719d911017c592 "
            .. "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d "
            .. "2cf24dba5fb0a30e26e83b2ac5b9e29e"
            .. "1b161e5c1fa7425e73043362938b9824 16", run([[
            local str = require("nginx.string")
            local out = {}
            for _, name in ipairs({ "md5", "sha1", "sha256" }) do
                local hash = require("nginx." .. name):new()
                hash:update("hel")
                hash:update("lo")
                out[#out + 1] = str.to_hex(hash:final())
            end
            out[#out + 1] = #require("nginx.random").bytes(16)
            return table.concat(out, " ")
        ]]))
    end)

    it("are aes, which gives back what it was given", function()
        assert.equal("secret", run([[
            local aes = require("nginx.aes")
            local cipher = assert(aes:new("key", nil,
                aes.cipher(256, "cbc"), aes.hash.sha256, 2))
            return cipher:decrypt(cipher:encrypt("secret"))
        ]]))
    end)

    it("are cjson, with our null", function()
        assert.equal('{"a":[1,null]} true', run([[
            local cjson = require("cjson")
            local value = cjson.decode('{"a":[1,null]}')
            return cjson.encode(value) .. " "
                .. tostring(value.a[2] == ngx.null)
        ]]))
    end)

    it("are cookie, for those that come and those that go", function()
        local response = server:get("/cookie", {
            headers = { Cookie = "name=Pandan; other=1" },
        })

        assert.equal("Pandan 1\n", response.body)
        assert.equal("seen=yes; Max-Age=60; Path=/; HttpOnly",
            response.headers["Set-Cookie"])
    end)
end)
