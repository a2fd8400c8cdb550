-- SPDX-License-Identifier: MIT
local cli = require("support.cli")
local json = require("pandan.json")
local shell = require("support.shell")

describe("a resource as JSON", function()
    local app = cli.app("blog")
    local url

    --- As one would by hand: { status, body }.
    local function curl(method, path, data)
        local words = ("curl -sS -X %s -H 'Accept: application/json' "
            .. "-w '\\n%%{http_code}' "):format(method)

        if data then
            words = words .. "-H 'Content-Type: application/json' -d "
                .. shell.quote(data) .. " "
        end

        local result = shell.run(words .. url .. path)
        local body, status = result.stdout:match("^(.*)\n(%d+)$")

        assert.equal("", result.stderr)
        return {
            status = tonumber(status),
            body = body ~= "" and json.decode(body) or nil,
        }
    end

    setup(function()
        app:ok("generate resource post title:string body:text "
            .. "published:boolean")
        app:ok("db migrate --env production")
        url = "http://127.0.0.1:" .. app:start()
    end)

    it("is created without a token, where there is no session", function()
        local created = curl("POST", "/posts",
            '{"title":"First","body":"Text","published":true}')

        assert.equal(201, created.status)
        assert.equal("First", created.body.title)
        assert.is_true(created.body.published)
        assert.same(created, { status = 201,
            body = curl("GET", "/posts/" .. created.body.id).body })
    end)

    it("is listed", function()
        local listed = curl("GET", "/posts")

        assert.equal(200, listed.status)
        assert.equal("First", listed.body[1].title)
    end)

    it("is edited", function()
        local edited = curl("PATCH", "/posts/1", '{"title":"Second"}')

        assert.equal(200, edited.status)
        assert.equal("Second", edited.body.title)
        assert.equal("Text", edited.body.body)
    end)

    it("says what is not valid, field by field", function()
        local refused = curl("POST", "/posts", '{"body":"No title"}')

        assert.equal(422, refused.status)
        assert.matches("required", json.encode(refused.body.errors.title))
    end)

    it("says where the JSON is none", function()
        local refused = curl("POST", "/posts", '{"title": nonsense}')

        assert.equal(400, refused.status)
        assert.matches("^the body is not JSON: .*%d", refused.body.error)
    end)

    it("is still there after a stop and start", function()
        app:ok("stop")
        url = "http://127.0.0.1:" .. app:start()
        assert.equal("Second", curl("GET", "/posts/1").body.title)
    end)

    it("is deleted", function()
        assert.equal(204, curl("DELETE", "/posts/1").status)
        assert.equal(404, curl("GET", "/posts/1").status)
    end)
end)
