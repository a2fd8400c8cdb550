-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("ngx.re", function()
    local server

    local function run(code)
        return server:run(code)
    end

    setup(function()
        server = code_server.start({
            allow = { "lua script", "named captur", "closing bracket" },
        })
    end)

    it("gives the groups of a match, false for those without a part", function()
        assert.equal("1234-ab,1234,false,ab", run([[
            local m = ngx.re.match("x 1234-ab", "(\\d+)(x)?-(\\w+)", "jo")
            return table.concat({ m[0], m[1], tostring(m[2]), m[3] }, ",")
        ]]))
    end)

    it("names groups, and lists those of one name", function()
        assert.equal("1234,true,b,c", run([[
            local m = ngx.re.match("1234", "(?<year>\\d+)(?<none>x)?")
            local d = ngx.re.match("bc", "(?<n>b)(?<n>c)", "D")
            return table.concat({ m.year, tostring(m.none == false), d.n[1],
                d.n[2] }, ",")
        ]]))
    end)

    it("goes on where a context says", function()
        assert.equal("12,3,34,6", run([[
            local ctx = {}
            local a = ngx.re.match("12 34", "\\d+", "", ctx)
            local p = ctx.pos
            local b = ngx.re.match("12 34", "\\d+", "", ctx)
            return table.concat({ a[0], p, b[0], ctx.pos }, ",")
        ]]))
    end)

    it("finds offsets, of a group too", function()
        assert.equal("3,6,5,6,nth out of bound", run([[
            local a, b = ngx.re.find("--abcd-", "ab(cd)")
            local c, d = ngx.re.find("--abcd-", "ab(cd)", "jo", nil, 1)
            local _, _, err = ngx.re.find("--abcd-", "ab(cd)", "", nil, 2)
            return table.concat({ a, b, c, d, err }, ",")
        ]]))
    end)

    it("iterates, over matches of nothing too, by whole characters", function()
        assert.equal("a|b;4;3", run([[
            local words, n, u = {}, 0, 0
            for m in ngx.re.gmatch("a b", "\\w") do words[#words + 1] = m[0] end
            for _ in ngx.re.gmatch("abc", "") do n = n + 1 end
            for _ in ngx.re.gmatch("\195\164\195\182", "", "u") do
                u = u + 1
            end
            return table.concat(words, "|") .. ";" .. n .. ";" .. u
        ]]))
    end)

    it("replaces by templates and functions", function()
        assert.equal("[b$a]1|<a><b>2|-a-b-3", run([[
            local a, an = ngx.re.sub("ab", "(a)(b)", "[${2}$$$1]")
            local b, bn = ngx.re.gsub("ab", ".", function(m)
                return "<" .. m[0] .. ">"
            end)
            local c, cn = ngx.re.gsub("ab", "", "-", "o")
            return a .. an .. "|" .. b .. bn .. "|" .. c .. cn
        ]]))
    end)

    it("lets a function that replaces use ngx.re itself", function()
        assert.equal("[1][2]", run([[
            return (ngx.re.gsub("ab", "([ab])", function(m)
                return "[" .. ngx.re.gsub(m[1], "[ab]", function(n)
                    return n[0] == "a" and "1" or "2"
                end, "o") .. "]"
            end, "o"))
        ]]))
    end)

    it("says what is wrong with a pattern, a flag and a template", function()
        assert.equal(
            "pcre_compile() failed: missing ) in \"(abc\"|"
                .. "code:2: unknown flag \"H\" (flags \"Hm\")|"
                .. "failed to compile the replacement template",
            run([[
                local _, a = ngx.re.match("x", "(abc")
                local _, b = pcall(function() ngx.re.match("x", "x", "Hm") end)
                local _, _, c = ngx.re.sub("x", "x", "$name")
                return a .. "|" .. b:gsub("^code:%d+", "code:2") .. "|" .. c
            ]])
        )
    end)

    it("gives up on bytes that are no UTF-8, unless told to trust", function()
        assert.equal("pcre_exec() failed: -10", run([[
            local _, err = ngx.re.match("\255x", "x", "u")
            return err
        ]]))
    end)

    it("matches as a DFA", function()
        assert.equal("abc", run([[
            return ngx.re.match("abc", "a|ab|abc", "d")[0]
        ]]))
    end)

    it("splits", function()
        assert.equal("a|b|c;a|b,c;a|,|b;a|b|c", run([[
            local split = require("ngx.re").split
            local function s(...) return table.concat(split(...), "|") end
            return s("a,b,c", ",") .. ";" .. s("a,b,c", ",", nil, nil, 2)
                .. ";" .. s("a,b", "(,)") .. ";" .. s("abc", "")
        ]]))
    end)

    it("keeps only so many compiled patterns", function()
        assert.equal("3000", run([[
            local n = 0
            for i = 1, 3000 do
                local m = ngx.re.match("x" .. i, "x" .. i .. "$", "jo")
                n = n + (m and 1 or 0)
            end
            return n
        ]]))
    end)
end)
