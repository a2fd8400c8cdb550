-- SPDX-License-Identifier: MIT
local app = require("support.app")

local CONTROLLER = [[
    local page_cache = require("pandan.page_cache")
    local count = 0
    local function counted()
        count = count + 1
        return count
    end
    return {
        use = {
            page_cache.new { ttl = 60, tags = { "all" },
                headers = { "Accept-Language" }, cookies = { "theme" } },
            except = { "chosen" },
        },
        plain = function(self) return "page " .. counted() end,
        tagged = function(self)
            page_cache.tag(self.response, "product:" .. self.params.id)
            return "page " .. counted()
        end,
        cookie = function(self)
            self:cookie("a", "b")
            return "page " .. counted()
        end,
        session = function(self)
            local _ = self.session.user
            return "page " .. counted()
        end,
        private = function(self)
            self:header("Cache-Control", "private")
            return "page " .. counted()
        end,
        missing = function(self)
            counted()
            self:abort(404)
        end,
        data = function(self) return { n = counted() } end,
        moved = function(self) return self:redirect("/x" .. counted(), 301) end,
    }
]]

local CHOSEN = [[
    local count = 0
    return {
        use = { require("pandan.page_cache").new {
            arguments = { "page" }, ttl = 0.05,
        } },
        index = function(self)
            if ngx.shared.pandan:get("fails") then error("down") end
            count = count + 1
            return "chosen " .. count
        end,
    }
]]

local ROUTES = [[
    return function(r)
        for _, name in ipairs { "plain", "tagged", "cookie", "session",
            "private", "missing", "data", "moved" }
        do
            r:get("/" .. name, "pages@" .. name)
        end
        r:post("/plain", "pages@plain")
        r:get("/chosen", "chosen@index")
        r:get("/purge", "purge@purge")
        r:get("/fail", "purge@fail")
    end
]]

local PURGE = [[
    return {
        purge = function(self)
            require("pandan.page_cache").purge(self.params.tag)
            return "purged"
        end,
        fail = function(self)
            ngx.shared.pandan:set("fails", true)
            return "fails"
        end,
    }
]]

describe("the page cache", function()
    local server

    local function body(path, headers)
        return server:get(path, { headers = headers }).body
    end

    setup(function()
        server = app.start({
            http = [[
                lua_shared_dict pandan 1m; lua_shared_dict pandan_cache 4m;
            ]],
            files = {
                ["config/routes.lua"] = ROUTES,
                ["application/controllers/pages.lua"] = CONTROLLER,
                ["application/controllers/chosen.lua"] = CHOSEN,
                ["application/controllers/purge.lua"] = PURGE,
            },
        })
    end)

    it("answers again without running the action", function()
        local first = server:get("/plain")
        local second = server:get("/plain")

        assert.equal(first.body, second.body)
        assert.equal(200, second.status)
        assert.match("text/html", second.headers["content-type"])
        assert.matches("^%d+$", second.headers["age"])
        assert.is_nil(first.headers["age"])
        assert.equal(first.headers["etag"], second.headers["etag"])
    end)

    it("tells pages apart by arguments, headers and cookies", function()
        local plain = body("/plain")

        assert.not_equal(plain, body("/plain?a=1"))
        assert.equal(body("/plain?a=1&b=2"), body("/plain?b=2&a=1"))
        assert.not_equal(plain, body("/plain", { ["Accept-Language"] = "de" }))
        assert.not_equal(plain, body("/plain", { Cookie = "theme=dark" }))
        assert.equal(plain, body("/plain", { Cookie = "other=1" }))
        assert.not_equal(plain, body("/plain", { Host = "other.example" }))
        assert.equal("Accept-Language, Cookie",
            server:get("/plain").headers["vary"])
    end)

    it("tells HTML from JSON", function()
        local json = { Accept = "application/json" }

        assert.equal(body("/data", json), body("/data", json))
        assert.match("^{", body("/data", json))
    end)

    it("looks at no more arguments than it is told to", function()
        assert.equal(body("/chosen?x=1"), body("/chosen?x=2"))
        assert.not_equal(body("/chosen?page=1"), body("/chosen?page=2"))
    end)

    it("answers 304 to who has it", function()
        local first = server:get("/plain?etag")
        local again = server:get("/plain?etag", {
            headers = { ["If-None-Match"] = first.headers["etag"] },
        })

        assert.equal(304, again.status)
        assert.equal("", again.body)
        assert.equal(first.headers["etag"], again.headers["etag"])
        assert.equal(200, server:get("/plain?etag", {
            headers = { ["If-None-Match"] = '"other"' },
        }).status)
    end)

    it("answers HEAD from the same page", function()
        local page = body("/plain?head")
        local head = server:get("/plain?head", { method = "HEAD" })

        assert.equal(200, head.status)
        assert.equal(tostring(#page), head.headers["content-length"])
    end)

    it("never keeps what sets a cookie or is private", function()
        assert.not_equal(body("/cookie"), body("/cookie"))
        assert.not_equal(body("/private"), body("/private"))
    end)

    it("never keeps what looked at the session", function()
        assert.not_equal(body("/session"), body("/session"))
    end)

    it("gives nothing kept to who comes with a session or password", function()
        local plain = body("/plain")

        assert.not_equal(plain, body("/plain",
            { Cookie = "pandan_session=x" }))
        assert.not_equal(plain, body("/plain", { Authorization = "Basic x" }))
        assert.equal(plain, body("/plain"))
    end)

    it("keeps no errors", function()
        assert.equal(404, server:get("/missing").status)
        assert.equal(404, server:get("/missing").status)
    end)

    it("keeps redirects that are for ever", function()
        local first = server:get("/moved")

        assert.equal(301, first.status)
        assert.equal(first.headers["location"],
            server:get("/moved").headers["location"])
    end)

    it("forgets by tag", function()
        local one, two = body("/tagged?id=1"), body("/tagged?id=2")

        body("/purge?tag=product:1")
        assert.not_equal(one, body("/tagged?id=1"))
        assert.equal(two, body("/tagged?id=2"))
        body("/purge?tag=all")
        assert.not_equal(two, body("/tagged?id=2"))
    end)

    it("answers with an old page when the action fails", function()
        local page = body("/chosen?page=old")

        body("/fail")
        local again = server:get("/chosen?page=old")

        -- until it is too old
        while again.headers["age"] == "0" do
            again = server:get("/chosen?page=old")
        end
        assert.equal(200, again.status)
        assert.equal(page, again.body)
        assert.equal(500, server:get("/chosen?page=new").status)
    end)
end)
