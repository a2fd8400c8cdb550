-- SPDX-License-Identifier: MIT
--- A request's way through an app, by a real nginx.
local app = require("support.app")

local server

setup(function()
    server = app.start({
        files = {
            ["config/routes.lua"] = [[
                return function(r)
                    r:get("/", "index@index"):name("home")
                    r:get("/table", "index@table")
                    r:get("/nothing", "index@nothing")
                    r:get("/status", "index@status_and_header")
                    r:get("/slow/{n}", "index@slow")
                    r:get("/fault", "index@fault")
                    r:get("/number", "index@number")
                    r:get("/gone", "index@gone")
                    r:any("/echo", "index@echo")
                    r:group("/plugged", { use = { "order" } }, function()
                        r:get("/a", "index@hooks")
                        r:get("/stop", "index@hooks")
                    end)
                end
            ]],
            ["config/errors.lua"] = [[
                return { [1000] = { status = 410, message = "no more" } }
            ]],
            ["application/controllers/index.lua"] = [[
                local Index = {}
                function Index:index()
                    return "hello pandan."
                end
                function Index:table()
                    return { a = 1, list = { 1, 2 } }
                end
                function Index:nothing()
                end
                function Index:status_and_header()
                    self:status(202):header("X-A", "b")
                    self:cookie("c", "d")
                    return "x"
                end
                function Index:slow()
                    local mine = self.params.n
                    self.kept = mine
                    ngx.sleep(mine == "1" and 0.05 or 0.01)
                    return self.kept .. mine .. self.request.path
                end
                function Index:fault()
                    local password = "hunter2"
                    local seen = "visible"
                    error("boom <script>" .. #password .. #seen)
                end
                function Index:number()
                    return 5
                end
                function Index:gone()
                    self:raise_error(1000)
                end
                function Index:echo()
                    return {
                        query = self.query, body = self.body,
                        files = #self.files,
                    }
                end
                function Index:hooks()
                    return self.request.order
                end
                return Index
            ]],
            ["application/plugins/order.lua"] = [[
                local Order = Plugin()
                for _, name in ipairs({
                    "routerShutdown", "dispatchLoopStartup", "preDispatch",
                }) do
                    Order[name] = function(_, request)
                        request.order = (request.order or "") .. name .. " "
                    end
                end
                function Order:postDispatch(request, response)
                    response:appendBody("postDispatch ")
                end
                function Order:dispatchLoopShutdown(request, response)
                    response:appendBody("dispatchLoopShutdown")
                end
                local before = Order.preDispatch
                function Order:preDispatch(request, response)
                    before(self, request)
                    if request.path == "/plugged/stop" then
                        return response:redirect("/")
                    end
                end
                return Order
            ]],
            ["application/views/index/nothing.html"] =
                "view of {{ request.path }}",
        },
    })
end)

local function json(method, path, body, headers)
    headers = headers or {}
    headers["Content-Type"] = headers["Content-Type"] or "application/json"
    return server:get(path, { method = method, body = body, headers = headers })
end

describe("an action", function()
    it("answers with a string as HTML", function()
        local res = server:get("/")

        assert.equal(200, res.status)
        assert.equal("hello pandan.", res.body)
        assert.equal("text/html; charset=utf-8", res.headers["content-type"])
        assert.equal("13", res.headers["content-length"])
    end)

    it("answers with a table as JSON", function()
        local res = server:get("/table")

        assert.equal("application/json", res.headers["content-type"])
        assert.same({ a = 1, list = { 1, 2 } },
            require("pandan.json").decode(res.body))
    end)

    it("answers with its view when it returns nothing", function()
        assert.equal("view of /nothing", server:get("/nothing").body)
    end)

    it("sets status, headers and cookies", function()
        local res = server:get("/status")

        assert.equal(202, res.status)
        assert.equal("b", res.headers["x-a"])
        assert.matches("^c=d; Path=/; SameSite=Lax; HttpOnly",
            res.headers["set-cookie"])
    end)

    it("keeps what it writes to self from other requests", function()
        local first, second = server:connect(), server:connect()

        first:send("GET /slow/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        second:send("GET /slow/2 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert.equal("22/slow/2", second:response().body)
        assert.equal("11/slow/1", first:response().body)
    end)

    it("may not return what is no answer", function()
        local res = server:get("/number")

        assert.equal(500, res.status)
        assert.matches("returned a number", res.body)
    end)

    it("ends with an error of config/errors.lua", function()
        local res = server:get("/gone")

        assert.equal(410, res.status)
        assert.matches("no more", res.body)
    end)
end)

describe("a request", function()
    it("is answered with security headers and an id", function()
        local headers = server:get("/").headers

        assert.equal("nosniff", headers["x-content-type-options"])
        assert.equal("DENY", headers["x-frame-options"])
        assert.matches("default%-src 'self'",
            headers["content-security-policy"])
        assert.matches("^[%w_-]+$", headers["x-request-id"])
    end)

    it("keeps an id that it came with, if it is sane", function()
        assert.equal("abc-1", server:get("/", {
            headers = { ["X-Request-Id"] = "abc-1" },
        }).headers["x-request-id"])
        assert.is_not.equal("a b", server:get("/", {
            headers = { ["X-Request-Id"] = "a b" },
        }).headers["x-request-id"])
    end)

    it("with HEAD gets the headers of GET and no body", function()
        local res = server:get("/", { method = "HEAD" })

        assert.equal(200, res.status)
        assert.equal("13", res.headers["content-length"])
        assert.equal("", res.body or "")
    end)

    it("with OPTIONS is told what is allowed", function()
        local res = server:get("/", { method = "OPTIONS" })

        assert.equal(204, res.status)
        assert.equal("GET, HEAD, OPTIONS", res.headers.allow)
    end)

    it("with another method gets 405 and what is allowed", function()
        local res = json("DELETE", "/", nil)

        assert.equal(405, res.status)
        assert.equal("GET, HEAD, OPTIONS", res.headers.allow)
    end)

    it("to an unknown path gets 404, as JSON if it asks", function()
        assert.equal(404, server:get("/nope").status)

        local res = server:get("/nope", {
            headers = { Accept = "application/json" },
        })
        assert.equal(404, res.status)
        assert.matches('"error":"there is no page at /nope"', res.body, 1, true)
    end)

    it("does not reach helpers that a controller inherits", function()
        assert.equal(404, server:get("/index/redirect").status)
        assert.equal(404, server:get("/index/raise_error").status)
    end)

    it("gives query, JSON and forms with nested names", function()
        assert.matches('"query":{"a":{"b":["1","2"]}}', json("GET",
            "/echo?a[b][]=1&a[b][]=2").body, 1, true)
        assert.matches('"body":{"x":[1]}',
            json("POST", "/echo", '{"x":[1]}').body, 1, true)
        assert.matches('"body":[1,2]',
            json("POST", "/echo", "[1,2]").body, 1, true)
    end)

    it("with malformed JSON gets 400 and the place", function()
        local res = json("POST", "/echo", '{"a":')

        assert.equal(400, res.status)
        assert.matches("line 1 column", res.body)
    end)

    it("with a body that is too large gets 413", function()
        assert.equal(413, json("POST", "/echo", ("x"):rep(200000)).status)
    end)

    it("from another site is refused", function()
        local res = json("POST", "/echo", "{}", {
            Origin = "http://evil.example",
        })

        assert.equal(403, res.status)
        assert.equal(403, json("POST", "/echo", "{}", {
            ["Sec-Fetch-Site"] = "cross-site",
        }).status)
    end)

    it("of a form without a token is refused", function()
        local res = server:get("/echo", {
            method = "POST", body = "a=1",
            headers = {
                ["Content-Type"] = "application/x-www-form-urlencoded",
            },
        })

        assert.equal(403, res.status)
        assert.matches("CSRF token", res.body)
    end)

    it("with malformed multipart gets 400", function()
        local res = server:get("/echo", {
            method = "POST", body = "--x\r\nrubbish",
            headers = { ["Content-Type"] = "multipart/form-data; boundary=x" },
        })

        assert.equal(400, res.status)
        assert.matches("multipart", res.body)
    end)
end)

describe("plugins", function()
    it("are asked in the order of Vanilla's hooks", function()
        assert.equal("routerShutdown dispatchLoopStartup preDispatch "
            .. "postDispatch dispatchLoopShutdown",
            server:get("/plugged/a").body)
    end)

    it("end the request with the response that they return", function()
        local res = server:get("/plugged/stop")

        assert.equal(302, res.status)
        assert.equal("/", res.headers.location)
    end)
end)

describe("the development error page", function()
    it("shows source, stack and locals, escaped, secrets hidden", function()
        local res = server:get("/fault?card=4111")

        assert.equal(500, res.status)
        assert.matches("boom &lt;script&gt;", res.body, 1, true)
        assert.matches("function Index:fault()", res.body, 1, true)
        assert.matches("visible", res.body, 1, true)
        assert.is_nil(res.body:find("hunter2</", 1, true))
        assert.is_nil(res.body:find("<td>&quot;4111", 1, true))
        assert.matches("[hidden]", res.body, 1, true)
    end)
end)
