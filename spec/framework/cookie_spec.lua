-- SPDX-License-Identifier: MIT
local cookie = require("pandan.cookie")
local response = require("pandan.response")

describe("a cookie", function()
    it("is careful by default", function()
        assert.equal("a=b%20c; Path=/; SameSite=Lax; HttpOnly",
            cookie.build("a", "b c", nil, false))
        assert.equal("a=1; Path=/; SameSite=Lax; HttpOnly; Secure",
            cookie.build("a", 1, nil, true))
    end)

    it("takes HttpOnly away when told", function()
        assert.equal("a=1; Path=/; SameSite=Strict; Max-Age=9",
            cookie.build("a", 1, { http_only = false, max_age = 9,
                same_site = "Strict" }, false))
    end)

    it("refuses names and attributes that would add others", function()
        assert.has_error(function()
            cookie.build("a;b", 1, nil, false)
        end)
        assert.has_error(function()
            cookie.build("a", 1, { path = "/; Domain=x" }, false)
        end)
    end)
end)

describe("the cookies of a request", function()
    it("are found by name, the first of two", function()
        assert.same({ a = "1", b = "x y", c = "", ["d-e"] = "1=2" },
            cookie.parse('a=1; b="x%20y" ;c=;  d-e=1=2; a=2'))
    end)

    it("are only those that have a name and a value", function()
        assert.same({ d = '"' }, cookie.parse('a; =1; ;; \t=2; d="'))
        assert.same({}, cookie.parse(""))
    end)

    it("are read at once, however long they are", function()
        local long = ("a "):rep(500000)
        assert.same({ b = "1" }, cookie.parse(long .. "; b=1"))
        assert.equal(999999, #cookie.parse("c=" .. long).c)
        assert.same({}, cookie.parse(("a;"):rep(200000)))
        assert.same({ d = "" },
            cookie.parse("d=" .. (" "):rep(1000000)))
    end)
end)

describe("a response", function()
    it("refuses a header with a line break", function()
        local res = response.new({ scheme = "http" })

        assert.has_error(function()
            res:header("X-A", "1\r\nSet-Cookie: a=b")
        end)
        assert.has_error(function()
            res:header("X-A: b\r\nX", "1")
        end)
    end)

    it("appends behind and prepends before", function()
        local res = response.new({ scheme = "http" })

        res:setBody("b")
        res:appendBody("c")
        res:prependBody("a")
        assert.equal("abc", res:getBody())
    end)
end)
