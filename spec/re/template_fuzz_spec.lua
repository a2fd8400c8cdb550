-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("a replacement template", function()
    it("does what a slow reading of it does, whatever it holds", function()
        local server = code_server.start({
            allow = { "lua script", "named captur", "closing bracket" },
        })

        assert.equal("ok", server:run([[
            local alphabet = { "$", "1", "2", "{", "}", "a", "0", "$$", "x" }
            local groups = { [0] = "ab", "a", "b" }
            math.randomseed(7)

            local function slow(t)
                local out, i = "", 1
                while i <= #t do
                    local c = t:sub(i, i)
                    if c ~= "$" then
                        out, i = out .. c, i + 1
                    elseif t:sub(i + 1, i + 1) == "$" then
                        out, i = out .. "$", i + 2
                    else
                        local n = t:match("^%d+", i + 1)
                        local b = t:match("^{(%d+)}", i + 1)
                        if not n and not b then return nil end
                        out = out .. (groups[tonumber(n or b)] or "")
                        i = i + 1 + (n and #n or #b + 2)
                    end
                end
                return out
            end

            for _ = 1, 2000 do
                local t = ""
                for _ = 1, math.random(0, 8) do
                    t = t .. alphabet[math.random(#alphabet)]
                end
                local got = ngx.re.sub("-ab-", "(a)(b)", t)
                local want = slow(t)
                if got ~= (want and "-" .. want .. "-") then
                    return t .. ": " .. tostring(got) .. " is not "
                        .. tostring(want)
                end
            end
            return "ok"
        ]]))
    end)
end)
