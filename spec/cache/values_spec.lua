-- SPDX-License-Identifier: MIT
--- What a cache keeps: any shape of value, and nothing that is too large.
local code_server = require("support.code_server")

local HTTP = [[
    lua_shared_dict pandan 1m;
    lua_shared_dict pandan_cache 4m;
    init_worker_by_lua_block {
        cache = require("pandan.cache").new("specs", { max_value = 1000 })
        codec = require("pandan.cache.codec")

        -- a value of chance; tables get smaller the deeper they lie
        local makers = {
            function() return math.random(-1e9, 1e9) end,
            function() return math.random() * 10 ^ math.random(-300, 300) end,
            function() return math.random() < 0.5 end,
            function() return ngx.null end,
            function() return 1 / 0 end,
            function()
                return (("x"):rep(math.random(0, 400)):gsub(".", function()
                    return string.char(math.random(0, 255))
                end))
            end,
        }
        make = function(depth)
            if depth == 0 or math.random() < 0.4 then
                return makers[math.random(#makers)]()
            end
            local value = {}
            for i = 1, math.random(0, 6) do
                value[i] = make(depth - 1)
            end
            for _ = 1, math.random(0, 6) do
                local key = makers[math.random(3)]()
                value[key] = make(depth - 1)
            end
            return value
        end
        same = function(a, b)
            if type(a) ~= "table" or type(b) ~= "table" then
                return a == b
            end
            for key, value in pairs(a) do
                if not same(value, b[key]) then return false end
            end
            for key in pairs(b) do
                if a[key] == nil then return false end
            end
            return true
        end
    }
]]

describe("what a cache keeps", function()
    local server

    setup(function()
        server = code_server.start({ http = HTTP })
    end)

    it("comes back as it was, whatever its shape", function()
        assert.equal("2000", server:run([[
            math.randomseed(1)
            local count = 0
            for _ = 1, 2000 do
                local value = make(4)
                local bytes, kind = assert(codec.encode(value))
                local ok, again = codec.decode_foreign(kind, bytes)
                assert(ok and same(value, again))
                count = count + 1
            end
            return count
        ]]))
    end)

    it("is looked through when a server kept it, as bytes of anybody",
        function()
            assert.equal("no error", server:run([[
                math.randomseed(2)
                local checked = 0
                for _ = 1, 3000 do
                    local bytes = codec.encode({ make(3) })
                    local at = math.random(#bytes)
                    bytes = bytes:sub(1, at - 1)
                        .. string.char(math.random(0, 255))
                        .. bytes:sub(at + math.random(0, 3))
                    local ok, value = codec.decode_foreign(1, bytes)
                    checked = checked + (ok and 1 or 0)
                end
                assert(checked > 0)
                return "no error"
            ]]))
        end)

    it("is refused when it asks for memory, or makes pointers", function()
        for _, bytes in ipairs({
            "\\10\\255\\0\\0\\0\\8", "\\9\\255\\255\\255\\255\\1",
            "\\11\\255\\0\\0\\0\\8\\255\\0\\0\\0\\8",
            "\\12\\255\\0\\0\\0\\8", "\\5AAAAAAAA", "\\4AAAA", "\\15\\0",
            "\\14\\0\\8", "\\33", "\\255\\255\\255\\255\\255", "", "\\1\\1",
        }) do
            assert.equal("false", server:run(([[
                collectgarbage()
                local before = collectgarbage("count")
                local ok = codec.decode_foreign(1, "%s")
                assert(collectgarbage("count") - before < 1000)
                return tostring(ok)
            ]]):format(bytes)))
        end
        assert.equal("false", server:run([[
            return tostring(codec.decode_foreign(1, ("\10\1"):rep(101)
                .. "\0"))
        ]]))
    end)

    it("is no larger than it may be: it is given, and not kept", function()
        assert.equal("2000 load nil; nil the value is larger than max_value",
            server:run([[
                local value, _, from = cache:get("big", nil, function()
                    return ("x"):rep(2000)
                end)
                local out = #value .. " " .. from .. " "
                    .. tostring(cache:peek("big"))
                local ok, err = cache:set("big", value)
                return out .. "; " .. tostring(ok) .. " " .. err
            ]]))
    end)

    it("is no longer there when what replaces it is too large", function()
        assert.equal("nil", server:run([[
            cache:set("grows", "small")
            cache:set("grows", ("x"):rep(2000))
            return tostring((cache:get("grows")))
        ]]))
    end)

    it("is no function: that is said where it is set", function()
        assert.equal("code:2: cannot keep the value: cannot serialize "
            .. "'function'", server:run([[
            local _, err = pcall(function()
                cache:set("f", { print })
            end)
            return err
        ]]))
    end)

    it("is told apart from nothing when nobody loads it", function()
        assert.equal("nil nil miss", server:run([[
            local value, err, from = cache:get("never")
            return tostring(value) .. " " .. tostring(err) .. " " .. from
        ]]))
    end)
end)
