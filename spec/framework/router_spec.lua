-- SPDX-License-Identifier: MIT
local router = require("pandan.router")

local function routes(fn)
    local r = router.new()
    fn(r)
    return r
end

local function target(r, method, path)
    local route, found, allowed = r:match(method, path)
    if not route then
        return found, allowed
    end
    return route.controller .. "@" .. route.action, found
end

describe("the router", function()
    it("gives a resource its seven routes", function()
        local r = routes(function(r)
            r:resource("posts")
        end)

        assert.equal("posts@index", (target(r, "GET", "/posts")))
        assert.equal("posts@new", (target(r, "GET", "/posts/new")))
        assert.equal("posts@create", (target(r, "POST", "/posts")))
        assert.equal("posts@edit", (target(r, "GET", "/posts/7/edit")))
        assert.equal("posts@update", (target(r, "PUT", "/posts/7")))
        assert.equal("posts@update", (target(r, "PATCH", "/posts/7")))
        assert.equal("posts@delete", (target(r, "DELETE", "/posts/7")))

        local name, params = target(r, "GET", "/posts/7")
        assert.equal("posts@show", name)
        assert.same({ id = "7" }, params)
    end)

    it("prefers static text to a parameter, and that to the rest", function()
        local r = routes(function(r)
            r:get("/a/{id}", "a@param")
            r:get("/a/{id:int}", "a@int")
            r:get("/a/new", "a@static")
            r:get("/a/{path...}", "a@rest")
        end)

        assert.equal("a@static", (target(r, "GET", "/a/new")))
        assert.equal("a@int", (target(r, "GET", "/a/12")))
        assert.equal("a@param", (target(r, "GET", "/a/x12")))

        local name, params = target(r, "GET", "/a/b/c")
        assert.equal("a@rest", name)
        assert.same({ path = "b/c" }, params)
    end)

    it("goes back when static text led nowhere", function()
        local r = routes(function(r)
            r:get("/a/b/c", "a@static")
            r:get("/a/{x}/d", "a@param")
        end)

        assert.equal("a@param", (target(r, "GET", "/a/b/d")))
    end)

    it("finds a method wherever the path has it", function()
        local r = routes(function(r)
            r:get("/users/me", "users@me")
            r:delete("/users/{name}", "users@delete")
            r:post("/users/{rest...}", "users@post")
        end)

        assert.equal("users@me", (target(r, "GET", "/users/me")))
        assert.equal("users@delete", (target(r, "DELETE", "/users/me")))
        assert.equal("users@post", (target(r, "POST", "/users/me")))

        local why, allowed = target(r, "PUT", "/users/me")
        assert.equal("not_allowed", why)
        assert.same({ "DELETE", "GET", "HEAD", "OPTIONS", "POST" }, allowed)
    end)

    it("takes several slashes for one, and none at the end", function()
        local r = routes(function(r)
            r:get("/", "index@index")
            r:get("/posts", "posts@index")
            r:get("/posts/{id}/{part}", "posts@part")
            r:get("/files/{path...}", "files@show")
        end)

        assert.equal("index@index", (target(r, "GET", "//")))
        assert.equal("posts@index", (target(r, "GET", "/posts//")))
        assert.same({ id = "7", part = "b" },
            select(2, r:match("GET", "//posts/7//b/")))
        assert.same({ path = "a/b" },
            select(2, r:match("GET", "/files//a///b//")))
    end)

    it("answers HEAD where there is GET", function()
        local r = routes(function(r)
            r:get("/", "index@index")
        end)

        assert.equal("index@index", (target(r, "HEAD", "/")))
    end)

    it("tells an unknown path from a method that is not allowed", function()
        local r = routes(function(r)
            r:get("/x", "x@show")
            r:delete("/x", "x@delete")
        end)

        assert.equal("not_found", (target(r, "GET", "/y")))

        local why, allowed = target(r, "POST", "/x")
        assert.equal("not_allowed", why)
        assert.same({ "DELETE", "GET", "HEAD", "OPTIONS" }, allowed)
    end)

    it("writes paths from names, escaped, the rest as a query", function()
        local r = routes(function(r)
            r:resource("posts")
            r:get("/files/{path...}", "files@show"):name("file")
        end)

        assert.equal("/posts/7", r:url("posts.show", 7))
        assert.equal("/posts/7", r:url("posts.show", { id = 7 }))
        assert.equal("/posts?page=2&q=a%20b",
            r:url("posts.index", { page = 2, q = "a b" }))
        assert.equal("/files/a/b%20c", r:url("file", "a/b c"))
        assert.equal("/posts/a%2Fb", r:url("posts.show", "a/b"))
    end)

    it("says which name or parameter a url lacks", function()
        local r = routes(function(r)
            r:resource("posts")
        end)

        assert.has_error(function()
            r:url("post.show", 1)
        end, "there is no route named 'post.show'")
        assert.error_matches(function()
            r:url("posts.show", {})
        end, "the route 'posts.show' needs 'id'")
    end)

    it("puts a group's prefix and plugins before its routes", function()
        local r = routes(function(r)
            r:group("/admin", { use = { "auth" }, name = "admin." }, function()
                r:resource("users", { only = { "index" }, use = { "log" } })
            end)
        end)
        local route = r:match("GET", "/admin/users")

        assert.same({ "auth", "log" }, route.use)
        assert.equal("/admin/users", r:url("admin.users.index"))
        assert.equal("not_allowed", (target(r, "POST", "/admin/users")))
    end)

    it("refuses a route twice, and says where the first stands", function()
        assert.error_matches(function()
            routes(function(r)
                r:get("/a", "a@b")
                r:get("/a", "a@c")
            end)
        end, "GET /a is already routed, at .*router_spec.lua:%d+")
    end)

    it("refuses a target and a path that it cannot read", function()
        local r = router.new()

        assert.error_matches(function()
            r:get("/a", "nothing")
        end, "must be 'controller@action'")
        assert.error_matches(function()
            r:get("/a", function() end)
        end, "must be 'controller@action', not 'function: ")
        assert.error_matches(function()
            r:get("/a/{b", "a@b")
        end, "cannot read '{b'")
        assert.error_matches(function()
            r:get("a", "a@b")
        end, "must begin with '/'")
    end)
end)
